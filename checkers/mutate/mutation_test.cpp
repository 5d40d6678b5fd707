// Mutations do what they say, and checkers notice them.
#include "checkers/mutate/mutation.h"

#include <gtest/gtest.h>

#include <set>

#include "checkers/mutate/trial.h"
#include "checkers/testing/application_histories.h"
#include "checkers/testing/datatype_generator.h"
#include "checkers/testing/fixture.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::append;
using testing::Line;
using testing::make_history;
using testing::r;
using testing::w;

// One operation at a time, so that everything is legal as written.
History sequence(const std::vector<Mop>& mops, int processes) {
  std::vector<Line> lines;
  for (std::size_t i = 0; i < mops.size(); ++i) {
    Line line(static_cast<Nanos>(i * 20), static_cast<Nanos>(i * 20 + 10), mops[i]);
    line.process = static_cast<ProcessId>(i % static_cast<std::size_t>(processes));
    lines.push_back(line);
  }
  return make_history(lines);
}

History registers() {
  std::vector<Mop> mops;
  for (std::int64_t i = 1; i <= 40; ++i) {
    mops.push_back(w(i % 2, Value(i)));
    mops.push_back(r(i % 2, Value(i)));
    mops.push_back(r(i % 2, Value(i)));
  }
  return sequence(mops, 2);
}

History lists() {
  std::vector<Mop> mops;
  std::vector<Value> elements;
  for (std::int64_t i = 1; i <= 20; ++i) {
    elements.emplace_back(i);
    mops.push_back(append(0, Value(i)));
    mops.push_back(r(0, Value::list(elements)));
  }
  return sequence(mops, 3);
}

History rows() {
  std::vector<Mop> mops;
  std::vector<Value> found;
  for (std::int64_t i = 1; i <= 10; ++i) {
    mops.push_back(w(i, Value(i)));
    found.push_back(Value::pair(i, i));
    mops.push_back({Fn::scan, 0, {}, Value::list(found)});
  }
  return sequence(mops, 3);
}

Mop mop(Fn fn, Value argument, Value result) { return {fn, 0, std::move(argument), std::move(result)}; }

TEST(Mutation, EveryKindIsMadeWhereThereIsAPlaceForIt) {
  std::set<std::string_view> made;
  std::vector<History> histories;
  histories.push_back(registers());
  histories.push_back(lists());
  histories.push_back(rows());
  histories.push_back(sequence({mop(Fn::acquire, {}, {}), mop(Fn::release, {}, {})}, 1));
  using testing::Datatype;
  for (const Datatype type : {Datatype::bank, Datatype::set, Datatype::queue, Datatype::counter,
                              Datatype::fork, Datatype::lock, Datatype::log, Datatype::registers}) {
    histories.push_back(testing::generate_datatype(type, {}));
  }
  histories.push_back(testing::fenced_lock());
  histories.push_back(testing::chat());
  histories.push_back(testing::cart());
  histories.push_back(testing::shared_text());
  for (const History& history : histories) {
    Mutator mutator(history, true, 1);
    for (const Mutator::Kind& kind : Mutator::kinds()) {
      for (int i = 0; i < 20; ++i) {
        const auto mutation = mutator.make(kind.name);
        if (!mutation) break;
        made.insert(kind.name);
        EXPECT_EQ(mutation->kind, kind.name);
        EXPECT_FALSE(mutation->what.empty());
        EXPECT_NE(mutation->history.digest(), history.digest()) << mutation->what;
      }
    }
  }
  for (const Mutator::Kind& kind : Mutator::kinds()) EXPECT_TRUE(made.contains(kind.name)) << kind.name;
}

TEST(Mutation, TheSameSeedGivesTheSame) {
  const History history = registers();
  const auto digests = [&](std::uint64_t seed) {
    std::vector<std::uint64_t> all;
    Mutator mutator(history, true, seed);
    for (const Mutator::Kind& kind : Mutator::kinds()) {
      if (const auto mutation = mutator.make(kind.name)) all.push_back(mutation->history.digest());
    }
    return all;
  };
  EXPECT_EQ(digests(3), digests(3));
  EXPECT_NE(digests(3), digests(4));
}

TEST(Mutation, NothingIsSaidAboutRealTimeWhereThereIsNone) {
  const History history = registers();
  Mutator mutator(history, false, 5);
  for (const Mutator::Kind& kind : Mutator::kinds()) {
    for (int i = 0; i < 50; ++i) {
      const auto mutation = mutator.make(kind.name);
      if (!mutation) break;
      EXPECT_NE(mutation->effect, Breakage::real_time) << mutation->what;
    }
  }
}

TEST(Mutation, AnEmptyHistoryHasNoPlaceForAny) {
  const History history;
  Mutator mutator(history, true, 1);
  for (const Mutator::Kind& kind : Mutator::kinds()) EXPECT_FALSE(mutator.make(kind.name).has_value());
}

SelfTestResult run_self_test(std::string_view name, const History& history, const CheckerOptions& options,
                             int of_each_kind = 40) {
  std::string error;
  const auto checker = testing::plugin(name).make(options, error);
  return self_test({name, options, *checker}, history, true, 7, of_each_kind, Budget());
}

TEST(SelfTest, LinearizableNoticesWhatBreaksItAndNothingElse) {
  const History first = registers(), second = lists();
  for (const History* const history : {&first, &second}) {
    const SelfTestResult result = run_self_test("linearizable", *history, {{"model", "kv"}});
    EXPECT_EQ(result.unchanged.verdict, Verdict::valid);
    EXPECT_TRUE(result.finished);
    EXPECT_EQ(result.trouble, std::vector<std::string>());
    int effective = 0, harmless = 0;
    for (const SelfTestRow& row : result.rows) {
      EXPECT_EQ(row.caught, row.effective) << row.kind;
      EXPECT_EQ(row.accused, 0) << row.kind;
      effective += row.effective;
      harmless += row.harmless;
    }
    EXPECT_GE(effective, 100);
    EXPECT_GE(harmless, 30);
  }
}

// Notices nothing, or everything.
class Constant final : public Checker {
 public:
  explicit Constant(std::size_t size) : size_(size) {}
  CheckResult check(const History& history, const Budget&) const override {
    CheckResult result;
    result.verdict =
        size_ == 0 || history.digest() == first_ || first_ == 0 ? Verdict::valid : Verdict::invalid;
    first_ = first_ == 0 ? history.digest() : first_;
    return result;
  }

 private:
  std::size_t size_;
  mutable std::uint64_t first_ = 0;
};

TEST(SelfTest, ABlindCheckerAndASuspiciousOneAreShownUp) {
  const History history = registers();
  const CheckerOptions none;
  const SelfTestResult blind = self_test({"linearizable", none, Constant(0)}, history, true, 7, 10, Budget());
  EXPECT_GE(blind.trouble.size(), 40u);
  EXPECT_TRUE(blind.trouble.front().starts_with("not noticed: phantom: operation ")) << blind.trouble.front();
  const SelfTestResult suspicious =
      self_test({"linearizable", none, Constant(1)}, history, true, 7, 10, Budget());
  ASSERT_EQ(suspicious.trouble.size(), 10u);
  EXPECT_TRUE(suspicious.trouble.front().starts_with("accused without reason: forget"))
      << suspicious.trouble.front();
}

TEST(SelfTest, AHistoryThatIsNotValidShowsNothing) {
  const History history = sequence({w(0, 1), r(0, 2)}, 1);
  const SelfTestResult result = run_self_test("linearizable", history, {});
  EXPECT_EQ(result.unchanged.verdict, Verdict::invalid);
  EXPECT_TRUE(result.rows.empty());
}

TEST(SelfTest, EndsWithTheBudget) {
  const History history = registers();
  const CheckerOptions none;
  Budget budget;
  std::atomic<bool> stop = true;
  budget.stop = &stop;
  const SelfTestResult result = self_test({"linearizable", none, Constant(0)}, history, true, 7, 10, budget);
  EXPECT_FALSE(result.finished);
  EXPECT_TRUE(result.rows.empty());
}

TEST(SelfTest, DutiesFollowFromThePromise) {
  const CheckerOptions none;
  const CheckerOptions weaker = {{"models", "serializable"}};
  const Constant checker(0);
  const auto duty = [&](std::string_view name, const CheckerOptions& options, std::string_view kind,
                        Breakage effect) {
    return duty_of({name, options, checker}, kind, effect);
  };
  EXPECT_EQ(duty("linearizable", none, "stale", Breakage::real_time), Duty::notice);
  EXPECT_EQ(duty("linearizable", none, "swap", Breakage::unknown), Duty::unclear);
  EXPECT_EQ(duty("serializable", none, "stale", Breakage::sessions), Duty::unclear);
  EXPECT_EQ(duty("serializable", none, "phantom", Breakage::values), Duty::notice);
  EXPECT_EQ(duty("list-append", weaker, "stale", Breakage::real_time), Duty::unclear);
  EXPECT_EQ(duty("rw-register", none, "unseen", Breakage::real_time), Duty::notice);
  EXPECT_EQ(duty("rw-register", none, "stale", Breakage::real_time), Duty::unclear);
  EXPECT_EQ(duty("rw-register", none, "phantom", Breakage::values), Duty::notice);
  EXPECT_EQ(duty("unique-ids", none, "duplicate", Breakage::values), Duty::notice);
  EXPECT_EQ(duty("unique-ids", none, "phantom", Breakage::values), Duty::unclear);
  EXPECT_EQ(duty("bank", none, "half-transfer", Breakage::values), Duty::notice);
  EXPECT_EQ(duty("bank", none, "overdraw", Breakage::values), Duty::notice);
  EXPECT_EQ(duty("bank", {{"negative", "yes"}}, "overdraw", Breakage::values), Duty::unclear);
  EXPECT_EQ(duty("linearizable", none, "half-transfer", Breakage::values), Duty::unclear);
  EXPECT_EQ(duty("kafka", none, "phantom", Breakage::values), Duty::unclear);
  EXPECT_EQ(duty("monotonic", {{"order", "process"}}, "back", Breakage::real_time), Duty::unclear);
  EXPECT_EQ(duty("monotonic", {{"order", "process"}}, "back", Breakage::sessions), Duty::notice);
  EXPECT_EQ(duty("somebody", none, "phantom", Breakage::values), Duty::unclear);
  EXPECT_EQ(duty("somebody", none, "forget", Breakage::none), Duty::leave_alone);
}

}  // namespace
}  // namespace assay::checkers
