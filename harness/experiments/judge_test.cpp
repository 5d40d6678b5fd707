#include "harness/experiments/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::experiments {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SeedOutcome seed(std::uint64_t number, Verdict verdict, const std::string& anomaly = "",
                 std::vector<double> lost = {}) {
  SeedOutcome outcome;
  outcome.seed = number;
  outcome.verdict = verdict;
  outcome.reason = verdict == Verdict::valid ? "all is well" : "something is lost";
  outcome.operations = 10;
  outcome.command = "assay run --seed " + std::to_string(number);
  outcome.checks = {{"durability", verdict, {}, "write 7 is gone"}, {"linearizable", Verdict::valid, {}, ""}};
  if (!anomaly.empty()) outcome.checks[0].anomalies = {anomaly};
  if (!lost.empty()) outcome.measures = {{"lost", std::move(lost)}};
  return outcome;
}

Experiment experiment(ExperimentRun run, std::uint64_t seeds) {
  Experiment result;
  result.claim = "SL2";
  run.name = run.name.empty() ? "breaks" : run.name;
  run.last_seed = seeds;
  if (run.points.empty()) run.points.resize(1);
  result.runs = {std::move(run)};
  return result;
}

std::vector<std::string> unmet(const ExperimentRun& run, std::vector<SeedOutcome> seeds,
                               std::uint64_t planned = 0) {
  const std::uint64_t count = planned == 0 ? seeds.size() : planned;
  const auto report = judge(experiment(run, count), {{{std::move(seeds)}}}, true);
  EXPECT_EQ(report.met, report.runs[0].unmet.empty());
  return report.runs[0].unmet;
}

constexpr Verdict kValid = Verdict::valid;
constexpr Verdict kInvalid = Verdict::invalid;

TEST(Judge, ValidMeansEverySeed) {
  ExperimentRun run;
  run.expected = {VerdictExpectation{}};
  EXPECT_THAT(unmet(run, {seed(1, kValid), seed(2, kValid)}), IsEmpty());
  EXPECT_THAT(
      unmet(run, {seed(1, kValid), seed(2, Verdict::unknown)}),
      ElementsAre("valid was expected in at least 2 of 2 seeds and came in 1; seed 2 is unknown: something "
                  "is lost"));
}

TEST(Judge, AVacuousSeedIsNotValidForAnybody) {
  ExperimentRun run;
  run.expected = {{"linearizable", kValid, "", 0}};
  SeedOutcome vacuous = seed(1, kInvalid, "lost-write");
  EXPECT_THAT(unmet(run, {vacuous}), IsEmpty());
  vacuous.vacuous = true;
  EXPECT_EQ(unmet(run, {vacuous}).size(), 1u);
  run.expected = {{"durability", kInvalid, "lost-write", 0}};
  EXPECT_THAT(unmet(run, {vacuous}), IsEmpty()) << "what was found was found";
}

TEST(Judge, AnAnomalyHasToBeTheNamedOneInEnoughSeeds) {
  ExperimentRun run;
  run.expected = {{"", kInvalid, "lost-write", 2}};
  EXPECT_THAT(unmet(run, {seed(1, kInvalid, "lost-write"), seed(2, kValid), seed(3, kInvalid, "lost-write")}),
              IsEmpty());
  EXPECT_EQ(unmet(run, {seed(1, kInvalid, "lost-write"), seed(2, kInvalid, "stale-read")}).size(), 1u);
  run.expected = {{"linearizable", kInvalid, "lost-write", 0}};
  EXPECT_EQ(unmet(run, {seed(1, kInvalid, "lost-write")}).size(), 1u) << "found by another checker";
  run.expected = {{"durability", kInvalid, "lost-write", 0}, {"linearizable", kValid, "", 0}};
  EXPECT_THAT(unmet(run, {seed(1, kInvalid, "lost-write")}), IsEmpty());
}

TEST(Judge, FewerSeedsLowerWhatIsDemanded) {
  ExperimentRun run;
  run.expected = {{"", kInvalid, "", 15}};
  run.measures = {{"lost", "", {{Aggregate::total, Relation::at_least, 40, ""}}}};
  EXPECT_THAT(unmet(run, {seed(1, kInvalid, "x", {5}), seed(2, kValid, "", {0})}, 20), IsEmpty());
  EXPECT_EQ(unmet(run, {seed(1, kInvalid, "x", {3}), seed(2, kValid, "", {0})}, 20).size(), 1u);
  EXPECT_EQ(unmet(run, {seed(1, kValid, "", {9}), seed(2, kValid, "", {9})}, 20).size(), 1u);
  run.expected[0].seeds_min = 1;
  run.measures.clear();
  EXPECT_THAT(unmet(run, {seed(1, kValid)}, 20), IsEmpty()) << "rare: not demanded of one seed";
  EXPECT_FALSE(judge(experiment(run, 20), {{{seed(1, kValid)}}}, false).met) << "but of the one on hosts";
}

TEST(Judge, BoundsAreHeldOrSayWhatCame) {
  ExperimentRun run;
  run.measures = {{"lost", "lost writes", {{Aggregate::total, Relation::at_most, 0, ""}}}};
  EXPECT_THAT(unmet(run, {seed(1, kValid, "", {0})}), IsEmpty());
  EXPECT_THAT(unmet(run, {seed(1, kValid, "", {1, 2})}),
              ElementsAre("lost writes: total at most 0 was expected (0), it is 3"));
  EXPECT_THAT(unmet(run, {seed(1, kValid)}),
              ElementsAre("lost writes: total at most 0 was expected, but it was not measured"));
}

TEST(Judge, ASeedThatTheHarnessFailedOnIsNeverAsExpected) {
  ExperimentRun run;
  run.expected = {VerdictExpectation{}};
  SeedOutcome broken = seed(1, kValid);
  broken.broken = true;
  EXPECT_THAT(unmet(run, {broken})[0], HasSubstr("the harness failed"));
}

TEST(Judge, ARunCanBeBoundByAnother) {
  ExperimentRun slow, quick;
  slow.name = "slow";
  quick.name = "quick";
  slow.measures = quick.measures = {{"lost", "", {}}};
  quick.measures[0].bounds = {{Aggregate::median, Relation::below, 0.5, "slow"}};
  Experiment both = experiment(slow, 1);
  both.runs.push_back(experiment(quick, 1).runs[0]);
  EXPECT_TRUE(judge(both, {{{seed(1, kValid, "", {10})}}, {{seed(1, kValid, "", {4})}}}, true).met);
  EXPECT_FALSE(judge(both, {{{seed(1, kValid, "", {10})}}, {{seed(1, kValid, "", {5})}}}, true).met);
  EXPECT_FALSE(judge(both, {{}, {{seed(1, kValid, "", {5})}}}, true).met) << "the other one was left out";
}

TEST(Judge, ATrendMayRestButNotTurn) {
  ExperimentRun run;
  run.varied = "options.skew";
  run.points.resize(3);
  run.measures = {{"lost", "", {}, Aggregate::total, Trend::rising}};
  const auto met = [&](double a, double b, double c) {
    const Outcomes outcomes = {
        {{seed(1, kValid, "", {a})}, {seed(1, kValid, "", {b})}, {seed(1, kValid, "", {c})}}};
    return judge(experiment(run, 1), outcomes, true).met;
  };
  EXPECT_TRUE(met(1, 2, 3));
  EXPECT_TRUE(met(1, 1, 3));
  EXPECT_FALSE(met(1, 3, 2));
  EXPECT_FALSE(met(1, 1, 1));
  run.measures[0].trend = Trend::falling;
  EXPECT_TRUE(met(3, 2, 2));
  EXPECT_FALSE(met(1, 2, 3));
}

TEST(Judge, TimesMeanNothingOnABusyMachine) {
  ExperimentRun run;
  run.measures = {
      {"lost", "", {{Aggregate::max, Relation::below, 1, ""}}, Aggregate::max, Trend::none, true}};
  const Outcomes outcomes = {{{seed(1, kValid, "", {9})}}};
  EXPECT_FALSE(judge(experiment(run, 1), outcomes, true).met);
  EXPECT_TRUE(judge(experiment(run, 1), outcomes, false).met);
}

TEST(Judge, TheReportSaysWhatWasExpectedAndShowsTheFirstWitness) {
  ExperimentRun run;
  run.expected = {{"durability", kInvalid, "lost-write", 1}};
  run.measures = {{"lost", "lost writes", {{Aggregate::total, Relation::at_least, 1, ""}}}};
  const auto report =
      judge(experiment(run, 2), {{{seed(1, kValid, "", {0}), seed(2, kInvalid, "lost-write", {3})}}}, true);
  const RunReport& told = report.runs[0];
  EXPECT_EQ(told.expected,
            "invalid: lost-write (durability) in at least 1 of 2 seeds; lost writes: total at least 1");
  EXPECT_EQ(told.points[0].command, "assay run --seed 2");
  EXPECT_EQ(told.points[0].evidence, "1 valid, 1 invalid; 20 operations; seed 2: write 7 is gone");
  EXPECT_THAT(told.points[0].measured, ElementsAre("3 (0 to 3 in 2 samples)"));
}

TEST(Judge, RunsThatWereLeftOutAreNotReported) {
  ExperimentRun run;
  run.expected = {VerdictExpectation{}};
  EXPECT_TRUE(judge(experiment(run, 1), {{{}}}, true).runs.empty());
}

TEST(Judge, KeepsOfARunWhatIsWanted) {
  RunResult run;
  run.plan.seed = 7;
  run.verdict = kInvalid;
  run.command = "assay run";
  run.counters = {{"lost", 4}};
  CheckResult check;
  check.checker = "durability";
  check.verdict = kInvalid;
  check.findings = {Finding{.anomaly = "lost-write", .summary = "write 7 is gone"}};
  run.checks = {check};
  const SeedOutcome outcome = summarize_run(run, {{"lost", ""}, {"absent", ""}});
  EXPECT_EQ(outcome.seed, 7u);
  ASSERT_EQ(outcome.measures.size(), 1u);
  EXPECT_THAT(outcome.measures[0].samples, ElementsAre(4));
  EXPECT_TRUE(shows(outcome, {"durability", kInvalid, "lost-write", 0}));
  EXPECT_FALSE(outcome.broken);
}

}  // namespace
}  // namespace assay::experiments
