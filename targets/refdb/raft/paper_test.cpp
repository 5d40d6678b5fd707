// The rules of Raft's figure 2, sections 5.1 to 5.4 and 7, and of the thesis' 6.4, 9.6 and 4.2.3, one by one, on a
// single node that is fed by hand. Node 0 of three or five.
#include <gtest/gtest.h>

#include "targets/refdb/raft/raft.h"

namespace assay::refdb::raft {
namespace {

constexpr std::int64_t kLong = 700'000'000;      // more than any election timeout
constexpr std::int64_t kHeartbeat = 60'000'000;  // a little more than one

class OneNode {
 public:
  explicit OneNode(std::vector<Term> log_terms = {}, Term term = 0, PeerId size = 3,
                   const std::string& read_mode = "read-index", std::vector<std::string> bugs = {})
      : raft(config(size, read_mode, std::move(bugs)), stored(log_terms, term), 0, {}) {}

  static ReplicaConfig config(PeerId size, const std::string& read_mode, std::vector<std::string> bugs) {
    ReplicaConfig config;
    config.cluster_size = size;
    config.reads = read_mode;
    config.bugs = std::move(bugs);
    return config;
  }
  static StoredState stored(const std::vector<Term>& terms, Term term) {
    StoredState state;
    state.hard_state.term = term;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      state.entries.push_back({i + 1, terms[i], EntryKind::empty, nullptr});
    }
    return state;
  }
  LocalTime clock() const { return {now, now}; }
  void step(Message message) { raft.step(std::move(message), clock()); }
  // Ready, persisted at once, and what that released.
  std::vector<Message> sent() {
    Ready ready = raft.take_ready();
    last = ready;
    raft.persisted(ready.batch, clock());
    std::vector<Message> messages = std::move(ready.messages);
    Ready after = raft.take_ready();
    raft.persisted(after.batch, clock());
    for (Message& message : after.messages) messages.push_back(std::move(message));
    committed.insert(committed.end(), last.committed.begin(), last.committed.end());
    committed.insert(committed.end(), after.committed.begin(), after.committed.end());
    reads.insert(reads.end(), last.reads.begin(), last.reads.end());
    reads.insert(reads.end(), after.reads.begin(), after.reads.end());
    return messages;
  }
  std::vector<Message> sent(MessageKind kind) {
    std::vector<Message> messages = sent();
    std::erase_if(messages, [&](const Message& message) { return message.kind != kind; });
    return messages;
  }
  void time_out() {
    now += kLong;
    raft.tick(clock());
  }
  Message from(PeerId peer, MessageKind kind, Term term) const {
    Message message;
    message.kind = kind;
    message.from = peer;
    message.term = term;
    return message;
  }
  Message vote_request(PeerId peer, Term term, Index index, Term log_term,
                       MessageKind kind = MessageKind::vote_request) const {
    Message message = from(peer, kind, term);
    message.index = index;
    message.log_term = log_term;
    return message;
  }
  Message append(Term term, Index before, Term before_term, std::vector<Term> terms, Index commit = 0) const {
    Message message = from(1, MessageKind::append, term);
    message.index = before;
    message.log_term = before_term;
    message.commit = commit;
    for (const Term each : terms) message.entries.push_back({++before, each, EntryKind::empty, nullptr});
    return message;
  }
  Message matched(PeerId peer, Index index) const {
    Message message = from(peer, MessageKind::append_answer, raft.term());
    message.index = index;
    return message;
  }
  // Through pre-vote and vote, with the votes of node 1 (and 2 of five).
  void lead() {
    time_out();
    sent();
    for (PeerId peer = 1; peer <= raft_peers_needed; ++peer) {
      step(from(peer, MessageKind::pre_vote_answer, raft.term() + 1));
      if (raft.role() == Role::candidate) break;
    }
    sent();
    for (PeerId peer = 1; peer <= raft_peers_needed; ++peer) {
      step(from(peer, MessageKind::vote_answer, raft.term()));
    }
    ASSERT_EQ(raft.role(), Role::leader);
  }

  std::int64_t now = 0;
  PeerId raft_peers_needed = 1;
  Raft raft;
  Ready last;
  std::vector<Entry> committed;
  std::vector<ReadState> reads;
};

std::vector<Term> terms_of(const Log& log) {
  std::vector<Term> terms;
  for (Index index = log.first_index(); index <= log.last_index(); ++index)
    terms.push_back(log.at(index).term);
  return terms;
}

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
