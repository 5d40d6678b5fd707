// Experiments on the command line: the ones of this project come out as expected, mistakes get one sentence, and what does
// not come out as expected is said.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace assay::project {
namespace {

const std::string kExperiments = std::string(ASSAY_SOURCE_DIR) + "/experiments";

// A short run that is valid, expected to be `verdict`.
std::string experiment(const std::string& verdict, const std::string& measures = "") {
  return R"({"claim": "T1", "statement": "a | b", "plan": {"time_limit": "3s", "nodes": 3},
    "runs": [{"name": "only", "seeds": 2, "expect": ")" +
         verdict + "\"" + (measures.empty() ? "" : ", \"measures\": " + measures) + "}]}";
}

TEST(Experiments, ThoseOfTheProjectComeOutAsExpected) {
  const WorkFolder folder;
  const Printed printed = folder.assay("run " + kExperiments + " --quick");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
}

TEST(Experiments, AreReportedAsOneTable) {
  const WorkFolder folder;
  folder.write("t1.json", experiment("valid", R"(["elections_won", {"measure": "write.ok", "above": 1}])"));
  const Printed printed = folder.assay("run t1.json --claims claims.md --json");
  ASSERT_EQ(printed.exit_code, 0) << printed.error;
  const auto json = nlohmann::json::parse(printed.out, nullptr, false);
  ASSERT_TRUE(json.is_object());
  const auto& experiment = json["experiments"][0];
  EXPECT_EQ(experiment["claim"], "T1");
  EXPECT_TRUE(experiment["met"]);
  const auto& seeds = experiment["runs"][0]["points"][0]["seeds"];
  ASSERT_EQ(seeds.size(), 2u);
  EXPECT_EQ(seeds[1]["seed"], 2);
  EXPECT_GE(seeds[1]["measures"]["elections_won"][0], 1);
  const std::string table = content_of(folder.path() / "claims.md");
  EXPECT_NE(table.find("| **T1** | a \\| b | only | valid in every seed; write.ok: total above 1 |"),
            std::string::npos)
      << table;
  // Simulation: the same table every time.
  EXPECT_EQ(folder.assay("run t1.json --claims again.md --jobs 1").exit_code, 0);
  EXPECT_EQ(content_of(folder.path() / "again.md"), table);
  // The command of a row repeats its seed.
  const Printed repeated = folder.assay(seeds[1]["command"].get<std::string>().substr(6) + " --json");
  const auto run = nlohmann::json::parse(repeated.out, nullptr, false);
  ASSERT_TRUE(run.is_object()) << repeated.error;
  EXPECT_EQ(run["history"]["digest"], seeds[1]["digest"]);
}

// What is printed, what is stored, and what came out otherwise than expected.
TEST(Experiments, TheResultsFollowTheirSchema) {
  const WorkFolder folder;
  if (folder.run("python3 -c 'import jsonschema'").exit_code != 0)
    GTEST_SKIP() << "python3-jsonschema is not installed";
  folder.write("t1.json", experiment("valid", R"(["elections_won", {"measure": "write.ok", "above": 1}])"));
  folder.write("t2.json", experiment("invalid"));
  const Printed printed = folder.assay("run t1.json t2.json --store results --json");
  ASSERT_EQ(printed.exit_code, 1) << printed.error;
  folder.write("out.json", printed.out);
  const Printed checked = folder.run(
      "python3 -c 'import glob,json,sys,jsonschema; s=json.load(open(sys.argv[1]));"
      "jsonschema.Draft202012Validator.check_schema(s);"
      "files=glob.glob(\"results/**/results.json\", recursive=True)+[\"out.json\"]; assert len(files)==2, "
      "files;"
      "[jsonschema.Draft202012Validator(s).validate(json.load(open(f))) for f in files]' " ASSAY_SOURCE_DIR
      "/docs/suite.schema.json");
  EXPECT_EQ(checked.exit_code, 0) << checked.error;
}

TEST(Experiments, ThatDoNotComeOutAsExpectedExitWithOne) {
  const WorkFolder folder;
  folder.write("t1.json", experiment("invalid"));
  folder.write("t2.json", experiment("valid", R"([{"measure": "write.ok", "at_most": 1}])"));
  const Printed verdict = folder.assay("run t1.json");
  EXPECT_EQ(verdict.exit_code, 1);
  EXPECT_NE(verdict.error.find("NOT MET: invalid was expected in at least 1 of 2 seeds and came in 0"),
            std::string::npos)
      << verdict.error;
  const Printed measure = folder.assay("run t2.json");
  EXPECT_EQ(measure.exit_code, 1);
  EXPECT_NE(measure.error.find("NOT MET: write.ok: total at most 1 was expected"), std::string::npos)
      << measure.error;
  EXPECT_EQ(folder.assay("run .").exit_code, 1) << "a folder with both";
}

TEST(Experiments, CanBeChosen) {
  const WorkFolder folder;
  folder.write("t1.json", experiment("valid"));
  folder.write("t2.json", experiment("invalid"));
  EXPECT_EQ(folder.assay("run . --shard 1/2").exit_code, 0);
  EXPECT_EQ(folder.assay("run . --shard 2/2").exit_code, 1);
  const Printed one = folder.assay("run t1.json --seed 2 --json");
  const auto json = nlohmann::json::parse(one.out, nullptr, false);
  ASSERT_TRUE(json.is_object());
  EXPECT_EQ(json["experiments"][0]["runs"][0]["points"][0]["seeds"].size(), 1u);
}

TEST(Experiments, MistakesGetOneSentence) {
  const WorkFolder folder;
  folder.write("t1.json", experiment("valid"));
  folder.write("plan.json", "{\"nodes\": 3}");
  folder.write("mode.json", R"({"claim": "T", "statement": "s", "runs": [{"name": "a", "expect": "valid",
                                "plan": {"mode": "magic"}}]})");
  folder.write("trial.json", R"({"claim": "T", "statement": "s", "runs": [{"name": "a", "expect": "valid",
                                 "trial": "by-ordeal"}]})");
  folder.write("node.json", R"({"claim": "T", "statement": "s", "runs": [{"name": "a", "expect": "valid",
                                "plan": {"schedule": "1s kill-n9 1s"}}]})");
  std::filesystem::create_directory(folder.path() / "empty");
  const std::pair<const char*, const char*> kMistakes[] = {
      {"t1.json --nodes 3", "--nodes: can't be combined with experiments"},
      {"t1.json --shard 3/2", "--shard 3/2: expected one of how many, like 1/4"},
      {"t1.json --jobs 0", "--jobs 0: at least 1 is needed"},
      {"t1.json --only other", "--only: no experiment has a run of that name"},
      {"t1.json --cluster local", "none of these runs is marked as \"real\""},
      {"t1.json plan.json", "several files can only be run together when all of them are experiments"},
      {"plan.json --quick", "--quick"},
      {"empty", "empty: there is no experiment (*.json) in this folder"},
      {"mode.json", "mode.json: run \"a\": --mode magic: target refdb has no such mode"},
      {"trial.json", "trial.json: run \"a\": trial by-ordeal: there is no such trial; there are"},
      {"node.json",
       "node.json: run \"a\": --schedule kill: not possible for this target, because it has no node n9"},
      {"--only x", "--only: is for experiments; none was given"},
  };
  for (const auto& [arguments, sentence] : kMistakes) {
    const Printed printed = folder.assay(std::string("run ") + arguments);
    EXPECT_EQ(printed.exit_code, 254) << arguments;
    EXPECT_NE(printed.error.find(sentence), std::string::npos) << arguments << ": " << printed.error;
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "store")) << "something was started";
}

}  // namespace
}  // namespace assay::project
