// Effects without what came before them: known histories, every small history against brute force, mutations,
// budgets.
#include <gtest/gtest.h>

#include <map>

#include "checkers/common/certify.h"
#include "checkers/testing/fixture.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/oracle.h"
#include "checkers/testing/weak_fixture.h"
#include "checkers/testing/weak_histories.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers {
namespace {

using testing::check_with;
using testing::Line;
using testing::make_history;
using testing::r;
using testing::w;

Mop add(Key key, const Value& element) { return {Fn::add, key, element, {}}; }

Verdict verdict(const History& history, const CheckerOptions& options = {}) {
  CheckerOptions certified = options;
  certified["certificate"] = "yes";
  const CheckResult result = check_with("causal-reverse", history, certified);
  if (result.certificate) {
    EXPECT_EQ(refute_certificate(history, *result.certificate), "");
  }
  const bool invalid = result.verdict == Verdict::invalid;
  for (const Certificate& claim : claims_of("causal-reverse", options)) {
    EXPECT_FALSE(invalid && refute_certificate(history, claim).empty()) << testing::to_text(history);
  }
  EXPECT_EQ(result.certificate.has_value(), result.verdict == Verdict::valid);
  EXPECT_EQ(testing::confirm_weak(history, result, options), "") << testing::to_text(history);
  return result.verdict;
}

TEST(CausalReverse, SeesTheLaterWithoutTheEarlier) {
  const auto history = [](Nanos first_end, const Value& x) {
    return make_history({Line(0, first_end, w(0, 1)), Line(5, 6, w(1, 1)), Line(8, 9, {r(0, x), r(1, 1)})});
  };
  EXPECT_EQ(verdict(history(2, Value())), Verdict::invalid);
  EXPECT_EQ(verdict(history(5, Value())), Verdict::valid);  // concurrent
  EXPECT_EQ(verdict(history(2, 1)), Verdict::valid);
  EXPECT_EQ(verdict(make_history({Line(0, 2, w(0, 1)), Line(5, 6, w(1, 1)), Line(8, 9, {r(0, 1), r(1)})})),
            Verdict::valid);
}

// In real time and by process, transactions of registers are judged a second time by other code.
TEST(CausalReverse, WhatIsValidIsCertified) {
  Line first(0, 2, w(0, 1)), second(5, 6, w(1, 1));
  first.process = second.process = 1;
  for (const char* const order : {"real-time", "process"}) {
    const CheckerOptions options = {{"order", order}, {"certificate", "yes"}};
    const CheckResult result =
        check_with("causal-reverse", make_history({first, second, Line(8, 9, {r(0, 1), r(1, 1)})}), options);
    ASSERT_TRUE(result.certificate.has_value()) << order;
    const auto refute = [&](const Value& x, const Value& y) {
      return refute_certificate(make_history({first, second, Line(8, 9, {r(0, x), r(1, y)})}),
                                *result.certificate);
    };
    EXPECT_EQ(refute(1, Value()), "");
    EXPECT_EQ(refute(Value(), 1), "Operation 2 misses a write that was over before one that it sees.");
    EXPECT_EQ(refute(7, 1), "Operation 2 reads what nobody wrote.");
  }
}

TEST(CausalReverse, AnOlderVersionMissesANewerOne) {
  EXPECT_EQ(verdict(make_history({Line(0, 1, w(0, 1)), Line(2, 3, w(0, 2)), Line(5, 6, w(1, 1)),
                                  Line(8, 9, {r(0, 1), r(1, 1)})})),
            Verdict::invalid);
  // Which of two concurrent versions is newer nobody knows.
  EXPECT_EQ(verdict(make_history({Line(0, 2, w(0, 1)), Line(1, 3, w(0, 2)), Line(5, 6, w(1, 1)),
                                  Line(8, 9, {r(0, 1), r(1, 1)})})),
            Verdict::valid);
}

TEST(CausalReverse, ByProcess) {
  Line first(0, 2, w(0, 1)), second(5, 6, w(1, 1));
  const Line reader(8, 9, {r(0), r(1, 1)});
  EXPECT_EQ(verdict(make_history({first, second, reader}), {{"order", "process"}}), Verdict::valid);
  first.process = second.process = 1;
  EXPECT_EQ(verdict(make_history({first, second, reader}), {{"order", "process"}}), Verdict::invalid);
}

TEST(CausalReverse, OnSets) {
  const auto history = [](std::vector<Value> elements) {
    return make_history(
        {Line(0, 2, add(0, 1)), Line(5, 6, add(0, 2)), Line(8, 9, r(0, Value::list(std::move(elements))))});
  };
  EXPECT_EQ(verdict(history({2})), Verdict::invalid);
  EXPECT_EQ(verdict(history({1})), Verdict::valid);
  EXPECT_EQ(verdict(history({1, 2})), Verdict::valid);
  EXPECT_EQ(verdict(history({})), Verdict::unknown);
  // Of unknown outcome: need not be there.
  EXPECT_EQ(verdict(make_history(
                {Line(0, kNever, add(0, 1)), Line(5, 6, add(0, 2)), Line(8, 9, r(0, Value::list({2})))})),
            Verdict::valid);
}

TEST(CausalReverse, AnswersComeWithWhatTheyAnswer) {
  const CheckerOptions answers{{"order", "answers"}};
  const Value question = Value::pair(Value(1), Value()), answer = Value::pair(Value(2), Value(1));
  const auto by = [](ProcessId process, Nanos begin, std::vector<Mop> mops) {
    Line line(begin, begin + 1, std::move(mops));
    line.process = process;
    return line;
  };
  const auto with = [&](std::vector<Line> reads) {
    reads.push_back(by(1, 1, {w(1, question)}));
    reads.push_back(by(2, 3, {w(2, answer)}));
    const History history = make_history(std::move(reads));
    const CheckResult result = check_with("causal-reverse", history, answers);
    for (const Finding& finding : result.findings) {
      EXPECT_EQ(finding.anomaly, "answer-without-question");
      const CheckResult again =
          check_with("causal-reverse", testing::part_of(history, finding.witness), answers);
      EXPECT_EQ(again.verdict, Verdict::invalid);
    }
    return result.verdict;
  };
  EXPECT_EQ(with({by(3, 5, {r(2, answer)}), by(3, 7, {r(1)})}), Verdict::invalid);
  EXPECT_EQ(with({by(3, 5, {r(2, answer), r(1)})}), Verdict::invalid);
  EXPECT_EQ(with({by(3, 5, {r(1), r(2, answer)})}), Verdict::invalid);
  EXPECT_EQ(with({by(3, 5, {r(2, answer)}), by(3, 7, {r(1, question)})}), Verdict::valid);
  EXPECT_EQ(with({by(3, 5, {r(2, answer)}), by(4, 7, {r(1)}), by(4, 9, {r(2, answer)})}), Verdict::unknown);
  EXPECT_EQ(with({by(3, 5, {r(1)}), by(3, 7, {r(2, answer)}), by(3, 9, {r(1, question)})}), Verdict::valid);
}

TEST(CausalReverse, UnknownWhereNothingCanBeSaid) {
  EXPECT_EQ(verdict(make_history({Line(0, 1, w(0, 1)), Line(2, 3, r(0, 1))})), Verdict::unknown);
  EXPECT_EQ(verdict(make_history({Line(0, 1, w(0, 1)), Line(2, 3, {r(0), r(1)})})), Verdict::unknown);
}

// Tries every reader, every write that it sees and every one that it does not.
bool reversed_by_brute_force(const History& history) {
  std::map<std::pair<Key, Value>, Operation> writers;
  std::vector<std::pair<Key, Operation>> writes;
  for (const Operation op : history.operations()) {
    std::map<Key, Value> last;
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::write) last[mop.key] = mop.argument;
    }
    for (const auto& [key, value] : last) {
      writers[{key, value}] = op;
      if (op.outcome == Outcome::ok) writes.emplace_back(key, op);
    }
  }
  for (const Operation reader : history.operations()) {
    if (reader.outcome != Outcome::ok) continue;
    for (const Mop& sees : reader.mops) {
      const auto later = writers.find({sees.key, sees.result});
      if (sees.fn != Fn::read || later == writers.end() || later->second.id == reader.id) continue;
      for (const Mop& misses : reader.mops) {
        const auto source = writers.find({misses.key, misses.result});
        if (misses.fn != Fn::read || (source != writers.end() && source->second.id == reader.id)) continue;
        for (const auto& [key, earlier] : writes) {
          if (key != misses.key || !earlier.precedes(later->second)) continue;
          if (source == writers.end() || source->second.precedes(earlier)) return true;
        }
      }
    }
  }
  return false;
}

TEST(CausalReverse, AgreesWithBruteForce) {
  const int rounds = testing::rounds(10'000, 1'000'000);
  Rng rng(41);
  int invalid = 0, checked = 0;
  for (int round = 0; round < rounds; ++round) {
    testing::SmallSessions options;
    options.transactions = 9;
    options.odd_permille = rng.between(0, 300);
    options.info_permille = 0;
    const History history = testing::generate_small(rng, options);
    const CheckResult result = check_with("causal-reverse", history);
    bool bad_read = result.verdict == Verdict::unknown;
    for (const Finding& finding : result.findings) bad_read = bad_read || finding.anomaly != "causal-reverse";
    if (bad_read) continue;
    ++checked;
    const bool expected = reversed_by_brute_force(history);
    invalid += expected;
    ASSERT_EQ(result.verdict == Verdict::invalid, expected) << testing::to_text(history);
    ASSERT_EQ(testing::confirm_weak(history, result, {}), "") << testing::to_text(history);
    ASSERT_TRUE(!expected || !testing::linearizable_by_brute_force(history, Value()))
        << testing::to_text(history);
  }
  EXPECT_GT(checked, rounds / 10);
  EXPECT_GT(invalid, checked / 20);
  EXPECT_LT(invalid, checked * 19 / 20);
}

TEST(CausalReverse, LargeHistoriesAndTheirMutations) {
  testing::LogStoreOptions options;
  options.operations = 5000;
  options.mops = 4;
  options.lag = 0;
  const History history = testing::generate_log_store(options);
  EXPECT_EQ(verdict(history), Verdict::valid);
  options.lag = 100;
  EXPECT_EQ(verdict(testing::generate_log_store(options), {{"order", "process"}}), Verdict::valid);
  // Whoever lags still sees a prefix; one read out of many that goes back in time does not.
  History aged;
  int caught = 0;
  for (std::int64_t at = 300; at < 900; at += 100) {
    ASSERT_TRUE(testing::age_a_read(history, at, 5, aged));
    caught += verdict(aged) == Verdict::invalid ? 1 : 0;
  }
  EXPECT_GE(caught, 3);
}

TEST(CausalReverse, KeepsToTheBudget) {
  testing::LogStoreOptions options;
  options.operations = 20'000;
  options.mops = 4;
  const History history = testing::generate_log_store(options);
  for (const char* order : {"real-time", "process"}) {
    Budget no_time, little;
    no_time.time_limit = 0;
    little.memory_limit_bytes = 1'000'000;
    const CheckerOptions by = {{"order", order}};
    EXPECT_EQ(check_with("causal-reverse", history, by, no_time).reason,
              "Nothing was checked: the time budget is spent.");
    EXPECT_EQ(check_with("causal-reverse", history, by, little).verdict, Verdict::unknown);
  }
}

}  // namespace
}  // namespace assay::checkers
