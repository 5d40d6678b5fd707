// assay gate and assay compare as a CI job uses them: each exit code, the files, and a sentence for each mistake. Simulated, so
// that the same seed gives the same answer on any machine.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace assay::project {
namespace {

const std::string kGate = "gate --cluster sim --keys 20 --seed 5 --looks 1 --warm-up 200ms ";
const std::string kSame = kGate + "--candidate-option log_entries_kept=1000 ";

struct GateCase {
  const char* name;
  std::string arguments;
  int exit_code;
  const char* sentence;
};

class GateExitCodes : public testing::TestWithParam<GateCase> {};

TEST_P(GateExitCodes, AreThoseOfTheContract) {
  const WorkFolder folder;
  const Printed printed = folder.assay(GetParam().arguments);
  EXPECT_EQ(printed.exit_code, GetParam().exit_code) << printed.error;
  EXPECT_NE(printed.error.find(GetParam().sentence), std::string::npos) << printed.error;
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, GateExitCodes,
    testing::Values(
        GateCase{"Pass", kSame, 0, "consistent, and no slower than its margins allow"},
        GateCase{"Invalid", kSame + "--bug lost-update-cas", 1, "baseline is not consistent: linearizable"},
        GateCase{"Unknown", kSame + "--concurrency 1 --metrics throughput", 2,
                 "no two operations were concurrent"},
        GateCase{"Regressed", kGate + "--candidate-option latency_base_ns=600000", 3,
                 "throughput: worse by more than the margin of 5.0 %"},
        GateCase{"MissedObjective", kSame + "--objective 'write.p50 < 1us'", 3,
                 "objective write.p50 < 1us: missed with"},
        GateCase{"Inconclusive", kSame + "--block 20ms", 4, "a p99 takes 200 a block"},
        GateCase{"RateNotAchieved", kSame + "--rate 20000 --operation-timeout 100ms --metrics throughput", 4,
                 "the measurement does not stand: achieved rate of the baseline"},
        GateCase{"Harness", kSame + "--store /proc/nowhere", 255, "/proc/nowhere"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(GateCommand, LeavesWhatAJobNeeds) {
  const WorkFolder folder;
  const Printed printed =
      folder.run("GITHUB_STEP_SUMMARY=step.md GITHUB_ACTIONS=true " + std::string(ASSAY_PROGRAM) + " " +
                 kGate + "--candidate-option latency_base_ns=600000 --json --save now.json");
  EXPECT_EQ(printed.exit_code, 3) << printed.error;
  const auto json = nlohmann::json::parse(printed.out, nullptr, false);
  ASSERT_TRUE(json.is_object());
  EXPECT_EQ(json["verdict"], "regressed");
  EXPECT_EQ(json["exit_code"], 3);
  EXPECT_EQ(json["pairs"].size(), 40u);
  EXPECT_EQ(json["sides"][1]["what"], "latency_base_ns=600000");
  EXPECT_GT(json["metrics"][0]["estimates"][0]["low"], 1.0);
  EXPECT_NE(printed.error.find("::error title=assay gate%3A regressed::throughput: worse"),
            std::string::npos);
  const std::string summary = content_of(folder.path() / "step.md");
  EXPECT_NE(summary.find("## assay gate: REGRESSED"), std::string::npos);
  EXPECT_NE(summary.find("| throughput | regressed |"), std::string::npos);
  const std::filesystem::path side = json["sides"][1]["folder"].get<std::string>();
  const std::string junit = content_of(folder.path() / side.parent_path() / "junit.xml");
  EXPECT_NE(junit.find("<testcase name=\"throughput\" classname=\"assay.gate\">\n      <failure"),
            std::string::npos);
  EXPECT_NE(junit.find("<testcase name=\"candidate linearizable\" classname=\"assay.gate\"/>"),
            std::string::npos);
  // Its page compares as the gate did, also when it is made anew, and from the baseline's view the other way round.
  EXPECT_NE(content_of(folder.path() / side / "report.html").find("40 pairs of blocks of 100 ms"),
            std::string::npos);
  const std::string baseline = (side.parent_path() / "baseline").string();
  EXPECT_EQ(folder.assay("report " + side.string() + " --baseline " + baseline).exit_code, 0);
  const std::string anew = content_of(folder.path() / side / "report.html");
  EXPECT_NE(anew.find(">regressed<"), std::string::npos);
  EXPECT_EQ(folder.assay("report " + baseline + " --baseline " + side.string()).exit_code, 0);
  const std::string turned = content_of(folder.path() / baseline / "report.html");
  EXPECT_EQ(turned.find(">regressed<"), std::string::npos);
  EXPECT_NE(turned.find("40 pairs of blocks of 100 ms"), std::string::npos);
  // The candidate's history can be judged by anybody, and its run by the gate again.
  EXPECT_EQ(folder.assay("check " + (side / "history.jsonl").string()).exit_code, 0);
  EXPECT_EQ(folder.assay("gate --run " + side.string()).exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(content_of(folder.path() / "now.json"))["schema_version"], 1);
}

TEST(GateCommand, TheSameSeedGivesTheSameAnswer) {
  const WorkFolder folder;
  const auto measured = [&](const std::string& store) {
    const Printed printed =
        folder.assay(kGate + "--candidate-option latency_base_ns=300000 --json --store " + store);
    return nlohmann::json::parse(printed.out)["pairs"].dump();
  };
  const std::string first = measured("a");
  EXPECT_GT(first.size(), 1000u);
  EXPECT_EQ(first, measured("b"));
}

TEST(GateCommand, StoredFiguresAreToldAndDecideOnlyWithAMargin) {
  const WorkFolder folder;
  const std::string slow =
      kGate +
      "--baseline-option latency_base_ns=600000 --candidate-option latency_base_ns=600000 "
      "--stored then.json ";
  EXPECT_EQ(folder.assay(kSame + "--save then.json --label v1").exit_code, 0);
  const Printed told = folder.assay(slow);
  EXPECT_EQ(told.exit_code, 0) << told.error;
  EXPECT_NE(told.error.find("Against v1"), std::string::npos);
  EXPECT_EQ(folder.assay(slow + "--stored-margin 20%").exit_code, 3);
}

TEST(GateCommand, TrendNamesTheCommitThatChangedIt) {
  const WorkFolder folder;
  std::string lines;
  for (int i = 0; i < 30; ++i) {
    lines += R"({"schema_version": 1, "label": "c)" + std::to_string(i) + R"(", "throughput": )" +
             std::to_string((i < 17 ? 5000 : 4400) + i * 37 % 11 * 10) + ", \"p50\": null, \"p99\": 2e6}\n";
  }
  folder.write("trend.jsonl", lines);
  const Printed printed = folder.assay("gate --trend trend.jsonl --json");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  const auto changes = nlohmann::json::parse(printed.out);
  ASSERT_EQ(changes.size(), 1u) << printed.out;
  EXPECT_EQ(changes[0]["metric"], "throughput");
  EXPECT_EQ(changes[0]["label"], "c17");
}

TEST(GateCommand, TheSelfTestTellsWhatTheMachineAllows) {
  const WorkFolder folder;
  const Printed printed = folder.assay(kGate + "--self-test --comparisons 20 --metrics throughput --json");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  const auto json = nlohmann::json::parse(printed.out);
  EXPECT_EQ(json["comparisons"], 20);
  EXPECT_EQ(json["pairs"], 40);
  EXPECT_LE(json["false_alarms"], 1);
  EXPECT_GT(json["effects"]["throughput"]["smallest"], 0.0);
}

TEST(GateCommand, ARunThatIsOverIsJudgedByItsObjectives) {
  const WorkFolder folder;
  folder.write("plan.json", R"({"rate": 100, "time_limit": "10s", "nemesis": ["partition"],
    "objectives": ["write.p50 < 10s", "errors < 50%", "recovery.partition < 20s"]})");
  EXPECT_EQ(folder.assay("run plan.json --seed 3").exit_code, 0);
  EXPECT_NE(content_of(folder.path() / "store/latest/junit.xml").find("objective recovery.partition"),
            std::string::npos);
  EXPECT_EQ(folder.assay("gate --run store/latest").exit_code, 0);
  EXPECT_EQ(folder.assay("gate --run store/latest --objective 'write.p50 < 1us'").exit_code, 3);
  EXPECT_EQ(folder.assay("gate --run store/latest --objective 'append.p50 < 1s'").exit_code, 4);
  std::filesystem::remove(folder.path() / "store/latest/results.json");
  EXPECT_EQ(folder.assay("gate --run store/latest").exit_code, 255) << "the run was cut off";
  EXPECT_EQ(
      folder.assay("run --cluster sim --time-limit 5s --seed 3 --objective 'write.p50 < 1us'").exit_code, 3);
}

TEST(CompareCommand, ShowsTwoRunsSideBySide) {
  const WorkFolder folder;
  const std::string run = "run --cluster sim --rate 500 --time-limit 5s --schedule '1s kill 1s' --seed 3 ";
  EXPECT_EQ(folder.assay(run + "--store a").exit_code, 0);
  EXPECT_EQ(folder.assay(run + "--store b --option latency_base_ns=2000000").exit_code, 0);
  const Printed printed = folder.assay("compare a/latest b/latest --json");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  const auto ratios = nlohmann::json::parse(printed.out)["ratios"];
  ASSERT_GE(ratios.size(), 2u);
  EXPECT_EQ(ratios[1]["metric"], "p50");
  EXPECT_GT(ratios[1]["low"], 1.5);
  EXPECT_NE(printed.error.find("linearizable  valid"), std::string::npos);
  EXPECT_NE(printed.error.find("kill"), std::string::npos);
}

struct GateMistake {
  const char* arguments;
  const char* sentence;
};

class GateBadInput : public testing::TestWithParam<GateMistake> {};

TEST_P(GateBadInput, GetsOneSentenceAnd254) {
  const WorkFolder folder;
  folder.write("broken.jsonl", "{\"schema_version\": 1}\n{\"schema_version\": 1, \"p50\": -3}\n");
  folder.write("empty.jsonl", "");
  folder.write("objectives.json", R"({"objectives": ["read.p99 < 20"]})");
  std::filesystem::create_directory(folder.path() / "unfinished");
  const Printed printed = folder.assay(GetParam().arguments);
  EXPECT_EQ(printed.exit_code, 254) << printed.error;
  const std::string first_line = printed.error.substr(0, printed.error.find('\n'));
  EXPECT_NE(first_line.find(GetParam().sentence), std::string::npos) << first_line;
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "store")) << "something was started";
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, GateBadInput,
    testing::Values(
        GateMistake{"gate", "there is nothing to compare: give --baseline-bin"},
        GateMistake{"gate --self-test --trend x", "exclude one another"},
        GateMistake{"gate --self-test --time-limit 3s", "--time-limit: is for runs"},
        GateMistake{"gate --self-test --pairs 39", "--pairs 39: from 40 to 10000 pairs are possible"},
        GateMistake{"gate --self-test --looks 4", "--looks 4: from 1 to 3 are possible"},
        GateMistake{"gate --self-test --comparisons 0", "--comparisons 0: from 1 to"},
        GateMistake{"gate --self-test --metrics speed", "--metrics speed: there are throughput, p50, p99"},
        GateMistake{"gate --self-test --metrics p50,p50", "--metrics p50: was given twice"},
        GateMistake{"gate --self-test --margin p50", "--margin p50: expected METRIC=SHARE%"},
        GateMistake{"gate --self-test --margin p50=5", "--margin 5: expected a share such as 5%"},
        GateMistake{"gate --candidate-option x=1 --limit wind=5%",
                    "expected NAME=SHARE% with one of achieved"},
        GateMistake{"gate --self-test --block 10us", "--block 10us: expected a duration of at least 1ms"},
        GateMistake{"gate --self-test --constant", "--constant: needs a --rate"},
        GateMistake{"gate --self-test --nemesis kill", "the blocks are measured without faults"},
        GateMistake{"gate --candidate-bin refdb", "what is simulated is part of assay"},
        GateMistake{"gate --cluster local --candidate-bin refdb",
                    "--candidate-bin refdb: there is no such program"},
        GateMistake{"gate --cluster h.json --candidate-option x=1", "need hosts of their own"},
        GateMistake{"gate --candidate-option x=1", "x"},
        GateMistake{"gate --candidate-option x", "--candidate-option x: expected name=value"},
        GateMistake{"gate --candidate-plan p.json", "give both, or neither"},
        GateMistake{"gate --self-test missing.json", "missing.json"},
        GateMistake{"gate --self-test --objective fast", "objective \"fast\": expected a field"},
        GateMistake{"gate objectives.json --self-test",
                    "expected a time with a unit such as 20ms, got \"20\""},
        GateMistake{"gate --candidate-option log_entries_kept=9 --stored missing.json", "missing.json"},
        GateMistake{"gate --self-test --stored-margin 5%",
                    "--stored-margin: there is nothing to compare with"},
        GateMistake{"gate --candidate-option log_entries_kept=9 --stored empty.jsonl", "has no figures yet"},
        GateMistake{"gate --trend broken.jsonl", "broken.jsonl:2: field \"p50\": expected a positive number"},
        GateMistake{"gate --run nowhere", "nowhere: there is no such run folder"},
        GateMistake{"gate --self-test --rate-sweep 100,200", "--rate-sweep: is for runs"},
        GateMistake{"run --objective 'p99 > soon'", "expected a time with a unit such as 20ms, got \"soon\""},
        GateMistake{"compare nowhere unfinished", "nowhere: there is no such run folder"},
        GateMistake{"compare unfinished unfinished", "the run never came to an end: it has no results.json"},
        GateMistake{"compare unfinished", "B is required"}));

}  // namespace
}  // namespace assay::project
