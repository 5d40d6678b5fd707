#include <gtest/gtest.h>

#include "targets/refdb/raft/testing/simulation.h"

namespace assay::refdb::raft::testing {
namespace {

TEST(Cluster, ElectsAndServes) {
  Simulation simulation({});
  simulation.run_for(5 * kSecond);
  ASSERT_EQ(simulation.broken_invariant(), "");
  ASSERT_TRUE(simulation.leader());
  EXPECT_GT(simulation.count(Outcome::ok), 500u);
  EXPECT_EQ(find_violation(simulation.history()), "");
}

}  // namespace
}  // namespace assay::refdb::raft::testing
