#include "harness/cluster/program_place.h"

namespace assay::cluster {

const std::filesystem::path& program_path() {
  static const std::filesystem::path path = [] {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error);
  }();
  return path;
}

}  // namespace assay::cluster
