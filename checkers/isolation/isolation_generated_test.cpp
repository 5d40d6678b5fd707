// The complete isolation checkers on larger histories of a simulated store: valid by construction, or changed so that they
// are not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "checkers/isolation/reading.h"
#include "checkers/testing/fixture.h"
#include "checkers/testing/transaction_generator.h"
#include "checkers/verify/certificate.h"
#include "harness/core/rng.h"

namespace assay::checkers::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr std::uint64_t kSeeds = 12;

TransactionOptions small_store(std::uint64_t seed, Program program) {
  TransactionOptions options = snapshot_store(program);
  options.seed = seed;
  options.transactions = 300;
  options.clients = 8;
  options.keys = 40;
  options.mops_min = options.mops_max = 4;
  options.pause = 1'000;
  return options;
}

CheckerOptions with(const TransactionOptions& store, const char* order) {
  return {{"order", order}, {"data", store.registers ? "register" : "list"}, {"certificate", "yes"}};
}

void expect_valid(std::string_view checker, const History& history, const CheckerOptions& options) {
  const CheckResult result = check_with(checker, history, options);
  ASSERT_EQ(result.verdict, Verdict::valid) << checker << " " << options.at("order") << ": " << result.reason;
  ASSERT_TRUE(result.certificate.has_value());
  EXPECT_EQ(refute_certificate(history, *result.certificate), "");
}

// The operations of a witness without reads of what none of them wrote: what the argument is about.
History reduced(const History& history, const std::vector<OpId>& witness) {
  std::map<Key, std::vector<Value>> written;
  for (const OpId id : witness) {
    for (const Mop& mop : history.at(id).mops) {
      if (mop.fn == Fn::write) written[mop.key].push_back(mop.argument);
    }
  }
  std::vector<Line> lines;
  for (const OpId id : witness) {
    const Operation op = history.at(id);
    Line line(op.invoked, op.completed, std::vector<Mop>());
    line.process = op.process;
    line.outcome = op.outcome;
    for (const Mop& mop : op.mops) {
      const auto& known = written[mop.key];
      const bool explained =
          mop.result.is_nil() || std::find(known.begin(), known.end(), mop.result) != known.end();
      if (mop.fn != Fn::read || explained) line.mops.push_back(mop);
    }
    lines.push_back(std::move(line));
  }
  return make_history(std::move(lines));
}

// A witness is impossible alone, even when what it read from others is left out, and nothing can be left out of it.
void expect_witness(std::string_view checker, const History& history, const CheckerOptions& options,
                    const CheckResult& result) {
  ASSERT_EQ(result.verdict, Verdict::invalid) << checker << " " << options.at("order");
  const Finding& finding = result.findings.front();
  EXPECT_EQ(check_with(checker, part_of(history, finding.witness), options).verdict, Verdict::invalid);
  if (options.at("data") == "list") return;
  EXPECT_EQ(check_with(checker, reduced(history, finding.witness), options).verdict, Verdict::invalid);
  for (std::size_t leave = 0; leave < finding.witness.size(); ++leave) {
    std::vector<OpId> rest = finding.witness;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(leave));
    EXPECT_NE(check_with(checker, reduced(history, rest), options).verdict, Verdict::invalid)
        << finding.anomaly;
  }
}

TEST(IsolationGenerated, SnapshotStoresAreSnapshotIsolated) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const Program program : {Program::tpcc, Program::steps}) {
      TransactionOptions options = small_store(seed, program);
      options.registers = seed % 3 != 0;
      const History history = generate_transactions(options);
      for (const char* order : {"none", "session", "real-time"}) {
        expect_valid("snapshot-isolation", history, with(options, order));
      }
      options.lag = 5'000;
      expect_valid("snapshot-isolation", generate_transactions(options), with(options, "none"));
    }
  }
}

TEST(IsolationGenerated, SerializableStoresAreStrictSerializable) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const Program program : {Program::tpcc, Program::steps}) {
      TransactionOptions options = small_store(seed, program);
      options.isolation = Isolation::strict_serializable;
      options.registers = seed % 3 != 0;
      const History history = generate_transactions(options);
      expect_valid("strict-serializable", history, with(options, "real-time"));
      expect_valid("serializable", history, with(options, "none"));
      expect_valid("serializable", history, with(options, "session"));
      expect_valid("snapshot-isolation", history, with(options, "real-time"));
    }
  }
}

// Without times, in another order of invocation: nothing but sessions and values helps.
TEST(IsolationGenerated, TimesAreNotNeeded) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    TransactionOptions options = small_store(seed, Program::steps);
    const bool serializable = seed % 2 == 0;
    if (serializable) options.isolation = Isolation::strict_serializable;
    std::map<ProcessId, std::vector<std::vector<Mop>>> sessions;
    const History timed = generate_transactions(options);
    for (const Operation op : timed.operations()) {
      if (op.outcome == Outcome::ok) sessions[op.process].emplace_back(op.mops.begin(), op.mops.end());
    }
    std::vector<std::vector<std::vector<Mop>>> all;
    for (auto& [process, session] : sessions) all.push_back(std::move(session));
    const History history = make_sessions(all);
    for (const char* order : {"session", "none"}) {
      expect_valid(serializable ? "serializable" : "snapshot-isolation", history, with(options, order));
    }
  }
}

TEST(IsolationGenerated, LostUpdatesAreFound) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const char* order : {"none", "session", "real-time"}) {
      TransactionOptions options = small_store(seed, Program::tpcc);
      options.isolation = Isolation::parallel_snapshots;
      const History history = generate_transactions(options);
      const CheckResult result = check_with("snapshot-isolation", history, with(options, order));
      expect_witness("snapshot-isolation", history, with(options, order), result);
      EXPECT_LE(result.findings.at(0).witness.size(), 4u);
    }
  }
}

TEST(IsolationGenerated, WhatSnapshotsAllowIsFoundNotSerializable) {
  std::size_t refuted = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    TransactionOptions options = small_store(seed, Program::steps);
    const History history = generate_transactions(options);
    const CheckResult result = check_with("serializable", history, with(options, "none"));
    if (result.verdict == Verdict::valid) continue;
    ++refuted;
    expect_witness("serializable", history, with(options, "none"), result);
    EXPECT_THAT(result.findings[0].anomaly, AnyOf("write-skew", "G2-item"));
  }
  EXPECT_GE(refuted, kSeeds / 2);
}

TEST(IsolationGenerated, OldSnapshotsAreFoundInSessionsAndInRealTime) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    TransactionOptions options = small_store(seed, Program::steps);
    options.lag = 20'000;
    const History history = generate_transactions(options);
    for (const char* order : {"session", "real-time"}) {
      const CheckResult result = check_with("snapshot-isolation", history, with(options, order));
      expect_witness("snapshot-isolation", history, with(options, order), result);
      EXPECT_THAT(result.findings.at(0).anomaly, HasSubstr(order[0] == 's' ? "-process" : "-realtime"));
    }
  }
}

// A copy in which one read returns a value that was overwritten, and read as such, before the reader was invoked.
bool make_one_read_stale(const History& history, std::uint64_t seed, History& changed) {
  std::vector<Line> lines;
  for (const Operation op : history.operations()) {
    Line line(op.invoked, op.completed, std::vector<Mop>(op.mops.begin(), op.mops.end()));
    line.process = op.process;
    line.outcome = op.outcome;
    lines.push_back(std::move(line));
  }
  const std::size_t begin = Rng(seed).below(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Line& reader = lines[(begin + i) % lines.size()];
    if (reader.outcome != Outcome::ok || reader.mops[0].fn != Fn::read || reader.mops[0].result.is_nil())
      continue;
    const Key key = reader.mops[0].key;
    const bool twice = std::any_of(reader.mops.begin() + 1, reader.mops.end(),
                                   [&](const Mop& mop) { return mop.key == key; });
    for (const Line& other : lines) {
      // The other one read the key before, and replaced what it had read.
      if (twice || other.outcome != Outcome::ok || other.completed >= reader.invoked) continue;
      for (std::size_t at = 0; at + 1 < other.mops.size(); ++at) {
        const bool update = other.mops[at].fn == Fn::read && other.mops[at + 1].fn == Fn::write &&
                            other.mops[at].key == key && other.mops[at + 1].key == key;
        if (!update || other.mops[at].result.is_nil()) continue;
        reader.mops[0].result = other.mops[at].result;
        changed = make_history(std::move(lines));
        return true;
      }
    }
  }
  return false;
}

TEST(IsolationGenerated, AStaleReadIsFoundInRealTime) {
  std::size_t made = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    TransactionOptions options = small_store(seed, Program::tpcc);
    options.isolation = Isolation::strict_serializable;
    History changed;
    if (!make_one_read_stale(generate_transactions(options), seed, changed)) continue;
    ++made;
    for (const char* checker : {"strict-serializable", "snapshot-isolation"}) {
      const CheckResult result = check_with(checker, changed, with(options, "real-time"));
      expect_witness(checker, changed, with(options, "real-time"), result);
    }
  }
  EXPECT_GE(made, kSeeds - 2);
}

TEST(IsolationGenerated, AWriteThatFailedMustNotBeRead) {
  TransactionOptions options = small_store(1, Program::tpcc);
  const History history = generate_transactions(options);
  // The writer of the last value that somebody read.
  Value value;
  Key key = 0;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (op.outcome != Outcome::ok || mop.fn != Fn::read || mop.result.is_nil()) continue;
      value = mop.result;
      key = mop.key;
    }
  }
  std::vector<Line> lines;
  for (const Operation op : history.operations()) {
    Line line(op.invoked, op.completed, std::vector<Mop>(op.mops.begin(), op.mops.end()));
    line.process = op.process;
    line.outcome = op.outcome;
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::write && mop.key == key && mop.argument == value) line.outcome = Outcome::fail;
    }
    lines.push_back(std::move(line));
  }
  for (const char* checker : {"snapshot-isolation", "serializable", "strict-serializable"}) {
    const CheckResult result = check_with(checker, make_history(lines));
    ASSERT_EQ(result.verdict, Verdict::invalid);
    EXPECT_EQ(result.findings[0].anomaly, "G1a");
  }
}

// The time limit ends the solver, too: a history without any order or time, of few keys, keeps it busy for long.
TEST(IsolationGenerated, TheSolverEndsWithTheBudget) {
  TransactionOptions options = small_store(1, Program::steps);
  options.transactions = 3'000;
  options.keys = 6;
  options.mops_min = options.mops_max = 2;
  std::vector<Line> lines;
  const History timed = generate_transactions(options);
  for (const Operation op : timed.operations()) {
    if (op.outcome == Outcome::ok)
      lines.emplace_back(0, 1'000, std::vector<Mop>(op.mops.begin(), op.mops.end()));
  }
  Rng(1).shuffle(lines);
  Budget budget;
  budget.time_limit = 300 * kMillisecond;
  const CheckResult result = check_with("snapshot-isolation", make_history(std::move(lines)), {}, budget);
  EXPECT_EQ(result.verdict, Verdict::unknown);
  EXPECT_THAT(result.reason, HasSubstr("time"));
}

}  // namespace
}  // namespace assay::checkers::testing
