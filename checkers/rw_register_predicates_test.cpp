// Predicate reads: histories of the literature with the anomaly that each must show, and random ones against the oracle.
#include <gtest/gtest.h>

#include <map>

#include "checkers/testing/fixture.h"
#include "checkers/testing/isolation_oracle.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/transaction_generator.h"
#include "checkers/testing/txn_fixture.h"

namespace assay::checkers::testing {
namespace {

constexpr std::string_view kChecker = "rw-register";

using Rows = std::vector<std::pair<Key, std::int64_t>>;

Mop scan(const Rows& rows, const Value& predicate = {}) {
  std::vector<Value> found;
  for (const auto& [key, value] : rows) found.push_back(Value::pair(key, value));
  return {Fn::scan, 0, predicate, Value::list(std::move(found))};
}
Value leaves(std::int64_t divisor, std::int64_t rest) {
  return Value::list({Value::text("mod"), divisor, rest});
}

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

CheckResult check(const History& history, const std::string& models = "strict-serializable") {
  return check_with(kChecker, history, {{"models", models}, {"certificate", "yes"}});
}

void expect_anomalies(const History& history, const std::string& anomalies, const std::string& weakest,
                      const CheckerOptions& options = {}) {
  const CheckResult result = check_with(kChecker, history, options);
  EXPECT_EQ(result.verdict, Verdict::invalid) << result.reason << "\n" << to_text(history);
  EXPECT_EQ(anomalies_of(result), anomalies) << to_text(history);
  EXPECT_EQ(text_fact(result, "weakest_refuted"), weakest);
  EXPECT_EQ(confirm_transactions(kChecker, history, result, options), "");
}

TEST(RwRegisterPredicates, SerialHistoriesAreProved) {
  const History history = in_turn({{scan({})},
                                   {w(1, 1), scan({{1, 1}})},
                                   {scan({{1, 1}}, leaves(2, 1)), w(2, 2)},
                                   {scan({{2, 2}}, leaves(2, 0)), scan({{1, 1}, {2, 2}})}});
  const CheckResult result = check(history);
  EXPECT_EQ(result.verdict, Verdict::valid) << result.reason;
  ASSERT_TRUE(result.certificate.has_value());
  EXPECT_EQ(result.certificate->claim, "strict-serializable");
  EXPECT_EQ(confirm_transactions(kChecker, history, result, {}), "");
}

// Jepsen's workload of G2: each looks for rows of both tables, finds none, and inserts one. It separates repeatable read,
// and snapshot isolation, from serializability.
TEST(RwRegisterPredicates, InsertsAfterEmptyReadsAreG2) {
  const Value row_of_a = Value::list({Value::text("a"), 7}), row_of_b = Value::list({Value::text("b"), 7});
  const Mop look_a{Fn::scan, 0, Value::list({Value::text("="), row_of_a}), Value::list({})};
  const Mop look_b{Fn::scan, 0, Value::list({Value::text("="), row_of_b}), Value::list({})};
  const History history = concurrent({{look_a, look_b, w(1, row_of_a)}, {look_a, look_b, w(2, row_of_b)}});
  expect_anomalies(history, "G-update G2", "update-serializable");
  EXPECT_EQ(check(history, "serializable").verdict, Verdict::invalid);
  for (const char* model : {"repeatable-read", "snapshot-isolation", "strong-snapshot-isolation"}) {
    EXPECT_EQ(check(history, model).verdict, Verdict::valid) << model;
  }
  const std::string words = check(history).findings.back().steps[2];
  EXPECT_NE(words.find("T1 looked for rows of value [\"b\" 7] and did not find key 2"), std::string::npos)
      << words;
}

// With reads of the items themselves the same thing is G2-item.
TEST(RwRegisterPredicates, ItemsReadAreG2Item) {
  expect_anomalies(concurrent({{r(1), r(2), w(1, 7)}, {scan({}), w(2, 8)}}), "G-update G2",
                   "update-serializable");
  expect_anomalies(concurrent({{r(1), r(2), w(1, 7)}, {r(1), r(2), w(2, 8)}}), "G-update write-skew G2-item",
                   "repeatable-read, update-serializable");
}

TEST(RwRegisterPredicates, PhantomsAreNoConsistentView) {
  // A row comes up between two reads of one predicate (Berenson et al., 1995: A3).
  const History history = concurrent({{scan({}), scan({{1, 5}})}, {w(1, 5)}});
  expect_anomalies(history, "phantom G-single-predicate", "consistent-view");
  EXPECT_EQ(check(history, "repeatable-read").verdict, Verdict::valid);
  EXPECT_EQ(check(history, "snapshot-isolation").verdict, Verdict::invalid);
  // One that asks for something else saw another key of the transaction.
  expect_anomalies(concurrent({{scan({}, leaves(2, 0)), r(2, 1)}, {w(1, 4), w(2, 1)}}),
                   "phantom G-single-predicate", "consistent-view");
}

TEST(RwRegisterPredicates, ForkedViews) {
  const History history = concurrent({{w(1, 1)}, {w(2, 2)}, {scan({{1, 1}})}, {scan({{2, 2}})}});
  expect_anomalies(history, "G-nonadjacent-predicate", "snapshot-isolation");
  EXPECT_EQ(check(history, "parallel-snapshot-isolation").verdict, Verdict::valid);
  EXPECT_EQ(check(history, "repeatable-read").verdict, Verdict::valid);
}

TEST(RwRegisterPredicates, OrdersOfProcessesAndTime) {
  const auto build = [](ProcessId reader) {
    std::vector<Line> lines = {Line(0, 5, w(1, 1)), Line(10, 15, scan({}))};
    lines[0].process = 1;
    lines[1].process = reader;
    return make_history(std::move(lines));
  };
  expect_anomalies(build(2), "G-single-predicate-realtime", "strong-snapshot-isolation");
  expect_anomalies(build(1), "G-single-predicate-process", "strong-session-snapshot-isolation");
  EXPECT_EQ(check(build(2), "strong-session-serializable").verdict, Verdict::valid);
  EXPECT_EQ(check(build(1), "serializable").verdict, Verdict::valid);
}

TEST(RwRegisterPredicates, RowsThatWereNeverCommitted) {
  Line failed(0, 1000, w(1, 1));
  failed.outcome = Outcome::fail;
  expect_anomalies(make_history({failed, Line(1, 1000, scan({{1, 1}}))}), "G1a", "read-committed");
  expect_anomalies(concurrent({{w(1, 1), w(1, 2)}, {scan({{1, 1}})}}), "G1b", "read-committed");
  expect_anomalies(concurrent({{w(1, 1), scan({{1, 1}, {2, 1}})}, {w(2, 1), scan({{1, 1}, {2, 1}})}}), "G1c",
                   "read-committed");
  expect_anomalies(concurrent({{scan({{1, 7}})}}), "thin-air-read", "read-uncommitted");
}

TEST(RwRegisterPredicates, ReadsThatContradictThemselves) {
  expect_anomalies(concurrent({{w(1, 1), scan({})}}), "internal", "read-atomic");
  expect_anomalies(concurrent({{w(1, 1)}, {scan({{1, 1}, {1, 1}})}}), "internal", "read-atomic");
  expect_anomalies(concurrent({{w(1, 1)}, {scan({{1, 1}}, leaves(2, 0))}}), "predicate-read-miss",
                   "snapshot-isolation");
  // Every version of the row matches, from the first one on.
  expect_anomalies(concurrent({{w(1, 1)}, {scan({})}}), "predicate-read-miss", "snapshot-isolation",
                   {{"initial", "0"}});
}

// What may have been missed for two reasons accuses nobody.
TEST(RwRegisterPredicates, DeletedAndChangedRowsMayBeMissed) {
  EXPECT_EQ(check(in_turn({{w(1, 1)}, {w(1, {})}, {scan({})}})).verdict, Verdict::valid);
  EXPECT_EQ(check(in_turn({{w(1, 1)}, {w(1, 2)}, {scan({}, leaves(2, 1))}})).verdict, Verdict::valid);
  Line unknown(0, kNever, w(1, Value()));
  EXPECT_EQ(check(make_history({unknown, Line(1, 10, w(1, 1)), Line(20, 30, scan({}))})).verdict,
            Verdict::valid);
  Line lost(0, kNever, w(1, 1));
  EXPECT_EQ(check(make_history({lost, Line(10, 20, scan({}))})).verdict, Verdict::valid);
}

TEST(RwRegisterPredicates, WhatIsNoPredicateIsUnknown) {
  EXPECT_EQ(check(concurrent({{scan({}, 3)}})).verdict, Verdict::unknown);
  Mop odd = scan({});
  odd.result = Value::list({3});
  EXPECT_EQ(check(concurrent({{odd}})).verdict, Verdict::unknown);
  Budget no_memory;
  no_memory.memory_limit_bytes = 10;
  EXPECT_EQ(check_with(kChecker, concurrent({{scan({})}}), {}, no_memory).verdict, Verdict::unknown);
}

struct Tally {
  int accepted = 0, refused = 0, missed = 0;
};

TEST(RwRegisterPredicates, AgreesWithEverySerialization) {
  const auto cases = static_cast<std::uint64_t>(rounds(10'000));
  std::map<std::string, Tally> tallies;
  std::map<std::string, int> anomalies;
  for (std::uint64_t seed = 0; seed < cases; ++seed) {
    History history = generate_transactions(small_scan_options(seed));
    History corrupted;
    if (seed % 3 == 0 && corrupt_transactions(history, TransactionCorruption::missed_row, 0, corrupted)) {
      history = std::move(corrupted);
    }
    const bool snapshots = seed % 2 == 1;
    const std::map<std::string, KeptOrder> models = {
        {snapshots ? "snapshot-isolation" : "serializable", KeptOrder::none},
        {snapshots ? "strong-session-snapshot-isolation" : "strong-session-serializable", KeptOrder::session},
        {snapshots ? "strong-snapshot-isolation" : "strict-serializable", KeptOrder::real_time}};
    for (const auto& [model, kept] : models) {
      const CheckerOptions options = {{"models", model}, {"certificate", "yes"}};
      const CheckResult result = check_with(kChecker, history, options);
      if (result.verdict == Verdict::unknown) continue;
      const bool holds = snapshots ? snapshot_isolated_by_brute_force(history, {}, kept)
                                   : serializable_by_brute_force(history, {}, kept);
      Tally& tally = tallies[model];
      ++(holds ? tally.accepted : tally.refused);
      tally.missed += !holds && result.verdict == Verdict::valid ? 1 : 0;
      ASSERT_FALSE(holds && result.verdict == Verdict::invalid)
          << "seed " << seed << " " << model << ": " << result.reason << "\n"
          << to_text(history);
      ASSERT_EQ(confirm_transactions(kChecker, history, result, options), "") << "seed " << seed << "\n"
                                                                              << to_text(history);
      for (const Finding& finding : result.findings) ++anomalies[finding.anomaly];
    }
  }
  for (const auto& [model, tally] : tallies) {
    RecordProperty(model + " missed", tally.missed);
    EXPECT_GT(tally.accepted, static_cast<int>(cases / 20)) << model;
    EXPECT_GT(tally.refused, static_cast<int>(cases / 40)) << model;
    // Rows with several reasons to be missed, and orders of versions that nobody can know.
    EXPECT_LT(tally.missed, tally.refused / 3) << model;
  }
  for (const char* anomaly :
       {"G-single-predicate", "G2", "phantom", "internal", "G-nonadjacent-predicate-realtime"}) {
    EXPECT_GT(anomalies[anomaly], 0) << anomaly;
  }
}

TEST(RwRegisterPredicates, MissedRowsAreCaught) {
  TransactionOptions options;
  options.registers = true;
  options.transactions = 200;
  options.writes_per_key = 1;
  options.read_permille = 300;
  options.scan_permille = 400;
  int caught = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    options.seed = seed;
    const History history = generate_transactions(options);
    EXPECT_EQ(check(history).verdict, Verdict::valid);
    History corrupted;
    ASSERT_TRUE(corrupt_transactions(history, TransactionCorruption::missed_row, 500, corrupted));
    const CheckResult result = check(corrupted);
    caught += result.verdict == Verdict::invalid ? 1 : 0;
    EXPECT_EQ(confirm_transactions(kChecker, corrupted, result, {}), "");
  }
  EXPECT_GT(caught, 27);
}

}  // namespace
}  // namespace assay::checkers::testing
