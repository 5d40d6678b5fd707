#include "targets/refdb/replica/counters.h"

#include <gtest/gtest.h>

namespace assay::refdb {
namespace {

TEST(CounterSum, SumsByNameInOrderOfAppearance) {
  CounterSum sum;
  sum.add({{"elections", 2}, {"snapshots", 0}});
  sum.add({{"garbage", 5}, {"elections", 3}});
  sum.add("messages", 7);
  EXPECT_EQ(sum.facts(), (Facts{{"elections", 5}, {"snapshots", 0}, {"garbage", 5}, {"messages", 7}}));
  EXPECT_TRUE(CounterSum().facts().empty());
}

}  // namespace
}  // namespace assay::refdb
