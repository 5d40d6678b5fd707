// docs/workloads.md speaks of every workload, of each of its options, and of its judges.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "workloads/registry.h"

namespace assay::project {
namespace {

// Rows of the table by the name that stands first in them.
std::map<std::string, std::string> rows() {
  std::ifstream file(ASSAY_SOURCE_DIR "/docs/workloads.md");
  std::map<std::string, std::string> found;
  for (std::string line; std::getline(file, line);) {
    const std::string mark = "| `";
    if (!line.starts_with(mark)) continue;
    found[line.substr(mark.size(), line.find('`', mark.size()) - mark.size())] = line;
  }
  return found;
}

TEST(WorkloadsDocument, HasARowForEveryWorkloadWithItsOptionsAndJudges) {
  const auto found = rows();
  for (const WorkloadPlugin* plugin : workloads::all_plugins()) {
    const auto row = found.find(std::string(plugin->name));
    ASSERT_NE(row, found.end()) << "docs/workloads.md has no row for " << plugin->name;
    for (const WorkloadOption& option : plugin->options) {
      const std::string words = "`" + std::string(option.name) + "` (" + std::string(option.usual) + ")";
      EXPECT_NE(row->second.find(words), std::string::npos) << plugin->name << " has the option " << words;
    }
    for (const CheckerSpec& judge : plugin->make({})->checkers()) {
      EXPECT_NE(row->second.find("`" + judge.name + "`"), std::string::npos)
          << plugin->name << " is judged by " << judge.name;
    }
  }
  EXPECT_EQ(found.size(), workloads::all_plugins().size()) << "docs/workloads.md has a row too many";
}

}  // namespace
}  // namespace assay::project
