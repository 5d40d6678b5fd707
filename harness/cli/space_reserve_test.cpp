#include "harness/cli/space_reserve.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "harness/core/testing/temporary_folder.h"

namespace assay::cli {
namespace {

TEST(SpaceReserve, IsTakenAndGivenBack) {
  const TemporaryFolder folder;
  const std::filesystem::path file = std::filesystem::path(folder.path()) / kReserveName;
  {
    SpaceReserve reserve(folder.path());
    EXPECT_GE(std::filesystem::file_size(file), 1'000'000u);
    reserve.release();
    EXPECT_FALSE(std::filesystem::exists(file));
    reserve.release();
  }
  { const SpaceReserve reserve(folder.path()); }
  EXPECT_FALSE(std::filesystem::exists(file));
  const SpaceReserve none("/nonexistent");
}

}  // namespace
}  // namespace assay::cli
