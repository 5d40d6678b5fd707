// What reviewers would otherwise have to say again and again: words that break determinism, files and functions that are
// too long, headers without an opening comment.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/sources.h"

namespace assay::project {
namespace {

constexpr std::size_t kFileLinesMax = 500;
constexpr std::size_t kFunctionLinesMax = 70;

std::string without_comment(const std::string& line) { return line.substr(0, line.find("//")); }

TEST(Style, RandomnessAndTimeComeFromTheirOwners) {
  // Word, and the files that own it.
  const std::map<std::string, std::set<std::string>> owners = {
      {"random_device", {}},
      {"std::shuffle", {}},
      {"uniform_int_distribution", {}},
      {"uniform_real_distribution", {}},
      {"mt19937", {}},
      {"system_clock", {}},
      {"sleep_for", {}},
      {"<regex>", {}},
  };
  for (const SourceFile& file : source_files()) {
    if (file.path == "tests/style_test.cpp") continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for (const auto& [word, allowed] : owners) {
        if (allowed.contains(file.path)) continue;
        EXPECT_EQ(without_comment(file.lines[i]).find(word), std::string::npos)
            << file.path << ":" << i + 1 << " uses " << word;
      }
    }
  }
}

TEST(Style, FilesAreOneConcept) {
  for (const SourceFile& file : source_files()) {
    EXPECT_LE(file.lines.size(), kFileLinesMax) << file.path << " is too long";
  }
}

TEST(Style, FunctionsFitAScreen) {
  // clang-format puts the closing brace of a function at the column of its first line: measure from a line that ends in
  // "{" and is no namespace or type to the "}" at the same column.
  for (const SourceFile& file : source_files()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string line = without_comment(file.lines[i]);
      if (!line.ends_with("{") && !line.ends_with("{ ")) continue;
      if (line.find(')') == std::string::npos) continue;
      const std::size_t indent = line.find_first_not_of(' ');
      if (indent == std::string::npos || line.find("namespace") != std::string::npos) continue;
      const std::string closing = std::string(indent, ' ') + "}";
      std::size_t end = i + 1;
      while (end < file.lines.size() && !file.lines[end].starts_with(closing)) ++end;
      EXPECT_LE(end - i + 1, kFunctionLinesMax + 1) << file.path << ":" << i + 1 << " is too long a function";
    }
  }
}

TEST(Style, HeadersOpenWithWhatTheyAre) {
  for (const SourceFile& file : source_files()) {
    if (!file.path.ends_with(".h")) continue;
    ASSERT_FALSE(file.lines.empty()) << file.path;
    EXPECT_TRUE(file.lines[0].starts_with("// ")) << file.path << " does not open with a comment";
    const bool once = std::find(file.lines.begin(), file.lines.end(), "#pragma once") != file.lines.end();
    EXPECT_TRUE(once) << file.path << " has no #pragma once";
  }
}

TEST(Style, NothingIsLeftForLater) {
  const std::string words[] = {std::string("TO") + "DO", std::string("FIX") + "ME", std::string("X") + "XX"};
  for (const SourceFile& file : source_files()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for (const std::string& word : words) {
        EXPECT_EQ(file.lines[i].find(word), std::string::npos) << file.path << ":" << i + 1;
      }
    }
  }
}

}  // namespace
}  // namespace assay::project
