// Witnesses cut to steps: no cut that the rules allow makes a valid history invalid, and what is left is small, is a
// violation, and has nothing that could be left out.
#include "checkers/linearizability/step_witness.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <numeric>

#include "checkers/linearizability/model_search.h"
#include "checkers/linearizability/models/models.h"
#include "checkers/testing/fixture.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/oracle.h"
#include "harness/core/rng.h"

namespace assay::checkers::testing {
namespace {

class TestJudge final : public WitnessJudge {
 public:
  using Invalid = std::function<bool(const History&)>;
  TestJudge(Invalid invalid, bool real_time) : invalid_(std::move(invalid)), real_time_(real_time) {}
  bool is_invalid(const std::vector<OpId>&) override { return true; }
  bool is_invalid_part(const History& part, const std::vector<OpId>&) override { return invalid_(part); }
  bool real_time() const override { return real_time_; }

 private:
  Invalid invalid_;
  bool real_time_;
};

// What a key holds, and what steps of any kind do to it and see.
class Keys {
 public:
  explicit Keys(Rng& rng) : rng_(rng) {}

  // Key 0 is a register, key 1 a list, key 2 a list that is written too, key 3 a counter.
  Mop step(bool unknown) {
    const auto key = static_cast<Key>(rng_.below(4));
    Value& held = values_[key];
    const auto value = rng_.between(0, 2);
    const std::uint64_t kind = rng_.below(4);
    if (kind < 2) return {Fn::read, key, {}, unknown ? Value() : held};
    if (key == 3) {
      held = Value((held.is_nil() ? 0 : held.as_integer()) + value);
      return {Fn::add, key, value, {}};
    }
    if (key == 1 || (key == 2 && kind == 2)) {
      std::vector<Value> elements;
      if (!held.is_nil()) elements.assign(held.as_list().begin(), held.as_list().end());
      elements.emplace_back(value);
      held = Value::list(std::move(elements));
      return {Fn::append, key, value, {}};
    }
    const Value left = key == 2 ? Value::list({value}) : Value(value);
    if (key == 0 && rng_.chance(1, 2)) {
      const Mop cas{Fn::cas, key, Value::pair(held, left), {}};
      held = left;
      return cas;
    }
    held = left;
    return {Fn::write, key, left, {}};
  }

 private:
  Rng& rng_;
  std::map<Key, Value> values_;
};

// Operations that take effect one after the other, around which they overlap; some are of unknown outcome.
std::vector<Line> valid_lines(Rng& rng, std::size_t count, std::size_t steps) {
  Keys keys(rng);
  std::vector<Line> lines;
  for (std::size_t i = 0; i < count; ++i) {
    const Nanos effect = static_cast<Nanos>(i) * 10 + 100;
    const bool unknown = rng.chance(1, 6);
    std::vector<Mop> mops;
    for (std::size_t left = 1 + rng.below(steps); left > 0; --left) mops.push_back(keys.step(unknown));
    lines.emplace_back(effect - rng.between(0, 20), unknown ? kNever : effect + rng.between(0, 20),
                       std::move(mops));
  }
  return lines;
}

// Takes any cut for one that shows a fault, now and then, so that cuts of cuts are seen too; and looks whether any is
// invalid, which the cuts of a valid history never are.
TEST(StepWitness, CutsOfAValidHistoryAreValid) {
  Rng rng(3);
  int cuts = 0;
  for (int round = 0; round < rounds(400); ++round) {
    const History history = make_history(valid_lines(rng, 6, 3));
    ASSERT_TRUE(linearizable_by_brute_force(history, Value())) << to_text(history);
    std::vector<OpId> ids(history.size());
    std::iota(ids.begin(), ids.end(), 0);
    for (const bool real_time : {true, false}) {
      std::string wrong;
      TestJudge judge(
          [&](const History& part) {
            ++cuts;
            const bool valid = real_time ? linearizable_by_brute_force(part, Value())
                                         : sequential_by_brute_force(part, Value());
            if (!valid && wrong.empty()) wrong = to_text(part);
            return rng.chance(2, 3);
          },
          real_time);
      Limits limits(Budget{});
      cut_to_steps(history, ids, judge, limits);
      ASSERT_EQ(wrong, "") << to_text(history) << (real_time ? "linearizable" : "sequential");
    }
  }
  EXPECT_GT(cuts, rounds(400) * 12);
}

// A read of what was not there, late in a history whose transactions read and write three registers of three values each.
History with_one_lie(std::uint64_t seed) {
  Rng rng(seed);
  std::vector<Line> lines;
  std::int64_t state[3] = {0, 0, 0};
  const std::size_t wrong = 200 + rng.below(60);
  bool done = false;
  for (std::size_t i = 0; i < 300; ++i) {
    std::vector<Mop> mops;
    for (int step = 0; step < 2; ++step) {
      const std::size_t key = rng.below(3);
      const bool write = rng.chance(1, 2);
      const bool lie = !write && i >= wrong && !done;
      if (write) state[key] = rng.between(0, 2);
      done = done || lie;
      const std::int64_t value = lie ? (state[key] + 1) % 3 : state[key];
      mops.push_back(write ? w(static_cast<Key>(key), value) : r(static_cast<Key>(key), value));
    }
    const Nanos effect = static_cast<Nanos>(i) * 10 + 100;
    lines.emplace_back(effect - rng.between(0, 20), effect + rng.between(0, 20), std::move(mops));
  }
  return make_history(lines);
}

// Whether an operation wrote what another reads.
bool is_read(const Operation& writer, const History& rest) {
  for (const Mop& written : writer.mops) {
    if (written.fn == Fn::read) continue;
    for (const Operation op : rest.operations()) {
      for (const Mop& mop : op.mops) {
        if (mop.key == written.key && (mop.fn == Fn::read || mop.fn == Fn::cas)) return true;
      }
    }
  }
  return false;
}

TEST(StepWitness, TransactionsThatReadAndWriteFewValues) {
  const auto model = make_object_model("kv", Value(0));
  Limits limits(Budget{});
  const auto invalid = [&](const History& part) {
    std::vector<OpId> all(part.size());
    std::iota(all.begin(), all.end(), 0);
    return search_model(*model, part, all, {50'000, false}, limits).verdict == Verdict::invalid;
  };
  int seen = 0;
  std::size_t largest = 0, largest_cut = 0;
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    const History history = with_one_lie(seed);
    const CheckResult result = check_with("linearizable", history, {{"model", "kv"}, {"initial", "0"}});
    if (result.verdict != Verdict::invalid) continue;
    ++seen;
    largest = std::max(largest, result.findings.front().witness.size());
    EXPECT_TRUE(invalid(part_of(history, result.findings.front().witness))) << seed;
    std::vector<OpId> all(history.size());
    std::iota(all.begin(), all.end(), 0);
    TestJudge judge(invalid, true);
    const CutWitness cut = cut_to_steps(history, all, judge, limits);
    if (!cut.minimal) continue;
    largest_cut = std::max(largest_cut, cut.ids.size());
    EXPECT_TRUE(invalid(part_of(history, cut.ids))) << seed;
    EXPECT_TRUE(invalid(cut.part)) << to_text(cut.part);
    for (std::size_t without = 0; without < cut.ids.size(); ++without) {
      std::vector<OpId> some;
      for (OpId id = 0; id < cut.ids.size(); ++id) {
        if (id != without) some.push_back(id);
      }
      const History rest = part_of(cut.part, some);
      EXPECT_TRUE(is_read(cut.part.at(static_cast<OpId>(without)), rest) || !invalid(rest))
          << seed << ", without " << without << "\n"
          << to_text(cut.part);
    }
  }
  EXPECT_GT(seen, 8);
  EXPECT_LE(largest, 12u);
  EXPECT_LE(largest_cut, 12u);
  EXPECT_GT(largest_cut, 0u);
}

}  // namespace
}  // namespace assay::checkers::testing
