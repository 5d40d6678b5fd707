// assay report: whatever became of a run, its folder gives a report that says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace assay::project {
namespace {

using testing::HasSubstr;

// A run folder `run` whose file is cut or changed as asked.
class ReportCommand : public testing::Test {
 protected:
  void SetUp() override {
    const Printed printed =
        folder_.assay("run --cluster sim --nemesis kill --time-limit 4s --seed 3 --store store");
    ASSERT_EQ(printed.exit_code, 0) << printed.error;
    std::filesystem::copy(folder_.path() / "store/latest/", run_folder(),
                          std::filesystem::copy_options::recursive);
    for (const char* name : {"report.html", "junit.xml", "trace.json", "summary.txt"})
      std::filesystem::remove(run_folder() / name);
  }

  std::filesystem::path run_folder() const { return folder_.path() / "run"; }
  void forget_verdict() { std::filesystem::remove(run_folder() / "results.json"); }
  void write_file(const char* name, const std::string& content) {
    std::ofstream(run_folder() / name, std::ios::binary) << content;
  }
  std::string history() const { return content_of(run_folder() / "history.jsonl"); }
  // Runs assay report and gives the page.
  std::string page(int exit_code) {
    const Printed printed = folder_.assay("report run");
    EXPECT_EQ(printed.exit_code, exit_code) << printed.error;
    EXPECT_TRUE(std::filesystem::exists(run_folder() / "junit.xml"));
    EXPECT_TRUE(std::filesystem::exists(run_folder() / "metrics.prom"));
    return content_of(run_folder() / "report.html");
  }

  WorkFolder folder_;
};

TEST_F(ReportCommand, OfAWholeRunSaysTheSame) {
  // All but how long the checkers took.
  const auto results = [&] {
    auto json = nlohmann::json::parse(content_of(run_folder() / "results.json"));
    for (auto& check : json["checks"]) check["statistics"].erase("elapsed_microseconds");
    return json;
  };
  const auto before = results();
  ASSERT_FALSE(before["measurements"]["replication"]["samples"]["at"].empty());
  const std::string text = page(0);
  EXPECT_EQ(nlohmann::json::diff(before, results()), nlohmann::json::array());
  EXPECT_THAT(text, HasSubstr("<h1>Valid</h1>"));
  EXPECT_THAT(text, HasSubstr("virtual time, in"));
  EXPECT_THAT(text, HasSubstr("heartbeat_interval_ns")) << "options of the target are in results.json only";
}

TEST_F(ReportCommand, OfAnAbortedRunSaysThatItWasInterrupted) {
  forget_verdict();
  const std::string all = history();
  write_file("history.jsonl", all.substr(0, all.size() / 2));  // in the middle of a line
  const Printed printed = folder_.assay("report run");
  EXPECT_THAT(printed.error, HasSubstr("incomplete"));
  const std::string text = content_of(run_folder() / "report.html");
  EXPECT_THAT(text, HasSubstr("The run was interrupted"));
}

TEST_F(ReportCommand, OfAnEmptyRunSaysThatNothingWasTested) {
  forget_verdict();
  write_file("history.jsonl", "");
  const std::string text = page(2);
  EXPECT_THAT(text, HasSubstr("<h1>Unknown</h1>"));
  EXPECT_THAT(text, HasSubstr("There was no operation."));
}

TEST_F(ReportCommand, OfARunWithoutHistorySaysSo) {
  forget_verdict();
  std::filesystem::remove(run_folder() / "history.jsonl");
  const std::string text = page(255);
  EXPECT_THAT(text, HasSubstr("<h1>Harness failure</h1>"));
  EXPECT_THAT(text, HasSubstr("the run ended before its first operation"));
}

TEST_F(ReportCommand, OfAHalfWrittenHistoryNamesTheLine) {
  std::string all = history();
  const std::size_t at = all.find('\n', all.size() / 2);
  all.insert(at + 1, std::string(20, '\0') + "\n");
  write_file("history.jsonl", all);
  const std::string text = page(255);
  EXPECT_THAT(text, HasSubstr("<h1>Harness failure</h1>"));
  EXPECT_THAT(text, HasSubstr("history.jsonl:"));
}

TEST_F(ReportCommand, OfARunWithoutPlanSaysSo) {
  write_file("plan.json", "{\"target\": \"refdb\", \"wor");
  const std::string text = page(255);
  EXPECT_THAT(text, HasSubstr("plan.json"));
  EXPECT_THAT(text, HasSubstr("<h1>Harness failure</h1>"));
}

// No answer to anything: the database hung.
TEST_F(ReportCommand, OfAHungRunIsVacuous) {
  forget_verdict();
  std::string lines;
  for (int i = 0; i < 10; ++i) {
    const std::string common =
        ",\"process\":" + std::to_string(i) + ",\"f\":\"read\",\"key\":1,\"value\":null";
    lines += "{\"index\":" + std::to_string(2 * i) + ",\"time\":" + std::to_string(i * 1000) + common +
             ",\"type\":\"invoke\"}\n";
  }
  write_file("history.jsonl", lines);
  const std::string text = page(2);
  EXPECT_THAT(text, HasSubstr("<h1>Unknown</h1>"));
  EXPECT_THAT(text, HasSubstr("No operation was ok"));
  EXPECT_THAT(text, HasSubstr("vacuous"));
}

TEST_F(ReportCommand, KeepsHarnessTroubleOfTheRun) {
  std::string results = content_of(run_folder() / "results.json");
  const std::string none = "\"harness_error\": null";
  ASSERT_NE(results.find(none), std::string::npos);
  results.replace(results.find(none), none.size(), "\"harness_error\": \"host n3 was lost\"");
  write_file("results.json", results);
  EXPECT_THAT(page(255), HasSubstr("host n3 was lost"));
}

TEST_F(ReportCommand, ComparesWithABaseline) {
  EXPECT_EQ(folder_.assay("report run --baseline store/latest").exit_code, 0);
  EXPECT_THAT(content_of(run_folder() / "report.html"), HasSubstr("Against store/latest"));
  EXPECT_EQ(folder_.assay("report run --baseline nowhere").exit_code, 254);
}

// Whatever a page is written for anew, it shows what the first one showed.
TEST_F(ReportCommand, KeepsTheMessagesAroundAnAnomalyBesideABaseline) {
  constexpr auto kDrawn = "Messages around the anomaly";
  const Printed printed = folder_.assay(
      "run --cluster sim --bug stale-reads --nemesis kill,partition --time-limit 8s --store bad");
  ASSERT_EQ(printed.exit_code, 1) << printed.error;
  const auto report = folder_.path() / "bad/latest/report.html";
  ASSERT_THAT(content_of(report), HasSubstr(kDrawn));
  EXPECT_EQ(folder_.assay("report bad/latest --baseline store/latest").exit_code, 1);
  EXPECT_THAT(content_of(report), HasSubstr(kDrawn));
}

}  // namespace
}  // namespace assay::project
