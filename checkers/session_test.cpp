// The session guarantees: each violated alone, every small history against brute force, mutations, budgets.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "checkers/testing/fixture.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/oracle.h"
#include "checkers/testing/weak_fixture.h"
#include "checkers/testing/weak_histories.h"

namespace assay::checkers {
namespace {

using testing::append;
using testing::check_with;
using testing::Line;
using testing::make_history;
using testing::make_sessions;
using testing::r;
using testing::w;

const CheckerOptions kMonotonic = {{"versions", "monotonic"}};

std::set<std::string> anomalies(const History& history, CheckerOptions options = {}) {
  options["certificate"] = "yes";
  const CheckResult result = check_with("session", history, options);
  EXPECT_EQ(testing::confirm_weak(history, result, options), "");
  std::set<std::string> found;
  for (const Finding& finding : result.findings) found.insert(finding.anomaly);
  if (result.verdict == Verdict::unknown) found.insert("unknown");
  return found;
}

Value list(std::vector<Value> elements) { return Value::list(std::move(elements)); }
using Names = std::set<std::string>;

TEST(Session, EachGuaranteeOnRegisters) {
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 1)}, {r(0)}}})), Names{"read-your-writes"});
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 1)}}, {{r(0, 1)}, {r(0)}}})), Names{"monotonic-reads"});
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 1)}}, {{w(0, 2)}}, {{r(0, 1)}, {r(0, 2)}, {r(0, 1)}}})),
            Names{"monotonic-reads"});
  // Whether another write is newer nobody knows, until its writer's own order says so.
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 1)}, {r(0, 2)}}, {{w(0, 2)}}})), Names{});
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 1)}, {w(0, 2)}, {r(0, 1)}}})), Names{"session-causal"});
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 1)}, {w(0, 2)}}, {{r(0, 2)}, {r(0, 1)}}})),
            Names{"session-causal"});
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 1)}, {r(0, 2)}}, {{w(0, 2)}, {r(0, 1)}}})),
            Names{"read-your-writes"});
}

TEST(Session, CompareAndSetsOrderVersions) {
  const Mop second{Fn::cas, 0, Value::pair(1, 2), {}};
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 1)}}, {{second}}, {{r(0, 2)}, {r(0, 1)}}})),
            Names{"monotonic-reads"});
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 1)}}, {{second}, {r(0, 1)}}})), Names{"read-your-writes"});
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 1)}}, {{second}, {r(0, 2)}}})), Names{});
}

TEST(Session, EachGuaranteeOnGrowingValues) {
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 5)}, {r(0, 3)}}}), kMonotonic), Names{"read-your-writes"});
  EXPECT_EQ(anomalies(make_sessions({{{r(0, 5)}, {r(0, 3)}}}), kMonotonic), Names{"monotonic-reads"});
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 5)}, {w(0, 3)}, {r(1)}}}), kMonotonic),
            Names{"monotonic-writes"});
  EXPECT_EQ(anomalies(make_sessions({{{r(0, 5)}, {w(0, 3)}}}), kMonotonic), Names{"writes-follow-reads"});
  EXPECT_EQ(anomalies(make_sessions({{{r(0, 5)}, {w(0, 7)}, {r(0, 7)}, {r(1, 1)}}}), kMonotonic), Names{});
  EXPECT_EQ(anomalies(make_sessions({{{r(0, 5)}}, {{r(0, 3)}}}), kMonotonic), Names{});
  const CheckerOptions reads = {{"versions", "monotonic"}, {"guarantees", "monotonic-reads"}};
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 5)}, {r(0, 3)}}}), reads), Names{});
}

TEST(Session, EachGuaranteeOnLists) {
  const auto both = std::vector<std::vector<Mop>>{{r(0, list({1, 2}))}};
  EXPECT_EQ(anomalies(make_sessions({{{append(0, 1)}, {r(0)}}})), Names{"read-your-writes"});
  EXPECT_EQ(anomalies(make_sessions(
                {{{append(0, 1)}}, {{append(0, 2)}}, {{r(0, list({1, 2}))}, {r(0, list({1}))}}})),
            Names{"monotonic-reads"});
  EXPECT_EQ(anomalies(make_sessions({{{append(0, 2)}, {append(0, 1)}}, both})), Names{"monotonic-writes"});
  EXPECT_EQ(anomalies(make_sessions({{{append(0, 2)}}, {{r(0, list({1, 2}))}, {append(0, 1)}}})),
            Names{"writes-follow-reads"});
  EXPECT_EQ(anomalies(make_sessions({{{append(0, 1)}}, {{append(0, 2)}}, both, {{r(0, list({2}))}}})),
            Names{"consistent-prefix"});
  EXPECT_EQ(anomalies(make_sessions({{{append(0, 1)}, {r(0, list({1}))}}, {{append(0, 2)}}, both})), Names{});
  EXPECT_EQ(anomalies(make_sessions({{{r(0, list({9}))}}, {{append(0, 1)}}})), Names{"thin-air-read"});
}

TEST(Session, SaysWhatItCouldNotCompare) {
  EXPECT_EQ(anomalies(make_sessions({{{w(0, 1)}}})), Names{"unknown"});
  EXPECT_EQ(anomalies(make_sessions({{{append(0, 1)}}})), Names{"unknown"});
  EXPECT_EQ(anomalies(make_sessions({{{r(0)}}, {{w(0, 1)}}}), {{"guarantees", "consistent-prefix"}}),
            Names{"unknown"});
  const CheckResult result = check_with("session", make_sessions({{{append(0, 1)}}, {{r(0)}}}));
  EXPECT_EQ(result.verdict, Verdict::valid);
  EXPECT_NE(result.reason.find("; 1 version could not be ordered."), std::string::npos) << result.reason;
  // Refuted is only what is asked for; the others fail, so this one is not proved.
  const History backwards = make_sessions({{{w(0, 1)}, {w(0, 2)}, {r(0, 1)}}});
  EXPECT_EQ(anomalies(backwards, {{"guarantees", "monotonic-reads"}}), Names{"unknown"});
}

TEST(Session, CountsViolations) {
  const CheckResult result =
      check_with("session", make_sessions({{{r(0, 5)}, {r(0, 3)}, {r(0, 4)}, {r(0, 6)}}}), kMonotonic);
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings[0].details[0].value, Value(2));
  EXPECT_EQ(result.findings[0].witness, (std::vector<OpId>{0, 1}));
}

// Whether some order of the versions of each key fits the wanted guarantees: every order is tried, every pair
// compared.
bool some_order_fits(const History& history, unsigned wanted) {
  std::map<Key, std::vector<Value>> versions;
  std::set<Key> keys;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      keys.insert(mop.key);
      if (mop.fn == Fn::write && op.outcome == Outcome::ok) versions[mop.key].push_back(mop.argument);
    }
  }
  for (const Key key : keys) {
    std::vector<Value> order = versions[key];
    std::sort(order.begin(), order.end());
    bool fits = false;
    do {
      const auto place = [&](const Value& value) {
        return std::find(order.begin(), order.end(), value) - order.begin() + 1;
      };
      bool good = true;
      for (const Operation a : history.operations()) {
        for (const Operation b : history.operations()) {
          const Mop &x = a.mops[0], &y = b.mops[0];
          if (a.process != b.process || a.id >= b.id || x.key != key || y.key != key) continue;
          const bool first_writes = x.fn == Fn::write, second_writes = y.fn == Fn::write;
          const unsigned kind = first_writes ? (second_writes ? 4 : 1) : (second_writes ? 8 : 2);
          const Value& u = first_writes ? x.argument : x.result;
          const Value& v = second_writes ? y.argument : y.result;
          const auto older = u.is_nil() ? 0 : place(u), newer = v.is_nil() ? 0 : place(v);
          good = good && ((wanted & kind) == 0 || (second_writes ? older < newer : older <= newer));
        }
      }
      fits = fits || good;
    } while (std::next_permutation(order.begin(), order.end()));
    if (!fits) return false;
  }
  return true;
}

TEST(Session, AgreesWithBruteForce) {
  const int rounds = testing::rounds(10'000, 1'000'000);
  Rng rng(23);
  int valid = 0, checked = 0, linearizable = 0;
  const char* names[] = {"read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"};
  for (int round = 0; round < rounds; ++round) {
    testing::SmallSessions options;
    options.mops = 1;
    options.transactions = 8;
    options.keys = rng.between(1, 2);
    options.info_permille = 0;
    options.odd_permille = rng.between(0, 400);
    const History history = testing::generate_small(rng, options);
    const CheckResult all = check_with("session", history, {{"certificate", "yes"}});
    ASSERT_EQ(all.certificate.has_value(), all.verdict == Verdict::valid);
    if (all.reason.starts_with("No read")) continue;
    ++checked;
    const bool expected = some_order_fits(history, 15);
    valid += expected;
    ASSERT_EQ(all.verdict, expected ? Verdict::valid : Verdict::invalid) << all.reason << "\n"
                                                                         << testing::to_text(history);
    ASSERT_EQ(testing::confirm_weak(history, all, {}), "") << testing::to_text(history);
    const bool linear = testing::linearizable_by_brute_force(history, Value());
    linearizable += linear;
    ASSERT_TRUE(!linear || expected) << testing::to_text(history);
    for (unsigned i = 0; i < 4; ++i) {
      const CheckResult one = check_with("session", history, {{"guarantees", names[i]}});
      const bool one_expected = some_order_fits(history, 1u << i);
      ASSERT_TRUE(one.verdict == Verdict::unknown || (one.verdict == Verdict::valid) == one_expected)
          << names[i] << "\n"
          << testing::to_text(history);
    }
  }
  EXPECT_GT(valid, checked / 5);
  EXPECT_LT(valid, checked * 9 / 10);
  EXPECT_GT(linearizable, checked / 20);
}

TEST(Session, LargeHistoriesAndTheirMutations) {
  testing::LogStoreOptions options;
  options.operations = 20'000;
  options.keys = 5;
  options.info_permille = 5;
  const History history = testing::generate_log_store(options);
  EXPECT_EQ(anomalies(history), Names{});
  // Values are written in the order of the log.
  EXPECT_EQ(anomalies(history, kMonotonic), Names{});
  options.info_permille = 0;
  const History whole = testing::generate_log_store(options);
  for (std::int64_t at = 100; at < 1000; at += 200) {
    History aged;
    ASSERT_TRUE(testing::age_a_read(whole, at, 100, aged));
    EXPECT_FALSE(anomalies(aged).empty());
    EXPECT_FALSE(anomalies(aged, kMonotonic).empty());
  }
}

TEST(Session, KeepsToTheBudget) {
  testing::LogStoreOptions options;
  options.operations = 30'000;
  options.keys = 2000;
  const History history = testing::generate_log_store(options);
  for (const char* versions : {"monotonic", "inferred", "lists"}) {
    Budget no_time, little;
    no_time.time_limit = 0;
    little.memory_limit_bytes = 10'000;
    const CheckerOptions of = {{"versions", versions}};
    EXPECT_EQ(check_with("session", history, of, no_time).reason,
              "Nothing was checked: the time budget is spent.");
    const CheckResult result = check_with("session", history, of, little);
    EXPECT_EQ(result.verdict, Verdict::unknown);
    EXPECT_NE(result.reason.find("the memory budget is spent"), std::string::npos) << result.reason;
  }
}

TEST(Session, RefusesOptionsThatItDoesNotKnow) {
  std::string error;
  EXPECT_EQ(testing::plugin("session").make({{"guarantees", "hope"}}, error), nullptr);
  EXPECT_EQ(error.substr(0, 28), "Guarantee \"hope\" is unknown;");
  EXPECT_EQ(testing::plugin("session").make({{"versions", "new"}}, error), nullptr);
  EXPECT_EQ(testing::plugin("session").make({{"guarantees", ""}}, error), nullptr);
}

}  // namespace
}  // namespace assay::checkers
