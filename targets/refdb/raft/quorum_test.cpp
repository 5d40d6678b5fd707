#include "targets/refdb/raft/quorum.h"

#include <gtest/gtest.h>

#include "harness/core/rng.h"

namespace assay::refdb::raft {
namespace {

// The dumb way: try every number.
std::uint64_t reached_by_counting(const std::vector<PeerId>& voters,
                                  const std::vector<std::uint64_t>& reached) {
  std::uint64_t best = 0;
  for (const std::uint64_t candidate : reached) {
    std::size_t count = 0;
    for (const PeerId voter : voters) count += reached[voter] >= candidate ? 1 : 0;
    if (2 * count > voters.size()) best = std::max(best, candidate);
  }
  return best;
}

std::vector<PeerId> random_voters(Rng& rng) {
  std::vector<PeerId> voters;
  for (PeerId id = 0; id < 7; ++id) {
    if (rng.chance(1, 2)) voters.push_back(id);
  }
  return voters;
}

TEST(Quorum, AgreesWithCounting) {
  Rng rng(1);
  for (int i = 0; i < 5'000; ++i) {
    std::vector<PeerId> incoming = random_voters(rng);
    const std::vector<PeerId> outgoing = random_voters(rng);
    if (incoming.empty()) incoming = {3};
    std::vector<std::uint64_t> reached(7);
    for (auto& number : reached) number = rng.below(6);
    std::uint64_t expected = reached_by_counting(incoming, reached);
    if (!outgoing.empty()) expected = std::min(expected, reached_by_counting(outgoing, reached));
    EXPECT_EQ(Quorum(incoming, outgoing).reached_by_quorum(reached), expected);
  }
}

TEST(Quorum, VotesAreWonOrLostAsSoonAsTheyAreDecided) {
  const Quorum quorum({0, 1, 2, 3});
  std::vector<std::optional<bool>> votes(4);
  EXPECT_EQ(quorum.tally(votes), Quorum::Vote::pending);
  votes = {true, true, std::nullopt, std::nullopt};
  EXPECT_EQ(quorum.tally(votes), Quorum::Vote::pending);
  votes = {true, true, true, std::nullopt};
  EXPECT_EQ(quorum.tally(votes), Quorum::Vote::won);
  votes = {false, false, std::nullopt, std::nullopt};
  EXPECT_EQ(quorum.tally(votes), Quorum::Vote::lost);
}

TEST(Quorum, BothSidesOfAJointConfigurationDecide) {
  const Quorum joint({0, 1, 2}, {2, 3, 4});
  EXPECT_EQ(joint.voters(), (std::vector<PeerId>{0, 1, 2, 3, 4}));
  EXPECT_EQ(joint.tally({true, true, true, std::nullopt, std::nullopt}), Quorum::Vote::pending);
  EXPECT_EQ(joint.tally({true, true, true, true, std::nullopt}), Quorum::Vote::won);
  EXPECT_EQ(joint.tally({true, true, true, false, false}), Quorum::Vote::lost);
}

}  // namespace
}  // namespace assay::refdb::raft
