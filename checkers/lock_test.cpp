// The checker "lock" on holders and tokens, and against an oracle that tries every order.
#include <gtest/gtest.h>

#include <array>

#include "checkers/testing/datatype_fixture.h"
#include "checkers/testing/datatype_oracle.h"
#include "checkers/testing/nightly.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::by;
using testing::failed;
using testing::judged;
using testing::Line;

Mop acquire(Value token = {}, Key key = 0) { return {Fn::acquire, key, {}, std::move(token)}; }
Mop release(Value token = {}, Key key = 0) { return {Fn::release, key, std::move(token), {}}; }

TEST(Lock, HasOneHolder) {
  EXPECT_EQ(judged("lock", {by(1, {1, 2, acquire()}), by(1, {3, 4, release()}), by(2, {5, 6, acquire()})}),
            "valid");
  EXPECT_EQ(judged("lock", {by(1, {1, 2, acquire()}), by(2, {3, 4, acquire()})}), "invalid: double-hold");
  EXPECT_EQ(judged("lock", {by(1, {1, 2, acquire()}), by(1, {3, 4, acquire()})}), "invalid: double-hold");
  EXPECT_EQ(judged("lock", {by(1, {1, 2, acquire()}), by(2, {3, 4, acquire({}, 9)})}), "valid");
  // The release may have taken effect while the acquire was under way.
  EXPECT_EQ(judged("lock", {by(1, {1, 2, acquire()}), by(1, {3, 9, release()}), by(2, {3, 4, acquire()})}),
            "valid");
  EXPECT_EQ(judged("lock", {by(1, {1, 2, acquire()}), by(1, {6, 9, release()}), by(2, {3, 5, acquire()})}),
            "invalid: double-hold");
  EXPECT_EQ(judged("lock", {by(1, {1, 2, acquire()}), by(2, {3, 4, acquire()})}, {{"lease", "yes"}}),
            "unknown");
}

TEST(Lock, UnknownOutcomes) {
  EXPECT_EQ(judged("lock", {by(1, {1, kNever, acquire()}), by(2, {3, 4, acquire()})}), "valid");
  EXPECT_EQ(
      judged("lock", {by(1, {1, 2, acquire()}), by(1, {3, kNever, release()}), by(2, {5, 6, acquire()})}),
      "valid");
  EXPECT_EQ(
      judged("lock", {by(1, {1, 2, acquire()}), by(1, failed({3, 4, release()})), by(2, {5, 6, acquire()})}),
      "invalid: double-hold");
  EXPECT_EQ(judged("lock", {by(1, {1, kNever, acquire()})}), "unknown");
}

TEST(Lock, ALeaseThatWasLostIsNotReleasedLater) {
  const std::vector<Line> lines{by(1, {1, 2, acquire(1)}), by(2, {3, 4, acquire(2)}),
                                by(1, {5, 6, acquire(3)}), by(1, {7, 8, release(3)})};
  EXPECT_EQ(judged("lock", lines, {{"lease", "yes"}}), "valid");
  EXPECT_EQ(judged("lock", lines), "invalid: double-hold, wrong-token");
}

TEST(Lock, AHolderThatLostTheLockMustNotWrite) {
  const auto write = [](Value value, Key key = 5) { return Mop{Fn::write, key, std::move(value), {}}; };
  const auto with = [&](Line late) {
    return judged("lock",
                  {by(1, {1, 2, acquire(1)}), by(1, {3, 4, write(10)}), by(2, {5, 6, acquire(2)}),
                   by(2, {7, 8, write(20)}), std::move(late)},
                  {{"lease", "yes"}});
  };
  EXPECT_EQ(with(by(1, {9, 10, write(11)})), "invalid: stale-holder-write");
  EXPECT_EQ(with(by(1, {9, 10, {{Fn::fence, 6, 1, {}}, write(11)}})), "invalid: stale-holder-write");
  EXPECT_EQ(with(failed(by(1, {9, 10, write(11)}))), "valid");
  EXPECT_EQ(with(by(1, {9, kNever, write(11)})), "valid");
  EXPECT_EQ(with(by(1, {9, 10, write(11, 7)})), "valid");  // another storage
  EXPECT_EQ(with(by(1, {7, 10, write(11)})), "valid");     // at the same time: it may have been first
  EXPECT_EQ(with(by(2, {9, 10, write(21)})), "valid");
  EXPECT_EQ(with(by(3, {9, 10, write(31)})), "valid");  // no holder
  EXPECT_EQ(with(by(3, {9, 10, Mop{Fn::add, 5, 1, {}}})), "unknown");
}

TEST(Lock, OnlyTheHolderReleases) {
  const std::vector<Line> lines{by(1, {1, 2, acquire()}), by(2, {3, 4, release()}), by(3, {5, 6, acquire()})};
  EXPECT_EQ(judged("lock", lines), "invalid: double-hold, release-not-held");
  EXPECT_EQ(judged("lock", lines, {{"lease", "yes"}}), "unknown");
}

TEST(Lock, FencingTokensGrow) {
  const auto tokens = [](Value first, Value second, const CheckerOptions& options = {}) {
    return judged("lock",
                  {by(1, {1, 2, acquire(std::move(first))}), by(1, {3, 4, release()}),
                   by(2, {5, 6, acquire(std::move(second))})},
                  options);
  };
  EXPECT_EQ(tokens(7, 8), "valid");
  EXPECT_EQ(tokens(7, 7), "invalid: token-reused");
  EXPECT_EQ(tokens(7, 5), "invalid: token-not-growing");
  // A lease may run out without a word; its token tells.
  const std::vector<Line> expired{by(1, {1, 2, acquire(7)}), by(2, {3, 4, acquire(8)}),
                                  by(1, {5, 6, release(7)})};
  EXPECT_EQ(judged("lock", expired), "invalid: double-hold");
  EXPECT_EQ(judged("lock", expired, {{"lease", "yes"}}), "valid");
  EXPECT_EQ(judged("lock", {by(1, {1, 2, acquire(7)}), by(1, {3, 4, release(6)})}), "invalid: wrong-token");
}

// Sessions of one lock or two, without releases of what is not held.
History random_history(Rng& rng) {
  std::vector<Line> lines;
  std::int64_t operations = rng.between(2, 7);
  const Key keys = rng.between(1, 2);
  for (ProcessId process = 0; process < 4 && operations > 0; ++process) {
    Nanos now = rng.between(0, 8);
    std::array<bool, 2> held{};
    for (std::int64_t own = rng.between(1, 3); own > 0 && operations > 0; --own, --operations) {
      const Key key = rng.between(0, keys - 1);
      bool& holds = held[static_cast<std::size_t>(key)];
      Line line(now, now + rng.between(0, 6), holds ? release({}, key) : acquire({}, key));
      line.process = process;
      const std::uint64_t dice = rng.below(10);
      if (dice == 0) line.outcome = Outcome::info, line.completed = kNever;
      if (dice == 1) line.outcome = Outcome::fail;
      lines.push_back(line);
      if (dice == 0) break;
      if (dice > 1) holds = !holds;
      now = line.completed + rng.between(0, 5);
    }
  }
  return testing::make_history(lines);
}

TEST(LockOracle, AgreesOnRandomHistories) {
  Rng rng(9);
  std::array<int, 3> seen{};
  const int rounds = testing::rounds(10'000);
  for (int round = 0; round < rounds; ++round) {
    const History history = random_history(rng);
    const CheckResult result = testing::check_with("lock", history);
    if (result.verdict != Verdict::unknown) {
      ASSERT_EQ(result.verdict == Verdict::valid, testing::lock_by_brute_force(history))
          << testing::to_text(history);
    }
    ASSERT_EQ(testing::confirm_datatype("lock", history, result), "") << testing::to_text(history);
    ++seen[static_cast<std::size_t>(result.verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds / 10);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds / 10);
}

TEST(LockOracle, AgreesOnRandomTokens) {
  Rng rng(10);
  std::array<int, 3> seen{};
  for (int round = 0; round < testing::rounds(3'000); ++round) {
    std::vector<Line> lines;
    for (std::int64_t count = rng.between(2, 5); count > 0; --count) {
      const Nanos begin = rng.between(0, 30);
      lines.push_back({begin, begin + rng.between(0, 6), acquire(begin / 3 + rng.between(0, 3))});
    }
    const History history = testing::make_history(lines);
    const CheckResult result = testing::check_with("lock", history, {{"lease", "yes"}});
    ASSERT_EQ(result.verdict == Verdict::valid, testing::tokens_by_brute_force(history))
        << testing::to_text(history);
    ++seen[static_cast<std::size_t>(result.verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], testing::rounds(3'000) / 20);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], testing::rounds(3'000) / 20);
}

}  // namespace
}  // namespace assay::checkers
