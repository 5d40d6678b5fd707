// The lattice of models: names, implications, and for each step down a history that separates the two.
#include "checkers/elle/lattice.h"

#include <gtest/gtest.h>

#include "checkers/testing/fixture.h"
#include "checkers/testing/transaction_generator.h"
#include "checkers/testing/txn_fixture.h"

namespace assay::checkers::elle {
namespace {

bool implies(const char* stronger, const char* weaker) {
  return (implied_models(model_named(stronger)) & model_named(weaker)) != 0;
}

TEST(Lattice, NamesAndAliases) {
  EXPECT_EQ(model_named("PL-3"), model_named("serializable"));
  EXPECT_EQ(model_named("strong-serializable"), model_named("strict-serializable"));
  EXPECT_EQ(model_named("PL-2.99"), model_named("repeatable-read"));
  EXPECT_EQ(model_named("strong-PL-2"), model_named("strong-read-committed"));
  EXPECT_EQ(model_named("nonsense"), 0u);
  EXPECT_EQ(anomaly_named("G-single-item-process"), anomaly_named("G-single-process"));
  EXPECT_EQ(anomaly_named("G-nonadjacent-item"), anomaly_named("G-nonadjacent"));
  EXPECT_EQ(anomaly_named("nonsense"), 0u);
}

TEST(Lattice, StrictSerializableImpliesEverything) {
  const ModelSet all = implied_models(model_named("strict-serializable"));
  EXPECT_EQ(names_of_models(all), names_of_models(~ModelSet{0}));
  EXPECT_EQ(strongest_not_refuted(0), std::vector<std::string>{"strict-serializable"});
  EXPECT_TRUE(weakest_refuted(0).empty());
}

TEST(Lattice, ImplicationsOfTheLiterature) {
  EXPECT_TRUE(implies("serializable", "snapshot-isolation"));
  EXPECT_TRUE(implies("serializable", "repeatable-read"));
  EXPECT_FALSE(implies("repeatable-read", "snapshot-isolation"));
  EXPECT_FALSE(implies("snapshot-isolation", "repeatable-read"));
  EXPECT_TRUE(implies("snapshot-isolation", "parallel-snapshot-isolation"));
  EXPECT_TRUE(implies("parallel-snapshot-isolation", "read-atomic"));
  EXPECT_TRUE(implies("read-atomic", "monotonic-atomic-view"));
  EXPECT_FALSE(implies("serializable", "strong-session-serializable"));
  EXPECT_TRUE(implies("strong-session-serializable", "sequential"));
  EXPECT_FALSE(implies("strong-session-serializable", "linearizable"));
  EXPECT_TRUE(implies("causal", "read-your-writes"));
}

// What refutes a model refutes every stronger one, and every anomaly refutes something.
TEST(Lattice, RefutationIsUpwardClosed) {
  for (AnomalySet rest = ~AnomalySet{0}; rest != 0; rest &= rest - 1) {
    const AnomalySet one = rest & -rest;
    if (names_of_anomalies(one).empty()) continue;
    const ModelSet refuted = refuted_models(one);
    EXPECT_NE(refuted, 0u) << names_of_anomalies(one)[0];
    for (ModelSet models = ~ModelSet{0}; models != 0; models &= models - 1) {
      const ModelSet model = models & -models;
      if (names_of_models(model).empty()) continue;
      const bool weaker_refuted = (implied_models(model) & refuted) != 0;
      EXPECT_EQ((model & refuted) != 0, weaker_refuted)
          << names_of_anomalies(one)[0] << " " << names_of_models(model)[0];
    }
    EXPECT_NE(refuted & model_named("strict-serializable"), 0u) << names_of_anomalies(one)[0];
  }
}

// Every model can be refuted by something that does not refute each weaker one: no model is there for its name only.
TEST(Lattice, EveryModelCanBeRefuted) {
  for (const std::string& name : names_of_models(~ModelSet{0})) {
    bool found = false;
    for (AnomalySet rest = ~AnomalySet{0}; rest != 0; rest &= rest - 1) {
      found = found || (refuted_models(rest & -rest) & model_named(name)) != 0;
    }
    EXPECT_TRUE(found) << name;
  }
}

using checkers::testing::append;
using checkers::testing::Line;
using checkers::testing::r;

Value list(std::initializer_list<std::int64_t> elements) {
  std::vector<Value> values(elements.begin(), elements.end());
  return Value::list(std::move(values));
}

History concurrent(const std::vector<std::vector<Mop>>& transactions) {
  std::vector<Line> lines;
  for (const auto& mops : transactions) lines.emplace_back(static_cast<Nanos>(lines.size()), 1000, mops);
  return checkers::testing::make_history(std::move(lines));
}

History in_turn(const std::vector<std::vector<Mop>>& transactions, bool one_process) {
  std::vector<Line> lines;
  for (const auto& mops : transactions) {
    const auto begin = static_cast<Nanos>(lines.size()) * 10;
    lines.emplace_back(begin, begin + 5, mops);
    if (one_process) lines.back().process = 1;
  }
  return checkers::testing::make_history(std::move(lines));
}

TEST(Lattice, HistoriesThatSeparateNeighbours) {
  const History stale = in_turn({{append(1, 1)}, {r(1)}, {r(1, list({1}))}}, false);
  const History own_stale = in_turn({{append(1, 1)}, {r(1)}, {r(1, list({1}))}}, true);
  const History skew = concurrent({{append(1, 1), r(2)}, {append(2, 1), r(1)}});
  const History fork =
      concurrent({{append(1, 1)}, {append(2, 1)}, {r(1, list({1})), r(2)}, {r(1), r(2, list({1}))}});
  const History lost = concurrent({{r(1), append(1, 1)}, {r(1), append(1, 2)}, {r(1, list({1, 2}))}});
  const History read_skew =
      concurrent({{append(1, 1), append(2, 1)}, {append(1, 2), r(2)}, {r(1, list({1, 2}))}});
  const History fractured = concurrent({{append(1, 1), append(2, 1)}, {r(2), r(1, list({1}))}});
  // The third knows of the second write through the second transaction, yet sees the first.
  const History uncaused = concurrent(
      {{append(1, 1)}, {r(1, list({1})), append(2, 1)}, {r(2, list({1})), r(1)}, {r(1, list({1}))}});
  const History circular =
      concurrent({{append(1, 1), r(2, list({1}))}, {append(1, 2), append(2, 1)}, {r(1, list({1, 2}))}});
  const struct {
    const char* weaker;
    const char* stronger;
    const History& history;
  } separations[] = {
      {"strong-session-serializable", "strict-serializable", stale},
      {"strong-session-serializable", "linearizable", stale},
      {"serializable", "strong-session-serializable", own_stale},
      {"serializable", "read-your-writes", own_stale},
      {"strong-snapshot-isolation", "serializable", skew},
      {"strong-snapshot-isolation", "repeatable-read", skew},
      {"parallel-snapshot-isolation", "snapshot-isolation", fork},
      {"causal-cerone", "prefix", fork},
      {"read-atomic", "update-atomic", lost},
      {"read-committed", "cursor-stability", lost},
      {"read-atomic", "consistent-view", read_skew},
      {"monotonic-atomic-view", "read-atomic", fractured},
      {"read-atomic", "causal-cerone", uncaused},
      {"parallel-snapshot-isolation", "update-serializable", skew},
      {"read-uncommitted", "read-committed", circular},
  };
  for (const auto& each : separations) {
    const auto verdict = [&](const char* model) {
      return checkers::testing::check_with("list-append", each.history, {{"models", model}});
    };
    EXPECT_EQ(verdict(each.weaker).verdict, Verdict::valid)
        << each.weaker << ": " << verdict(each.weaker).reason << "\n"
        << checkers::testing::to_text(each.history);
    EXPECT_EQ(verdict(each.stronger).verdict, Verdict::invalid) << each.stronger << "\n"
                                                                << checkers::testing::to_text(each.history);
  }
}

// A model that is not refuted implies that no weaker one is.
TEST(Lattice, VerdictsFollowTheImplications) {
  using checkers::testing::Isolation;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    checkers::testing::TransactionOptions options;
    options.seed = seed;
    options.transactions = 60;
    options.isolation = static_cast<Isolation>(seed % 6);
    const History history = checkers::testing::generate_transactions(options);
    const CheckResult all = checkers::testing::check_with("list-append", history);
    for (const std::string& name : names_of_models(~ModelSet{0})) {
      const CheckResult one = checkers::testing::check_with("list-append", history, {{"models", name}});
      for (const std::string& weaker : names_of_models(implied_models(model_named(name)))) {
        if (one.verdict != Verdict::valid) break;
        EXPECT_EQ(checkers::testing::check_with("list-append", history, {{"models", weaker}}).verdict,
                  Verdict::valid)
            << name << " holds, " << weaker << " does not";
      }
      EXPECT_TRUE(all.verdict != Verdict::valid || one.verdict == Verdict::valid) << name;
    }
  }
}

}  // namespace
}  // namespace assay::checkers::elle
