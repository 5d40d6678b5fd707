// A few megabytes of the store, taken when a run begins and given back when its reports are written: a run that filled the disk
// still has a report that says so.
//
// Thread safety: none. Errors: none; where there is no room for it from the beginning, nothing is kept.
#pragma once

#include <string>

namespace assay::cli {

// What a killed run leaves of it, in its folder.
inline constexpr const char* kReserveName = ".reserve";

class SpaceReserve {
 public:
  explicit SpaceReserve(const std::string& folder);
  ~SpaceReserve() { release(); }
  SpaceReserve(const SpaceReserve&) = delete;
  SpaceReserve& operator=(const SpaceReserve&) = delete;
  // Idempotent.
  void release();

 private:
  std::string path_;
};

}  // namespace assay::cli
