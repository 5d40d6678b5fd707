// Fault plans that are given back, and triggers, on the command line.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace assay::project {
namespace {

using Json = nlohmann::json;

Json json_of(const std::filesystem::path& path) { return Json::parse(content_of(path), nullptr, false); }

TEST(NemesisPlanFile, GivesTheSameHistoryAgain) {
  const std::string plan = "--cluster sim --nodes 5 --time-limit 20s --seed 11 ";
  const WorkFolder folder;
  EXPECT_EQ(
      folder
          .assay("run " + plan + "--nemesis partition=2,kill,pause,clock --nemesis-budget minority --store a")
          .exit_code,
      0);
  const std::filesystem::path first = folder.path() / "a/latest";
  const Json nemesis = json_of(first / "nemesis.json");
  ASSERT_TRUE(nemesis.is_object());
  EXPECT_GE(nemesis["windows"].size(), 6u);
  for (const Json& window : nemesis["windows"]) {
    EXPECT_EQ(window["draw"].get<std::string>().size(), 16u);
    EXPECT_FALSE(window["nodes"].empty());
  }
  const Printed again = folder.assay(
      "run " + plan + "--nemesis-plan a/latest/nemesis.json --nemesis-budget minority --store b");
  EXPECT_EQ(again.exit_code, 0) << again.error;
  EXPECT_EQ(content_of(folder.path() / "b/latest/history.jsonl"), content_of(first / "history.jsonl"));
  EXPECT_EQ(content_of(folder.path() / "b/latest/nemesis.json"), content_of(first / "nemesis.json"));
  // The plan of that run has the windows in it, and needs the file no more.
  EXPECT_EQ(folder.assay("run b/latest/plan.json --store c").exit_code, 0);
  EXPECT_EQ(content_of(folder.path() / "c/latest/history.jsonl"), content_of(first / "history.jsonl"));
}

TEST(NemesisPlanFile, TriggersThatFiredAreGivenBackAsMoments) {
  const std::string plan = "--cluster sim --time-limit 20s --seed 3 ";
  const WorkFolder folder;
  EXPECT_EQ(
      folder
          .assay(
              "run " + plan +
              "--schedule '3s kill-leader 2s; leader-changed+1s pause-leader 2s; then partition-leader 3s; "
              "snapshot clock-skew:2s 2s' --store a")
          .exit_code,
      0);
  const Json windows = json_of(folder.path() / "a/latest/nemesis.json")["windows"];
  ASSERT_EQ(windows.size(), 4u);
  for (const Json& window : windows) EXPECT_FALSE(window.contains("when"));
  EXPECT_EQ(folder.assay("run " + plan + "--nemesis-plan a/latest/nemesis.json --store b").exit_code, 0);
  EXPECT_EQ(content_of(folder.path() / "b/latest/history.jsonl"),
            content_of(folder.path() / "a/latest/history.jsonl"));
}

struct BadPlan {
  const char* file;
  const char* arguments;
  const char* sentence;
};

TEST(NemesisPlanFile, MistakesGetOneSentence) {
  const BadPlan kBad[] = {
      {R"({"windows": [{"at": "5s", "fault": "kill", "for": 3}]})", "",
       "field \"windows[0].for\": expected a duration"},
      {R"({"windows": "5s fire 1s"})", "", "f.json: field \"windows\": fire: there is no such fault"},
      {R"({"windows": "29s kill 3s"})", "",
       "f.json: field \"windows\": kill at 29s for 3s goes beyond the end of the main phase at 30s"},
      {R"({"windows": []})", "--nemesis kill", "--nemesis-plan f.json: says all faults; leave out --nemesis"},
      {R"({"windows": []})", "--nemesis-budget most",
       "--nemesis-budget most: expected none, minority or a number"},
      {R"({"windows": []})", "--nodes 2 --nemesis-budget minority", "of 2 nodes none can be spared"},
      {R"({"windows": []})", "--fault-pace slow", "--fault-pace slow: expected uniform, poisson or fixed"},
      {R"({"windows": []})", "--quiet 5s", "--quiet 5s: expected periods of the main phase"},
  };
  for (const BadPlan& bad : kBad) {
    const WorkFolder folder;
    folder.write("f.json", bad.file);
    const Printed printed = folder.assay(std::string("run --nemesis-plan f.json ") + bad.arguments);
    EXPECT_EQ(printed.exit_code, 254) << bad.file << printed.error;
    EXPECT_NE(printed.error.find(bad.sentence), std::string::npos) << printed.error;
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "store"));
  }
}

}  // namespace
}  // namespace assay::project
