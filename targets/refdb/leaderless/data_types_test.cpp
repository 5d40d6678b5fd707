// Keys that hold replicated data types (conflicts=crdt): whatever way what two nodes did comes together, none of it is lost.
#include <gtest/gtest.h>

#include "targets/refdb/leaderless/testing/nodes.h"

namespace assay::refdb::leaderless {
namespace {

using testing::Nodes;
using testing::with;
using wire::Status;

constexpr std::int64_t kMinute = 60'000'000'000;

Mop one_more(Key key) { return {Fn::add, key, Value(1), {}}; }
Mop put_in(Key key, const char* element) { return {Fn::add, key, Value::text(element), {}}; }

// Nodes 0 and 1 count one each, and do not hear of each other.
void count_apart(Nodes& nodes) {
  nodes.cut = {0, 1, 2};
  ASSERT_EQ(nodes.ask(0, one_more(1))->status, Status::ok);
  ASSERT_EQ(nodes.ask(1, one_more(1))->status, Status::ok);
  EXPECT_EQ(nodes.own(0, 1), Value(1));
  EXPECT_EQ(nodes.own(1, 1), Value(1));
  nodes.cut = {};
}

TEST(LeaderlessDataTypes, MergeAtARead) {
  Nodes nodes(3, with({{"conflicts", "crdt"}, {"w", "one"}, {"r", "all"}, {"repair", "none"}}));
  count_apart(nodes);
  EXPECT_EQ(nodes.read(2, 1)->results[0], Value(2));
  EXPECT_EQ(nodes.own(2, 1), Value()) << "nobody mended it";
}

TEST(LeaderlessDataTypes, MergeAtAReadRepair) {
  for (const char* when : {"before", "after"}) {
    Nodes nodes(3, with({{"conflicts", "crdt"}, {"w", "one"}, {"r", "all"}, {"repair", when}}));
    count_apart(nodes);
    nodes.read(2, 1);
    for (PeerId node = 0; node < 3; ++node) EXPECT_EQ(nodes.own(node, 1), Value(2)) << when << node;
  }
}

TEST(LeaderlessDataTypes, MergeByAntiEntropy) {
  Nodes nodes(3, with({{"conflicts", "crdt"}, {"w", "one"}, {"repair", "none"}}));
  count_apart(nodes);
  nodes.pass(kMinute);
  for (PeerId node = 0; node < 3; ++node) EXPECT_EQ(nodes.own(node, 1), Value(2)) << node;
}

TEST(LeaderlessDataTypes, MergeWithAHint) {
  Nodes nodes(5, with({{"conflicts", "crdt"},
                       {"w", "one"},
                       {"sloppy", "yes"},
                       {"anti-entropy", "0"},
                       {"repair", "none"}}));
  const std::vector<PeerId> homes = Ring(5, 3).preference(Ring(5, 3).group_of(1));
  nodes.cut = {homes[1]};
  ASSERT_EQ(nodes.ask(homes[1], one_more(1))->status, Status::ok);
  nodes.pass(2'000'000'000);
  ASSERT_EQ(nodes.ask(homes[0], one_more(1))->status, Status::ok);
  EXPECT_EQ(nodes.own(homes[1], 1), Value(1));
  nodes.cut = {};
  nodes.pass(kMinute);
  EXPECT_EQ(nodes.own(homes[1], 1), Value(2));
}

TEST(LeaderlessDataTypes, ANodeThatLostItsDataCountsUnderANewName) {
  Nodes nodes(3, with({{"conflicts", "crdt"}, {"w", "one"}}));
  ASSERT_EQ(nodes.ask(0, one_more(1))->status, Status::ok);
  nodes.disks[0].rows.clear();
  nodes.start(0);
  nodes.cut = {0, 1, 2};
  ASSERT_EQ(nodes.ask(0, one_more(1))->status, Status::ok);
  nodes.cut = {};
  nodes.pass(kMinute);
  for (PeerId node = 0; node < 3; ++node) EXPECT_EQ(nodes.own(node, 1), Value(2)) << node;
}

TEST(LeaderlessDataTypes, AreThereAfterARestart) {
  Nodes nodes(1, with({{"conflicts", "crdt"}, {"n", "1"}}));
  nodes.ask(0, one_more(1));
  nodes.ask(0, put_in(2, "a"));
  nodes.start(0);
  EXPECT_EQ(nodes.own(0, 1), Value(1));
  EXPECT_EQ(nodes.own(0, 2), Value::list({Value::text("a")}));
}

TEST(LeaderlessDataTypes, ARemovalTakesAwayWhatAQuorumKnowsAndNoMore) {
  Nodes nodes(3, with({{"conflicts", "crdt"}, {"anti-entropy", "0"}, {"repair", "none"}}));
  nodes.cut = {2};
  ASSERT_EQ(nodes.ask(0, put_in(1, "a"))->status, Status::ok);
  nodes.cut = {0, 1, 2};
  EXPECT_FALSE(nodes.ask(1, put_in(1, "a"))) << "again, and only node 1 has it";
  nodes.cut = {1};
  ASSERT_EQ(nodes.ask(2, {Fn::remove, 1, Value::text("a"), {}})->status, Status::ok) << "node 0 told it";
  EXPECT_EQ(nodes.ask(2, {Fn::remove, 1, Value::text("b"), {}})->status, Status::failed);
  EXPECT_EQ(nodes.own(0, 1), Value::list({}));
  nodes.cut = {};
  EXPECT_EQ(nodes.read(1, 1)->results[0], Value::list({Value::text("a")})) << "added at the same time";
}

TEST(LeaderlessDataTypes, EveryOperationHasItsType) {
  Nodes nodes(3, with({{"conflicts", "crdt"}}));
  const auto status_of = [&](PeerId node, Fn fn, Key key, Value argument) {
    return nodes.ask(node, {fn, key, std::move(argument), {}})->status;
  };
  EXPECT_EQ(status_of(0, Fn::append, 1, Value(7)), Status::ok);
  EXPECT_EQ(status_of(1, Fn::append, 1, Value(8)), Status::ok);
  EXPECT_EQ(nodes.read(2, 1)->results[0], Value::list({7, 8}));
  EXPECT_EQ(status_of(0, Fn::insert, 2, Value::pair(0, Value::text("ac"))), Status::ok);
  EXPECT_EQ(status_of(1, Fn::insert, 2, Value::pair(1, Value::text("b"))), Status::ok);
  EXPECT_EQ(nodes.read(2, 2)->results[0], Value::text("abc"));
  EXPECT_EQ(status_of(0, Fn::write, 3, Value(5)), Status::ok);
  EXPECT_EQ(status_of(1, Fn::cas, 3, Value::pair(5, 6)), Status::ok);
  EXPECT_EQ(status_of(2, Fn::cas, 3, Value::pair(5, 7)), Status::failed);
  EXPECT_EQ(nodes.read(0, 3)->results[0], Value(6));
  EXPECT_EQ(status_of(0, Fn::add, 3, Value(1)), Status::wrong_type);
  EXPECT_EQ(status_of(0, Fn::remove, 1, Value(7)), Status::wrong_type);
  EXPECT_EQ(status_of(0, Fn::enqueue, 4, Value(7)), Status::bad_request);
}

TEST(LeaderlessDataTypes, WithoutThemOnlyClientsChangeWhatTheyHaveRead) {
  Nodes nodes(3);
  EXPECT_EQ(nodes.ask(0, one_more(1))->status, Status::bad_request);
}

TEST(LeaderlessDataTypes, TheirTimesAreNotOfTheFuture) {
  Nodes nodes(3, with({{"conflicts", "crdt"}}));
  Message message;
  message.key = 1;
  Cell cell;
  cell.operate({Fn::write, 1, Value(5), {}}, {{INT64_MAX, 0}, {4, 1}}, message.cell);
  nodes.replicas[0]->receive(1, encode_message(message, 9), nodes.clock());
  cell = message.cell = {};
  cell.operate({Fn::append, 1, Value(5), {}}, {{INT64_MAX, 0}, {4, 1}}, message.cell);
  nodes.replicas[0]->receive(1, encode_message(message, 9), nodes.clock());
  EXPECT_EQ(nodes.replicas[0]->counters().dropped.future, 2);
  EXPECT_EQ(nodes.own(0, 1), Value());
}

}  // namespace
}  // namespace assay::refdb::leaderless
