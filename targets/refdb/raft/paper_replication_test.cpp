// The rules of Raft's sections 5.3, 5.4 and 7, and of the thesis' 10.2 and 6.4, one by one.
#include <gtest/gtest.h>

#include "targets/refdb/raft/testing/one_node.h"

namespace assay::refdb::raft {
namespace {

using testing::kHeartbeat;
using testing::kLong;
using testing::OneNode;

std::vector<Term> terms_of(const Log& log) {
  std::vector<Term> terms;
  for (Index index = log.first_index(); index <= log.last_index(); ++index)
    terms.push_back(log.at(index).term);
  return terms;
}

// 5.3: "If the follower does not find an entry in its log with the same index and term, then it refuses the new
// entries", and the hint skips a term at a time.
TEST(Paper53, AnAppendThatDoesNotFitIsRefusedWithAHint) {
  OneNode node({1, 1, 3, 3, 3}, 3);
  node.step(node.append(5, 5, 2, {5}));
  const auto answers = node.sent(MessageKind::append_answer);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers[0].refused);
  EXPECT_EQ(answers[0].hint_index, 2u);
  EXPECT_EQ(answers[0].log_term, 1u);
}

// Figure 2: "If an existing entry conflicts with a new one, delete the existing entry and all that follow it."
TEST(Paper53, ConflictingEntriesAreReplaced) {
  OneNode node({1, 1, 3, 3}, 3);
  node.step(node.append(5, 2, 1, {4}));
  EXPECT_EQ(terms_of(node.raft.log()), (std::vector<Term>{1, 1, 4}));
  node.sent();
  EXPECT_EQ(node.last.remove_from, 4u);
  EXPECT_EQ(node.last.remove_to, 4u);
}

// ... and only then: an old append must not undo a newer one.
TEST(Paper53, AnOlderAppendRemovesNothing) {
  OneNode node;
  node.step(node.append(1, 0, 0, {1, 1, 1}));
  node.step(node.append(1, 0, 0, {1}));
  EXPECT_EQ(node.raft.log().last_index(), 3u);
}

TEST(Paper53, TheBugTruncateCommittedRemovesIt) {
  OneNode node({}, 0, 3, "read-index", {"truncate-committed"});
  node.step(node.append(1, 0, 0, {1, 1, 1}));
  node.step(node.append(1, 0, 0, {1}));
  EXPECT_EQ(node.raft.log().last_index(), 1u);
}

TEST(Paper53, AppendsAreAcknowledgedOnlyAfterTheyArePersisted) {
  OneNode node({}, 1);
  node.step(node.append(1, 0, 0, {1}));
  const Ready ready = node.raft.take_ready();
  EXPECT_TRUE(ready.messages.empty());
  EXPECT_TRUE(ready.must_sync);
  node.raft.persisted(ready.batch, node.clock());
  EXPECT_EQ(node.raft.take_ready().messages.size(), 1u);
}

TEST(Paper53, TheBugAckBeforeFsyncAsksForNoSync) {
  OneNode node({}, 1, 3, "read-index", {"ack-before-fsync"});
  node.step(node.append(1, 0, 0, {1}));
  EXPECT_FALSE(node.raft.take_ready().must_sync);
}

// Figure 2: "If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry)."
TEST(Paper53, AFollowerCommitsNoMoreThanTheAppendVouchesFor) {
  OneNode node({1, 1, 1}, 1);
  node.step(node.append(2, 0, 0, {1}, 3));
  EXPECT_EQ(node.raft.commit_index(), 1u);
}

TEST(Paper53, ALeaderBacksUpToTheHintAndThenReplicates) {
  OneNode node({1, 1, 2, 2}, 2);
  node.lead();
  node.sent();
  Message refusal = node.from(1, MessageKind::append_answer, node.raft.term());
  refusal.refused = true;
  refusal.index = 4;
  refusal.hint_index = 3;
  refusal.log_term = 1;
  node.step(refusal);
  const auto appends = node.sent(MessageKind::append);
  ASSERT_EQ(appends.size(), 1u);
  EXPECT_EQ(appends[0].index, 2u);
  EXPECT_EQ(appends[0].entries.size(), 3u);
}

// Thesis 10.2: pipelining; several appends under way, and none waits for the leader's own disk.
TEST(Thesis102, AppendsArePipelined) {
  OneNode node;
  node.lead();
  node.sent();
  node.step(node.matched(1, 1));
  node.raft.take_ready();
  node.raft.propose("a", node.clock());
  const Ready first = node.raft.take_ready();
  node.raft.propose("b", node.clock());
  const Ready second = node.raft.take_ready();
  ASSERT_EQ(first.messages.size(), 1u);
  ASSERT_EQ(second.messages.size(), 1u);
  EXPECT_EQ(second.messages[0].index, 2u);
}

TEST(Thesis102, ALeaderCountsItselfOnlyAfterItsOwnDisk) {
  OneNode node;
  node.lead();
  node.sent();
  node.step(node.matched(1, 1));
  node.sent();
  ASSERT_EQ(node.raft.commit_index(), 1u);
  node.raft.propose("a", node.clock());
  const Ready ready = node.raft.take_ready();
  node.step(node.matched(1, 2));
  node.raft.take_ready();
  EXPECT_EQ(node.raft.commit_index(), 1u);
  node.raft.persisted(ready.batch, node.clock());
  EXPECT_EQ(node.raft.commit_index(), 2u);
}

// 5.4.1: "the voter denies its vote if its own log is more up-to-date than that of the candidate".
TEST(Paper541, VotesAndPreVotesGoToUpToDateLogsOnly) {
  for (const MessageKind kind : {MessageKind::vote_request, MessageKind::pre_vote_request}) {
    OneNode node({1, 2, 2}, 2);
    node.now = kLong;
    node.step(node.vote_request(1, 5, 2, 2, kind));
    node.step(node.vote_request(2, 6, 3, 2, kind));
    const auto answers = node.sent();
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_TRUE(answers[0].refused);
    EXPECT_FALSE(answers[1].refused);
  }
}

// 5.4.2: "Raft never commits log entries from previous terms by counting replicas."
TEST(Paper542, OnlyEntriesOfTheOwnTermAreCommittedByCounting) {
  OneNode node({1, 1}, 1);
  node.lead();
  node.sent();
  node.step(node.matched(1, 2));
  node.sent();
  EXPECT_EQ(node.raft.commit_index(), 0u);
  node.step(node.matched(1, 3));
  node.sent();
  EXPECT_EQ(node.raft.commit_index(), 3u);
  EXPECT_EQ(node.committed.size(), 3u);
}

TEST(Paper542, TheBugCommitOlderTermCountsThem) {
  OneNode node({1, 1}, 1, 3, "read-index", {"commit-older-term"});
  node.lead();
  node.sent();
  node.step(node.matched(1, 2));
  node.sent();
  EXPECT_EQ(node.raft.commit_index(), 2u);
}

// Thesis 6.4: a read waits for the first commit of the term and for a round of heartbeats sent after it came in.
TEST(Thesis64, AReadWaitsForTheTermAndForAQuorum) {
  OneNode node;
  node.lead();
  node.raft.read(7, node.clock());
  node.sent();
  EXPECT_TRUE(node.reads.empty());
  node.step(node.matched(1, 1));
  const auto heartbeats = node.sent(MessageKind::heartbeat);
  ASSERT_EQ(heartbeats.size(), 2u);
  EXPECT_TRUE(node.reads.empty());
  Message answer = node.from(1, MessageKind::heartbeat_answer, node.raft.term());
  answer.round = heartbeats[0].round - 1;
  node.step(answer);
  node.sent();
  EXPECT_TRUE(node.reads.empty()) << "an answer to an earlier round proves nothing";
  answer.round = heartbeats[0].round;
  node.step(answer);
  node.sent();
  ASSERT_EQ(node.reads.size(), 1u);
  EXPECT_TRUE(node.reads[0].allowed);
}

TEST(Thesis64, AReadIsRefusedWhenLeadershipEnds) {
  OneNode node;
  node.lead();
  node.raft.read(7, node.clock());
  node.step(node.append(node.raft.term() + 1, 0, 0, {}));
  node.sent();
  ASSERT_EQ(node.reads.size(), 1u);
  EXPECT_FALSE(node.reads[0].allowed);
}

TEST(Thesis64, TheBugStaleReadsAnswersAtOnce) {
  OneNode node({}, 0, 3, "read-index", {"stale-reads"});
  node.lead();
  node.raft.read(7, node.clock());
  node.sent();
  ASSERT_EQ(node.reads.size(), 1u);
  EXPECT_TRUE(node.reads[0].allowed);
}

// Thesis 6.4.1: the lease counts from when the round was sent, and ends early by what clocks may differ.
bool lease_answers(std::int64_t later, std::int64_t wall_jump, std::vector<std::string> bugs) {
  OneNode node({}, 0, 3, "lease", std::move(bugs));
  node.lead();
  node.sent();
  node.step(node.matched(1, 1));
  node.sent();
  node.now += kHeartbeat;
  node.raft.tick(node.clock());
  const auto heartbeats = node.sent(MessageKind::heartbeat);
  Message answer = node.from(1, MessageKind::heartbeat_answer, node.raft.term());
  answer.round = heartbeats.at(0).round;
  const std::int64_t round_sent = node.now;
  node.now += 10'000'000;  // answers take their time
  node.step(answer);
  node.now = round_sent + later;
  node.raft.read(7, {node.now, node.now + wall_jump});
  return !node.raft.take_ready().reads.empty();
}

TEST(Thesis641, TheLeaseEndsOneShortenedElectionTimeoutAfterTheRoundWasSent) {
  EXPECT_TRUE(lease_answers(284'000'000, 0, {}));
  EXPECT_FALSE(lease_answers(286'000'000, 0, {}));
}

TEST(Thesis641, TheWallClockDoesNotMatter) {
  EXPECT_FALSE(lease_answers(286'000'000, -kLong, {}));
  EXPECT_TRUE(lease_answers(284'000'000, kLong, {}));
  EXPECT_TRUE(lease_answers(310'000'000, -kLong, {"lease-ignores-skew"}));
}

// 7: the leader sends a snapshot when it "has already discarded the next log entry that it needs to send".
TEST(Paper7, AFollowerFarBehindGetsASnapshotInChunks) {
  OneNode node({1, 1, 1, 1}, 1);
  node.lead();
  node.sent();
  node.step(node.matched(1, 5));
  node.sent();
  node.raft.compact(5);
  Message refusal = node.from(2, MessageKind::append_answer, node.raft.term());
  refusal.refused = true;
  refusal.index = 4;
  node.step(refusal);
  node.sent();
  ASSERT_TRUE(node.raft.wants_snapshot());
  node.raft.offer_snapshot(5, std::string(300 * 1024, 's'));
  auto chunks = node.raft.take_messages();
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_FALSE(chunks[0].last_chunk);
  Message answer = node.from(2, MessageKind::snapshot_answer, node.raft.term());
  answer.index = 5;
  answer.offset = chunks[0].chunk.size();
  node.step(answer);
  chunks = node.raft.take_messages();
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_TRUE(chunks[0].last_chunk);
  node.step(node.matched(2, 5));
  node.raft.propose("next", node.clock());
  EXPECT_EQ(node.sent(MessageKind::append).back().index, 5u);
}

// Raft rests on voters that don't forget: what one acknowledged is not sent to it again. When the log no longer reaches back to
// there, it gets the snapshot, as anybody does who is that far behind.
TEST(Paper7, AVoterThatLostItsDataIsHelpedWhenTheLogIsCompacted) {
  OneNode node;
  node.lead();
  for (int i = 0; i < 5; ++i) node.raft.propose("x", node.clock());
  node.sent();
  for (const PeerId peer : {1, 2}) node.step(node.matched(peer, 6));
  node.sent();
  ASSERT_EQ(node.raft.commit_index(), 6u);
  // Node 1 comes back with nothing and refuses whatever doesn't begin at the beginning.
  const auto beat = [&](bool later) {
    if (later) node.now += kHeartbeat;
    node.raft.tick(node.clock());
    std::vector<Message> to_1 = node.sent();
    std::erase_if(to_1, [](const Message& message) { return message.to != 1; });
    for (const Message& message : std::vector<Message>(to_1)) {
      Message answer = node.from(1, MessageKind::heartbeat_answer, node.raft.term());
      answer.round = message.round;
      if (message.kind == MessageKind::append) {
        answer.kind = MessageKind::append_answer;
        answer.refused = true;
        answer.index = message.index;
      }
      if (message.kind == MessageKind::heartbeat || message.kind == MessageKind::append) node.step(answer);
    }
    return to_1;
  };
  node.raft.propose("y", node.clock());
  for (int round = 0; round < 20; ++round) {
    for (const Message& message : beat(true)) {
      if (message.kind == MessageKind::append) {
        EXPECT_GE(message.index, 6u);
      }
    }
    node.step(node.matched(2, 7));
  }
  EXPECT_FALSE(node.raft.wants_snapshot());
  ASSERT_EQ(node.raft.commit_index(), 7u);
  node.raft.compact(7);
  beat(true);
  beat(false);
  ASSERT_TRUE(node.raft.wants_snapshot());
  node.raft.offer_snapshot(7, "all of it");
  const auto chunks = node.sent(MessageKind::snapshot);
  ASSERT_EQ(chunks.size(), 1u);
  EXPECT_EQ(chunks[0].to, 1);
}

TEST(Paper7, ASnapshotReplacesALogThatDoesNotHaveItsLastEntry) {
  OneNode node({1, 1}, 1);
  Message chunk = node.from(1, MessageKind::snapshot, 3);
  chunk.index = 9;
  chunk.log_term = 3;
  chunk.chunk = "half";
  node.step(chunk);
  EXPECT_EQ(node.raft.received_snapshot(), nullptr);
  chunk.offset = 4;
  chunk.chunk = "whole";
  chunk.last_chunk = true;
  node.step(chunk);
  ASSERT_NE(node.raft.received_snapshot(), nullptr);
  EXPECT_EQ(*node.raft.received_snapshot()->bytes, "halfwhole");
  node.raft.received_snapshot_done(true);
  const auto answers = node.sent(MessageKind::append_answer);
  EXPECT_EQ(node.raft.log().last_index(), 9u);
  EXPECT_EQ(node.raft.commit_index(), 9u);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].index, 9u);
}

}  // namespace
}  // namespace assay::refdb::raft
