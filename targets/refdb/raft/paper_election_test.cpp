// The rules of Raft's sections 5.1 and 5.2, and of the thesis' 9.6, 4.2.3 and 6.2, one by one.
#include <gtest/gtest.h>

#include "targets/refdb/raft/testing/one_node.h"

namespace assay::refdb::raft {
namespace {

using testing::kLong;
using testing::OneNode;

// 5.1: "If a server receives a request with a stale term number, it rejects the request."
TEST(Paper51, StaleRequestsAreRejected) {
  OneNode node({}, 5);
  node.step(node.append(4, 0, 0, {4}));
  const auto answers = node.sent(MessageKind::append_answer);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers[0].refused);
  EXPECT_EQ(answers[0].term, 5u);
  EXPECT_EQ(node.raft.log().last_index(), 0u);
}

TEST(Paper51, TheBugNoTermCheckAcceptsThem) {
  OneNode node({}, 5, 3, "read-index", {"no-term-check"});
  node.step(node.append(4, 0, 0, {4}));
  EXPECT_EQ(node.raft.log().last_index(), 1u);
}

// 5.1: "If a candidate or leader discovers that its term is out of date, it immediately reverts to follower state."
TEST(Paper51, ALeaderOfAnOldTermStepsDown) {
  OneNode node;
  node.lead();
  node.step(node.from(2, MessageKind::append_answer, node.raft.term() + 1));
  EXPECT_EQ(node.raft.role(), Role::follower);
}

// 5.2: "If a follower receives no communication over a period of time called the election timeout ..."
// 9.6: it asks first, without a new term.
TEST(Paper52, AFollowerThatHearsNothingAsksForPreVotes) {
  OneNode node;
  node.time_out();
  EXPECT_EQ(node.raft.role(), Role::pre_candidate);
  EXPECT_EQ(node.raft.term(), 0u);
  const auto requests = node.sent(MessageKind::pre_vote_request);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].term, 1u);
}

TEST(Paper52, AMajorityOfPreVotesStartsTheElectionAndOfVotesWinsIt) {
  OneNode node;
  node.time_out();
  node.sent();
  node.step(node.from(1, MessageKind::pre_vote_answer, 1));
  EXPECT_EQ(node.raft.role(), Role::candidate);
  EXPECT_EQ(node.raft.term(), 1u);
  EXPECT_EQ(node.sent(MessageKind::vote_request).size(), 2u);
  node.step(node.from(2, MessageKind::vote_answer, 1));
  EXPECT_EQ(node.raft.role(), Role::leader);
}

// Figure 2: "Updated on stable storage before responding to RPCs".
TEST(Paper52, VotesGoOutOnlyAfterTheyArePersisted) {
  OneNode node;
  node.now = kLong;
  node.step(node.vote_request(1, 3, 0, 0));
  Ready ready = node.raft.take_ready();
  EXPECT_TRUE(ready.messages.empty());
  ASSERT_TRUE(ready.hard_state && ready.must_sync);
  EXPECT_EQ(ready.hard_state->vote, PeerId{1});
  node.raft.persisted(ready.batch, node.clock());
  ready = node.raft.take_ready();
  ASSERT_EQ(ready.messages.size(), 1u);
  EXPECT_FALSE(ready.messages[0].refused);
}

TEST(Paper52, TheBugVoteNotPersistedWritesNothing) {
  OneNode node({}, 0, 3, "read-index", {"vote-not-persisted"});
  node.now = kLong;
  node.step(node.vote_request(1, 3, 0, 0));
  const Ready ready = node.raft.take_ready();
  EXPECT_FALSE(ready.hard_state || ready.must_sync);
  EXPECT_EQ(ready.messages.size(), 1u);
}

// 5.2: "Each server will vote for at most one candidate in a given term."
TEST(Paper52, OneVoteATerm) {
  OneNode node({}, 0, 5);
  node.now = kLong;
  node.step(node.vote_request(1, 3, 0, 0));
  node.step(node.vote_request(2, 3, 0, 0));
  node.step(node.vote_request(1, 3, 0, 0));
  const auto answers = node.sent(MessageKind::vote_answer);
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_FALSE(answers[0].refused);
  EXPECT_TRUE(answers[1].refused);
  EXPECT_FALSE(answers[2].refused);
}

// 5.2: a candidate that hears from a leader of its term "returns to follower state".
TEST(Paper52, ACandidateFollowsALeaderOfItsTerm) {
  OneNode node;
  node.time_out();
  node.sent();
  node.step(node.from(1, MessageKind::pre_vote_answer, 1));
  node.step(node.append(1, 0, 0, {}));
  EXPECT_EQ(node.raft.role(), Role::follower);
  EXPECT_EQ(node.raft.leader(), PeerId{1});
}

// Thesis 4.2.3: "if a server receives a RequestVote request within the minimum election timeout of hearing from a
// current leader, it does not update its term or grant its vote".
TEST(Thesis423, ANodeThatHearsFromALeaderIgnoresCandidates) {
  OneNode node;
  node.now = kLong;
  node.step(node.append(1, 0, 0, {}));
  node.now += 100'000'000;
  node.step(node.vote_request(2, 9, 5, 5));
  EXPECT_EQ(node.raft.term(), 1u);
  node.step(node.vote_request(2, 9, 5, 5, MessageKind::pre_vote_request));
  node.now += 300'000'000;
  node.step(node.vote_request(2, 9, 5, 5));
  EXPECT_EQ(node.raft.term(), 9u);
}

// The promise holds over a restart, since nobody knows when it was given.
TEST(Thesis423, ANodeThatJustStartedIgnoresCandidates) {
  OneNode node;
  node.now = 100'000'000;
  node.step(node.vote_request(1, 3, 0, 0));
  EXPECT_EQ(node.raft.term(), 0u);
}

// Thesis 6.2: a leader steps down when an election timeout passes without a heartbeat round to a majority.
TEST(Thesis62, ALeaderThatHearsFromNobodyStepsDown) {
  OneNode node;
  node.lead();
  node.sent();
  node.time_out();
  EXPECT_EQ(node.raft.role(), Role::follower);
}

}  // namespace
}  // namespace assay::refdb::raft
