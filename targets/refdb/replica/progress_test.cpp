#include "targets/refdb/replica/progress.h"

#include <gtest/gtest.h>

namespace assay::refdb {
namespace {

TEST(Progress, IsThePositionOfEachNodeThatAnswers) {
  const ReplicationSample sample =
      progress_of(7, {NodeProgress{12, {{"elections_won", 3}}}, std::nullopt, NodeProgress{9, {}}});
  EXPECT_EQ(sample.at, 7);
  EXPECT_EQ(sample.positions, (std::vector<std::int64_t>{12, -1, 9}));
  EXPECT_EQ(sample.pending, std::nullopt);
}

TEST(Progress, WithHintsIsWhatWaits) {
  const ReplicationSample sample = progress_of(
      7, {NodeProgress{0, {{"hints_kept", 3}}}, std::nullopt, NodeProgress{0, {{"hints_kept", 2}}}});
  EXPECT_EQ(sample.positions, (std::vector<std::int64_t>{-1, -1, -1}));
  EXPECT_EQ(sample.pending, 5);
}

}  // namespace
}  // namespace assay::refdb
