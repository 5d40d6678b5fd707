#include "reports/suite/suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assay::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

SuiteReport sample() {
  SeedOutcome seed;
  seed.seed = 7;
  seed.verdict = Verdict::invalid;
  seed.checks = {{"durability", Verdict::invalid, {"lost-write"}, "write <7> is gone"}};
  seed.measures = {{"lost", {3}}};
  seed.command = "assay run --seed 7";
  PointReport point;
  point.seeds = {seed};
  point.measured = {"3"};
  point.evidence = "0 valid, 1 invalid; seed 7: write <7> is gone";
  point.command = seed.command;
  RunReport breaks;
  breaks.name = "breaks";
  breaks.expected = "invalid: lost-write";
  breaks.titles = {"lost writes"};
  breaks.points = {point};
  RunReport curve = breaks;
  curve.name = "curve";
  curve.points = {point, point};
  curve.points[0].label = "1s";
  curve.points[1].label = "2s";
  ExperimentReport good, refuted, bad;
  good.experiment.claim = "SL2";
  good.experiment.statement = "it | loses\nwrites";
  good.experiment.file = "experiments/SL2.json";
  good.runs = {breaks, curve};
  good.met = true;
  refuted = good;
  refuted.experiment.claim = "SL9";
  refuted.experiment.refuted = true;
  refuted.experiment.note = "only at times";
  bad = good;
  bad.experiment.claim = "SL10";
  bad.met = false;
  bad.runs[0].unmet = {"valid was expected"};
  SuiteReport suite;
  suite.command = "assay run experiments";
  suite.cluster = "sim";
  suite.wall_time = 12 * kSecond;
  suite.experiments = {good, refuted, bad};
  return suite;
}

TEST(ClaimsMarkdown, IsOneTableWithEvidence) {
  const std::string text = claims_markdown(sample());
  EXPECT_THAT(text, HasSubstr("2 of 3 experiments came out as expected."));
  EXPECT_THAT(text, HasSubstr("| SL9 | refuted as stated | experiments/SL2.json |"));
  EXPECT_THAT(text, HasSubstr("| SL10 | NOT as expected |"));
  EXPECT_THAT(
      text, HasSubstr("| **SL2** | it \\| loses writes | breaks | invalid: lost-write | lost writes: **3** | "
                      "0 valid, 1 invalid; seed 7: write <7> is gone | `assay run --seed 7` |"));
  EXPECT_THAT(text, HasSubstr("|  |  | curve [1s] |"));
  EXPECT_THAT(text, HasSubstr("*only at times*"));
  EXPECT_THAT(text, HasSubstr("**NOT met:** valid was expected"));
  EXPECT_THAT(text, Not(HasSubstr("12 s"))) << "the same in every run";
}

// Two databases as OP1 has them: one stops writing, the other is not linearizable.
SuiteReport pacelc_sample() {
  const auto run = [](const std::string& name, const std::string& title, double gap, Verdict verdict) {
    RunReport report;
    report.name = name;
    report.titles = {title};
    PointReport point;
    point.measured = {"some"};
    SeedOutcome seed;
    seed.verdict = verdict;
    seed.checks = {{"linearizable", verdict, {}, ""}, {"causal", Verdict::valid, {}, ""}};
    if (gap > 0) seed.measures = {{"fault.write_gap_ns", {gap}}};
    point.seeds = {seed, seed};
    report.points = {point};
    return report;
  };
  ExperimentReport report;
  report.experiment.claim = "OP1";
  report.runs = {run("a<b, PC/EC: partitioned", "gap", 9e9, Verdict::valid),
                 run("a<b, PC/EC: undisturbed", "median", 0, Verdict::valid),
                 run("c, PC/EL: partitioned", "gap", 1e6, Verdict::invalid),
                 run("c, PC/EL: undisturbed", "median", 0, Verdict::invalid)};
  for (const RunReport& each : report.runs) {
    ExperimentRun asked;
    asked.name = each.name;
    asked.points.emplace_back();
    if (each.name.ends_with("partitioned")) asked.points[0].plan.nemesis = {"partition"};
    report.experiment.runs.push_back(asked);
  }
  SuiteReport suite;
  suite.experiments = {report};
  return suite;
}

TEST(SuiteHtml, ComparesClassesWithWhatWasMeasured) {
  const std::string page = suite_html(pacelc_sample());
  EXPECT_THAT(page, HasSubstr("<section id=\"pacelc\">"));
  EXPECT_THAT(page, HasSubstr("a&lt;b</span>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"pill p-good\">PC/EC</span>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"pill p-bad\">PA/EL</span>"));  // claimed PC/EL
  EXPECT_THAT(page, HasSubstr("linearizable: <span class=\"pill p-warn\">not kept</span><br>causal: kept"));
  EXPECT_THAT(suite_html(sample()), Not(HasSubstr("id=\"pacelc\"")));
}

TEST(SuiteHtml, CountsVerdictsByDatabaseAndFaults) {
  const std::string page = suite_html(pacelc_sample());
  EXPECT_THAT(page, HasSubstr("<section id=\"matrix\">"));
  EXPECT_THAT(page, HasSubstr(">none</th><th scope=\"col\" class=\"wide\">partition</th>"));
  EXPECT_THAT(
      page,
      HasSubstr("<span class=\"pill p-good\">2 valid</span> <span class=\"pill p-bad\">2 invalid</span>"));
}

TEST(SuiteHtml, HasEveryExperimentAndEscapesValues) {
  const std::string page = suite_html(sample());
  EXPECT_THAT(page, HasSubstr("<h1>2 of 3 experiments as expected</h1>"));
  EXPECT_THAT(page, HasSubstr("<body class=\"invalid\">"));
  for (const char* id : {"SL2", "SL9", "SL10"}) {
    EXPECT_THAT(page, HasSubstr("<section id=\"" + std::string(id) + "\">"));
  }
  EXPECT_THAT(page, HasSubstr("write &lt;7&gt; is gone"));
  EXPECT_THAT(page, HasSubstr("refuted as stated"));
  EXPECT_THAT(page, Not(HasSubstr("<a href")));
  SuiteReport kept = sample();
  kept.experiments[0].runs[0].points[0].seeds[0].folder = "/store/x";
  EXPECT_THAT(suite_html(kept), HasSubstr("<a href=\"/store/x/report.html\">run of seed 7</a>"));
}

TEST(SuiteJson, KeepsEverySeed) {
  const auto json = nlohmann::json::parse(suite_json(sample()));
  EXPECT_EQ(json["schema_version"], 1);
  const auto& seed = json["experiments"][0]["runs"][0]["points"][0]["seeds"][0];
  EXPECT_EQ(seed["checks"][0]["anomalies"][0], "lost-write");
  EXPECT_EQ(seed["measures"]["lost"][0], 3);
  EXPECT_EQ(json["experiments"][2]["runs"][0]["unmet"][0], "valid was expected");
  EXPECT_EQ(json["experiments"][1]["result"], "refuted as stated");
}

TEST(ExperimentText, SaysWhatWasNotMet) {
  const SuiteReport suite = sample();
  EXPECT_THAT(experiment_text(suite.experiments[0]),
              HasSubstr("SL2  as claimed  experiments/SL2.json\n  breaks: 0 valid"));
  EXPECT_THAT(experiment_text(suite.experiments[2]), HasSubstr("    NOT MET: valid was expected\n"));
}

}  // namespace
}  // namespace assay::reports
