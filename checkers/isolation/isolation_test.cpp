// What the complete isolation checkers must accept and reject, from the literature; what separates the models; options,
// budgets and words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkers/testing/fixture.h"
#include "checkers/testing/transaction_generator.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const CheckerOptions kSession = {{"order", "session"}};
const CheckerOptions kRealTime = {{"order", "real-time"}};

Verdict judge(std::string_view checker, const History& history, CheckerOptions options = {}) {
  return check_with(checker, history, std::move(options)).verdict;
}
Verdict snapshots(const History& history, const CheckerOptions& options = {}) {
  return judge("snapshot-isolation", history, options);
}
Verdict serializable(const History& history, const CheckerOptions& options = {}) {
  return judge("serializable", history, options);
}
Verdict strict(const History& history) { return judge("strict-serializable", history); }

std::string anomaly(std::string_view checker, const History& history, const CheckerOptions& options = {}) {
  const CheckResult result = check_with(checker, history, options);
  return result.findings.empty() ? std::string(verdict_name(result.verdict))
                                 : result.findings.front().anomaly;
}

// Sessions that all run at once.
History at_once(const std::vector<std::vector<Mop>>& transactions) {
  std::vector<std::vector<std::vector<Mop>>> sessions;
  for (const auto& each : transactions) sessions.push_back({each});
  return make_sessions(sessions);
}

History write_skew() {
  return at_once({{w(1, 10), w(2, 20)}, {r(1, 10), r(2, 20), w(1, 11)}, {r(1, 10), r(2, 20), w(2, 21)}});
}

// Fekete, O'Neil, O'Neil: "A read-only transaction anomaly under snapshot isolation", SIGMOD Record 2004. Checking and
// savings of 0; 20 is put into savings, 11 taken out of checking (10 and a fine of 1), and a report sees the 20 only.
History read_only_anomaly() {
  return at_once(
      {{w(1, 0), w(2, 0)}, {r(1, 0), r(2, 0), w(1, -11)}, {r(2, 0), w(2, 20)}, {r(1, 0), r(2, 20)}});
}

// Two readers see two writes in opposite orders: parallel snapshot isolation allows it (Sovran et al., SOSP 2011).
History long_fork() { return at_once({{w(1, 1)}, {w(2, 1)}, {r(1, 1), r(2)}, {r(1), r(2, 1)}}); }

History lost_update() { return at_once({{w(1, 10)}, {r(1, 10), w(1, 11)}, {r(1, 10), w(1, 12)}}); }

TEST(Isolation, WriteSkewSeparatesSnapshotIsolationFromSerializable) {
  EXPECT_EQ(snapshots(write_skew()), Verdict::valid);
  EXPECT_EQ(snapshots(write_skew(), kRealTime), Verdict::valid);
  EXPECT_EQ(serializable(write_skew()), Verdict::invalid);
  EXPECT_EQ(anomaly("serializable", write_skew()), "write-skew");
}

TEST(Isolation, AReadOnlyTransactionCanShowWhatSnapshotsHide) {
  EXPECT_EQ(snapshots(read_only_anomaly()), Verdict::valid);
  EXPECT_EQ(anomaly("serializable", read_only_anomaly()), "G2-item");
  const History without_report = part_of(read_only_anomaly(), {0, 1, 2});
  EXPECT_EQ(serializable(without_report), Verdict::valid);
}

TEST(Isolation, ALongForkIsNoSnapshotIsolation) {
  EXPECT_EQ(anomaly("snapshot-isolation", long_fork()), "long-fork");
  EXPECT_EQ(serializable(long_fork()), Verdict::invalid);
}

TEST(Isolation, ALostUpdateIsNoSnapshotIsolation) {
  EXPECT_EQ(anomaly("snapshot-isolation", lost_update()), "lost-update");
  EXPECT_EQ(anomaly("serializable", lost_update()), "lost-update");
  EXPECT_EQ(anomaly("snapshot-isolation", at_once({{r(1), w(1, 11)}, {r(1), w(1, 12)}})), "lost-update");
}

TEST(Isolation, AStaleReadSeparatesStrictSerializable) {
  const History history = make_history({{0, 1, w(1, 1)}, {2, 3, r(1)}});
  EXPECT_EQ(serializable(history), Verdict::valid);
  EXPECT_EQ(snapshots(history), Verdict::valid);
  EXPECT_EQ(strict(history), Verdict::invalid);
  EXPECT_EQ(snapshots(history, kRealTime), Verdict::invalid);
  EXPECT_EQ(anomaly("strict-serializable", history), "G-single-realtime");
}

TEST(Isolation, ASessionThatMissesItsOwnWriteSeparatesStrongSession) {
  const History history = make_sessions({{{w(1, 1)}, {r(1)}}});
  EXPECT_EQ(serializable(history), Verdict::valid);
  EXPECT_EQ(serializable(history, kSession), Verdict::invalid);
  EXPECT_EQ(snapshots(history), Verdict::valid);
  EXPECT_EQ(snapshots(history, kSession), Verdict::invalid);
  EXPECT_EQ(anomaly("serializable", history, kSession), "G-single-process");
}

TEST(Isolation, AnomaliesHaveTheirNames) {
  EXPECT_EQ(anomaly("serializable", at_once({{w(1, 1), r(2, 2)}, {w(2, 2), r(1, 1)}})), "G1c");
  EXPECT_EQ(anomaly("serializable", at_once({{w(1, 1), w(2, 1)}, {r(1, 1), r(2)}})), "fractured-read");
  EXPECT_EQ(anomaly("snapshot-isolation", at_once({{w(1, 1), w(1, 2)}, {r(1, 1)}})), "G1b");
  EXPECT_EQ(anomaly("snapshot-isolation", at_once({{r(1, 7)}})), "thin-air-read");
  EXPECT_EQ(anomaly("snapshot-isolation", at_once({{w(1, 1), r(1)}})), "internal");
  Line failed(0, 1, w(1, 1));
  failed.outcome = Outcome::fail;
  EXPECT_EQ(anomaly("snapshot-isolation", make_history({failed, {2, 3, r(1, 1)}})), "G1a");
}

// Either order of the two writes is impossible, and nothing tells which came first.
TEST(Isolation, EitherOrderOfTwoWritesIsImpossible) {
  const History history = at_once({{w(1, 1), w(2, 1)}, {w(1, 2), w(2, 2)}, {r(1, 1), r(2, 2)}});
  const CheckResult result = check_with("snapshot-isolation", history);
  ASSERT_EQ(result.verdict, Verdict::invalid);
  EXPECT_THAT(result.findings[0].witness, ElementsAre(0, 1, 2));
  std::string steps;
  for (const std::string& step : result.findings[0].steps) steps += step + "\n";
  EXPECT_THAT(steps, HasSubstr("either order is impossible"));
  EXPECT_THAT(steps, HasSubstr("closes a circle"));
}

TEST(Isolation, TheWitnessIsSmall) {
  TransactionOptions options = snapshot_store();
  options.transactions = 400;
  options.isolation = Isolation::parallel_snapshots;
  const CheckResult result = check_with("snapshot-isolation", generate_transactions(options));
  ASSERT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(result.findings[0].anomaly, "lost-update");
  EXPECT_LE(result.findings[0].witness.size(), 3u);
}

TEST(Isolation, UnknownOutcomesMayHaveHappenedOrNot) {
  const Line unknown(0, kNever, w(1, 1));
  EXPECT_EQ(strict(make_history({unknown, {2, 3, r(1)}})), Verdict::valid);
  EXPECT_EQ(strict(make_history({unknown, {2, 3, r(1, 1)}})), Verdict::valid);
  EXPECT_EQ(strict(make_history({unknown, {2, 3, r(1, 1)}, {4, 5, r(1)}})), Verdict::invalid);
  EXPECT_EQ(strict(make_history({unknown, {2, 3, r(1)}, {4, 5, r(1, 1)}})), Verdict::valid);
}

// The witness has who saw that the compare-and-set of unknown outcome took effect; without, it need not have happened.
TEST(Isolation, AWitnessShowsThatAnUnknownOutcomeTookEffect) {
  const auto swap = [](std::int64_t desired) { return Mop{Fn::cas, 0, Value::pair({}, desired), {}}; };
  const History history = make_history({{2, 7, swap(4)}, {5, kNever, swap(5)}, {12, 19, r(0, 5)}});
  const CheckResult result = check_with("serializable", history);
  ASSERT_EQ(result.verdict, Verdict::invalid);
  EXPECT_THAT(result.findings[0].witness, ElementsAre(0, 1, 2));
  EXPECT_EQ(serializable(part_of(history, {0, 1})), Verdict::valid);
}

// The same where the one of unknown outcome read what it must not.
TEST(Isolation, AWitnessOfABadReadShowsThatTheReaderTookEffect) {
  const Mop swap = {Fn::cas, 0, Value::pair(6, 2), {}};
  const History history = make_history({{0, 9, {w(0, 6), w(0, 7)}}, {1, kNever, swap}, {12, 19, r(0, 2)}});
  const CheckResult result = check_with("serializable", history);
  ASSERT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(result.findings[0].anomaly, "G1b");
  EXPECT_THAT(result.findings[0].witness, ElementsAre(0, 1, 2));
}

TEST(Isolation, NothingTestedIsUnknown) {
  EXPECT_EQ(strict(History()), Verdict::unknown);
  EXPECT_EQ(strict(make_history({{0, kNever, w(1, 1)}})), Verdict::unknown);
}

TEST(Isolation, ValuesMustTellWhoWroteThem) {
  const CheckResult result = check_with("serializable", at_once({{w(1, 1)}, {w(1, 1)}, {r(1, 1)}}));
  EXPECT_EQ(result.verdict, Verdict::unknown);
  EXPECT_THAT(result.reason, HasSubstr("was written both by"));
}

TEST(Isolation, ListsShowTheOrderOfAppends) {
  const Value one = Value::list({1}), two = Value::list({2}), both = Value::list({1, 2});
  const CheckerOptions lists = {{"data", "list"}};
  EXPECT_EQ(serializable(at_once({{append(1, 1)}, {append(1, 2)}, {r(1, both)}, {r(1, one)}}), lists),
            Verdict::valid);
  EXPECT_EQ(
      anomaly("serializable", at_once({{append(1, 1)}, {append(1, 2)}, {r(1, one)}, {r(1, two)}}), lists),
      "incompatible-order");
  const History lost = at_once({{r(1), append(1, 1)}, {r(1), append(1, 2)}, {r(1, both)}});
  EXPECT_EQ(anomaly("snapshot-isolation", lost, lists), "lost-update");
  EXPECT_EQ(anomaly("serializable", at_once({{append(1, 1), append(1, 2)}, {r(1, one)}}), lists), "G1b");
  EXPECT_EQ(anomaly("serializable", at_once({{append(1, 1)}, {r(1, Value::list({1, 1}))}}), lists),
            "duplicate-elements");
  const Value mixed = Value::list({1, 9, 2});
  EXPECT_EQ(
      anomaly("serializable", at_once({{append(1, 1), append(1, 2)}, {append(1, 9)}, {r(1, mixed)}}), lists),
      "G0");
}

TEST(Isolation, OptionsAreChecked) {
  const auto refused = [](std::string_view checker, const CheckerOptions& options) {
    std::string error;
    return plugin(checker).make(options, error) == nullptr ? error : "accepted";
  };
  EXPECT_EQ(refused("serializable", {{"order", "session"}}), "accepted");
  EXPECT_THAT(refused("serializable", {{"order", "later"}}), HasSubstr("none, session or real-time"));
  EXPECT_THAT(refused("strict-serializable", {{"order", "none"}}), HasSubstr("real-time"));
  EXPECT_THAT(refused("snapshot-isolation", {{"initial", "x"}}), HasSubstr("an integer or nil"));
  EXPECT_THAT(refused("snapshot-isolation", {{"what", "x"}}), HasSubstr("unknown"));
  EXPECT_THAT(refused("snapshot-isolation", {{"data", "queue"}}), HasSubstr("register or list"));
}

TEST(Isolation, SuitedAreRegistersAndLists) {
  CheckerOptions options;
  const CheckerPlugin& checker = plugin("serializable");
  EXPECT_EQ(checker.unsuited(shape_of(write_skew()), options), "");
  EXPECT_EQ(options["data"], "register");
  options.clear();
  EXPECT_EQ(checker.unsuited(shape_of(at_once({{append(1, 1)}})), options), "");
  EXPECT_EQ(options["data"], "list");
  EXPECT_NE(checker.unsuited(shape_of(at_once({{{Fn::enqueue, 1, 1, {}}}})), options), "");
}

TEST(Isolation, ASmallBudgetIsUnknown) {
  TransactionOptions options = snapshot_store();
  options.transactions = 2000;
  const History history = generate_transactions(options);
  for (const char* checker : {"snapshot-isolation", "serializable", "strict-serializable"}) {
    Budget budget;
    budget.time_limit = 1;
    CheckResult result = check_with(checker, history, {}, budget);
    EXPECT_EQ(result.verdict, Verdict::unknown);
    EXPECT_THAT(result.reason, HasSubstr("time"));
    budget = Budget();
    for (const std::size_t bytes : {10'000u, 1'000'000u, 3'000'000u}) {
      budget.memory_limit_bytes = bytes;
      result = check_with(checker, history, {}, budget);
      EXPECT_EQ(result.verdict, Verdict::unknown) << bytes;
      EXPECT_THAT(result.reason, HasSubstr("memory"));
    }
  }
}

}  // namespace
}  // namespace assay::checkers::testing
