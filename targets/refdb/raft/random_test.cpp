// Many seeds with all faults: Raft's invariants hold at every step, clients see a linearizable store, and after
// the faults end it serves again.
#include <gtest/gtest.h>

#include "targets/refdb/raft/testing/nemesis.h"
#include "targets/refdb/raft/testing/simulation.h"

namespace assay::refdb::raft::testing {
namespace {

// All agree in the end, on the state and on who decides.
void expect_agreement(const Simulation& simulation) {
  for (PeerId id = 1; id < simulation.options().nodes; ++id) {
    EXPECT_EQ(simulation.replica(id).state_machine().digest(), simulation.replica(0).state_machine().digest())
        << "node " << id << ", seed " << simulation.options().seed;
    EXPECT_EQ(simulation.replica(id).raft().voters(), simulation.replica(0).raft().voters());
    EXPECT_EQ(simulation.replica(id).status().counters[6].second, 0) << "committed entries in danger";
  }
}

class Random : public ::testing::TestWithParam<const char*> {};

TEST_P(Random, FaultsBreakNothing) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SimulationOptions options;
    options.seed = seed * 7919;
    options.reads = GetParam();
    options.drop_per_mille = seed % 2 == 0 ? 20 : 0;
    options.duplicate_per_mille = seed % 3 == 0 ? 20 : 0;
    options.drift_ppm = 20'000;
    options.log_entries_kept = seed % 4 == 0 ? 5'000 : 100;
    options.nodes = seed % 5 == 0 ? 3 : 5;
    Simulation simulation(options);
    Nemesis(simulation, {true, true, true, true, true}).run(25 * kSecond, 8 * kSecond);
    ASSERT_EQ(simulation.broken_invariant(), "") << "seed " << options.seed;
    const std::size_t before = simulation.count(Outcome::ok);
    EXPECT_GT(before, 100u) << "seed " << options.seed;
    simulation.run_for(2 * kSecond);
    EXPECT_GT(simulation.count(Outcome::ok), before + 100) << "no progress, seed " << options.seed;
    ASSERT_EQ(find_violation(simulation.history()), "") << "seed " << options.seed;
    simulation.stop_clients();
    simulation.run_for(3 * kSecond);
    expect_agreement(simulation);
  }
}

// Members come and go, leaders hand over and builds change, together with all else.
TEST_P(Random, OperatorsBreakNothing) {
  int orders_taken = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SimulationOptions options;
    options.seed = seed * 6007;
    options.reads = GetParam();
    options.drop_per_mille = seed % 2 == 0 ? 20 : 0;
    options.duplicate_per_mille = seed % 3 == 0 ? 20 : 0;
    options.drift_ppm = 20'000;
    options.log_entries_kept = seed % 2 == 0 ? 5'000 : 50;
    options.nodes = seed == 2 ? 4 : 5;
    Simulation simulation(options);
    Faults faults{.partition = true, .kill = true, .pause = true};
    faults.membership = faults.transfer = faults.upgrade = true;
    Nemesis nemesis(simulation, faults);
    nemesis.run(25 * kSecond, 8 * kSecond);
    orders_taken += nemesis.orders_taken();
    ASSERT_EQ(simulation.broken_invariant(), "") << "seed " << options.seed;
    const std::size_t before = simulation.count(Outcome::ok);
    EXPECT_GT(before, 100u) << "seed " << options.seed;
    simulation.run_for(2 * kSecond);
    EXPECT_GT(simulation.count(Outcome::ok), before + 100) << "no progress, seed " << options.seed;
    ASSERT_EQ(find_violation(simulation.history()), "") << "seed " << options.seed;
    simulation.stop_clients();
    simulation.run_for(3 * kSecond);
    expect_agreement(simulation);
  }
  EXPECT_GT(orders_taken, 20) << "nobody was operated";
}

INSTANTIATE_TEST_SUITE_P(Reads, Random, ::testing::Values("read-index", "lease"), [](const auto& parameter) {
  return std::string(parameter.param) == "lease" ? std::string("Lease") : std::string("ReadIndex");
});

}  // namespace
}  // namespace assay::refdb::raft::testing
