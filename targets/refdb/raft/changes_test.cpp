// Membership changes and leadership transfer, one node fed by hand: thesis 3.10 and 4.
#include <gtest/gtest.h>

#include <set>

#include "targets/refdb/raft/testing/one_node.h"

namespace assay::refdb::raft::testing {
namespace {

// Node 0 leads term 1 of so many, and the others have all of its log.
OneNode leading(PeerId size = 5, const std::string& reads = "read-index",
                std::vector<std::string> bugs = {}) {
  OneNode node({}, 0, size, reads, std::move(bugs));
  node.raft_peers_needed = static_cast<PeerId>(size / 2);
  node.lead();
  node.sent();
  for (PeerId peer = 1; peer < size; ++peer) node.step(node.matched(peer, 1));
  node.sent();
  return node;
}

TEST(Membership, ALeaderChangesNothingBeforeItsTermIsCommitted) {
  OneNode node({}, 0, 5);
  node.raft_peers_needed = 2;
  node.lead();
  node.sent();
  EXPECT_EQ(node.raft.change_member(4, false, node.clock()), "nothing of this term is committed yet");
  for (PeerId peer = 1; peer < 5; ++peer) node.step(node.matched(peer, 1));
  node.sent();
  EXPECT_EQ(node.raft.change_member(4, false, node.clock()), "");
  OneNode hasty({}, 0, 5, "read-index", {"changes-overlap"});
  hasty.raft_peers_needed = 2;
  hasty.lead();
  EXPECT_EQ(hasty.raft.change_member(4, false, hasty.clock()), "") << "the seeded bug";
}

TEST(Membership, OneChangeAfterTheOther) {
  OneNode node = leading();
  EXPECT_EQ(node.raft.change_member(4, false, node.clock()), "");
  EXPECT_EQ(node.raft.voters(), (Voters{0, 1, 2, 3})) << "in force before it is committed";
  EXPECT_EQ(node.raft.change_member(4, false, node.clock()), "") << "it is done already";
  EXPECT_EQ(node.raft.change_member(3, false, node.clock()), "another change is under way");
  node.sent();
  node.step(node.matched(1, 2));
  node.sent();
  EXPECT_EQ(node.raft.commit_index(), 1u) << "two of four are no majority";
  node.step(node.matched(2, 2));
  node.sent();
  EXPECT_EQ(node.raft.commit_index(), 2u);
  EXPECT_EQ(node.raft.change_member(3, false, node.clock()), "");
}

TEST(Membership, WhoIsRemovedIsToldButDoesNotCount) {
  OneNode node = leading(3);
  node.raft.change_member(2, false, node.clock());
  std::set<PeerId> told;
  for (const Message& message : node.sent(MessageKind::append)) told.insert(message.to);
  EXPECT_EQ(told, (std::set<PeerId>{1, 2}));
  node.step(node.matched(2, 2));
  node.sent();
  EXPECT_EQ(node.raft.commit_index(), 1u);
  node.step(node.matched(1, 2));
  node.sent();
  EXPECT_EQ(node.raft.commit_index(), 2u);
}

TEST(Membership, ANodeThatLacksTheLogIsNotAdded) {
  OneNode node = leading(3);
  node.raft.change_member(2, false, node.clock());
  node.sent();
  node.step(node.matched(1, 2));
  node.sent();
  EXPECT_EQ(node.raft.change_member(2, true, node.clock()), "the node has not caught up yet");
  // It lost everything, says so, and is given the log from its beginning.
  Message refused = node.from(2, MessageKind::append_answer, 1);
  refused.refused = true;
  refused.index = 1;
  node.step(refused);
  const auto sent = node.sent(MessageKind::append);
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent.back().to, 2);
  EXPECT_EQ(sent.back().index, 0u);
  node.step(node.matched(2, 2));
  node.sent();
  EXPECT_EQ(node.raft.change_member(2, true, node.clock()), "");
  EXPECT_EQ(node.raft.voters(), (Voters{0, 1, 2}));
}

TEST(Membership, WhoDoesNotDecideDoesNotStand) {
  OneNode node({}, 0, 3);
  Message append = node.append(1, 0, 0, {1});
  append.entries[0].kind = EntryKind::configuration;
  append.entries[0].data = std::make_shared<const std::string>(encode_voters({1, 2}));
  node.step(append);
  node.sent();
  EXPECT_EQ(node.raft.voters(), (Voters{1, 2}));
  node.time_out();
  EXPECT_TRUE(node.sent(MessageKind::pre_vote_request).empty());
  EXPECT_EQ(node.raft.role(), Role::follower);
  // Another leader never had that entry.
  node.step(node.append(2, 0, 0, {2}));
  EXPECT_EQ(node.raft.voters(), (Voters{0, 1, 2}));
  node.sent();
  node.time_out();
  EXPECT_FALSE(node.sent(MessageKind::pre_vote_request).empty());
}

TEST(Membership, ALeaderThatIsRemovedLeavesOnceThatIsCommitted) {
  OneNode node = leading(3);
  EXPECT_EQ(node.raft.change_member(0, false, node.clock()), "");
  node.sent();
  node.step(node.matched(1, 2));
  node.sent();
  EXPECT_EQ(node.raft.role(), Role::leader) << "its own copy does not count";
  node.step(node.matched(2, 2));
  const auto asked = node.sent(MessageKind::timeout_now);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].to, 1);
  EXPECT_EQ(node.raft.role(), Role::follower);
  EXPECT_EQ(node.raft.commit_index(), 2u);
}

TEST(Membership, NonsenseFromTheNetworkIsDropped) {
  OneNode node({}, 0, 3);
  Message append = node.append(1, 0, 0, {1});
  append.entries[0].kind = EntryKind::configuration;
  append.entries[0].data = std::make_shared<const std::string>(encode_voters({1, 7}));
  node.step(append);
  EXPECT_EQ(node.raft.log().last_index(), 0u);
  Message snapshot = node.from(1, MessageKind::snapshot, 1);
  snapshot.voters = {9};
  snapshot.index = 5;
  snapshot.last_chunk = true;
  node.step(snapshot);
  EXPECT_EQ(node.raft.received_snapshot(), nullptr);
  EXPECT_EQ(node.raft.counters().dropped.nonsense, 2);
}

TEST(Membership, OutlivesCompactionSnapshotsAndRestarts) {
  OneNode node({}, 0, 3);
  Message snapshot = node.from(1, MessageKind::snapshot, 1);
  snapshot.voters = {0, 1};
  snapshot.index = 5;
  snapshot.log_term = 1;
  snapshot.last_chunk = true;
  node.step(snapshot);
  ASSERT_NE(node.raft.received_snapshot(), nullptr);
  node.raft.received_snapshot_done(true);
  node.sent();
  EXPECT_EQ(node.raft.voters(), (Voters{0, 1}));
  EXPECT_EQ(node.last.compacted_voters, (Voters{0, 1}));
  StoredState stored;
  stored.compacted_index = 5;
  stored.compacted_term = 1;
  stored.voters = encode_voters(node.last.compacted_voters);
  const Raft again(OneNode::config(3, "read-index", {}), stored, 5, {});
  EXPECT_EQ(again.voters(), (Voters{0, 1}));
}

TEST(Transfer, WaitsUntilTheOtherHasEverythingAndProposesNothingNew) {
  OneNode node = leading(3);
  ASSERT_TRUE(node.raft.propose("x", node.clock()).has_value());
  EXPECT_EQ(node.raft.transfer(1, node.clock()), "");
  EXPECT_EQ(node.raft.transferee(), 1);
  EXPECT_EQ(node.raft.propose("y", node.clock()), std::nullopt);
  EXPECT_TRUE(node.sent(MessageKind::timeout_now).empty());
  node.step(node.matched(1, 2));
  const auto asked = node.sent(MessageKind::timeout_now);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].to, 1);
  EXPECT_TRUE(node.sent(MessageKind::timeout_now).empty()) << "once";
}

TEST(Transfer, IsGivenUpWhenNobodyTakesOver) {
  OneNode node = leading(3);
  node.raft.transfer(1, node.clock());
  node.sent();
  for (int i = 0; i < 12; ++i) {
    node.now += kHeartbeat;
    node.raft.tick(node.clock());
    for (const Message& beat : node.sent(MessageKind::heartbeat)) {
      Message answer = node.from(beat.to, MessageKind::heartbeat_answer, 1);
      answer.round = beat.round;
      answer.index = 1;
      node.step(answer);
    }
  }
  EXPECT_EQ(node.raft.transferee(), std::nullopt);
  EXPECT_TRUE(node.raft.propose("y", node.clock()).has_value());
}

// Rounds for reads take the place of regular heartbeats, so that none is ever due; time for the transfer runs out all the same.
TEST(Transfer, IsGivenUpInTimeHoweverManyReadsThereAre) {
  OneNode node = leading(3);
  node.raft.transfer(1, node.clock());
  node.sent();
  for (std::uint64_t read = 1; read <= 100 && node.raft.transferee(); ++read) {
    node.now += kHeartbeat / 6;
    // As a driver does.
    if (node.now >= node.raft.next_deadline()) node.raft.tick(node.clock());
    node.raft.read(read, node.clock());
    for (const Message& beat : node.sent(MessageKind::heartbeat)) {
      Message answer = node.from(beat.to, MessageKind::heartbeat_answer, 1);
      answer.round = beat.round;
      answer.index = 1;
      node.step(answer);
    }
  }
  EXPECT_EQ(node.raft.role(), Role::leader);
  EXPECT_EQ(node.raft.transferee(), std::nullopt);
}

TEST(Transfer, RefusesWhatCanNotBe) {
  OneNode node = leading(3);
  EXPECT_EQ(node.raft.transfer(0, node.clock()), "") << "it leads already";
  EXPECT_EQ(node.raft.transferee(), std::nullopt);
  EXPECT_EQ(node.raft.transfer(1, node.clock()), "");
  EXPECT_EQ(node.raft.transfer(2, node.clock()), "it is handing over to another node");
  EXPECT_EQ(node.raft.change_member(2, false, node.clock()), "it is handing over");
  OneNode follower;
  EXPECT_EQ(follower.raft.transfer(1, follower.clock()), "this node does not lead");
  OneNode smaller = leading(3);
  smaller.raft.change_member(2, false, smaller.clock());
  EXPECT_EQ(smaller.raft.transfer(2, smaller.clock()), "the node is no member");
}

TEST(Transfer, WhoIsAskedIsElectedThoughThereIsALeader) {
  OneNode asked({1}, 1);
  Message heartbeat = asked.from(1, MessageKind::heartbeat, 1);
  asked.step(heartbeat);
  asked.step(asked.from(2, MessageKind::timeout_now, 1));
  EXPECT_EQ(asked.raft.role(), Role::follower) << "only the leader may ask";
  asked.step(asked.from(1, MessageKind::timeout_now, 1));
  EXPECT_EQ(asked.raft.role(), Role::candidate);
  const auto requests = asked.sent(MessageKind::vote_request);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_TRUE(requests[0].asked_by_leader);

  OneNode voter({1}, 1);
  voter.step(heartbeat);
  Message request = voter.vote_request(2, 2, 1, 1);
  voter.step(request);
  EXPECT_EQ(voter.raft.term(), 1u) << "sticks to its leader";
  request.asked_by_leader = true;
  voter.step(request);
  EXPECT_EQ(voter.raft.term(), 2u);
  const auto answers = voter.sent(MessageKind::vote_answer);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_FALSE(answers[0].refused);
}

// The one who was asked may be elected while this leader still counts on its lease.
TEST(Transfer, NoLeaseCountsOnceAnotherMayBeElected) {
  for (const bool bug : {false, true}) {
    OneNode node = leading(
        3, "lease", bug ? std::vector<std::string>{"transfer-keeps-lease"} : std::vector<std::string>{});
    node.now += kHeartbeat;
    node.raft.tick(node.clock());
    const auto beats = node.sent(MessageKind::heartbeat);
    Message answer = node.from(1, MessageKind::heartbeat_answer, 1);
    answer.round = beats.at(0).round;
    answer.index = 1;
    node.step(answer);
    node.raft.read(1, node.clock());
    node.sent();
    EXPECT_EQ(node.reads.size(), 1u) << "the lease holds";
    node.raft.transfer(1, node.clock());
    ASSERT_EQ(node.sent(MessageKind::timeout_now).size(), 1u);
    node.raft.read(2, node.clock());
    node.sent();
    EXPECT_EQ(node.reads.size(), bug ? 2u : 1u);
  }
}

}  // namespace
}  // namespace assay::refdb::raft::testing
