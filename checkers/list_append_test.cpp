// Histories of lists from the literature, each with the anomaly that it must show.
#include <gtest/gtest.h>

#include "checkers/testing/fixture.h"
#include "checkers/testing/txn_fixture.h"

namespace assay::checkers::testing {
namespace {

Value list(std::initializer_list<std::int64_t> elements) {
  std::vector<Value> values(elements.begin(), elements.end());
  return Value::list(std::move(values));
}

// All concurrent, each of a process of its own.
History concurrent(const std::vector<std::vector<Mop>>& transactions) {
  std::vector<Line> lines;
  for (const auto& mops : transactions) lines.emplace_back(static_cast<Nanos>(lines.size()), 1000, mops);
  return make_history(std::move(lines));
}

// One after the other.
History in_turn(const std::vector<std::vector<Mop>>& transactions) {
  std::vector<Line> lines;
  for (const auto& mops : transactions) {
    const auto begin = static_cast<Nanos>(lines.size()) * 10;
    lines.emplace_back(begin, begin + 5, mops);
  }
  return make_history(std::move(lines));
}

CheckResult check(const History& history, const std::string& models = "strict-serializable") {
  return check_with("list-append", history, {{"models", models}});
}

void expect_anomalies(const History& history, const std::string& anomalies, const std::string& weakest) {
  const CheckResult result = check(history);
  EXPECT_EQ(result.verdict, Verdict::invalid) << result.reason << "\n" << to_text(history);
  EXPECT_EQ(anomalies_of(result), anomalies) << to_text(history);
  EXPECT_EQ(text_fact(result, "weakest_refuted"), weakest);
  EXPECT_EQ(confirm_transactions("list-append", history, result, {}), "");
}

TEST(ListAppend, SerialHistoriesAreValid) {
  const History history =
      in_turn({{append(1, 1)}, {r(1, list({1})), append(1, 2)}, {r(1, list({1, 2})), r(2)}});
  const CheckResult result = check(history);
  EXPECT_EQ(result.verdict, Verdict::valid) << result.reason;
  EXPECT_TRUE(result.findings.empty());
  EXPECT_EQ(text_fact(result, "strongest_not_refuted"), "strict-serializable");
  EXPECT_NE(result.reason.find("proof"), std::string::npos) << result.reason;
}

TEST(ListAppend, WriteCycle) {
  expect_anomalies(concurrent({{append(1, 1), append(2, 1)},
                               {append(1, 2), append(2, 2)},
                               {r(1, list({1, 2})), r(2, list({2, 1}))}}),
                   "G0", "read-uncommitted");
}

TEST(ListAppend, AbortedRead) {
  Line failed(0, 1000, append(1, 1));
  failed.outcome = Outcome::fail;
  expect_anomalies(make_history({failed, Line(1, 1000, r(1, list({1})))}), "G1a", "read-committed");
  expect_anomalies(make_history({failed, Line(1, 1000, append(1, 2)), Line(2, 1000, r(1, list({1, 2})))}),
                   "dirty-update G1a", "read-committed");
}

TEST(ListAppend, IntermediateRead) {
  const CheckResult result = check(concurrent({{append(1, 1), append(1, 2)}, {r(1, list({1}))}}));
  EXPECT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(anomalies_of(result), "G1b causality-violation G-single");
  EXPECT_EQ(check(concurrent({{append(1, 1), r(1, list({1})), append(1, 2)}, {r(1, list({1, 2}))}})).verdict,
            Verdict::valid);
}

TEST(ListAppend, CircularInformationFlow) {
  expect_anomalies(concurrent({{append(1, 1), r(2, list({1}))},
                               {append(1, 2), append(2, 1)},
                               {r(1, list({1, 2})), r(2, list({1}))}}),
                   "G1c", "read-committed");
}

TEST(ListAppend, ReadSkewIsASingleAntiDependency) {
  expect_anomalies(concurrent({{append(1, 1), append(2, 1)}, {append(1, 2), r(2)}, {r(1, list({1, 2}))}}),
                   "G-single", "consistent-view, repeatable-read");
}

TEST(ListAppend, WriteSkewIsSerializableByNobody) {
  const History history = concurrent({{append(1, 1), r(2)}, {append(2, 1), r(1)}});
  expect_anomalies(history, "G-update write-skew G2-item", "repeatable-read, update-serializable");
  EXPECT_EQ(check(history, "serializable").verdict, Verdict::invalid);
  const CheckResult tolerated = check(history, "snapshot-isolation");
  EXPECT_EQ(tolerated.verdict, Verdict::valid);
  EXPECT_TRUE(tolerated.findings.empty());
  EXPECT_EQ(text_fact(tolerated, "anomalies_tolerated"), "G-update, write-skew, G2-item");
  EXPECT_NE(text_fact(tolerated, "strongest_not_refuted").find("strong-snapshot-isolation"),
            std::string::npos);
}

TEST(ListAppend, LongForkIsNoSnapshot) {
  const History history =
      concurrent({{append(1, 1)}, {append(2, 1)}, {r(1, list({1})), r(2)}, {r(1), r(2, list({1}))}});
  expect_anomalies(history, "long-fork G-nonadjacent", "repeatable-read, prefix");
  EXPECT_EQ(check(history, "parallel-snapshot-isolation").verdict, Verdict::valid);
  EXPECT_EQ(check(history, "snapshot-isolation").verdict, Verdict::invalid);
}

TEST(ListAppend, LostUpdateEvenWhenNobodyLooks) {
  const History history =
      concurrent({{append(1, 1)}, {r(1, list({1})), append(1, 2)}, {r(1, list({1})), append(1, 3)}});
  const CheckResult result = check(history, "cursor-stability");
  EXPECT_EQ(result.verdict, Verdict::invalid) << result.reason;
  EXPECT_EQ(anomalies_of(result), "lost-update");
  EXPECT_EQ(confirm_transactions("list-append", history, result, {{"models", "cursor-stability"}}), "");
}

TEST(ListAppend, InternalAnomalies) {
  expect_anomalies(concurrent({{append(1, 1)}, {r(1, list({1})), append(1, 2), r(1, list({1}))}}), "internal",
                   "read-atomic");
  expect_anomalies(concurrent({{append(1, 6), r(1)}}), "internal", "read-atomic");
  expect_anomalies(concurrent({{r(1, list({7})), append(1, 7)}}), "future-read", "read-committed");
}

TEST(ListAppend, ListsThatCannotBe) {
  EXPECT_EQ(anomalies_of(
                check(concurrent({{append(1, 1)}, {append(1, 2)}, {r(1, list({1, 2}))}, {r(1, list({2}))}}))),
            "incompatible-order");
  EXPECT_EQ(anomalies_of(check(concurrent({{append(1, 1)}, {r(1, list({1, 1}))}}))), "duplicate-elements");
  EXPECT_EQ(anomalies_of(check(concurrent({{append(1, 1)}, {r(1, list({1, 9}))}}))), "thin-air-read");
}

TEST(ListAppend, RealTimeAndProcessesCount) {
  // The second append completed before the read began that does not see it; another process, then the same.
  const auto build = [](ProcessId reader) {
    std::vector<Line> lines = {Line(0, 5, append(1, 1)), Line(10, 15, append(1, 2)),
                               Line(20, 25, r(1, list({1}))), Line(30, 35, r(1, list({1, 2})))};
    lines[1].process = 1;
    lines[2].process = reader;
    return make_history(std::move(lines));
  };
  expect_anomalies(build(2), "stale-read G-single-realtime", "linearizable, strong-snapshot-isolation");
  EXPECT_EQ(check(build(2), "strong-session-serializable").verdict, Verdict::valid);
  const CheckResult session = check(build(1), "strong-session-snapshot-isolation");
  EXPECT_EQ(session.verdict, Verdict::invalid);
  EXPECT_EQ(check(build(1), "serializable").verdict, Verdict::valid);
}

TEST(ListAppend, IntervalsAreClosed) {
  // The append completed at the moment in which the read was invoked: they may have overlapped.
  const auto build = [](Nanos invoked) {
    return make_history({Line(0, 10, append(1, 1)), Line(invoked, 20, r(1)), Line(30, 40, r(1, list({1})))});
  };
  EXPECT_EQ(check(build(10)).verdict, Verdict::valid);
  EXPECT_EQ(check(build(11)).verdict, Verdict::invalid);
}

// A long fork in which each anti-dependency also closes a shorter cycle with an adjacent one.
TEST(ListAppend, LongForkBehindWriteSkews) {
  const History history = concurrent({{append(1, 1), r(4)},
                                      {append(2, 1), r(3)},
                                      {r(1, list({1})), r(2), append(3, 1)},
                                      {r(1), r(2, list({1})), append(4, 1)}});
  const CheckResult result = check(history, "snapshot-isolation");
  EXPECT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(anomalies_of(result), "long-fork G-nonadjacent");
}

TEST(ListAppend, InfoTransactionsMayHaveHappened) {
  Line unknown(0, kNever, std::vector<Mop>{append(1, 1), append(2, 1)});
  // Seen in one key, so it happened, and a later read of the other key must see it.
  expect_anomalies(make_history({unknown, Line(1, 1000, {r(1, list({1})), r(2)})}),
                   "observed-transaction-vanishes G-single", "monotonic-view, monotonic-atomic-view, causal");
  EXPECT_EQ(check(make_history({unknown, Line(1, 1000, {r(1), r(2)})})).verdict, Verdict::valid);
  EXPECT_EQ(check(make_history(
                      {unknown, Line(1, 10, {r(1), r(2)}), Line(20, 30, {r(1, list({1})), r(2, list({1}))})}))
                .verdict,
            Verdict::valid);
}

TEST(ListAppend, WhatWasNotTestedIsUnknown) {
  EXPECT_EQ(check(concurrent({{append(1, 1)}})).verdict, Verdict::unknown);
  EXPECT_EQ(check(History()).verdict, Verdict::unknown);
  EXPECT_EQ(check(concurrent({{append(1, 1)}, {append(1, 1)}, {r(1, list({1}))}})).verdict, Verdict::unknown);
  EXPECT_EQ(check(concurrent({{w(1, 1)}, {r(1, list({1}))}})).verdict, Verdict::unknown);
}

TEST(ListAppend, BudgetsEndTheCheck) {
  const History history = in_turn({{append(1, 1)}, {r(1, list({1}))}});
  Budget no_time;
  no_time.time_limit = 0;
  const CheckResult late = check_with("list-append", history, {}, no_time);
  EXPECT_EQ(late.verdict, Verdict::unknown);
  EXPECT_NE(late.reason.find("time"), std::string::npos) << late.reason;
  Budget no_memory;
  no_memory.memory_limit_bytes = 10;
  const CheckResult cramped = check_with("list-append", history, {}, no_memory);
  EXPECT_EQ(cramped.verdict, Verdict::unknown);
  EXPECT_NE(cramped.reason.find("memory"), std::string::npos) << cramped.reason;
}

TEST(ListAppend, OptionsAreChecked) {
  const auto make = plugin("list-append").make;
  std::string error;
  EXPECT_NE(make({{"models", "PL-3, strong-PL-1"}, {"anomalies", "G-single-item-realtime"}}, error), nullptr)
      << error;
  EXPECT_EQ(make({{"models", "perfect"}}, error), nullptr);
  EXPECT_NE(error.find("perfect"), std::string::npos);
  EXPECT_EQ(make({{"anomalies", "G9"}}, error), nullptr);
  EXPECT_EQ(make({{"colour", "red"}}, error), nullptr);
}

// Cycles say little about causality and sessions; the checkers of these are asked.
TEST(ListAppend, ModelsOfOtherCheckersAreAskedOfThem) {
  const History back = make_sessions(
      {{{append(1, 1)}, {append(1, 2)}}, {{r(1, Value::list({1, 2}))}, {r(1, Value::list({1}))}}});
  const CheckResult reads = check_with("list-append", back, {{"models", "monotonic-reads"}});
  EXPECT_EQ(reads.verdict, Verdict::invalid) << reads.reason;
  EXPECT_EQ(text_fact(reads, "weakest_refuted"), "monotonic-reads, strong-read-committed");
  const CheckResult writes = check_with("list-append", back, {{"models", "monotonic-writes"}});
  EXPECT_EQ(writes.verdict, Verdict::valid) << writes.reason;
  EXPECT_EQ(text_fact(writes, "other_checkers"), "monotonic-writes: session says valid");
  EXPECT_EQ(check_with("list-append", back, {{"models", "PRAM"}}).verdict, Verdict::invalid);
  EXPECT_EQ(check_with("list-append", back, {{"models", "serializable"}}).verdict, Verdict::valid);
  // Causal memory without a cycle of dependencies: who saw the answer has not seen the question.
  const History answered = make_sessions({{{w(1, 1)}}, {{r(1, 1)}, {w(2, 1)}}, {{r(2, 1)}, {r(1)}}});
  const CheckResult causal = check_with("rw-register", answered, {{"models", "causal"}});
  EXPECT_EQ(causal.verdict, Verdict::invalid) << causal.reason;
  EXPECT_EQ(confirm_transactions("rw-register", answered, causal, {{"models", "causal"}}), "");
  const CheckResult pram = check_with("rw-register", answered, {{"models", "PRAM"}});
  EXPECT_EQ(pram.verdict, Verdict::valid);
  EXPECT_NE(pram.reason.find("a proof by PRAM: pram says valid"), std::string::npos) << pram.reason;
}

}  // namespace
}  // namespace assay::checkers::testing
