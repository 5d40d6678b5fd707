// Simulated worlds on several threads, as `assay explore` runs them: they share nothing, so each is what it is alone. Under
// ThreadSanitizer this also finds what only seems not to be shared.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>

#include "targets/refdb/simulated/testing/sessions.h"

namespace assay::refdb {
namespace {

std::uint64_t digest_after_faults(const std::string& mode, std::uint64_t seed) {
  SessionCluster cluster(make_sim_target(mode, seed, 3, {}), 2);
  Rng rng(seed);
  cluster.run_with_faults(3, rng);
  return cluster.target->event_digest();
}

class SideBySide : public testing::TestWithParam<const char*> {};

TEST_P(SideBySide, WorldsShareNothing) {
  std::array<std::uint64_t, 2> alone{}, together{};
  for (std::uint64_t i = 0; i < 2; ++i) alone[i] = digest_after_faults(GetParam(), 40 + i);
  std::array<std::thread, 2> threads;
  for (std::uint64_t i = 0; i < 2; ++i) {
    threads[i] = std::thread([&, i] { together[i] = digest_after_faults(GetParam(), 40 + i); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(alone, together);
  EXPECT_NE(alone[0], alone[1]);
}

INSTANTIATE_TEST_SUITE_P(Modes, SideBySide,
                         testing::Values("raft", "single-leader", "multi-leader", "leaderless"));

}  // namespace
}  // namespace assay::refdb
