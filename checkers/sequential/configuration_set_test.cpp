// Rows are met again if and only if they were met before.
#include "checkers/sequential/configuration_set.h"

#include <gtest/gtest.h>

#include <set>

#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

TEST(ConfigurationSet, KnowsRowsExactly) {
  Rng rng(1);
  for (const std::size_t width :
       {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{8}, std::size_t{37}}) {
    Limits limits(Budget{});
    ConfigurationSet rows(width, limits);
    std::set<std::vector<std::uint32_t>> known;
    std::vector<std::uint32_t> row(width, 0);
    int met = 0;
    for (int i = 0; i < 4'000; ++i) {
      for (std::size_t changes = rng.below(4); changes > 0; --changes) {
        const std::size_t place = rng.below(width);
        row[place] = static_cast<std::uint32_t>(rng.below(width < 4 ? 40 : 3));
        rows.set(place, row[place]);
      }
      const bool fresh = known.insert(row).second;
      met += fresh ? 0 : 1;
      ASSERT_EQ(rows.insert(), fresh) << width << ", " << i;
    }
    EXPECT_EQ(rows.size(), known.size());
    EXPECT_GT(met, 100) << width;
    EXPECT_GT(known.size(), 30u) << width;
  }
}

TEST(ConfigurationSet, ForgetsWhereMemoryIsSpent) {
  Budget budget;
  budget.memory_limit_bytes = 20'000;
  Limits limits(budget);
  ConfigurationSet rows(4, limits);
  for (std::uint32_t i = 1; i < 5'000; ++i) {
    rows.set(i % 4, i);
    EXPECT_TRUE(rows.insert());
  }
  EXPECT_TRUE(limits.spent());
  EXPECT_LE(limits.peak_bytes(), 20'000u);
}

}  // namespace
}  // namespace assay::checkers
