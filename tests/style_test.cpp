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
constexpr std::size_t kTestLinesMax = 100;  // a test may hold a table

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
      {"testing::TempDir", {}},  // one folder for all: tests run beside each other (TemporaryFolder)
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

// A body begins here, not a list of values or a type.
bool opens_function(const std::string& line) {
  const auto end = line.find_last_not_of(" {");
  if (!line.ends_with("{") || end == std::string::npos) return false;
  const std::string before = line.substr(0, end + 1);
  return before.ends_with(")") || before.ends_with(") const") || before.ends_with(") override") ||
         before.ends_with("const override") || before.ends_with("noexcept");
}

// The line on which the declaration begins whose last line is `last`.
std::size_t first_line_of(const std::vector<std::string>& lines, std::size_t last) {
  while (last > 0) {
    const std::string before = without_comment(lines[last - 1]);
    const auto end = before.find_last_not_of(' ');
    if (end == std::string::npos || before[0] == '#') break;
    const bool label = before[end] == ':' && before.find('(') == std::string::npos;
    if (label || std::string(";{}").find(before[end]) != std::string::npos) break;
    --last;
  }
  return last;
}

TEST(Style, FunctionsFitAScreen) {
  // clang-format puts the closing brace of a function at the column of its first line: measure from a line that ends in
  // "{" and is no namespace or type to the "}" at the same column.
  for (const SourceFile& file : source_files()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string line = without_comment(file.lines[i]);
      if (!opens_function(line)) continue;
      const std::string& first = file.lines[first_line_of(file.lines, i)];
      const std::size_t indent = first.find_first_not_of(' ');
      const bool type = first.starts_with("class ") || first.starts_with("struct ");
      // Deeper bodies are lambdas and blocks of a function that is measured itself.
      if (indent == std::string::npos || indent > 2 || type || first.find("return") != std::string::npos ||
          line.find("namespace") != std::string::npos) {
        continue;
      }
      const std::string closing = std::string(indent, ' ') + "}";
      std::size_t end = i + 1;
      while (end < file.lines.size() && !file.lines[end].starts_with(closing)) ++end;
      const std::size_t most = file.path.ends_with("_test.cpp") ? kTestLinesMax : kFunctionLinesMax;
      EXPECT_LE(end - i + 1, most + 1) << file.path << ":" << i + 1 << " is too long a function";
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

TEST(Style, AnImplementationIncludesItsHeaderFirst) {
  const std::vector<SourceFile> files = source_files();
  std::set<std::string> paths;
  for (const SourceFile& file : files) paths.insert(file.path);
  for (const SourceFile& file : files) {
    if (!file.path.ends_with(".cpp")) continue;
    const std::string header = file.path.substr(0, file.path.size() - 4) + ".h";
    if (!paths.contains(header)) continue;
    const auto first = std::find_if(file.lines.begin(), file.lines.end(),
                                    [](const std::string& line) { return line.starts_with("#include"); });
    ASSERT_NE(first, file.lines.end()) << file.path;
    EXPECT_EQ(*first, "#include \"" + header + "\"") << file.path << " must include its header first";
  }
}

TEST(Style, NothingIsLeftForLater) {
  const std::string words[] = {std::string("TO") + "DO", std::string("FIX") + "ME"};
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
