// Recorded histories of real databases, with the verdicts of those who recorded them.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "checkers/testing/fixture.h"
#include "checkers/testing/session_corpus.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers::testing {
namespace {

namespace fs = std::filesystem;

const CheckerOptions kSessions = {{"initial", "0"}, {"order", "session"}, {"certificate", "yes"}};

fs::path corpus() { return fs::path(ASSAY_SOURCE_DIR) / "../shared/corpora/polysi"; }

TEST(IsolationCorpus, PostgresHistoriesAreSnapshotIsolated) {
  if (!fs::exists(corpus())) GTEST_SKIP() << "the corpora are not here";
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(corpus() / "fig7")) {
    if (entry.path().filename() != "history.bincode") continue;
    ++files;
    const History history = read_dbcop_history(entry.path());
    ASSERT_GT(history.size(), 100u) << entry.path();
    const CheckResult result = check_with("snapshot-isolation", history, kSessions);
    EXPECT_EQ(result.verdict, Verdict::valid) << entry.path() << ": " << result.reason;
    ASSERT_TRUE(result.certificate.has_value());
    EXPECT_EQ(refute_certificate(history, *result.certificate), "") << entry.path();
  }
  EXPECT_GE(files, 10);
}

TEST(IsolationCorpus, ReportedViolationsAreFound) {
  if (!fs::exists(corpus())) GTEST_SKIP() << "the corpora are not here";
  const History histories[] = {read_dbcop_history(corpus() / "violations/dgraph/history.bincode"),
                               read_plume_history(corpus() / "violations/galera/galera.txt")};
  for (const History& history : histories) {
    ASSERT_FALSE(history.empty());
    for (const char* order : {"session", "none"}) {
      const CheckResult result =
          check_with("snapshot-isolation", history, {{"initial", "0"}, {"order", order}});
      ASSERT_EQ(result.verdict, Verdict::invalid) << order << ": " << result.reason;
      const Finding& finding = result.findings.front();
      std::string steps;
      for (const std::string& step : finding.steps) steps += "\n" + step;
      RecordProperty("anomaly", finding.anomaly);
      EXPECT_LE(finding.witness.size(), 8u) << steps;
      if (std::getenv("ASSAY_SHOW") != nullptr)
        std::printf("%s %s%s\n", order, finding.anomaly.c_str(), steps.c_str());
    }
  }
}

}  // namespace
}  // namespace assay::checkers::testing
