// The project's own source files, for the tests that look at them.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace assay::project {

struct SourceFile {
  std::string path;  // from the root of the repository, with forward slashes
  std::vector<std::string> lines;
};

// Every .h and .cpp below the source folders, in order of path.
inline std::vector<SourceFile> source_files() {
  namespace fs = std::filesystem;
  const fs::path root = ASSAY_SOURCE_DIR;
  std::vector<fs::path> paths;
  for (const char* folder :
       {"harness", "checkers", "workloads", "nemesis", "targets", "trials", "reports", "bench", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (entry.is_regular_file() && (extension == ".h" || extension == ".cpp"))
        paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<SourceFile> files;
  for (const fs::path& path : paths) {
    SourceFile file{fs::relative(path, root).generic_string(), {}};
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) file.lines.push_back(line);
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace assay::project
