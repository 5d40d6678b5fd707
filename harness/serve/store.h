// The runs under a store, and the way from an address to a file in it.
//
// Thread safety: none. Complexity: list() looks at every run folder and reads those results.json that changed.
// Errors: what can't be read is a run without a verdict; nothing throws.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/stored_run.h"

namespace assay::serve {

class Store {
 public:
  explicit Store(const std::string& folder) : folder_(folder) {}

  // Newest first.
  std::vector<StoredRun> list();
  // Pages of suites, as paths relative to the store, newest first.
  std::vector<std::string> suites() const;

  // The file or folder that a relative path names, when it exists and lies in the store even after every symbolic link was
  // followed.
  std::optional<std::filesystem::path> resolve(const std::string& relative) const;

 private:
  struct Known {
    std::filesystem::file_time_type written;
    StoredRun run;
  };
  StoredRun read(const std::filesystem::path& folder, const std::string& relative);

  std::filesystem::path folder_;
  std::map<std::string, Known> known_;
};

// Those that a reader asked for, in the order that was asked for.
std::vector<StoredRun> filtered(std::vector<StoredRun> runs, const RunFilter& filter);

}  // namespace assay::serve
