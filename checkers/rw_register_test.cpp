// Histories of registers from the literature, each with the anomaly that it must show.
#include <gtest/gtest.h>

#include "checkers/testing/fixture.h"
#include "checkers/testing/txn_fixture.h"

namespace assay::checkers::testing {
namespace {

History concurrent(const std::vector<std::vector<Mop>>& transactions) {
  std::vector<Line> lines;
  for (const auto& mops : transactions) lines.emplace_back(static_cast<Nanos>(lines.size()), 1000, mops);
  return make_history(std::move(lines));
}

History in_turn(const std::vector<std::vector<Mop>>& transactions) {
  std::vector<Line> lines;
  for (const auto& mops : transactions) {
    const auto begin = static_cast<Nanos>(lines.size()) * 10;
    lines.emplace_back(begin, begin + 5, mops);
  }
  return make_history(std::move(lines));
}

CheckResult check(const History& history, CheckerOptions options = {}) {
  return check_with("rw-register", history, options);
}

void expect_anomalies(const History& history, const std::string& anomalies,
                      const CheckerOptions& options = {}) {
  const CheckResult result = check(history, options);
  EXPECT_EQ(result.verdict, Verdict::invalid) << result.reason << "\n" << to_text(history);
  EXPECT_EQ(anomalies_of(result), anomalies) << to_text(history);
  EXPECT_EQ(confirm_transactions("rw-register", history, result, options), "");
}

TEST(RwRegister, SerialHistoriesAreValid) {
  const History history = in_turn({{w(1, 1)}, {r(1, 1), w(1, 2)}, {r(1, 2), r(2)}});
  const CheckResult result = check(history, {{"certificate", "yes"}});
  EXPECT_EQ(result.verdict, Verdict::valid) << result.reason;
  ASSERT_TRUE(result.certificate.has_value());
  EXPECT_EQ(result.certificate->claim, "strict-serializable");
  EXPECT_EQ(confirm_transactions("rw-register", history, result, {}), "");
  EXPECT_NE(check(history).reason.find("not everything can be inferred"), std::string::npos);
}

TEST(RwRegister, ReadsOfWhatWasNeverCommitted) {
  Line failed(0, 1000, w(1, 1));
  failed.outcome = Outcome::fail;
  expect_anomalies(make_history({failed, Line(1, 1000, r(1, 1))}), "G1a");
  expect_anomalies(concurrent({{w(1, 1), w(1, 2)}, {r(1, 1)}}), "G1b");
  expect_anomalies(concurrent({{w(1, 1)}, {r(1, 7)}}), "thin-air-read");
}

TEST(RwRegister, TransactionsThatContradictThemselves) {
  expect_anomalies(concurrent({{w(1, 5)}, {w(1, 1), r(1, 5)}}), "internal");
  expect_anomalies(concurrent({{r(1, 1), w(1, 1)}}), "future-read");
}

// However many there are of the harmless kind.
TEST(RwRegister, ManyAnomaliesOfOneKindDoNotHideAnother) {
  std::vector<Line> lines;
  for (std::int64_t i = 0; i < 40; ++i)
    lines.emplace_back(i * 10, i * 10 + 5, std::vector<Mop>{r(1, i), w(1, i + 1), r(1, i)});
  lines[0].mops[0] = r(1);
  lines[0].mops[2] = r(1);
  Line failed(1000, 1001, w(2, 1));
  failed.outcome = Outcome::fail;
  lines.push_back(failed);
  const CheckerOptions options = {{"models", "read-committed"}};
  EXPECT_NE(check(make_history(lines), options).verdict, Verdict::invalid);
  lines.emplace_back(1002, 1003, r(2, 1));
  EXPECT_EQ(check(make_history(lines), options).verdict, Verdict::invalid);
}

TEST(RwRegister, CircularInformationFlow) {
  expect_anomalies(concurrent({{w(1, 1), r(2, 1)}, {w(2, 1), r(1, 1)}}), "G1c");
  EXPECT_EQ(
      check(concurrent({{w(1, 1), r(2, 1)}, {w(2, 1), r(1, 1)}}), {{"models", "read-uncommitted"}}).verdict,
      Verdict::valid);
}

TEST(RwRegister, WriteSkewFromTheInitialState) {
  const History history = concurrent({{r(1), w(2, 1)}, {r(2), w(1, 1)}});
  expect_anomalies(history, "G-update write-skew G2-item");
  EXPECT_EQ(check(history, {{"models", "snapshot-isolation"}}).verdict, Verdict::valid);
}

TEST(RwRegister, LostUpdate) {
  const History history = concurrent({{w(1, 1)}, {r(1, 1), w(1, 2)}, {r(1, 1), w(1, 3)}});
  const CheckResult result = check(history, {{"models", "snapshot-isolation"}});
  EXPECT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(anomalies_of(result), "lost-update");
}

TEST(RwRegister, LongFork) {
  const History history = concurrent({{w(1, 1)}, {w(2, 1)}, {r(1, 1), r(2)}, {r(1), r(2, 1)}});
  expect_anomalies(history, "long-fork G-nonadjacent");
}

TEST(RwRegister, FracturedRead) {
  expect_anomalies(concurrent({{w(1, 1), w(2, 1)}, {r(1, 1), r(2)}}), "fractured-read G-single");
}

TEST(RwRegister, StaleReadsNeedRealTime) {
  const History history = in_turn({{w(1, 1)}, {w(1, 2)}, {r(1, 1)}});
  expect_anomalies(history, "stale-read G-single-realtime");
  EXPECT_EQ(check(history, {{"models", "serializable"}}).verdict, Verdict::valid);
  // A store that promises linearizable keys breaks its promise with this.
  const CheckerOptions promise = {{"models", "serializable"}, {"linearizable-keys", "yes"}};
  const CheckResult broken = check(history, promise);
  EXPECT_EQ(broken.verdict, Verdict::invalid);
  EXPECT_EQ(anomalies_of(broken).substr(0, 15), "cyclic-versions");
  EXPECT_EQ(confirm_transactions("rw-register", history, broken, promise), "");
  EXPECT_EQ(check(history, {{"models", "serializable"}, {"sequential-keys", "yes"}}).verdict, Verdict::valid);
}

TEST(RwRegister, IntervalsAreClosed) {
  const auto build = [](Nanos invoked) {
    return make_history({Line(0, 5, w(1, 1)), Line(10, 20, w(1, 2)), Line(invoked, 30, r(1, 1))});
  };
  const CheckerOptions promise = {{"linearizable-keys", "yes"}};
  EXPECT_EQ(check(build(20)).verdict, Verdict::valid);
  EXPECT_EQ(check(build(20), promise).verdict, Verdict::valid);
  EXPECT_EQ(check(build(21)).verdict, Verdict::invalid);
  EXPECT_EQ(check(build(21), promise).verdict, Verdict::invalid);
}

TEST(RwRegister, VersionsInACircle) {
  const History history = concurrent({{r(1, 1), w(1, 2)}, {r(1, 2), w(1, 1)}});
  const CheckResult result = check(history);
  EXPECT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(anomalies_of(result).substr(0, 15), "cyclic-versions");
  EXPECT_EQ(confirm_transactions("rw-register", history, result, {}), "");
}

TEST(RwRegister, InfoTransactionsMayHaveHappened) {
  Line unknown(0, kNever, std::vector<Mop>{w(1, 1), w(2, 1)});
  expect_anomalies(make_history({unknown, Line(1, 1000, {r(1, 1), r(2)})}), "fractured-read G-single");
  EXPECT_EQ(check(make_history({unknown, Line(1, 1000, {r(1), r(2)})})).verdict, Verdict::valid);
  EXPECT_EQ(
      check(make_history({unknown, Line(1, 10, {r(1), r(2)}), Line(20, 30, {r(1, 1), r(2, 1)})})).verdict,
      Verdict::valid);
}

TEST(RwRegister, WhatWasNotTestedIsUnknown) {
  EXPECT_EQ(check(concurrent({{w(1, 1)}})).verdict, Verdict::unknown);
  EXPECT_EQ(check(concurrent({{w(1, 1)}, {w(1, 1)}, {r(1, 1)}})).verdict, Verdict::unknown);
  EXPECT_EQ(check(concurrent({{append(1, 1)}, {r(1, 1)}})).verdict, Verdict::unknown);
}

TEST(RwRegister, BudgetsEndTheCheck) {
  const History history = in_turn({{w(1, 1)}, {r(1, 1)}});
  Budget no_time;
  no_time.time_limit = 0;
  EXPECT_EQ(check_with("rw-register", history, {}, no_time).verdict, Verdict::unknown);
  Budget no_memory;
  no_memory.memory_limit_bytes = 10;
  const CheckResult cramped = check_with("rw-register", history, {}, no_memory);
  EXPECT_EQ(cramped.verdict, Verdict::unknown);
  EXPECT_NE(cramped.reason.find("memory"), std::string::npos) << cramped.reason;
}

TEST(RwRegister, OptionsAreChecked) {
  const auto make = plugin("rw-register").make;
  std::string error;
  EXPECT_NE(make({{"sequential-keys", "yes"}, {"wfr-keys", "no"}, {"initial", "0"}}, error), nullptr)
      << error;
  EXPECT_EQ(make({{"sequential-keys", "maybe"}}, error), nullptr);
  EXPECT_EQ(make({{"initial", "x"}}, error), nullptr);
  EXPECT_EQ(make({{"colour", "red"}}, error), nullptr);
}

}  // namespace
}  // namespace assay::checkers::testing
