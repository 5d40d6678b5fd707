// Recorded histories with known verdicts (../shared/corpora), as the product reads and judges them: every
// file of the index that the table below names gets the verdict that stands there.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "checkers/registry.h"
#include "harness/formats/history_file.h"

namespace assay::project {
namespace {

const std::string kCorpora = ASSAY_SOURCE_DIR "/../shared/corpora";

struct Judge {
  const char* source;
  const char* folder;  // how the file's path begins
  const char* model;   // the column of the index; empty: any
  CheckerSpec checker;
};

const std::vector<Judge>& judges() {
  static const std::vector<Judge> table = {
      {"elle-cli", "jepsen/", "bank", {"bank", {}}},
      {"elle-cli", "jepsen/", "counter", {"counter", {}}},
      {"elle-cli", "jepsen/", "set", {"set", {}}},
      {"elle-cli", "jepsen/", "set-full", {"set-full", {}}},
      {"elle-cli", "knossos/mutex/", "mutex", {"lock", {}}},
      {"elle-cli", "knossos/cas-register/", "cas-register", {"linearizable", {{"initial", "0"}}}},
      {"knossos", "cas-register/", "", {"linearizable", {{"initial", "0"}}}},
      {"knossos", "multi-register/", "", {"linearizable", {{"model", "kv"}, {"initial", "0"}}}},
  };
  return table;
}

// "valid" or "invalid"; empty when the index does not know.
std::string expected_verdict(const std::string& column) {
  if (column.starts_with("valid")) return "valid";
  if (column.starts_with("invalid")) return "invalid";
  // The exit code that elle-cli's own tests expect.
  if (column.find("run_test 0 ") != std::string::npos) return "valid";
  if (column.find("run_test 1 ") != std::string::npos) return "invalid";
  return {};
}

CheckResult run(const CheckerSpec& spec, const History& history) {
  for (const CheckerPlugin* plugin : checkers::all_plugins()) {
    if (plugin->name != spec.name) continue;
    std::string error;
    const auto checker = plugin->make(spec.options, error);
    if (checker != nullptr) return checker->check(history, Budget());
    ADD_FAILURE() << error;
  }
  ADD_FAILURE() << "no checker " << spec.name;
  return {};
}

TEST(Corpora, EveryFileGetsItsVerdict) {
  std::ifstream index(kCorpora + "/INDEX.tsv");
  if (!index) GTEST_SKIP() << "no corpora at " << kCorpora;
  std::vector<int> files(judges().size(), 0);
  for (std::string line; std::getline(index, line);) {
    std::istringstream fields(line);
    std::string source, file, format, model, verdict;
    for (std::string* const field : {&source, &file, &format, &model, &verdict})
      std::getline(fields, *field, '\t');
    for (std::size_t i = 0; i < judges().size(); ++i) {
      const Judge& judge = judges()[i];
      const bool its_model = judge.model[0] == '\0' || model == judge.model;
      if (source != judge.source || !file.starts_with(judge.folder) || !its_model) continue;
      const std::string expected = expected_verdict(verdict);
      if (expected.empty()) continue;
      ++files[i];
      const formats::HistoryFile read = formats::read_history(kCorpora + "/" + source + "/" + file);
      const CheckResult result = run(judge.checker, read.history);
      EXPECT_EQ(verdict_name(result.verdict), expected)
          << file << " (" << judge.checker.name << "): " << result.reason;
    }
  }
  for (std::size_t i = 0; i < files.size(); ++i)
    EXPECT_GT(files[i], 0) << judges()[i].source << " " << judges()[i].folder;
}

}  // namespace
}  // namespace assay::project
