// Models of a user's own: the public header alone, as somebody would use it who links the library.
#include "checkers/linearizability/model.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <vector>

#include "checkers/testing/fixture.h"
#include "checkers/testing/history_generator.h"

namespace assay::checkers {
namespace {

using testing::Line;
using testing::make_history;

// The example of the header.
struct Register {
  using State = std::int64_t;
  State initial() const { return 0; }
  std::uint64_t hash(const State& state) const { return static_cast<std::uint64_t>(state); }
  std::optional<State> step(const State& state, const Operation& op) const {
    const Mop& mop = op.mops.front();
    if (mop.fn == Fn::write) return mop.argument.as_integer();
    if (mop.result != Value(state)) return std::nullopt;
    return state;
  }
  bool reads_only(const Operation& op) const { return op.mops.front().fn == Fn::read; }
};

// A bank on several keys: a transfer is a transaction of two adds, and no account may go below zero.
struct Bank {
  using State = std::vector<std::int64_t>;
  State initial() const { return {10, 10}; }
  std::uint64_t hash(const State& state) const {
    return static_cast<std::uint64_t>(state[0] * 1000 + state[1]);
  }
  std::optional<State> step(const State& state, const Operation& op) const {
    State after = state;
    for (const Mop& mop : op.mops) {
      std::int64_t& account = after[static_cast<std::size_t>(mop.key)];
      if (mop.fn == Fn::add) account += mop.argument.as_integer();
      if (mop.fn == Fn::read && op.outcome == Outcome::ok && mop.result != Value(account))
        return std::nullopt;
    }
    if (after[0] < 0 || after[1] < 0) return std::nullopt;
    return after;
  }
  std::string objection(const Operation& op) const {
    for (const Mop& mop : op.mops) {
      if (mop.key < 0 || mop.key > 1) return "names an account that there is not";
    }
    return {};
  }
};

// Several next states: a cache from which anything written may vanish at any write.
struct ForgetfulRegister {
  using State = Value;
  static constexpr bool kByKey = true;
  State initial() const { return {}; }
  std::uint64_t hash(const State& state) const { return state.hash(); }
  std::vector<State> step(const State& state, const Operation& op) const {
    const Mop& mop = op.mops.front();
    if (mop.fn == Fn::write) return {mop.argument, Value()};
    if (op.outcome == Outcome::ok && mop.result != state) return {};
    return {state};
  }
};

// A lock that only its holder releases.
struct OwnedLock {
  using State = ProcessId;
  static constexpr bool kByProcess = true;
  State initial() const { return -1; }
  std::uint64_t hash(const State& state) const { return static_cast<std::uint64_t>(state); }
  std::optional<State> step(const State& holder, const Operation& op) const {
    if (op.mops.front().fn == Fn::acquire)
      return holder == -1 ? std::optional<State>(op.process) : std::nullopt;
    return holder == op.process ? std::optional<State>(-1) : std::nullopt;
  }
};

static_assert(SequentialModel<Register> && SequentialModel<ForgetfulRegister>);
static_assert(!SequentialModel<Line>);

Line by(ProcessId process, Nanos invoked, Nanos completed, std::vector<Mop> mops) {
  Line line(invoked, completed, std::move(mops));
  line.process = process;
  return line;
}

TEST(CustomModel, AgreesWithTheRegisterOfTheLibrary) {
  int invalid = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    testing::GeneratorOptions shape;
    shape.seed = seed;
    shape.operations = 40;
    shape.info_permille = 30;
    History history = testing::generate_history(shape);
    History corrupted;
    bool certain = false;
    if (seed % 2 == 0 && corrupt(history, testing::Corruption::swapped_reads, 400, seed, corrupted, certain))
      history = std::move(corrupted);
    const CheckResult mine = check_linearizable(Register(), history);
    const CheckResult theirs = testing::check_with("linearizable", history, {{"initial", "0"}});
    // Reads of nil, before the first write, are illegal in both.
    EXPECT_EQ(mine.verdict, theirs.verdict) << "seed " << seed << "\n" << testing::to_text(history);
    invalid += mine.verdict == Verdict::invalid ? 1 : 0;
    if (mine.verdict == Verdict::invalid) {
      ASSERT_FALSE(mine.findings.empty());
      const History alone = testing::part_of(history, mine.findings.front().witness);
      EXPECT_EQ(check_linearizable(Register(), alone).verdict, Verdict::invalid) << "seed " << seed;
    }
  }
  EXPECT_GT(invalid, 5);
}

TEST(CustomModel, OneObjectOfSeveralKeys) {
  const std::vector<Mop> pay{{Fn::add, 0, -7, {}}, {Fn::add, 1, 7, {}}};
  const std::vector<Mop> back{{Fn::add, 1, -15, {}}, {Fn::add, 0, 15, {}}};
  const std::vector<Mop> look{{Fn::read, 0, {}, 18}, {Fn::read, 1, {}, 2}};
  EXPECT_EQ(check_linearizable(Bank(), make_history({{1, 9, back}, {1, 9, pay}, {10, 11, look}})).verdict,
            Verdict::valid);
  EXPECT_EQ(check_linearizable(Bank(), make_history({{1, 2, back}, {3, 9, pay}, {10, 11, look}})).verdict,
            Verdict::invalid);
  const CheckResult refused = check_linearizable(Bank(), make_history({{1, 2, testing::r(7, 1)}}));
  EXPECT_EQ(refused.verdict, Verdict::unknown);
  EXPECT_NE(refused.reason.find("names an account that there is not"), std::string::npos) << refused.reason;
}

TEST(CustomModel, SeveralNextStates) {
  using testing::r;
  using testing::w;
  const ForgetfulRegister model;
  EXPECT_EQ(check_linearizable(model, make_history({{1, 2, w(0, 1)}, {3, 4, r(0)}, {5, 6, r(0)}})).verdict,
            Verdict::valid);
  EXPECT_EQ(check_linearizable(model, make_history({{1, 2, w(0, 1)}, {3, 4, r(0)}, {5, 6, r(0, 1)}})).verdict,
            Verdict::invalid);
  EXPECT_EQ(check_linearizable(
                model, make_history({{1, 2, w(0, 1)}, {3, 4, w(1, 2)}, {5, 6, r(0, 1)}, {7, 8, r(1)}}))
                .verdict,
            Verdict::valid);
}

TEST(CustomModel, ProcessesMatterWhereTheModelSaysSo) {
  const Mop acquire{Fn::acquire, 0, {}, {}}, release{Fn::release, 0, {}, {}};
  EXPECT_EQ(
      check_linearizable(OwnedLock(), make_history({by(1, 1, 2, {acquire}), by(1, 3, 4, {release})})).verdict,
      Verdict::valid);
  EXPECT_EQ(
      check_linearizable(OwnedLock(), make_history({by(1, 1, 2, {acquire}), by(2, 3, 4, {release})})).verdict,
      Verdict::invalid);
  // Two in flight at once that look alike but for the process.
  EXPECT_EQ(
      check_linearizable(OwnedLock(), make_history({by(1, 1, 9, {acquire}), by(2, 1, 20, {acquire}),
                                                    by(1, 10, 11, {release}), by(2, 21, 22, {release})}))
          .verdict,
      Verdict::valid);
}

TEST(CustomModel, BudgetEndsInUnknown) {
  testing::GeneratorOptions shape;
  shape.operations = 20'000;
  Budget budget;
  budget.memory_limit_bytes = std::size_t{1} << 20;
  const CheckResult result = check_linearizable(Register(), testing::generate_history(shape), budget);
  EXPECT_EQ(result.verdict, Verdict::unknown);
  EXPECT_NE(result.reason.find("memory"), std::string::npos) << result.reason;
}

}  // namespace
}  // namespace assay::checkers
