// Staleness: histories with known numbers, every small history against brute force, mutations, budgets.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "checkers/stale/version_order.h"
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

struct Numbers {
  std::int64_t k_low, k_high, delta, stale;
  bool operator==(const Numbers&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Numbers& n) {
  return out << "k " << n.k_low << ".." << n.k_high << ", delta " << n.delta << ", stale " << n.stale;
}

Numbers numbers(const CheckResult& result) {
  const auto fact = [&](const char* name) {
    const Value* value = find_fact(result.statistics, name);
    return value == nullptr ? -1 : value->as_integer();
  };
  return {fact("k_low"), fact("k_high"), fact("delta_nanoseconds"), fact("stale_reads")};
}

CheckResult check(const History& history, const CheckerOptions& options = {}) {
  CheckResult result = check_with("staleness", history, options);
  EXPECT_EQ(testing::confirm_weak(history, result, options), "") << testing::to_text(history);
  return result;
}

TEST(Staleness, FreshReads) {
  const CheckResult result =
      check(make_history({Line(0, 10, w(0, 1)), Line(5, 7, r(0)), Line(11, 12, r(0, 1))}));
  EXPECT_EQ(result.verdict, Verdict::valid);
  EXPECT_EQ(numbers(result), (Numbers{1, 1, 0, 0}));
}

TEST(Staleness, AReadThatMissedThreeVersions) {
  const History history = make_history({Line(0, 1, w(0, 1)), Line(2, 3, w(0, 2)), Line(4, 5, w(0, 3)),
                                        Line(6, 7, w(0, 4)), Line(10, 11, r(0, 1)), Line(12, 13, r(0, 4))});
  const CheckResult result = check(history);
  EXPECT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(numbers(result), (Numbers{4, 4, 7, 1}));
  EXPECT_EQ(result.findings[0].anomaly, "stale-read");
  EXPECT_EQ(result.findings[0].witness, (std::vector<OpId>{0, 1, 4}));
  EXPECT_EQ(check(history, {{"k", "4"}}).verdict, Verdict::valid);
  EXPECT_EQ(check(history, {{"k", "3"}}).verdict, Verdict::invalid);
  EXPECT_EQ(check(history, {{"delta", "7"}}).verdict, Verdict::valid);
  EXPECT_EQ(check(history, {{"delta", "6"}}).verdict, Verdict::invalid);
  EXPECT_EQ(check(history, {{"delta", "7"}, {"k", "3"}}).verdict, Verdict::invalid);
}

TEST(Staleness, OfTheInitialState) {
  const CheckResult result = check(make_history({Line(0, 5, w(0, 1)), Line(8, 9, r(0))}));
  EXPECT_EQ(numbers(result), (Numbers{2, 2, 3, 1}));
  EXPECT_EQ(result.findings[0].witness, (std::vector<OpId>{0, 1}));
}

TEST(Staleness, NewThenOldAlthoughEachReadIsFine) {
  // Two reads during one write.
  const CheckResult result = check(
      make_history({Line(0, 1, w(0, 1)), Line(2, 20, w(0, 2)), Line(4, 6, r(0, 2)), Line(9, 11, r(0, 1))}));
  EXPECT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(numbers(result), (Numbers{2, 2, 3, 0}));
  EXPECT_EQ(result.findings[0].anomaly, "new-old-inversion");
}

TEST(Staleness, ReadsOfTheFutureAreNoMatterOfAge) {
  const CheckResult result = check(make_history({Line(0, 1, r(0, 1)), Line(2, 3, w(0, 1))}));
  EXPECT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(result.findings[0].anomaly, "future-read");
}

TEST(Staleness, BySessionAndNode) {
  Line stale(10, 11, r(0, 1)), fresh(10, 11, r(0, 2));
  stale.process = 7;
  fresh.process = 8;
  const CheckResult result = check(make_history({Line(0, 1, w(0, 1)), Line(2, 3, w(0, 2)), stale, fresh}));
  EXPECT_EQ(find_fact(result.statistics, "by_session")->to_string(), "[[7 1 1 1 7] [8 1 0 0 0]]");
  EXPECT_EQ(find_fact(result.statistics, "by_node")->to_string(), "[[-1 2 1 1 7]]");
  EXPECT_EQ(find_fact(result.statistics, "versions_missed")->to_string(), "[[0 1] [1 1]]");
  EXPECT_EQ(find_fact(result.statistics, "late_max_nanoseconds")->as_integer(), 7);
  EXPECT_EQ(find_fact(result.statistics, "late_p50_nanoseconds")->as_integer(), 0);
}

TEST(Staleness, UnknownWhereNothingCanBeSaid) {
  EXPECT_EQ(check(make_history({Line(0, 1, w(0, 1))})).verdict, Verdict::unknown);
  EXPECT_EQ(check(make_history({Line(0, 1, {w(0, 1), r(1)})})).verdict, Verdict::unknown);
  std::string error;
  EXPECT_EQ(testing::plugin("staleness").make({{"k", "0"}}, error), nullptr);
  EXPECT_EQ(error, "Option k of staleness must be a number from 1 on, not \"0\".");
}

// The least k, by trying every order of one key's operations.
struct BruteForce {
  std::vector<Operation> ops;
  std::int64_t best = 1000;

  void place(std::vector<bool>& placed, const std::vector<Value>& versions, std::int64_t k) {
    if (k >= best) return;
    bool all = true;
    for (std::size_t i = 0; i < ops.size(); ++i) {
      if (placed[i]) continue;
      all = false;
      bool next = true;
      for (std::size_t j = 0; j < ops.size(); ++j) next = next && (placed[j] || !ops[j].precedes(ops[i]));
      if (!next) continue;
      const Mop& mop = ops[i].mops[0];
      std::vector<Value> after = versions;
      std::int64_t distance = 1;
      if (mop.fn == Fn::write) {
        after.push_back(mop.argument);
      } else {
        const auto found = std::find(after.begin(), after.end(), mop.result);
        if (found == after.end()) continue;
        distance = after.end() - found;
      }
      placed[i] = true;
      place(placed, after, std::max(k, distance));
      placed[i] = false;
    }
    if (all) best = k;
  }
};

// Three writes at once, each read by one who is done before the late readers of all three begin: two of these
// have to read past the last of the writes.
TEST(Staleness, NoOrderForTwoAlthoughNoReadIsStaleByItself) {
  const History history = make_history({Line(0, 30, w(0, 1)), Line(0, 30, w(0, 2)), Line(0, 30, w(0, 3)),
                                        Line(10, 11, r(0, 1)), Line(12, 13, r(0, 2)), Line(14, 15, r(0, 3)),
                                        Line(40, 41, r(0, 1)), Line(42, 43, r(0, 2)), Line(44, 45, r(0, 3))});
  const CheckResult result = check(history, {{"k", "2"}});
  EXPECT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(numbers(result), (Numbers{3, 3, 27, 0}));
  EXPECT_EQ(result.findings[0].anomaly, "non-k-atomic");
  EXPECT_EQ(result.findings[0].witness.size(), 9u);
  EXPECT_EQ(check(history, {{"k", "3"}}).verdict, Verdict::valid);
  EXPECT_EQ(find_fact(result.statistics, "k_of_keys")->to_string(), "[[3 3 1]]");
}

// Versions of any shape.
std::vector<Version> random_versions(Rng& rng, std::uint32_t count, std::int64_t width) {
  std::vector<Version> versions;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Nanos begin = rng.between(0, 4 * count), end = begin + rng.between(0, width);
    versions.push_back({begin, end, std::max(begin, end + rng.between(-width, width)), i});
  }
  return versions;
}

// Limited backtracking and the search, which have nothing in common, on more versions than brute force can.
TEST(Staleness, TwoWaysToDecideTwoAtomicityAgree) {
  Limits limits{Budget{}};
  Rng rng(5);
  std::array<int, 2> seen{};
  for (int round = 0; round < testing::rounds(5'000); ++round) {
    const auto count = static_cast<std::uint32_t>(rng.between(2, 24));
    const std::vector<Version> versions = random_versions(rng, count, rng.between(2, 24));
    const std::optional<bool> fast = two_atomic(versions, limits);
    ASSERT_TRUE(fast.has_value());
    const std::optional<bool> slow = order_exists(versions, 2, 1'000'000, limits);
    ASSERT_TRUE(slow.has_value());
    ASSERT_EQ(*fast, *slow) << round;
    ASSERT_TRUE(!*fast || lower_bound_of_k(versions) <= 2) << round;
    ASSERT_TRUE(*fast || upper_bound_of_k(versions) > 2) << round;
    // Chunks can be ordered apart.
    bool together = true;
    for (const auto& chunk : chunks(versions)) together = together && *two_atomic(chunk, limits);
    ASSERT_EQ(together, *fast) << round;
    ++seen[*fast ? 1 : 0];
  }
  EXPECT_GT(seen[0], testing::rounds(500));
  EXPECT_GT(seen[1], testing::rounds(500));
}

// With the beginnings of reads put back.
History shifted(const History& history, Nanos delta) {
  std::vector<Line> lines;
  for (const Operation op : history.operations()) {
    const Nanos begin = op.mops[0].fn == Fn::read ? op.invoked - delta : op.invoked;
    lines.emplace_back(begin, op.completed, std::vector<Mop>(op.mops.begin(), op.mops.end()));
  }
  return make_history(lines);
}

TEST(Staleness, AgreesWithBruteForce) {
  const int rounds = testing::rounds(10'000);
  Rng rng(31);
  std::array<int, 8> of_k{};
  int checked = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<Line> lines;
    const std::int64_t writes = rng.between(1, 4), reads = rng.between(1, 7 - writes);
    const auto span = [&](const Mop& mop) {
      const Nanos begin = rng.between(0, 25);
      lines.emplace_back(begin, begin + rng.between(0, 12), mop);
    };
    for (std::int64_t i = 1; i <= writes; ++i) span(w(0, i));
    for (std::int64_t i = 0; i < reads; ++i) {
      const std::int64_t value = rng.between(0, writes);
      span(r(0, value == 0 ? Value() : Value(value)));
    }
    const History history = make_history(lines);
    const CheckResult result = check(history);
    const bool future = std::any_of(result.findings.begin(), result.findings.end(),
                                    [](const Finding& finding) { return finding.anomaly == "future-read"; });
    const bool linearizable = testing::linearizable_by_brute_force(history, Value());
    ASSERT_EQ(result.verdict == Verdict::valid, linearizable) << testing::to_text(history);
    if (future) continue;
    const Numbers found = numbers(result);
    BruteForce brute;
    for (const Operation op : history.operations()) brute.ops.push_back(op);
    std::vector<bool> placed(brute.ops.size(), false);
    brute.place(placed, {Value()}, 1);
    ASSERT_EQ(found.k_low, brute.best) << testing::to_text(history);
    ASSERT_EQ(found.k_high, brute.best) << testing::to_text(history);
    const std::int64_t k = rng.between(1, 4);
    ASSERT_EQ(check(history, {{"k", std::to_string(k)}}).verdict == Verdict::valid, brute.best <= k)
        << testing::to_text(history);
    ASSERT_TRUE(testing::linearizable_by_brute_force(shifted(history, found.delta), Value()))
        << found.delta << "\n"
        << testing::to_text(history);
    ASSERT_TRUE(found.delta == 0 ||
                !testing::linearizable_by_brute_force(shifted(history, found.delta - 1), Value()))
        << found.delta << "\n"
        << testing::to_text(history);
    const std::vector<CheckerOptions> bounds = {{{"k", std::to_string(found.k_high)}},
                                                {{"delta", std::to_string(found.delta)}}};
    for (CheckerOptions options : bounds) {
      options["certificate"] = "yes";
      const CheckResult certified = check(history, options);
      ASSERT_TRUE(certified.certificate.has_value()) << testing::to_text(history);
      ASSERT_EQ(refute_certificate(history, *certified.certificate), "") << testing::to_text(history);
    }
    ++checked;
    ++of_k[static_cast<std::size_t>(brute.best)];
  }
  EXPECT_GT(checked, rounds / 2);
  for (std::size_t k = 1; k <= 3; ++k) EXPECT_GT(of_k[k], checked / 50) << k;
}

TEST(Staleness, LaggingStoresAndMutations) {
  testing::LogStoreOptions options;
  options.operations = 20'000;
  options.keys = 10;
  options.nodes = 3;
  options.lag = 0;
  const History fresh = testing::generate_log_store(options);
  EXPECT_EQ(check(fresh).verdict, Verdict::valid);
  History aged;
  ASSERT_TRUE(testing::age_a_read(fresh, 500, 20, aged));
  const CheckResult caught = check(aged);
  EXPECT_EQ(caught.verdict, Verdict::invalid);
  EXPECT_GE(numbers(caught).k_low, 10);
  EXPECT_EQ(numbers(caught).stale, 1);
  options.lag = 300;
  const CheckResult lagging = check(testing::generate_log_store(options));
  EXPECT_EQ(lagging.verdict, Verdict::invalid);
  EXPECT_GT(numbers(lagging).stale, 1000);
  for (const auto& [option, bound] :
       {std::pair("k", numbers(lagging).k_high),
        std::pair("delta", static_cast<std::int64_t>(numbers(lagging).delta))}) {
    const CheckResult certified = check(testing::generate_log_store(options),
                                        {{option, std::to_string(bound)}, {"certificate", "yes"}});
    EXPECT_EQ(certified.verdict, Verdict::valid);
    EXPECT_TRUE(certified.certificate.has_value()) << option << " " << bound;
  }
}

TEST(Staleness, KeepsToTheBudget) {
  testing::LogStoreOptions options;
  options.operations = 30'000;
  const History history = testing::generate_log_store(options);
  Budget no_time, little;
  no_time.time_limit = 0;
  EXPECT_EQ(check_with("staleness", history, {}, no_time).reason,
            "Nothing was checked: the time budget is spent.");
  for (std::size_t kilobytes = 100; kilobytes < 1500; kilobytes += 200) {
    little.memory_limit_bytes = kilobytes * 1000;
    EXPECT_EQ(check_with("staleness", history, {}, little).verdict, Verdict::unknown);
  }
}

TEST(Staleness, WhatIsAtomicHasACertificate) {
  const CheckerOptions options = {{"k", "2"}, {"certificate", "yes"}};
  const History fresh = make_history({Line(0, 1, w(0, 1)), Line(2, 3, w(0, 2)), Line(4, 5, r(0, 2))});
  const CheckResult result = check_with("staleness", fresh, options);
  ASSERT_TRUE(result.certificate.has_value());
  EXPECT_EQ(result.certificate->claim, "linearizable");
  EXPECT_EQ(refute_certificate(fresh, *result.certificate), "");
  const History old = make_history({Line(0, 1, w(0, 1)), Line(2, 3, w(0, 2)), Line(4, 5, r(0, 1))});
  EXPECT_NE(refute_certificate(old, *result.certificate), "");
  const CheckResult behind = check_with("staleness", old, options);
  EXPECT_EQ(behind.verdict, Verdict::valid);
  ASSERT_TRUE(behind.certificate.has_value());
  EXPECT_EQ(behind.certificate->claim, "k-atomic");
  Certificate stronger = *behind.certificate;
  stronger.options["k"] = "1";
  EXPECT_NE(refute_certificate(old, stronger), "");
  const CheckResult late = check_with("staleness", old, {{"delta", "5"}, {"certificate", "yes"}});
  ASSERT_TRUE(late.certificate.has_value());
  EXPECT_EQ(late.certificate->claim, "delta-atomic");
  EXPECT_EQ(late.certificate->options.at("delta"), "1");
  stronger = *late.certificate;
  stronger.options["delta"] = "0";
  EXPECT_NE(refute_certificate(old, stronger), "");
}

}  // namespace
}  // namespace assay::checkers
