// A folder that is gone when the object is: for tests that need real files. Each has a name of its own, so tests, and
// whole test runs, may stand beside each other.
//
// Thread safety: none. Errors: throws HarnessError when it can't be made or a file can't be read or written.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "harness/core/error.h"

namespace assay {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "assay-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw HarnessError("can't make a temporary folder " + pattern);
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }

  // Writes the file, and answers its path.
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream file(path(name), std::ios::binary);
    if (!(file << content).flush()) throw HarnessError("can't write " + path(name));
    return path(name);
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    if (!file) throw HarnessError("can't read " + path(name));
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

 private:
  std::string path_;
};

}  // namespace assay
