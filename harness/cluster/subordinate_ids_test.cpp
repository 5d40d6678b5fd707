#include "harness/cluster/subordinate_ids.h"

#include <gtest/gtest.h>

namespace assay::cluster {
namespace {

TEST(SubordinateIds, TheFirstLargeEnoughRangeOfTheUser) {
  const char* text =
      "# nobody writes comments "
      "there\nann:100000:65536\nbob:165536:1000\nbob:300000:65535\nbob:400000:65536\n";
  EXPECT_EQ(subordinate_ids(text, "ann", 1000), (IdRange{100'000, 65'536}));
  EXPECT_EQ(subordinate_ids(text, "bob", 1001), (IdRange{300'000, 65'535})) << "1,000 are too few";
  EXPECT_EQ(subordinate_ids(text, "eve", 1002), std::nullopt);
  EXPECT_EQ(subordinate_ids(text, "an", 1002), std::nullopt);
  EXPECT_EQ(subordinate_ids("1002:200000:65536", "eve", 1002), (IdRange{200'000, 65'536}));
  EXPECT_EQ(subordinate_ids("", "eve", 1002), std::nullopt);
  EXPECT_EQ(subordinate_ids("eve:1:\neve::65536\neve:65536\neve:x:65536\neve:1:65536x", "eve", 1002),
            std::nullopt);
}

TEST(SubordinateIds, TheNextFreeOneIsAboveAll) {
  EXPECT_EQ(first_free_subordinate_id(""), 100'000u);
  EXPECT_EQ(first_free_subordinate_id("ann:100000:65536\nbob:10:5\n"), 165'536u);
}

}  // namespace
}  // namespace assay::cluster
