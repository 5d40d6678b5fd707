// Histories of other tools through `assay check`: formats, exit codes, and the verdicts that their projects publish.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "harness/cli/application.h"
#include "harness/cli/checker_choice.h"
#include "harness/cli/plugins.h"
#include "harness/core/error.h"
#include "harness/core/testing/temporary_folder.h"
#include "harness/formats/history_file.h"

namespace assay::cli {
namespace {

const std::string kCorpora = ASSAY_SOURCE_DIR "/../shared/corpora";

// The exit code of `assay check` on a file with this content.
int check(const std::string& content, std::vector<std::string> options = {}) {
  const TemporaryFolder folder;
  const std::string path = folder.write("history", content);
  std::vector<std::string> arguments = {"assay", "check", path};
  arguments.insert(arguments.end(), options.begin(), options.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return run_application(static_cast<int>(argv.size()), argv.data());
}

TEST(CheckCommand, ReadsEveryFormat) {
  const std::string valid =
      "[{:process 0, :type :invoke, :f :read} {:process 0, :type :ok, :f :read, :value 0}]";
  EXPECT_EQ(check(valid, {"--initial", "0"}), kExitValid);
  EXPECT_EQ(check(valid), kExitInvalid);
  EXPECT_EQ(
      check(R"([{"process":0,"type":"invoke","f":"read"},{"process":0,"type":"ok","f":"read","value":0}])"),
      kExitInvalid);
  EXPECT_EQ(check("INFO  jepsen.util - 0 :invoke :read nil\nINFO  jepsen.util - 0 :ok :read nil\n"),
            kExitValid);
}

TEST(CheckCommand, RefusesWhatItCannotRead) {
  const std::string valid =
      "{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :f :read, :value nil}";
  EXPECT_EQ(check(valid), kExitValid);
  EXPECT_EQ(check(valid, {"--format", "edn"}), kExitValid);
  EXPECT_EQ(check(valid, {"--format", "jsonl"}), kExitBadInput);
  EXPECT_EQ(check(valid, {"--format", "elle-json"}), kExitBadInput);
  EXPECT_EQ(check(valid, {"--format", "xml"}), kExitBadInput);
  EXPECT_EQ(check(valid + "\n}"), kExitBadInput);
}

// Every word of a text.
std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// elle-cli's own test script, line by line: run_test 1 "--model list-append histories/elle/paper-example.json". Ours takes
// the same arguments and exits with 1 where the script expects an anomaly, with 0 where it expects none.
TEST(CheckCommandCorpora, ReplacesElleCliInItsOwnScript) {
  // What we see in these histories and elle-cli does not, and why.
  const std::map<std::string, int> kDiffer = {
      {"elle/rw-register.edn", kExitInvalid},  // a value is read that nobody wrote
  };
  std::ifstream index(kCorpora + "/INDEX.tsv");
  if (!index) GTEST_SKIP() << "no corpora at " << kCorpora;
  int compared = 0;
  for (std::string line; std::getline(index, line);) {
    const std::string mark = "test.sh: run_test ";
    const std::size_t found = line.find(mark);
    if (found == std::string::npos) continue;
    const int expected = line[found + mark.size()] - '0';
    const std::size_t begin = line.find('"', found) + 1;
    std::vector<std::string> arguments = {"assay", "check"};
    std::string file;
    for (std::string word : words_of(line.substr(begin, line.rfind('"') - begin))) {
      if (word.starts_with("histories/")) {
        file = word.substr(std::string("histories/").size());
        word = kCorpora + "/elle-cli/" + file;
      }
      arguments.push_back(word);
    }
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    const int code = run_application(static_cast<int>(argv.size()), argv.data());
    const auto differs = kDiffer.find(file);
    EXPECT_EQ(code, differs == kDiffer.end() ? expected : differs->second) << line;
    ++compared;
  }
  EXPECT_EQ(compared, 11);
}

struct Entry {
  std::string file;
  std::string verdict;  // what stands there, which may go on after the word
};

// The files of the index from a source, below a folder. Empty without the corpora.
std::vector<Entry> entries_of(const std::string& source, const std::string& folder) {
  std::vector<Entry> entries;
  std::ifstream index(kCorpora + "/INDEX.tsv");
  for (std::string line; std::getline(index, line);) {
    std::istringstream fields(line);
    std::string its_source, format, model;
    Entry entry;
    std::getline(fields, its_source, '\t');
    std::getline(fields, entry.file, '\t');
    std::getline(fields, format, '\t');
    std::getline(fields, model, '\t');
    std::getline(fields, entry.verdict, '\t');
    if (its_source == source && entry.file.starts_with(folder)) entries.push_back(entry);
  }
  return entries;
}

bool has_corpora() { return std::filesystem::exists(kCorpora); }

History history_of(const std::string& source, const Entry& entry) {
  return formats::read_history(kCorpora + "/" + source + "/" + entry.file).history;
}

// Every file of a source, below a folder, gets the verdict that stands there.
void expect_agreement(const std::string& source, const std::string& folder, const CheckerOptions& options) {
  if (!has_corpora()) GTEST_SKIP() << "no corpora at " << kCorpora;
  const std::vector<Entry> entries = entries_of(source, folder);
  EXPECT_FALSE(entries.empty());
  for (const Entry& entry : entries) {
    const CheckResult result = run_checker({"linearizable", options}, history_of(source, entry), Budget());
    EXPECT_EQ(verdict_name(result.verdict), entry.verdict) << entry.file << ": " << result.reason;
  }
}

// The checker follows from the history.
TEST(CheckCommandCorpora, Limo) {
  if (!has_corpora()) GTEST_SKIP() << "no corpora at " << kCorpora;
  int compared = 0;
  for (const Entry& entry : entries_of("limo", "")) {
    if (entry.verdict.starts_with("unknown")) continue;
    const History history = history_of("limo", entry);
    const CheckerChoice choice = choose_checkers({}, shape_of(history));
    ASSERT_EQ(choice.chosen.size(), 1u) << entry.file;
    const CheckResult result = choice.chosen[0].checker->check(history, Budget());
    EXPECT_TRUE(entry.verdict.starts_with(verdict_name(result.verdict)))
        << entry.file << ": " << entry.verdict << ", not " << result.reason;
    ++compared;
  }
  EXPECT_GE(compared, 150);
}

TEST(CheckCommandCorpora, Awdit) {
  if (!has_corpora()) GTEST_SKIP() << "no corpora at " << kCorpora;
  const std::vector<Entry> entries = entries_of("awdit", "");
  EXPECT_EQ(entries.size(), 12u);
  for (const Entry& entry : entries) {
    const History history = history_of("awdit", entry);
    bool satisfied = true;  // until the strongest level that stands there
    for (const char* const level : {"read-committed", "read-atomic", "causal"}) {
      const Verdict verdict = run_checker({level, {}}, history, Budget()).verdict;
      EXPECT_EQ(verdict, satisfied ? Verdict::valid : Verdict::invalid) << entry.file << " under " << level;
      if (entry.verdict.ends_with(std::string(": ") + level)) satisfied = false;
    }
  }
}

TEST(CheckCommandCorpora, PolySi) {
  if (!has_corpora()) GTEST_SKIP() << "no corpora at " << kCorpora;
  const std::vector<Entry> entries = entries_of("polysi", "");
  EXPECT_EQ(entries.size(), 12u);
  for (const Entry& entry : entries) {
    const CheckResult result = run_checker({"snapshot-isolation", {}}, history_of("polysi", entry), Budget());
    EXPECT_TRUE(entry.verdict.starts_with(verdict_name(result.verdict)))
        << entry.file << ": " << result.reason;
  }
}

TEST(CheckCommandCorpora, Knossos) { expect_agreement("knossos", "cas-register/", {{"initial", "0"}}); }

TEST(CheckCommandCorpora, KnossosTransactions) {
  expect_agreement("knossos", "multi-register/", {{"model", "kv"}, {"initial", "0"}});
}

TEST(CheckCommandCorpora, PorcupineEtcd) { expect_agreement("porcupine", "jepsen/", {}); }

TEST(CheckCommandCorpora, PorcupineStore) { expect_agreement("porcupine", "kv/", {{"model", "kv"}}); }

}  // namespace
}  // namespace assay::cli
