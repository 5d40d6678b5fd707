// What a person must read to trust a confirmed certificate is small: for each claim under 300 lines of code, blank lines
// and comments not counted. These are the file of the claim, the model that it replays on where there is one, every file of
// checkers/verify that these include with its implementation, and certificate.{h,cpp}, which call it. Of claims.h, where
// each claim has a line, no more than that line.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/sources.h"

namespace assay::project {
namespace {

constexpr std::size_t kLinesMax = 300;
const std::string kFolder = "checkers/verify/";
const std::string kInclude = "#include \"" + kFolder;

bool is_code(const std::string& line) {
  const auto first = line.find_first_not_of(' ');
  return first != std::string::npos && line.compare(first, 2, "//") != 0;
}

using Files = std::map<std::string, const SourceFile*>;

Files verifiers() {
  static const std::vector<SourceFile> kAll = source_files();
  Files found;
  for (const SourceFile& file : kAll) {
    if (file.path.starts_with(kFolder) && !file.path.ends_with("_test.cpp"))
      found[file.path.substr(kFolder.size())] = &file;
  }
  return found;
}

// The file and all that it includes here.
void gather(const Files& files, const std::string& name, std::set<std::string>& gathered) {
  if (name == "claims.h" || !files.contains(name) || !gathered.insert(name).second) return;
  for (const std::string& line : files.at(name)->lines) {
    if (!line.starts_with(kInclude)) continue;
    const std::string header = line.substr(kInclude.size(), line.rfind('"') - kInclude.size());
    gather(files, header, gathered);
    gather(files, header.substr(0, header.rfind('.')) + ".cpp", gathered);
  }
}

TEST(VerifySize, EachClaimIsReadInUnder300Lines) {
  const Files files = verifiers();
  const std::set<std::string> models = {"store.cpp",   "recent.cpp", "locks.cpp", "number.cpp",
                                        "members.cpp", "queues.cpp", "bag.cpp"};
  std::set<std::string> read_for_some = {"claims.h"};
  const auto check = [&](const std::string& claim, const std::string& model) {
    std::set<std::string> gathered;
    for (const std::string& name : {claim, model, std::string("certificate.cpp")})
      gather(files, name, gathered);
    std::size_t lines = 0;
    for (const std::string& name : gathered) {
      for (const std::string& line : files.at(name)->lines) lines += is_code(line) ? 1 : 0;
    }
    EXPECT_LT(lines, kLinesMax) << claim << " " << model;
    RecordProperty(claim.substr(0, claim.find('.')) + "_" + model.substr(0, model.find('.')),
                   static_cast<int>(lines));
    read_for_some.insert(gathered.begin(), gathered.end());
  };
  for (const auto& [name, file] : files) {
    bool confirms = false;
    for (const std::string& line : file->lines)
      confirms = confirms || line.starts_with("std::string refute_");
    if (!confirms || name == "certificate.cpp") continue;
    if (name == "orders.cpp") {
      for (const std::string& model : models) check(name, model);
    } else {
      check(name, "");
    }
  }
  for (const auto& [name, file] : files)
    EXPECT_TRUE(read_for_some.contains(name)) << name << " is of no claim";
  EXPECT_GT(read_for_some.size(), 30u);
}

}  // namespace
}  // namespace assay::project
