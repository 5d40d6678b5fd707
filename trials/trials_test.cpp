// What the trials of clocks, texts and replicated types tell apart, and that each is the same for the same seed.
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "trials/registry.h"

namespace assay::trials {
namespace {

TrialResult run(std::string_view name, std::uint64_t seed, const Facts& options) {
  for (const TrialPlugin* plugin : all_plugins()) {
    if (plugin->name == name) return plugin->run(seed, options);
  }
  ADD_FAILURE() << name;
  return {};
}

double measure(const TrialResult& result, const std::string& name) {
  for (const Measured& measured : result.measures) {
    if (measured.name == name) return measured.samples.at(0);
  }
  ADD_FAILURE() << name;
  return -1;
}

Facts text(const char* name, const char* value) { return {{name, Value::text(value)}}; }

TEST(Causality, OnlyVectorsTellTheTruth) {
  const TrialResult vector = run("causality", 1, text("clock", "vector"));
  EXPECT_EQ(vector.verdict, Verdict::valid) << vector.reason;
  EXPECT_EQ(measure(vector, "pairs"), 200 * 199 / 2);
  EXPECT_GT(measure(vector, "concurrent"), 100);
  EXPECT_LT(measure(vector, "concurrent"), measure(vector, "pairs") - 100);
  const TrialResult lamport = run("causality", 1, text("clock", "lamport"));
  EXPECT_EQ(lamport.anomaly, "order-invented");
  EXPECT_EQ(measure(lamport, "reversed"), 0) << "it never contradicts what happened before what";
  const TrialResult wall = run("causality", 1, text("clock", "wall"));
  EXPECT_EQ(wall.anomaly, "order-reversed");
}

TEST(Causality, WithoutMessagesOnlyEventsOfOneProcessAreOrdered) {
  const TrialResult alone = run("causality", 1, {{"messages", 0}, {"processes", 2}, {"events", 50}});
  EXPECT_EQ(alone.verdict, Verdict::valid);
  EXPECT_GE(measure(alone, "concurrent"), 400);
}

TEST(TextEdits, ConvergeUnlessAppliedWhereTheySay) {
  for (const char* method : {"transform", "sequence"}) {
    const TrialResult result = run("text-edits", 2, text("method", method));
    EXPECT_EQ(result.verdict, Verdict::valid) << method << ": " << result.reason;
    EXPECT_GT(measure(result, "bytes"), 100);
  }
  const TrialResult naive = run("text-edits", 2, text("method", "positions"));
  EXPECT_EQ(naive.anomaly, "divergence");
  EXPECT_GE(measure(naive, "diverged"), 15);
}

TEST(ReplicatedTypes, ConvergeAndTheOthersDoNot) {
  for (const char* type :
       {"g-counter", "pn-counter", "g-set", "or-set", "lww-register", "mv-register", "or-map"}) {
    const TrialResult result = run("replicated-types", 3, text("type", type));
    EXPECT_EQ(result.verdict, Verdict::valid) << type << ": " << result.reason;
  }
  EXPECT_EQ(run("replicated-types", 3, text("type", "sum")).anomaly, "divergence");
  EXPECT_EQ(run("replicated-types", 3, {{"type", Value::text("sum")}, {"duplicates", 0}}).verdict,
            Verdict::valid);
  const TrialResult last = run("replicated-types", 3, text("type", "last-counter"));
  EXPECT_EQ(last.anomaly, "lost-update");
  EXPECT_EQ(measure(last, "diverged"), 0);
}

TEST(Gossip, ReachesAllInRoundsOfALogarithm) {
  const TrialResult hundred = run("gossip", 1, {{"nodes", 100}});
  EXPECT_EQ(hundred.verdict, Verdict::valid) << hundred.reason;
  EXPECT_GE(measure(hundred, "rounds"), 7) << "news at most doubles its hearers in a round";
  EXPECT_LE(measure(hundred, "rounds"), 20);
  EXPECT_GE(measure(hundred, "suspicion_rounds"), 30);
  EXPECT_EQ(run("gossip", 1, {{"nodes", 100}, {"suspect_after", 3}}).anomaly, "false-suspicion");
}

TEST(Trials, FollowTheirSeedAndRefuseUnknownOptions) {
  for (const TrialPlugin* plugin : all_plugins()) {
    const TrialResult first = plugin->run(5, {}), second = plugin->run(5, {});
    EXPECT_EQ(first.reason, second.reason);
    ASSERT_EQ(first.measures.size(), second.measures.size());
    for (std::size_t i = 0; i < first.measures.size(); ++i) {
      EXPECT_EQ(first.measures[i].samples, second.measures[i].samples) << plugin->name;
    }
    EXPECT_THROW(plugin->run(5, {{"nonsense", 1}}), InputError) << plugin->name;
  }
}

}  // namespace
}  // namespace assay::trials
