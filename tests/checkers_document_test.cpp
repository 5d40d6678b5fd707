// docs/checkers.md speaks of every checker and of every mutation.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "checkers/mutate/mutation.h"
#include "checkers/registry.h"

namespace assay::project {
namespace {

// The names that stand first in a row of a table of the document.
std::set<std::string> rows() {
  std::ifstream file(ASSAY_SOURCE_DIR "/docs/checkers.md");
  std::set<std::string> names;
  for (std::string line; std::getline(file, line);) {
    const std::string mark = "| `";
    if (!line.starts_with(mark)) continue;
    names.insert(line.substr(mark.size(), line.find('`', mark.size()) - mark.size()));
  }
  return names;
}

TEST(CheckersDocument, HasARowForEveryChecker) {
  const std::set<std::string> names = rows();
  for (const CheckerPlugin* plugin : checkers::all_plugins()) {
    EXPECT_TRUE(names.contains(std::string(plugin->name)))
        << "docs/checkers.md has no row for " << plugin->name;
  }
}

TEST(CheckersDocument, HasARowForEveryMutation) {
  const std::set<std::string> names = rows();
  for (const checkers::Mutator::Kind& kind : checkers::Mutator::kinds()) {
    EXPECT_TRUE(names.contains(std::string(kind.name))) << "docs/checkers.md has no row for " << kind.name;
  }
}

}  // namespace
}  // namespace assay::project
