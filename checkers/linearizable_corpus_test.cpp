// Histories that other projects recorded, with the verdicts that they publish.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "checkers/testing/corpus.h"
#include "checkers/testing/linearizable_fixture.h"

namespace assay::checkers {
namespace {

const std::string kCorpora = ASSAY_SOURCE_DIR "/../shared/corpora";

struct Entry {
  std::string source, file, verdict;
};

// The entries of INDEX.tsv from a source, below a folder.
std::vector<Entry> entries(const std::string& source, const std::string& folder) {
  std::vector<Entry> found;
  std::ifstream index(kCorpora + "/INDEX.tsv");
  for (std::string line; std::getline(index, line);) {
    std::istringstream fields(line);
    std::string format, model;
    Entry entry;
    std::getline(fields, entry.source, '\t');
    std::getline(fields, entry.file, '\t');
    std::getline(fields, format, '\t');
    std::getline(fields, model, '\t');
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

}  // namespace
}  // namespace assay::checkers
