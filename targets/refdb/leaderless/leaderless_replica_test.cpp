#include "targets/refdb/leaderless/leaderless_replica.h"

#include <gtest/gtest.h>

#include "targets/refdb/leaderless/testing/nodes.h"

namespace assay::refdb::leaderless {
namespace {

using testing::Nodes;
using testing::with;
using wire::Status;

constexpr std::int64_t kMillis = 1'000'000;
constexpr std::int64_t kSecondNanos = 1'000'000'000;

TEST(LeaderlessReplica, AnyNodeReadsWhatAnyOtherWrote) {
  Nodes nodes(3);
  ASSERT_EQ(nodes.write(0, 1, 5)->status, Status::ok);
  for (PeerId node = 0; node < 3; ++node) EXPECT_EQ(nodes.read(node, 1)->results[0], Value(5));
}

TEST(LeaderlessReplica, OnlyHomesOfAKeyTakeRequestsForIt) {
  Nodes nodes(5, with({{"n", "2"}}));
  const Ring ring(5, 2);
  for (PeerId node = 0; node < 5; ++node) {
    const bool home = ring.holds(node, ring.group_of(3));
    EXPECT_EQ(nodes.write(node, 3, node)->status, home ? Status::ok : Status::not_leader);
  }
}

TEST(LeaderlessReplica, AWriteWithoutItsQuorumIsUnsureAndOneKnownToLackItIsRefused) {
  Nodes nodes(3);
  nodes.cut = {1, 2};
  EXPECT_FALSE(nodes.write(0, 1, 5)) << "nobody suspects anybody yet";
  nodes.pass(2 * kSecondNanos);
  EXPECT_EQ(nodes.answer_to(nodes.last_connection())->status, Status::unsure);
  EXPECT_EQ(nodes.write(0, 1, 6)->status, Status::unavailable);
  EXPECT_EQ(nodes.read(0, 1)->status, Status::unavailable);
}

TEST(LeaderlessReplica, SmallQuorumsReadWhatIsOld) {
  Nodes nodes(3, with({{"r", "one"}, {"w", "one"}, {"repair", "none"}, {"anti-entropy", "0"}}));
  nodes.write(0, 1, 5);
  nodes.cut = {2};
  ASSERT_EQ(nodes.write(0, 1, 6)->status, Status::ok);
  nodes.cut = {0, 1};
  EXPECT_EQ(nodes.read(2, 1)->results[0], Value(5));
}

TEST(LeaderlessReplica, ReadsMendReplicasThatAreBehind) {
  for (const char* when : {"before", "after", "none"}) {
    Nodes nodes(3, with({{"repair", when}, {"anti-entropy", "0"}}));
    nodes.write(0, 1, 5);
    nodes.cut = {2};
    nodes.write(0, 1, 6);
    nodes.cut = {};
    nodes.read(2, 1);
    EXPECT_EQ(nodes.own(2, 1), std::string(when) == "none" ? Value(5) : Value(6)) << when;
  }
}

// A write that reached one replica only; with repair before the answer, who has seen it makes sure that all later ones do.
TEST(LeaderlessReplica, RepairBeforeTheAnswerEndsReadInversions) {
  for (const bool before : {false, true}) {
    Nodes nodes(3, with({{"repair", before ? "before" : "none"}, {"anti-entropy", "0"}}));
    nodes.write(0, 1, 5);
    nodes.cut = {1, 2};
    nodes.write(0, 1, 6);
    nodes.cut = {2};
    EXPECT_EQ(nodes.read(1, 1)->results[0], Value(6));
    nodes.cut = {0};
    EXPECT_EQ(nodes.read(2, 1)->results[0], before ? Value(6) : Value(5));
  }
}

TEST(LeaderlessReplica, SiblingsGoToTheReaderAndEndWithAWriteThatHasReadThem) {
  Nodes nodes(3, with({{"conflicts", "siblings"}}));
  nodes.write(0, 1, 5);
  nodes.write(1, 1, 6);
  const auto both = nodes.read(2, 1);
  EXPECT_EQ(both->results[0], Value::list({5, 6}));
  RequestContext context;
  context.seen = decode_answer_context(both->context)->seen;
  nodes.ask(2, {Fn::write, 1, Value(7), {}}, context);
  EXPECT_EQ(nodes.read(0, 1)->results[0], Value(7));
}

TEST(LeaderlessReplica, TheLastWriteWinsByTheClockEvenWhenItIsWrong) {
  Nodes nodes(3, with({{"timestamps", "wall"}}));
  nodes.now = 100;
  nodes.write(0, 1, 5);
  nodes.now = 50;  // the next coordinator's clock is behind
  EXPECT_EQ(nodes.write(1, 1, 6)->status, Status::ok);
  EXPECT_EQ(nodes.read(2, 1)->results[0], Value(5)) << "the later write is lost in silence";
}

TEST(LeaderlessReplica, TimestampsPastWhatAQuorumKnowsNeedNoClock) {
  Nodes nodes(3, with({{"timestamps", "quorum"}, {"repair", "before"}}));
  nodes.wall_ahead = 600 * kSecondNanos;  // further than anybody accepts
  EXPECT_EQ(nodes.write(0, 1, 5)->status, Status::ok);
  nodes.wall_ahead = 0;
  EXPECT_EQ(nodes.read(1, 1)->results[0], Value(5));
  EXPECT_EQ(nodes.write(1, 1, 6)->status, Status::ok);
  EXPECT_EQ(nodes.read(2, 1)->results[0], Value(6));
}

TEST(LeaderlessReplica, ACoordinatorThatHoldsNothingNamesEachOfItsWritesAnew) {
  Nodes nodes(5, with({{"sloppy", "yes"}, {"anti-entropy", "0"}, {"repair", "none"}}));
  const std::vector<PeerId> preference = Ring(5, 3).preference(Ring(5, 3).group_of(1));
  nodes.write(preference[3], 1, 5);
  nodes.write(preference[3], 1, 6);
  EXPECT_EQ(nodes.own(preference[0], 1), Value(6));
}

TEST(LeaderlessReplica, SloppyQuorumsGoOnWithStandInsAndHandTheirHintsOver) {
  Nodes nodes(5, with({{"sloppy", "yes"}, {"anti-entropy", "0"}, {"repair", "none"}}));
  const std::vector<PeerId> preference = Ring(5, 3).preference(Ring(5, 3).group_of(1));
  nodes.cut = {preference[1], preference[2]};
  nodes.pass(2 * kSecondNanos);
  ASSERT_EQ(nodes.write(preference[0], 1, 5)->status, Status::ok);
  EXPECT_EQ(nodes.own(preference[1], 1), Value());
  std::int64_t stored = 0;
  for (const auto& replica : nodes.replicas) stored += replica->counters().hints_stored;
  EXPECT_EQ(stored, 2);
  // A stand-in that restarts still knows.
  nodes.start(preference[3]);
  nodes.cut = {};
  nodes.pass(5 * kSecondNanos);
  EXPECT_EQ(nodes.own(preference[1], 1), Value(5));
  EXPECT_EQ(nodes.own(preference[2], 1), Value(5));
}

TEST(LeaderlessReplica, AntiEntropyMendsWhatNobodyReads) {
  for (const char* bug : {"", "tree-skips-half"}) {
    Nodes nodes(3, with({{"repair", "none"}, {"w", "one"}}),
                *bug == '\0' ? std::vector<std::string>{} : std::vector<std::string>{bug});
    nodes.cut = {2};
    for (Key key = 0; key < 100; ++key) nodes.write(0, key, key + 1);
    nodes.cut = {};
    nodes.pass(60 * kSecondNanos);
    int missing = 0;
    for (Key key = 0; key < 100; ++key) missing += nodes.own(2, key) != Value(key + 1);
    EXPECT_EQ(missing > 0, *bug != '\0') << missing;
  }
}

TEST(LeaderlessReplica, RemembersWhatItAcknowledged) {
  Nodes nodes(1, with({{"n", "1"}}));
  nodes.write(0, 1, 5);
  nodes.start(0);
  EXPECT_EQ(nodes.read(0, 1)->results[0], Value(5));
}

TEST(LeaderlessReplica, ARemovedKeyStaysRemovedUntilItsMarkIsForgottenTooEarly) {
  for (const char* life : {"0", "2s"}) {
    Nodes nodes(3, with({{"tombstone-life", life}, {"w", "one"}, {"repair", "none"}}));
    nodes.write(0, 1, 5);
    nodes.cut = {2};
    nodes.ask(0, {Fn::write, 1, Value(), {}});
    nodes.pass(10 * kSecondNanos);
    nodes.cut = {};
    nodes.pass(60 * kSecondNanos);
    EXPECT_EQ(nodes.own(0, 1), std::string(life) == "0" ? Value() : Value(5)) << life;
  }
}

TEST(LeaderlessReplica, CompareAndSetByConsensusSucceedsOnce) {
  Nodes nodes(3, with({{"cas", "paxos"}}));
  ASSERT_EQ(nodes.write(0, 1, 5)->status, Status::ok);
  EXPECT_EQ(nodes.ask(1, {Fn::cas, 1, Value::pair(5, 6), {}})->status, Status::ok);
  EXPECT_EQ(nodes.ask(2, {Fn::cas, 1, Value::pair(5, 7), {}})->status, Status::failed);
  EXPECT_EQ(nodes.read(0, 1)->results[0], Value(6));
  nodes.cut = {1, 2};
  EXPECT_FALSE(nodes.read(0, 1));
  nodes.cut = {0};
  EXPECT_EQ(nodes.read(1, 1)->results[0], Value(6));
}

TEST(LeaderlessReplica, DropsAndCountsWhatCantBe) {
  Nodes nodes(3);
  LeaderlessReplica& replica = *nodes.replicas[0];
  replica.receive(1, "garbage", nodes.clock());
  Message message;
  message.kind = MessageKind::gossip;
  replica.receive(1, encode_message(message, 8), nodes.clock());
  std::string other_version = encode_message(message, 9);
  other_version[0] = static_cast<char>(other_version[0] + 1);
  replica.receive(1, other_version, nodes.clock());
  replica.receive(1, encode_message(message, 9), nodes.clock());
  message.kind = MessageKind::put;
  message.key = 1;
  message.cell.write(4, {}, {{nodes.clock().wall + 3600 * kSecondNanos, 0}, Value(5)});
  replica.receive(1, encode_message(message, 9), nodes.clock());
  message.cell = {};
  message.cell.write(4, {}, {{0, UINT64_MAX}, Value(5)});  // no number would follow it
  replica.receive(1, encode_message(message, 9), nodes.clock());
  for (const MessageKind kind : {MessageKind::prepare, MessageKind::accept, MessageKind::promise}) {
    Message last_ballot;
    last_ballot.kind = kind;
    last_ballot.key = 1;
    last_ballot.ballot.round = std::uint64_t{1} << 62;
    replica.receive(1, encode_message(last_ballot, 9), nodes.clock());
  }
  const wire::Dropped& dropped = replica.counters().dropped;
  EXPECT_EQ(dropped.garbage + dropped.unknown_version, 2);
  EXPECT_EQ(dropped.foreign_cluster, 1);
  EXPECT_EQ(dropped.nonsense, 1);
  EXPECT_EQ(dropped.future, 5);
  EXPECT_EQ(replica.cell_of(1), nullptr);
  EXPECT_EQ(nodes.write(0, 1, 5)->status, Status::ok) << "and lives";
}

TEST(LeaderlessReplica, RefusesRequestsThatItDoesNotKnow) {
  Nodes nodes(3);
  EXPECT_EQ(nodes.ask(0, {Fn::enqueue, 1, Value(5), {}})->status, Status::bad_request);
  EXPECT_EQ(nodes.ask(0, {Fn::cas, 1, Value(5), {}})->status, Status::bad_request);
  nodes.pass(200 * kMillis);
  EXPECT_EQ(nodes.write(0, 1, 5)->status, Status::ok);
}

}  // namespace
}  // namespace assay::refdb::leaderless
