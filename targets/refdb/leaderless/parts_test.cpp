// The parts of the leaderless mode that are worth a test of their own: cells, ring, hash trees, gossip, quorum reads, Paxos.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/leaderless/cell.h"
#include "targets/refdb/leaderless/gossip.h"
#include "targets/refdb/leaderless/merkle.h"
#include "targets/refdb/leaderless/paxos.h"
#include "targets/refdb/leaderless/quorum.h"
#include "targets/refdb/leaderless/ring.h"

namespace assay::refdb::leaderless {
namespace {

Cell written(clocks::ActorId actor, std::int64_t time, const Value& value, Cell cell = {}) {
  cell.write(actor, cell.context(), {{time, 0}, value});
  return cell;
}

TEST(Cell, ConcurrentWritesAreSiblingsUntilSomebodyWhoReadBothWrites) {
  Cell cell = written(1, 10, Value(5));
  cell.merge(written(2, 11, Value(6)));
  EXPECT_EQ(cell.result(), Value::list({5, 6}));
  cell.write(1, cell.context(), {{12, 0}, Value(7)});
  EXPECT_EQ(cell.result(), Value(7));
}

TEST(Cell, SetsThatAreSiblingsReadAsOne) {
  Cell cell = written(1, 10, Value::list({1, 2}));
  cell.merge(written(2, 11, Value::list({2, 3})));
  EXPECT_EQ(cell.result(), Value::list({1, 2, 3}));
}

TEST(Cell, TheLastWriteWinsByTimeThenByName) {
  Cell cell = written(1, 10, Value(5));
  cell.merge(written(2, 9, Value(6)));
  cell.keep_latest();
  EXPECT_EQ(cell.result(), Value(5));
  Cell tie = written(1, 10, Value(5));
  tie.merge(written(2, 10, Value(6)));
  tie.keep_latest();
  EXPECT_EQ(tie.result(), Value(6));
}

TEST(Cell, WhatWasOverwrittenDoesNotComeBack) {
  const Cell old = written(1, 10, Value(5));
  Cell cell = written(2, 11, Value(6), old);
  cell.merge(old);
  EXPECT_EQ(cell.result(), Value(6));
}

TEST(Cell, IsReadAsItWasWritten) {
  Rng rng(7);
  for (int round = 0; round < 200; ++round) {
    Cell cell;
    for (std::uint64_t i = rng.below(5); i > 0; --i) {
      cell.merge(
          written(rng.below(4), rng.between(0, 9), rng.chance(1, 4) ? Value() : Value(rng.between(0, 9))));
    }
    std::string bytes;
    wire::Writer writer(bytes);
    cell.write_to(writer);
    wire::Reader reader(bytes);
    EXPECT_EQ(Cell::read_from(reader), cell);
    EXPECT_TRUE(reader.finished());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      wire::Reader cut(std::string_view(bytes).substr(0, size));
      Cell::read_from(cut);
      EXPECT_FALSE(cut.ok());
    }
  }
}

TEST(Ring, EveryGroupHasItsReplicasAndAllAgree) {
  const Ring ring(5, 3);
  std::set<Group> groups;
  for (Key key = -100; key < 100; ++key) {
    const Group group = ring.group_of(key);
    groups.insert(group);
    const std::vector<PeerId> preference = ring.preference(group);
    for (std::size_t i = 0; i < preference.size(); ++i) EXPECT_EQ(ring.holds(preference[i], group), i < 3);
  }
  EXPECT_EQ(groups.size(), 5u);
}

// Descends as two replicas do and returns the leaves that differ and the number of hashes looked at.
std::pair<std::vector<std::uint32_t>, int> differences(const MerkleTree& a, const MerkleTree& b) {
  std::vector<std::uint32_t> open = {MerkleTree::kRoot}, leaves;
  int hashes = 0;
  while (!open.empty()) {
    const std::uint32_t node = open.back();
    open.pop_back();
    ++hashes;
    if (a.hash(node) == b.hash(node)) continue;
    if (MerkleTree::is_leaf(node)) {
      leaves.push_back(MerkleTree::leaf_number(node));
    } else {
      open.insert(open.end(), {2 * node, 2 * node + 1});
    }
  }
  return {leaves, hashes};
}

TEST(MerkleTree, FindsTheOneKeyThatDiffersInALogarithmicNumberOfHashes) {
  MerkleTree a, b;
  for (Key key = 0; key < 100'000; ++key) a.change(key, 0, static_cast<std::uint64_t>(key) + 1);
  // In another order, over another value.
  for (Key key = 99'999; key >= 0; --key) b.change(key, 0, 7);
  for (Key key = 0; key < 100'000; ++key) b.change(key, 7, static_cast<std::uint64_t>(key) + 1);
  EXPECT_TRUE(differences(a, b).first.empty());
  b.change(4711, 4712, 1);
  const auto [leaves, hashes] = differences(a, b);
  EXPECT_EQ(leaves, std::vector<std::uint32_t>{MerkleTree::leaf_of(4711)});
  EXPECT_LE(hashes, 2 * MerkleTree::kDepth + 1);
  b.change(4711, 1, 4712);
  EXPECT_EQ(a.hash(MerkleTree::kRoot), b.hash(MerkleTree::kRoot));
}

TEST(Gossip, SuspectsWhoIsSilentAndTrustsNewsFromOthers) {
  Rng rng(1);
  Gossip a(0, 3, 5, 100, 0), b(1, 3, 5, 100, 0), c(2, 3, 5, 100, 0);
  c.round(rng);
  EXPECT_TRUE(b.hear(c.table(), 90));
  EXPECT_TRUE(a.hear(b.table(), 95));
  EXPECT_FALSE(a.suspects(2, 150)) << "it has news of it, though not from it";
  EXPECT_EQ(a.suspected(200), 2);
  a.heard_from(1, 200);
  EXPECT_FALSE(a.suspects(1, 250));
  EXPECT_EQ(a.suspected(250), 1);
  EXPECT_FALSE(a.suspects(0, 1'000)) << "nobody suspects itself";
  // The same news again is none.
  EXPECT_TRUE(a.hear(b.table(), 190));
  EXPECT_TRUE(a.suspects(2, 230));
  // A new life counts from one again.
  Gossip c_again(2, 3, 6, 100, 0);
  EXPECT_TRUE(a.hear(c_again.table(), 300));
  EXPECT_FALSE(a.suspects(2, 310));
}

TEST(Gossip, RefusesNonsense) {
  Gossip a(0, 3, 5, 100, 0);
  EXPECT_FALSE(a.hear({{1, 1}}, 1)) << "a table of another size";
  EXPECT_FALSE(a.hear({{5, 9}, {}, {}}, 1)) << "beats of its own that it never made";
}

TEST(QuorumRead, KnowsWhoIsBehind) {
  const Cell old = written(1, 10, Value(5));
  const Cell fresh = written(2, 11, Value(6), old);
  QuorumRead read(2, true);
  read.answered(0, old);
  EXPECT_FALSE(read.enough());
  read.answered(3, fresh);
  EXPECT_TRUE(read.enough());
  EXPECT_EQ(read.merged().result(), Value(6));
  EXPECT_EQ(read.behind(), std::vector<PeerId>{0});
  EXPECT_EQ(read.holders(), 1u);
  read.repaired(0);
  EXPECT_EQ(read.holders(), 2u);
}

Message request(MessageKind kind, Ballot ballot, const Value& value = {}) {
  Message message;
  message.kind = kind;
  message.ballot = ballot;
  message.value = value;
  return message;
}

TEST(Acceptor, KeepsItsPromises) {
  Acceptor acceptor;
  Message answer;
  EXPECT_TRUE(acceptor.prepare(request(MessageKind::prepare, {2, 1, 0}), answer));
  EXPECT_FALSE(acceptor.prepare(request(MessageKind::prepare, {1, 9, 0}), answer));
  EXPECT_TRUE(answer.refused);
  EXPECT_EQ(answer.ballot, (Ballot{2, 1, 0}));
  EXPECT_FALSE(acceptor.accept(request(MessageKind::accept, {1, 9, 0}, Value(3)), answer, false));
  EXPECT_TRUE(acceptor.accept(request(MessageKind::accept, {2, 1, 0}, Value(4)), answer, false));
  EXPECT_TRUE(acceptor.prepare(request(MessageKind::prepare, {3, 0, 0}), answer));
  EXPECT_EQ(answer.value, Value(4));
  EXPECT_EQ(answer.accepted_ballot, (Ballot{2, 1, 0}));
}

TEST(Round, TakesTheValueOfTheHighestBallotThatWasAccepted) {
  Round round({5, 0, 0}, 2);
  Message promise = request(MessageKind::promise, {5, 0, 0}, Value(1));
  promise.accepted_ballot = {3, 1, 0};
  round.promised(1, promise);
  round.promised(1, promise);
  EXPECT_EQ(round.state(), Round::State::preparing) << "one acceptor counts once";
  promise.accepted_ballot = {2, 2, 0};
  promise.value = Value(9);
  round.promised(2, promise);
  ASSERT_EQ(round.state(), Round::State::prepared);
  EXPECT_EQ(round.found(), Value(1));
  round.propose();
  const Message accepted = request(MessageKind::accepted, {5, 0, 0});
  round.accepted(1, accepted);
  EXPECT_EQ(round.state(), Round::State::accepting);
  round.accepted(2, accepted);
  EXPECT_EQ(round.state(), Round::State::decided);
}

TEST(Round, IsOverWhenAHigherBallotWasPromised) {
  Round round({5, 0, 0}, 2);
  Message refusal = request(MessageKind::promise, {8, 2, 0});
  refusal.refused = true;
  round.promised(1, refusal);
  EXPECT_EQ(round.state(), Round::State::refused);
  EXPECT_EQ(round.highest().round, 8u);
}

}  // namespace
}  // namespace assay::refdb::leaderless
