// PRAM and causal memory: histories of the literature, every small history against brute force, mutations,
// budgets; and which of the models of processes imply which.
#include <gtest/gtest.h>

#include "checkers/testing/fixture.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/oracle.h"
#include "checkers/testing/weak_fixture.h"
#include "checkers/testing/weak_histories.h"
#include "checkers/testing/weak_oracle.h"

namespace assay::checkers {
namespace {

using testing::check_with;
using testing::make_sessions;
using testing::r;
using testing::w;

struct Judge {
  const char* name;
  CheckerOptions options;
};
const Judge kPram = {"pram", {{"certificate", "yes"}}};
const Judge kWeak = {"causal", {{"level", "weak"}}};
const Judge kMemory = {"causal-memory", {{"certificate", "yes"}}};
const Judge kConvergence = {"causal-convergence", {}};

Verdict verdict(const Judge& judge, const History& history) {
  const CheckResult result = check_with(judge.name, history, judge.options);
  EXPECT_EQ(testing::confirm_weak(history, result, judge.options), "") << judge.name << "\n"
                                                                       << testing::to_text(history);
  return result.verdict;
}

void expect(const History& history, bool pram, bool weak, bool memory, bool convergence) {
  EXPECT_EQ(verdict(kPram, history) == Verdict::valid, pram);
  EXPECT_EQ(verdict(kWeak, history) == Verdict::valid, weak);
  EXPECT_EQ(verdict(kMemory, history) == Verdict::valid, memory);
  EXPECT_EQ(verdict(kConvergence, history) == Verdict::valid, convergence);
}

// The examples of "On verifying causal consistency", figure 3.
TEST(ProcessViews, TellTheExamplesOfThePaperApart) {
  // (a) causal memory, but no common order: each process sees the other's write after its own.
  expect(make_sessions({{{w(0, 1)}, {r(0, 2)}}, {{w(0, 2)}, {r(0, 1)}}}), true, true, true, false);
  // (b) convergent, but no causal memory: a process changes its mind about writes that it ordered before.
  expect(make_sessions({{{w(2, 1)}, {w(0, 1)}, {w(1, 1)}}, {{w(0, 2)}, {r(2)}, {r(1, 1)}, {r(0, 2)}}}), false,
         true, false, true);
  // (c) only causal: both at once.
  expect(make_sessions({{{w(0, 1)}}, {{w(0, 2)}, {r(0, 1)}, {r(0, 2)}}}), false, true, false, false);
  // (e) nothing of it: an effect without its cause.
  expect(make_sessions({{{w(0, 1)}, {w(1, 1)}}, {{r(1, 1)}, {w(0, 2)}}, {{r(0, 2)}, {r(0, 1)}}}), true, false,
         false, false);
}

TEST(ProcessViews, PramLooksAtOneProcessOnly) {
  // A reply without its question: every process kept its own order.
  expect(make_sessions({{{w(0, 1)}}, {{r(0, 1)}, {w(1, 5)}}, {{r(1, 5)}, {r(0)}}}), true, false, false,
         false);
  // The writes of one process in the wrong order.
  expect(make_sessions({{{w(0, 1)}, {w(1, 5)}}, {{r(1, 5)}, {r(0)}}}), false, false, false, false);
  expect(make_sessions({{{w(0, 1)}, {w(0, 2)}}, {{r(0, 2)}, {r(0, 1)}}}), false, false, false, false);
  // Its own future.
  expect(make_sessions({{{r(0, 1)}, {w(0, 1)}}}), false, false, false, false);
  // A circle of causes through two processes, each of which is fine by itself.
  expect(make_sessions({{{r(0, 1)}, {w(1, 1)}}, {{r(1, 1)}, {w(0, 1)}}}), true, false, false, false);
}

// A transaction is one step: who must follow a part of it follows all of it.
TEST(ProcessViews, TransactionsAreFollowedAsAWhole) {
  expect(make_sessions({{{w(0, 2), w(1, 3)}}, {{w(0, 1)}, {r(1)}, {r(1, 3), r(0, 1)}}}), false, true, false,
         true);
}

// Each guarantee is less than causal convergence: sessions that are fine by themselves, and an effect without
// its cause.
TEST(ProcessViews, SessionsAreSeparatedFromCausality) {
  const History reply = make_sessions({{{w(0, 1)}, {w(1, 1)}}, {{r(1, 1)}, {w(2, 1)}}, {{r(2, 1)}, {r(0)}}});
  EXPECT_EQ(check_with("session", reply).verdict, Verdict::valid);
  EXPECT_EQ(verdict(kConvergence, reply), Verdict::invalid);
}

TEST(ProcessViews, UnknownWhereNothingCanBeSaid) {
  for (const char* name : {"pram", "causal-memory", "causal-convergence"}) {
    EXPECT_EQ(check_with(name, make_sessions({{{w(0, 1)}}})).reason,
              "No read succeeded, so nothing was tested.");
    EXPECT_EQ(check_with(name, make_sessions({{{w(0, 1)}}, {{w(0, 1)}}, {{r(0, 1)}}})).verdict,
              Verdict::unknown);
  }
}

TEST(ProcessViews, AgreeWithBruteForceAndImplyOneAnother) {
  const int rounds = testing::rounds(10'000, 1'000'000);
  Rng rng(17);
  int pram = 0, memory = 0, convergence = 0, linearizable = 0;
  for (int round = 0; round < rounds; ++round) {
    testing::SmallSessions options;
    options.mops = rng.chance(2, 3) ? 1 : 2;
    options.transactions = 7;
    options.keys = rng.between(1, 3);
    options.odd_permille = rng.between(0, 300);
    const History history = testing::generate_small(rng, options);
    if (verdict(kPram, history) == Verdict::unknown) continue;  // no read
    const bool pram_holds = testing::views_by_brute_force(history, Value(), "pram");
    const bool memory_holds = testing::views_by_brute_force(history, Value(), "causal-memory");
    ASSERT_EQ(verdict(kPram, history) == Verdict::valid, pram_holds) << testing::to_text(history);
    ASSERT_EQ(verdict(kMemory, history) == Verdict::valid, memory_holds) << testing::to_text(history);
    const bool weak_holds = verdict(kWeak, history) == Verdict::valid;
    const bool convergence_holds = verdict(kConvergence, history) == Verdict::valid;
    const bool linearizable_holds = testing::linearizable_by_brute_force(history, Value());
    pram += pram_holds;
    memory += memory_holds;
    convergence += convergence_holds;
    linearizable += linearizable_holds;
    ASSERT_TRUE(!linearizable_holds || (memory_holds && convergence_holds)) << testing::to_text(history);
    ASSERT_TRUE(!memory_holds || (pram_holds && weak_holds)) << testing::to_text(history);
    ASSERT_TRUE(!convergence_holds || weak_holds) << testing::to_text(history);
    // One order of versions that keeps causes before effects is one that every session agrees with.
    const Verdict sessions = check_with("session", history).verdict;
    ASSERT_TRUE(!convergence_holds || sessions != Verdict::invalid) << testing::to_text(history);
  }
  EXPECT_GT(linearizable, rounds / 20);
  EXPECT_GT(memory, rounds / 5);
  EXPECT_GT(pram, memory);
  EXPECT_LT(pram, rounds * 9 / 10);
  EXPECT_NE(memory, convergence);
}

TEST(ProcessViews, AgreeWithSaturationOnLongerHistories) {
  const int rounds = testing::rounds(600, 100'000);
  Rng rng(19);
  int valid[2] = {0, 0};
  for (int round = 0; round < rounds; ++round) {
    testing::SmallSessions options;
    options.mops = rng.chance(2, 3) ? 1 : 2;
    options.transactions = 30;
    options.sessions = 4;
    options.keys = rng.between(2, 5);
    options.odd_permille = rng.between(0, 120);
    options.info_permille = 0;
    const History history = testing::generate_small(rng, options);
    for (int i = 0; i < 2; ++i) {
      const Judge& judge = i == 0 ? kPram : kMemory;
      if (verdict(judge, history) == Verdict::unknown) continue;  // no read
      const bool expected = testing::views_by_saturation(history, Value(), judge.name);
      valid[i] += expected;
      ASSERT_EQ(verdict(judge, history) == Verdict::valid, expected) << testing::to_text(history);
    }
  }
  for (const int count : valid) {
    EXPECT_GT(count, rounds / 5);
    EXPECT_LT(count, rounds * 9 / 10);
  }
}

TEST(ProcessViews, LargeHistoriesAndTheirMutations) {
  testing::LogStoreOptions options;
  options.operations = 2000;
  options.sessions = 7;
  options.keys = 20;
  options.lag = 8;
  options.info_permille = 5;
  const History history = testing::generate_log_store(options);
  expect(history, true, true, true, true);
  int caught = 0;
  for (std::int64_t at = 100; at < 1000; at += 200) {
    History aged;
    ASSERT_TRUE(testing::age_a_read(history, at, 12, aged));
    caught += verdict(kPram, aged) == Verdict::invalid ? 1 : 0;
    caught += verdict(kMemory, aged) == Verdict::invalid ? 1 : 0;
  }
  EXPECT_EQ(caught, 10);
}

TEST(ProcessViews, KeepToTheBudget) {
  testing::LogStoreOptions options;
  options.operations = 30'000;
  const History history = testing::generate_log_store(options);
  for (const char* name : {"pram", "causal-memory"}) {
    Budget no_time, little;
    no_time.time_limit = 0;
    EXPECT_EQ(check_with(name, history, {}, no_time).reason,
              "Nothing was checked: the time budget is spent.");
    for (std::size_t kilobytes = 500; kilobytes < 6000; kilobytes += 500) {
      little.memory_limit_bytes = kilobytes * 1000;
      const CheckResult result = check_with(name, history, {}, little);
      EXPECT_NE(result.verdict, Verdict::invalid);
      EXPECT_LE(find_fact(result.statistics, "memory_peak_bytes")->as_integer(),
                static_cast<std::int64_t>(little.memory_limit_bytes * 11 / 10));
    }
  }
}

}  // namespace
}  // namespace assay::checkers
