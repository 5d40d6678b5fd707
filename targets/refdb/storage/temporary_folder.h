// A folder that is gone when the object is: for tests that need real files.
//
// Thread safety: none. Errors: throws HarnessError when it can't be made.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "harness/core/error.h"

namespace assay::refdb {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "refdb-test-XXXXXX").string();
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

 private:
  std::string path_;
};

}  // namespace assay::refdb
