// The pages of `assay serve` say what a run says, and nothing in a run becomes markup.
#include "reports/store/store_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

StoredRun stored(const std::string& verdict, double rate) {
  StoredRun run;
  run.path = "refdb-raft-register/20261121T085102Z-3";
  run.date = "20261121T085102Z";
  run.verdict = verdict;
  run.reason = "<script>";
  run.target = "refdb";
  run.mode = "raft";
  run.workload = "register";
  run.cluster = "sim";
  run.faults = {"kill"};
  run.anomalies = {"stale-read"};
  run.ok_per_second = rate;
  run.p99 = 5'000'000;
  return run;
}

TEST(StorePages, ListRunsWithTheirChoices) {
  const std::vector<StoredRun> runs = {stored("valid", 100), stored("invalid", 50)};
  RunFilter filter;
  filter.verdict = "invalid";
  filter.text = "\"><b>";
  const std::string page =
      store_index_page(runs, {runs[1]}, filter, {"experiments/20261121T085116Z/suite.html"});
  EXPECT_THAT(page, HasSubstr("1 of 2 runs."));
  EXPECT_THAT(page, HasSubstr("<option value=\"invalid\" selected>"));
  EXPECT_THAT(page, HasSubstr("2026-11-21 08:51:02"));
  EXPECT_THAT(page, HasSubstr("value=\"&quot;&gt;&lt;b&gt;\""));
  EXPECT_THAT(page, HasSubstr("/run/experiments/20261121T085116Z/suite.html"));
  EXPECT_THAT(page, HasSubstr("/download/refdb-raft-register/20261121T085102Z-3"));
}

TEST(StorePages, CompareTwoRuns) {
  const std::string page = store_compare_page(stored("valid", 100), stored("invalid", 50));
  EXPECT_THAT(page, HasSubstr("0.500"));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

TEST(StorePages, DrawTrendsPerTest) {
  const std::string page = store_trends_page({stored("valid", 100), stored("invalid", 50)});
  EXPECT_THAT(page, HasSubstr("refdb-raft-register on sim"));
  EXPECT_THAT(page, HasSubstr("class=\"point invalid\""));
  EXPECT_THAT(store_trends_page({}), HasSubstr("No run has figures yet."));
}

}  // namespace
}  // namespace assay::reports
