// Histories that other projects recorded, with the verdicts that they publish.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "checkers/testing/collection_corpus.h"
#include "checkers/testing/corpus.h"
#include "checkers/testing/linearizable_fixture.h"

namespace assay::checkers {
namespace {

const std::string kCorpora = ASSAY_SOURCE_DIR "/../shared/corpora";

struct Entry {
  std::string source, file, model, verdict;
};

// The entries of INDEX.tsv from a source, below a folder.
std::vector<Entry> entries(const std::string& source, const std::string& folder) {
  std::vector<Entry> found;
  std::ifstream index(kCorpora + "/INDEX.tsv");
  for (std::string line; std::getline(index, line);) {
    std::istringstream fields(line);
    std::string format;
    Entry entry;
    std::getline(fields, entry.source, '\t');
    std::getline(fields, entry.file, '\t');
    std::getline(fields, format, '\t');
    std::getline(fields, entry.model, '\t');
    std::getline(fields, entry.verdict, '\t');
    if (entry.source == source && entry.file.starts_with(folder)) found.push_back(entry);
  }
  return found;
}

template <typename Read>
void expect_agreement(const std::string& source, const std::string& folder, const CheckerOptions& options,
                      Read read) {
  if (!std::filesystem::exists(kCorpora + "/INDEX.tsv")) GTEST_SKIP() << "no corpora at " << kCorpora;
  const std::vector<Entry> all = entries(source, folder);
  ASSERT_FALSE(all.empty());
  for (const Entry& entry : all) {
    const History history = read(kCorpora + "/" + source + "/" + entry.file);
    ASSERT_GT(history.size(), 4u) << entry.file;
    const CheckResult result = testing::check(history, options);
    EXPECT_EQ(verdict_name(result.verdict), entry.verdict) << entry.file << ": " << result.reason;
    EXPECT_EQ(testing::confirm(history, result, options), "") << entry.file;
  }
}

TEST(LinearizableCorpus, Knossos) {
  expect_agreement("knossos", "cas-register/", {{"initial", "0"}},
                   [](const std::string& path) { return testing::read_register_history(path, true); });
}

TEST(LinearizableCorpus, KnossosTransactions) {
  expect_agreement("knossos", "multi-register/", {{"model", "kv"}, {"initial", "0"}},
                   [](const std::string& path) { return testing::read_transaction_history(path); });
}

TEST(LinearizableCorpus, PorcupineEtcd) {
  expect_agreement("porcupine", "jepsen/", {},
                   [](const std::string& path) { return testing::read_register_history(path, false); });
}

TEST(LinearizableCorpus, PorcupineStringStore) {
  expect_agreement("porcupine", "kv/", {{"model", "kv"}},
                   [](const std::string& path) { return testing::read_string_store_history(path); });
}

// LiMo's files, most with a verdict found by trying every order; those without one must be decided all the
// same.
TEST(LinearizableCorpus, LimoQueuesAndStacks) {
  if (!std::filesystem::exists(kCorpora + "/INDEX.tsv")) GTEST_SKIP() << "no corpora at " << kCorpora;
  const std::vector<Entry> all = entries("limo", "");
  ASSERT_GT(all.size(), 150u);
  std::size_t with_verdict = 0;
  for (const Entry& entry : all) {
    const History history = testing::read_limo_history(kCorpora + "/limo/" + entry.file);
    ASSERT_GT(history.size(), 2u) << entry.file;
    const bool queue = entry.model.starts_with("atomic-queue");
    const CheckerOptions options{{"model", queue ? "fifo-queue" : "stack"}};
    const CheckResult result = testing::check(history, options);
    EXPECT_NE(result.verdict, Verdict::unknown) << entry.file << ": " << result.reason;
    EXPECT_EQ(testing::confirm(history, result, options), "") << entry.file;
    if (entry.verdict.starts_with("unknown")) continue;
    ++with_verdict;
    EXPECT_TRUE(entry.verdict.starts_with(verdict_name(result.verdict)))
        << entry.file << ": " << verdict_name(result.verdict) << ", not " << entry.verdict << "\n"
        << (history.size() < 50 ? testing::to_text(history) : "");
  }
  EXPECT_GT(with_verdict, 150u);
}

TEST(LinearizableCorpus, KnossosMutex) {
  if (!std::filesystem::exists(kCorpora + "/INDEX.tsv")) GTEST_SKIP() << "no corpora at " << kCorpora;
  const History history = testing::read_lock_history(kCorpora + "/elle-cli/knossos/mutex/bad/etcd.json");
  ASSERT_GT(history.size(), 100u);
  for (const char* model : {"mutex", "fenced-mutex"}) {
    const CheckerOptions options{{"model", model}};
    const CheckResult result = testing::check(history, options);
    EXPECT_EQ(result.verdict, Verdict::invalid) << result.reason;
    EXPECT_EQ(testing::confirm(history, result, options), "");
  }
}

}  // namespace
}  // namespace assay::checkers
