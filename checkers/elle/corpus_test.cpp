// Recorded histories of Elle and elle-cli, with the verdicts of their projects.
#include <gtest/gtest.h>

#include <filesystem>

#include "checkers/testing/fixture.h"
#include "checkers/testing/txn_corpus.h"
#include "checkers/testing/txn_fixture.h"

namespace assay::checkers::testing {
namespace {

std::string corpus(const std::string& name) {
  return std::string(ASSAY_SOURCE_DIR) + "/../shared/corpora/" + name;
}

#define REQUIRE_CORPUS(path) \
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no corpus at " << (path)

void expect_invalid(const std::string& checker, const std::string& name, const std::string& models,
                    const std::string& anomaly) {
  const std::string path = corpus(name);
  REQUIRE_CORPUS(path);
  const History history = read_transactions(path);
  ASSERT_FALSE(history.empty());
  const CheckResult result = check_with(checker, history, {{"models", models}});
  EXPECT_EQ(result.verdict, Verdict::invalid) << result.reason;
  EXPECT_NE((" " + anomalies_of(result) + " ").find(" " + anomaly + " "), std::string::npos)
      << anomalies_of(result) << "; " << result.reason;
  EXPECT_EQ(confirm_transactions(checker, history, result, {{"models", models}}), "");
}

// Elle's search for cycles times out in its component of ten thousand transactions.
TEST(ElleCorpus, HugeComponent) {
  expect_invalid("list-append", "elle/huge-scc.edn", "strong-snapshot-isolation", "G-single-realtime");
}

TEST(ElleCorpus, PaperExample) {
  expect_invalid("list-append", "elle-cli/elle/paper-example.json", "strict-serializable", "G2-item");
}

TEST(ElleCorpus, ListAppendIssue30) {
  expect_invalid("list-append", "elle-cli/elle/list-append-gh-30.edn", "serializable", "G2-item");
}

// Elle accepts it, although it reads a value that nobody wrote.
TEST(ElleCorpus, ReadOfNobodysWrite) {
  expect_invalid("rw-register", "elle-cli/elle/rw-register.edn", "strict-serializable", "thin-air-read");
}

}  // namespace
}  // namespace assay::checkers::testing
