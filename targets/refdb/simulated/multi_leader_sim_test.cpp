// Mode multi-leader in the simulated world under every fault: whatever happens, nodes that were healed come to show the same,
// and counters have every acknowledged increment.
#include <gtest/gtest.h>

#include "targets/refdb/simulated/testing/sessions.h"

namespace assay::refdb {
namespace {

std::uint64_t add_in(const char* topology, std::uint64_t seed) {
  return add_under_faults(
      make_sim_target("multi-leader", seed, 4, {{"resolver", "crdt"}, {"topology", topology}}), seed);
}

TEST(MultiLeaderSim, ConvergesAfterAllFaultsInEveryTopology) {
  for (const char* topology : {"all-to-all", "ring", "star"}) {
    SCOPED_TRACE(topology);
    for (std::uint64_t seed = 1; seed <= 5; ++seed) add_in(topology, seed);
  }
}

TEST(MultiLeaderSim, OneSeedGivesOneRun) {
  EXPECT_EQ(add_in("all-to-all", 7), add_in("all-to-all", 7));
  EXPECT_NE(add_in("ring", 7), add_in("ring", 8));
}

}  // namespace
}  // namespace assay::refdb
