// assay shrink as a stranger uses it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace assay::project {
namespace {

using Json = nlohmann::json;

TEST(ShrinkCommand, MakesAFailingRunSmallAndRepeatable) {
  const WorkFolder folder;
  EXPECT_EQ(folder
                .assay("run --bug stale-reads --nemesis partition,kill,pause,clock --time-limit 20s --seed 1 "
                       "--store a")
                .exit_code,
            1);
  // Fewer tries than it would take, but not fewer on a busy machine.
  const Printed shrunk = folder.assay("shrink a/latest --store b --tries 100 --time-limit 9m --json");
  EXPECT_EQ(shrunk.exit_code, 1) << shrunk.error;
  const Json results = Json::parse(shrunk.out, nullptr, false);
  ASSERT_TRUE(results.is_object()) << shrunk.error;
  const Json& plan = results["plan"];
  EXPECT_LE(results["faults"].size(), 3u);
  EXPECT_LE(plan["operations"].size(), 30u);
  EXPECT_GE(plan["operations"].size(), 1u);
  EXPECT_LE(plan["nodes"].get<int>(), 5);
  EXPECT_EQ(plan["shrunk"]["checker"], "linearizable");
  EXPECT_GT(plan["shrunk"]["operations"].get<int>(), 1000);
  EXPECT_NE(shrunk.error.find("shrunk: faults"), std::string::npos) << shrunk.error;

  const std::filesystem::path small = folder.path() / "b/latest";
  EXPECT_EQ(folder.assay("run b/latest/plan.json --store c").exit_code, 1);
  EXPECT_EQ(content_of(folder.path() / "c/latest/history.jsonl"), content_of(small / "history.jsonl"));
  EXPECT_NE(content_of(small / "report.html").find("Shrunk"), std::string::npos);
  // Judged again from its folder, the verdict is the same.
  EXPECT_EQ(folder.assay("report b/latest").exit_code, 1);
}

TEST(ShrinkCommand, RefusesWhatCanNotBeShrunk) {
  const WorkFolder folder;
  folder.write("real.json", R"({"cluster": "hosts.json"})");
  folder.write("fine.json", R"({"time_limit": "2s", "seed": 1})");
  const std::pair<const char*, const char*> kRefused[] = {
      {"shrink nowhere", "nowhere: there is no such run folder"},
      {"shrink real.json", "only simulated runs are shrunk, this one was on \"hosts.json\""},
      {"shrink fine.json", "fine.json: its plan, executed again, is valid; only a run that is invalid"},
      {"shrink fine.json --time-limit soon", "--time-limit soon: expected a duration"},
      {"shrink fine.json --tries 0", "--tries 0: at least 1 is needed"},
  };
  for (const auto& [arguments, sentence] : kRefused) {
    const Printed printed = folder.assay(arguments);
    EXPECT_EQ(printed.exit_code, 254) << printed.error;
    EXPECT_NE(printed.error.find(sentence), std::string::npos) << printed.error;
  }
}

}  // namespace
}  // namespace assay::project
