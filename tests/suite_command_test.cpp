// assay run SUITE.json and assay merge, as a CI system uses them: verdicts, shards that are put together, a suite that goes on after
// it was killed, and what is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace assay::project {
namespace {

constexpr const char* kSuite = R"({
  "suite": "small", "plan": {"time_limit": "2s", "nodes": 3},
  "matrices": [
    {"name": "good", "vary": {"mode": ["raft", "single-leader"], "nemesis": [[], ["kill"]]}, "seeds": "1..2"},
    {"name": "bad", "plan": {"bugs": ["lost-update-cas"], "keys": 1, "rate": 300}, "expect": "invalid"},
    {"name": "not here", "plan": {"target": "instant", "mode": "memory"}, "needs": ["no-such-program-anywhere"]}
  ]})";

nlohmann::json results_of(const Printed& printed) {
  auto json = nlohmann::json::parse(printed.out, nullptr, false);
  EXPECT_TRUE(json.is_object()) << printed.error;
  return json.is_object() ? json : nlohmann::json::object();
}

std::map<std::string, std::string> states_of(const nlohmann::json& results) {
  std::map<std::string, std::string> states;
  for (const auto& cell : results["cells"]) states[cell["name"]] = cell["state"];
  return states;
}

std::string only_folder(const WorkFolder& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "store/suites/small"))
    return entry.path().string();
  return "";
}

TEST(SuiteCommand, EveryCellHasAVerdictAndFilesAreLeft) {
  const WorkFolder folder;
  folder.write("small.json", kSuite);
  const Printed printed = folder.assay("run small.json --json --jobs 2");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  const auto results = results_of(printed);
  EXPECT_EQ(results["summary"], "5 as expected, 1 skipped");
  EXPECT_EQ(states_of(results)["not here: register, none"], "skipped");
  EXPECT_NE(printed.out.find("this machine has no no-such-program-anywhere"), std::string::npos);
  for (const char* file : {"suite.html", "results.json", "junit.xml", "summary.md", "finished.jsonl"})
    EXPECT_TRUE(std::filesystem::exists(only_folder(folder) + "/" + file)) << file;
}

TEST(SuiteCommand, ASurpriseIsAFailureWithItsReport) {
  const WorkFolder folder;
  std::string text = kSuite;
  text.replace(text.find("\"expect\": \"invalid\""), 19, "\"expect\": \"valid\"");
  folder.write("small.json", text);
  const Printed printed = folder.assay("run small.json --json --only bad");
  EXPECT_EQ(printed.exit_code, 1) << printed.error;
  const auto results = results_of(printed);
  const std::string kept = results["cells"][0]["runs"][0].value("folder", "");
  EXPECT_TRUE(std::filesystem::exists(kept + "/report.html")) << kept;
  EXPECT_NE(printed.error.find("expected valid; seed 1 was invalid (linearizable"), std::string::npos)
      << printed.error;
}

TEST(SuiteCommand, ShardsArePutTogether) {
  const WorkFolder folder;
  folder.write("small.json", kSuite);
  const Printed whole = folder.assay("run small.json --json --store whole");
  EXPECT_EQ(folder.assay("run small.json --shard 1/2 --store a").exit_code, 0);
  EXPECT_EQ(folder.assay("run small.json --shard 2/2 --store b").exit_code, 0);
  const Printed merged = folder.assay("merge a/suites/small/* b/suites/small/* --output merged --json");
  EXPECT_EQ(merged.exit_code, 0) << merged.error;
  EXPECT_EQ(states_of(results_of(merged)), states_of(results_of(whole)));
  const Printed half = folder.assay("merge a/suites/small/* --output half --json");
  EXPECT_EQ(half.exit_code, 2) << "what nobody has run is told";
  EXPECT_EQ(folder.assay("merge a").exit_code, 254);
}

TEST(SuiteCommand, WhatIsFinishedIsNotRunAgain) {
  const WorkFolder folder;
  folder.write("small.json", kSuite);
  ASSERT_EQ(folder.assay("run small.json").exit_code, 0);
  const std::string kept = only_folder(folder);
  // As a crash leaves it: some runs, and half a line.
  const std::string lines = content_of(kept + "/finished.jsonl");
  const std::size_t first = lines.find("{\"cell\"");
  const std::size_t second = lines.find("{\"cell\"", first + 1);
  std::string run = lines.substr(first, second - first);
  const std::size_t at = run.find("\"reason\":\"");
  run.insert(at + 10, "of the first time ");
  std::ofstream(kept + "/finished.jsonl", std::ios::trunc) << run << lines.substr(second, 40);
  const Printed resumed = folder.assay("run small.json --json --resume " + kept);
  EXPECT_EQ(resumed.exit_code, 0) << resumed.error;
  EXPECT_NE(resumed.out.find("of the first time"), std::string::npos) << "it was run once more";
  EXPECT_EQ(results_of(resumed)["summary"], "5 as expected, 1 skipped");
}

TEST(SuiteCommand, MistakesAreTold) {
  const WorkFolder folder;
  folder.write("small.json", kSuite);
  folder.write("unknown.json", R"({"suite": "a", "matrices": [{"name": "m", "plan": {"mode": "rafft"}}]})");
  folder.write("fault.json",
               R"({"suite": "a", "matrices": [{"name": "m", "plan": {"nemesis": ["earthquake"]}}]})");
  const auto told = [&folder](const std::string& arguments) {
    const Printed printed = folder.assay("run " + arguments);
    EXPECT_EQ(printed.exit_code, 254) << arguments << "\n" << printed.error;
    return printed.error;
  };
  EXPECT_NE(told("unknown.json").find("unknown.json: cell \"m: register, none\": --mode rafft"),
            std::string::npos);
  EXPECT_NE(told("fault.json").find("earthquake"), std::string::npos);
  EXPECT_NE(told("small.json fault.json").find("a suite is run alone"), std::string::npos);
  EXPECT_NE(told("small.json --seed 3").find("can't be combined with a suite"), std::string::npos);
  EXPECT_NE(told("small.json --shard 3/2").find("like 1/4"), std::string::npos);
  EXPECT_NE(told("small.json --only nothing").find("no cell"), std::string::npos);
  EXPECT_NE(told("small.json --resume nowhere").find("no folder of a suite"), std::string::npos);
}

// Those of the repository can be run: files, names, faults and options exist.
TEST(SuiteCommand, TheSuitesOfTheRepositoryAreRight) {
  const WorkFolder folder;
  for (const char* suite :
       {"quick", "nightly", "regressions", "postgres", "etcd", "zookeeper", "galera", "stores"}) {
    const Printed printed =
        folder.assay(std::string("run " ASSAY_SOURCE_DIR "/suites/") + suite + " --only nothing");
    EXPECT_EQ(printed.exit_code, 254);
    EXPECT_NE(printed.error.find("--only: the suite has no cell"), std::string::npos) << printed.error;
  }
}

}  // namespace
}  // namespace assay::project
