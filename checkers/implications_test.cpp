// Checkers of different making judge the same random histories: what a stronger model accepts, a weaker one must accept,
// and two checkers of one model must agree. None of them shares its decision with another.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "checkers/testing/fixture.h"
#include "checkers/testing/history_generator.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/transaction_generator.h"
#include "checkers/testing/weak_histories.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::check_with;
using testing::Isolation;

struct Model {
  std::string checker;
  std::string given;  // options: "name=value name=value"

  std::string name() const { return checker + " " + given; }
  CheckerOptions options() const {
    CheckerOptions options;
    for (std::size_t at = 0; at < given.size();) {
      const std::size_t end = std::min(given.find(' ', at), given.size());
      const std::size_t equals = given.find('=', at);
      options[given.substr(at, equals - at)] = given.substr(equals + 1, end - equals - 1);
      at = end + 1;
    }
    return options;
  }
};

// Whatever `stronger` accepts, `weaker` must accept. `same`: the other way round, too.
struct Step {
  Model stronger, weaker;
  bool same = false;
};

const Model kLinearizable{"linearizable", "model=kv"};
const Model kStrict{"strict-serializable", ""};
const Model kSessionSerializable{"serializable", "order=session"};
const Model kSessionSnapshots{"snapshot-isolation", "order=session"};
const Model kSerializable{"serializable", ""};
const Model kSnapshots{"snapshot-isolation", ""};
const Model kCausal{"causal", ""};
const Model kReadAtomic{"read-atomic", ""};

std::vector<Step> register_steps() {
  return {{kLinearizable, kStrict, true},
          {kStrict, kSessionSerializable},
          {kSessionSerializable, kSerializable},
          {kSessionSerializable, kSessionSnapshots},
          {kSerializable, kSnapshots},
          {kSessionSnapshots, kSnapshots},
          {kSessionSnapshots, kCausal},
          {kCausal, kReadAtomic},
          {kReadAtomic, {"read-committed", ""}},
          {kStrict, {"rw-register", "models=strict-serializable"}},
          {kSerializable, {"rw-register", "models=serializable"}},
          {kSnapshots, {"rw-register", "models=snapshot-isolation"}}};
}

std::vector<Step> list_steps() {
  const Model strict{"strict-serializable", "data=list"}, serializable{"serializable", "data=list"};
  const Model in_sessions{"serializable", "data=list order=session"},
      snapshots{"snapshot-isolation", "data=list"};
  return {{kLinearizable, strict, true},
          {strict, in_sessions},
          {in_sessions, serializable},
          {serializable, snapshots},
          {strict, {"list-append", "models=strict-serializable"}},
          {serializable, {"list-append", "models=serializable"}},
          {snapshots, {"list-append", "models=snapshot-isolation"}}};
}

// Verdicts by model, and how often each came up.
class Judges {
 public:
  void judge(const History& history, const std::vector<Step>& steps) {
    std::map<std::string, Verdict> verdicts;
    const auto verdict = [&](const Model& model) {
      const auto [at, fresh] = verdicts.try_emplace(model.name());
      if (fresh) {
        at->second = check_with(model.checker, history, model.options()).verdict;
        ++counts_[model.name()][at->second];
      }
      return at->second;
    };
    for (const Step& step : steps) {
      const Verdict stronger = verdict(step.stronger), weaker = verdict(step.weaker);
      const bool broken = (stronger == Verdict::valid && weaker == Verdict::invalid) ||
                          (step.same && weaker == Verdict::valid && stronger == Verdict::invalid);
      EXPECT_FALSE(broken) << step.stronger.name() << " accepts or equals what " << step.weaker.name()
                           << " judges otherwise:\n"
                           << testing::to_text(history);
    }
  }
  // Each model has accepted and refused some.
  void expect_both_verdicts(const std::vector<Step>& steps, int least) {
    for (const Step& step : steps) {
      for (const Model& model : {step.stronger, step.weaker}) {
        EXPECT_GE(counts_[model.name()][Verdict::valid], least) << model.name();
        EXPECT_GE(counts_[model.name()][Verdict::invalid], least) << model.name();
      }
    }
  }

 private:
  std::map<std::string, std::map<Verdict, int>> counts_;
};

History store_history(std::uint64_t seed, bool registers) {
  testing::TransactionOptions options;
  options.seed = seed;
  options.registers = registers;
  options.transactions = 6 + seed % 20;
  options.clients = 2 + seed % 5;
  options.keys = 1 + static_cast<std::int64_t>(seed % 3);
  options.mops_max = 1 + seed % 4;
  options.isolation = static_cast<Isolation>(seed / 7 % 6);
  options.info_permille = seed % 2 == 0 ? 80 : 0;
  options.fail_permille = seed % 3 == 0 ? 80 : 0;
  return generate_transactions(options);
}

TEST(Implications, TransactionsOfRegisters) {
  const int rounds = testing::rounds(1500);
  Judges judges;
  Rng rng(11);
  for (int round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
    const auto seed = static_cast<std::uint64_t>(round);
    judges.judge(store_history(seed, true), register_steps());
    testing::SmallSessions small;
    small.transactions = 3 + round % 6;
    small.mops = 1 + round % 3;
    judges.judge(generate_small(rng, small), register_steps());
  }
  if (!::testing::Test::HasFailure()) judges.expect_both_verdicts(register_steps(), rounds / 30);
}

TEST(Implications, TransactionsOfLists) {
  const int rounds = testing::rounds(1500);
  Judges judges;
  for (int round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
    judges.judge(store_history(static_cast<std::uint64_t>(round), false), list_steps());
  }
  if (!::testing::Test::HasFailure()) judges.expect_both_verdicts(list_steps(), rounds / 30);
}

TEST(Implications, SingleOperationsOfRegisters) {
  const int rounds = testing::rounds(1500);
  const Model linearizable{"linearizable", "model=register"};
  const Model sequential{"sequential", "model=register"};
  const Model sessions{"session",
                       "guarantees=read-your-writes,monotonic-reads,monotonic-writes,writes-follow-reads"};
  const std::vector<Step> steps = {{linearizable, kStrict, true},
                                   {linearizable, {"staleness", ""}, true},
                                   {linearizable, sequential},
                                   {sequential, kSessionSerializable, true},
                                   {sequential, {"causal-memory", ""}},
                                   {sequential, {"causal-convergence", ""}},
                                   {kCausal, sessions},
                                   {linearizable, {"causal-memory", ""}},
                                   {linearizable, {"causal-convergence", ""}},
                                   {{"causal-memory", ""}, {"pram", ""}},
                                   {{"causal-memory", ""}, {"causal", "level=weak"}},
                                   {{"causal-convergence", ""}, kCausal, true},
                                   {kCausal, {"causal", "level=weak"}}};
  Judges judges;
  Rng rng(12);
  for (int round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
    testing::SmallSessions small;
    small.transactions = 4 + round % 8;
    small.mops = 1;
    judges.judge(generate_small(rng, small), steps);
    testing::LogStoreOptions store;
    store.seed = static_cast<std::uint64_t>(round);
    store.operations = 8 + static_cast<std::size_t>(round) % 20;
    store.sessions = 2 + round % 4;
    store.keys = 1 + round % 3;
    store.lag = round % 5;
    judges.judge(generate_log_store(store), steps);
  }
  if (!::testing::Test::HasFailure()) judges.expect_both_verdicts(steps, rounds / 50);
}

}  // namespace
}  // namespace assay::checkers
