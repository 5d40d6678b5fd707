#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "targets/refdb/multi_leader/testing/mini_cluster.h"

namespace assay::refdb::multi_leader {
namespace {

using testing::MiniCluster;
using testing::NetworkOptions;
using wire::Status;

Facts options(std::initializer_list<std::pair<const char*, const char*>> given) {
  Facts facts;
  for (const auto& [name, value] : given) facts.push_back({name, Value::text(value)});
  return facts;
}

Value list(std::vector<Value> elements) { return Value::list(std::move(elements)); }

TEST(MultiLeader, EveryNodeAcceptsWritesAndAllHearOfThem) {
  for (const char* topology : {"all-to-all", "ring", "star"}) {
    MiniCluster cluster(5, options({{"topology", topology}}), 1);
    for (PeerId node = 0; node < 5; ++node) EXPECT_EQ(cluster.write(node, node, Value(node)), Status::ok);
    ASSERT_TRUE(cluster.settle(1'000)) << topology;
    for (PeerId node = 0; node < 5; ++node) {
      for (Key key = 0; key < 5; ++key) EXPECT_EQ(cluster.read(node, key), Value(key)) << topology;
    }
    // No loops: every update arrives once at each of the other four.
    EXPECT_EQ(cluster.sum("updates_applied"), 20) << topology;
    EXPECT_EQ(cluster.sum("updates_sent"), 20) << topology;
    EXPECT_EQ(cluster.sum("duplicates_dropped"), 0) << topology;
  }
}

TEST(MultiLeader, TheWayIsLongerInARingAndThroughAHub) {
  std::vector<std::int64_t> hops;
  for (const char* topology : {"all-to-all", "star", "ring"}) {
    MiniCluster cluster(5, options({{"topology", topology}}), 1);
    for (PeerId node = 0; node < 5; ++node) cluster.write(node, node, Value(1));
    ASSERT_TRUE(cluster.settle(1'000));
    hops.push_back(cluster.sum("hops"));
  }
  EXPECT_EQ(hops, (std::vector<std::int64_t>{20, 32, 50}));
}

TEST(MultiLeader, OneNodeDownBreaksTheRingAndTheHubTheStarButNotAllToAll) {
  for (const auto& [topology, down, goes_on] :
       {std::tuple("all-to-all", 1, true), std::tuple("ring", 1, false), std::tuple("star", 0, false),
        std::tuple("star", 1, true)}) {
    MiniCluster cluster(4, options({{"topology", topology}}), 2);
    cluster.crash(static_cast<PeerId>(down));
    cluster.write(3, 1, Value(7));
    cluster.write(2, 2, Value(8));
    EXPECT_EQ(cluster.settle(3'000), goes_on) << topology;
    cluster.start(static_cast<PeerId>(down));
    EXPECT_TRUE(cluster.settle(5'000)) << topology;
    EXPECT_EQ(cluster.read(static_cast<PeerId>(down), 1), Value(7));
  }
}

// The origin dies when one node has heard of its write: that one passes it on after a while.
TEST(MultiLeader, AnUpdateOfADeadOriginIsRelayed) {
  MiniCluster cluster(3, {}, 3);
  cluster.cut(0, 2);
  cluster.write(0, 1, Value(5));
  cluster.run(50);
  EXPECT_EQ(cluster.read(1, 1), Value(5));
  cluster.crash(0);
  EXPECT_TRUE(cluster.settle(3'000));
  EXPECT_EQ(cluster.read(2, 1), Value(5));
  EXPECT_GT(cluster.counter(1, "updates_relayed"), 0);
}

TEST(MultiLeader, AFarBehindNodeGetsTheState) {
  MiniCluster cluster(3, {}, 4);
  cluster.crash(2);
  for (int i = 0; i < 600; ++i) cluster.write(static_cast<PeerId>(i % 2), i % 7, Value(i));
  cluster.start(2);
  ASSERT_TRUE(cluster.settle(10'000));
  EXPECT_GT(cluster.counter(2, "states_merged"), 0);
  for (Key key = 0; key < 7; ++key) EXPECT_EQ(cluster.read(2, key), cluster.read(0, key));
  cluster.write(2, 1, Value(-1));
  ASSERT_TRUE(cluster.settle(1'000));
  EXPECT_EQ(cluster.read(0, 1), Value(-1));
}

TEST(MultiLeader, DatacentersHaveALeaderEachAndFollowers) {
  MiniCluster cluster(6, options({{"datacenters", "3"}, {"topology", "ring"}}), 5);
  cluster.run(100);
  const wire::ClientAnswer refused = cluster.call(3, {{Fn::write, 1, Value(1), {}}});
  EXPECT_EQ(refused.status, Status::not_leader);
  EXPECT_EQ(refused.leader, 2);
  EXPECT_EQ(cluster.write(2, 1, Value(1)), Status::ok);
  ASSERT_TRUE(cluster.settle(1'000));
  for (PeerId node = 0; node < 6; ++node) {
    EXPECT_EQ(cluster.read(node, 1), Value(1));
    EXPECT_EQ(cluster.replica(node).status().role, node % 2 == 0 ? "leader" : "follower");
  }
}

TEST(MultiLeader, AFollowerTakesOverAndGivesBack) {
  for (const char* topology : {"all-to-all", "ring", "star"}) {
    MiniCluster cluster(6, options({{"datacenters", "2"}, {"topology", topology}}), 5);
    cluster.run(50);
    EXPECT_EQ(cluster.write(3, 1, Value(1)), Status::ok);
    cluster.crash(3);
    cluster.write(0, 2, Value(2));
    EXPECT_EQ(cluster.call(4, {{Fn::write, 1, Value(9), {}}}).status, Status::not_leader);
    cluster.run(800);
    EXPECT_EQ(cluster.call(5, {{Fn::write, 1, Value(9), {}}}).leader, 4) << topology;
    EXPECT_EQ(cluster.write(4, 3, Value(3)), Status::ok);
    ASSERT_TRUE(cluster.settle(3'000)) << topology;
    EXPECT_EQ(cluster.read(1, 3), Value(3));
    EXPECT_EQ(cluster.read(5, 2), Value(2));
    // Back, and behind by more than logs keep: it leads once it has what the other one had.
    for (int i = 0; i < 700; ++i) cluster.write(4, 4, Value(i));
    cluster.start(3);
    EXPECT_EQ(cluster.call(3, {{Fn::write, 1, Value(9), {}}}).status, Status::not_leader);
    cluster.run(1'000);
    EXPECT_EQ(cluster.read(3, 4), Value(699));
    EXPECT_EQ(cluster.write(3, 5, Value(5)), Status::ok) << topology;
    EXPECT_EQ(cluster.write(4, 5, Value(9)), Status::not_leader) << topology;
    ASSERT_TRUE(cluster.settle(3'000)) << topology;
    EXPECT_EQ(cluster.read(2, 5), Value(5));
    EXPECT_EQ(cluster.sum("takeovers"), 3) << topology;  // two at first
  }
}

// A leader that its datacenter does not hear goes on as a leader like others: nothing that either accepts is lost.
TEST(MultiLeader, TwoLeadersOfADatacenterComeTogetherAgain) {
  MiniCluster cluster(4, options({{"datacenters", "2"}, {"resolver", "crdt"}}), 6);
  cluster.run(50);
  cluster.isolate(0);
  cluster.run(800);
  for (const PeerId leader : {0, 1}) EXPECT_EQ(cluster.mutate(leader, Fn::add, 1, Value(1)), Status::ok);
  EXPECT_EQ(cluster.mutate(2, Fn::add, 1, Value(1)), Status::ok);
  cluster.heal();
  ASSERT_TRUE(cluster.settle(3'000));
  cluster.run(200);
  for (PeerId node = 0; node < 4; ++node) EXPECT_EQ(cluster.read(node, 1), Value(3));
  EXPECT_EQ(cluster.mutate(1, Fn::add, 1, Value(1)), Status::not_leader);
}

// Its updates are new ones, and what others have of the old ones comes back.
TEST(MultiLeader, ANodeThatLostItsDataIsAnotherOrigin) {
  for (const char* topology : {"all-to-all", "ring", "star"}) {
    MiniCluster cluster(3, options({{"topology", topology}, {"resolver", "crdt"}}), 7);
    for (int i = 0; i < 3; ++i) cluster.mutate(1, Fn::add, 1, Value(1));
    ASSERT_TRUE(cluster.settle(1'000));
    const clocks::ActorId before = cluster.replica(1).actor();
    cluster.crash(1);
    cluster.start(1);
    EXPECT_EQ(cluster.replica(1).actor(), before);
    cluster.isolate(1);
    cluster.crash(1);
    cluster.wipe(1);
    cluster.start(1);
    EXPECT_NE(cluster.replica(1).actor(), before);
    EXPECT_EQ(node_of(cluster.replica(1).actor()), 1);
    for (int i = 0; i < 2; ++i) cluster.mutate(1, Fn::add, 1, Value(1));
    EXPECT_EQ(cluster.read(1, 1), Value(2));
    cluster.heal();
    ASSERT_TRUE(cluster.settle(5'000)) << topology;
    for (PeerId node = 0; node < 3; ++node) EXPECT_EQ(cluster.read(node, 1), Value(5)) << topology;
  }
}

// Two leaders write while they are cut off from each other.
void write_apart(MiniCluster& cluster, const Value& first, const Value& second) {
  cluster.cut(0, 1);
  cluster.write(0, 1, first);
  cluster.run(5);
  cluster.write(1, 1, second);
  cluster.heal();
  ASSERT_TRUE(cluster.settle(3'000));
  EXPECT_EQ(cluster.read(0, 1), cluster.read(1, 1));
  EXPECT_GT(cluster.sum("conflicts"), 0);
}

TEST(Resolution, LastWriteWinsLosesOneAndBySkewedClocksTheLaterOne) {
  MiniCluster cluster(2, options({{"clock", "wall"}}), 6);
  write_apart(cluster, Value::text("Johnny"), Value::text("Jon"));
  EXPECT_EQ(cluster.read(0, 1), Value::text("Jon"));
  EXPECT_EQ(cluster.sum("concurrent_writes_lost"), 1);
  MiniCluster skewed(2, options({{"clock", "wall"}}), 6);
  skewed.set_clock_offset(0, 10'000'000'000);
  write_apart(skewed, Value::text("Johnny"), Value::text("Jon"));
  EXPECT_EQ(skewed.read(0, 1), Value::text("Johnny"));
  // Even a write that knows the other one is lost at once.
  EXPECT_EQ(skewed.write(1, 1, Value::text("John")), Status::ok);
  EXPECT_EQ(skewed.read(1, 1), Value::text("Johnny"));
  EXPECT_EQ(skewed.sum("later_writes_lost"), 1);
}

TEST(Resolution, AHybridClockKeepsLaterWritesUnderAnySkew) {
  MiniCluster cluster(2, {}, 6);
  cluster.set_clock_offset(0, 10'000'000'000);
  cluster.write(0, 1, Value::text("Johnny"));
  ASSERT_TRUE(cluster.settle(1'000));
  cluster.write(1, 1, Value::text("John"));
  ASSERT_TRUE(cluster.settle(1'000));
  EXPECT_EQ(cluster.read(0, 1), Value::text("John"));
  EXPECT_EQ(cluster.sum("conflicts"), 0);
}

TEST(Resolution, FirstWriteWins) {
  MiniCluster cluster(2, options({{"resolver", "fww"}}), 7);
  write_apart(cluster, Value::text("Johnny"), Value::text("Jon"));
  EXPECT_EQ(cluster.read(0, 1), Value::text("Johnny"));
  EXPECT_EQ(cluster.sum("concurrent_writes_lost"), 1);
  cluster.write(1, 1, Value::text("John"));
  ASSERT_TRUE(cluster.settle(1'000));
  EXPECT_EQ(cluster.read(0, 1), Value::text("John"));
}

TEST(Resolution, SiblingsAreReturnedUntilAWriteReplacesThem) {
  MiniCluster cluster(2, options({{"resolver", "siblings"}}), 8);
  write_apart(cluster, Value::text("Distributed Systems"), Value::text("Distributed Computing"));
  EXPECT_EQ(cluster.read(0, 1).as_list().size(), 2u);
  cluster.write(0, 1, Value::text("both"));
  ASSERT_TRUE(cluster.settle(1'000));
  EXPECT_EQ(cluster.read(1, 1), Value::text("both"));
}

// Two clients of one node: what the second had not read is no victim of its write.
TEST(Resolution, AWriteReplacesOnlyWhatItsClientHasRead) {
  MiniCluster cluster(2, options({{"resolver", "siblings"}}), 8);
  const auto write = [&](std::uint64_t client, std::uint64_t number, const SessionContext& context,
                         std::int64_t value) {
    const wire::ClientRequest request{client, number, 1, {{Fn::write, 1, Value(value), {}}}, context.bytes()};
    cluster.replica(0).client_request(client, wire::encode_request(request), {2'000'000'000, 2'000'000'000});
    cluster.inject(1, 0, "");
    cluster.run(20);
    wire::Reader reader(cluster.answers()[client].context);
    return SessionContext::read(reader);
  };
  SessionContext nothing;
  nothing.versions[1] = {};
  const SessionContext first = write(101, 1, nothing, 1);
  const SessionContext second = write(102, 1, nothing, 2);
  EXPECT_EQ(cluster.read(0, 1).as_list().size(), 2u);
  write(101, 2, first, 3);
  EXPECT_EQ(cluster.read(0, 1), list({Value(2), Value(3)}));
  write(102, 2, second, 4);
  EXPECT_EQ(cluster.read(0, 1), list({Value(3), Value(4)}));
}

TEST(Resolution, AFunctionMerges) {
  MiniCluster united(2, options({{"resolver", "merge"}}), 9);
  write_apart(united, list({Value(1), Value(2)}), list({Value(2), Value(3)}));
  EXPECT_EQ(united.read(0, 1), list({Value(1), Value(2), Value(3)}));
  MiniCluster largest(2, options({{"resolver", "merge"}, {"merge-function", "max"}}), 9);
  write_apart(largest, Value(9), Value(4));
  EXPECT_EQ(largest.read(0, 1), Value(9));
  MiniCluster joined(2, options({{"resolver", "merge"}, {"merge-function", "join"}}), 9);
  write_apart(joined, Value::text("Bob"), Value::text("Alice"));
  EXPECT_EQ(joined.read(0, 1), Value::text("Alice, Bob"));
}

TEST(Resolution, AConflictIsKeptForAPerson) {
  MiniCluster cluster(2, options({{"resolver", "flag"}}), 10);
  write_apart(cluster, Value(1), Value(2));
  EXPECT_EQ(cluster.counter(0, "keys_undecided"), 1);
  EXPECT_EQ(cluster.write(0, 1, Value(3)), Status::failed);
  const Value both = cluster.read(0, 1);
  EXPECT_EQ(both.as_list().size(), 2u);
  EXPECT_EQ(cluster.mutate(0, Fn::cas, 1, Value::pair(both, Value(2))), Status::ok);
  ASSERT_TRUE(cluster.settle(1'000));
  EXPECT_EQ(cluster.read(1, 1), Value(2));
  EXPECT_EQ(cluster.sum("keys_undecided"), 0);
  EXPECT_EQ(cluster.write(1, 1, Value(3)), Status::ok);
}

TEST(Resolution, DataTypesKeepWhatLastWriteWinsLoses) {
  for (const char* resolver : {"crdt", "lww"}) {
    MiniCluster cluster(2, options({{"resolver", resolver}}), 11);
    const bool keeps = std::string(resolver) == "crdt";
    cluster.cut(0, 1);
    for (PeerId node = 0; node < 2; ++node) {
      cluster.mutate(node, Fn::add, 1, Value(5));
      cluster.mutate(node, Fn::add, 2, Value::text(node == 0 ? "book" : "pen"));
      cluster.mutate(node, Fn::append, 3, Value(node));
      cluster.mutate(node, Fn::insert, 4, Value::pair(Value(0), Value::text(node == 0 ? "ab" : "cd")));
    }
    cluster.heal();
    ASSERT_TRUE(cluster.settle(3'000));
    EXPECT_EQ(cluster.read(0, 1), Value(keeps ? 10 : 5));
    EXPECT_EQ(cluster.read(0, 2).as_list().size(), keeps ? 2u : 1u);
    EXPECT_EQ(cluster.read(0, 3).as_list().size(), keeps ? 2u : 1u);
    EXPECT_EQ(cluster.read(0, 4).as_text().size(), keeps ? 4u : 2u);
    for (Key key = 1; key <= 4; ++key) EXPECT_EQ(cluster.read(0, key), cluster.read(1, key));
    EXPECT_EQ(cluster.mutate(0, Fn::append, 1, Value(1)), Status::wrong_type);
  }
}

// The cart: an item is removed at one node and added again at the other.
TEST(Resolution, AnAdditionWinsOverAConcurrentRemoval) {
  MiniCluster cluster(2, options({{"resolver", "crdt"}}), 12);
  const Value item = Value::text("item1");
  cluster.mutate(0, Fn::add, 1, item);
  ASSERT_TRUE(cluster.settle(1'000));
  cluster.cut(0, 1);
  cluster.mutate(0, Fn::add, 1, item);
  cluster.mutate(1, Fn::remove, 1, item);
  EXPECT_EQ(cluster.read(1, 1), list({}));
  cluster.heal();
  ASSERT_TRUE(cluster.settle(3'000));
  EXPECT_EQ(cluster.read(1, 1), list({item}));
}

// Operational transformation through the hub, over a network that loses, doubles and reorders, with a crash in between.
TEST(Resolution, TextsConvergeThroughAHub) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    MiniCluster cluster(4, options({{"resolver", "crdt"}, {"topology", "star"}, {"text", "ot"}}), seed,
                        NetworkOptions{10, 10, 20});
    ASSERT_EQ(cluster.mutate(1, Fn::insert, 1, Value::pair(Value(0), Value::text("Hello World"))),
              Status::ok);
    cluster.run(1'000);
    // Both at once: a mark at the end, and the second word erased.
    cluster.ask(1, {{Fn::insert, 1, Value::pair(Value(11), Value::text("!")), {}}});
    cluster.ask(2, {{Fn::erase, 1, Value::pair(Value(6), Value(5)), {}}});
    cluster.run(1'000);
    for (PeerId node = 0; node < 4; ++node) EXPECT_EQ(cluster.read(node, 1), Value::text("Hello !"));
    int accepted = 0;
    for (int i = 0; i < 200; ++i) {
      const auto node = static_cast<PeerId>(cluster.rng().below(4));
      if (i == 100) {
        cluster.crash(static_cast<PeerId>(seed % 4));
        cluster.run(300);
        cluster.start(static_cast<PeerId>(seed % 4));
      }
      const Value size(static_cast<std::int64_t>(cluster.read(node, 1).as_text().size()));
      const std::int64_t place = static_cast<std::int64_t>(cluster.rng().below(5)) + 1;
      const bool insert = size.as_integer() < 10 || cluster.rng().chance(2, 3);
      const Value argument =
          insert ? Value::pair(size, Value::text("xy")) : Value::pair(Value(place), Value(2));
      accepted += cluster.mutate(node, insert ? Fn::insert : Fn::erase, 1, argument) == Status::ok ? 1 : 0;
    }
    EXPECT_GT(accepted, 150);
    cluster.run(5'000);
    for (PeerId node = 1; node < 4; ++node) EXPECT_EQ(cluster.read(node, 1), cluster.read(0, 1)) << seed;
    EXPECT_EQ(cluster.sum("text_edits_dropped"), 0) << seed;
  }
}

// What every node has is forgotten; who lost its data gets it as one edit, before or after edits of its own.
TEST(Resolution, TheHubForgetsEditsThatAllHave) {
  for (const bool edits_first : {false, true}) {
    MiniCluster cluster(3, options({{"resolver", "crdt"}, {"topology", "star"}, {"text", "ot"}}), 3);
    const auto insert = [&](PeerId node, const char* text) {
      cluster.mutate(node, Fn::insert, 1, Value::pair(Value(0), Value::text(text)));
      cluster.run(50);
    };
    for (int i = 0; i < 50; ++i) insert(static_cast<PeerId>(i % 3), "a");
    cluster.crash(2);
    for (int i = 0; i < 50; ++i) insert(static_cast<PeerId>(i % 2), "b");
    EXPECT_EQ(cluster.counter(0, "text_edits_forgotten"), 0);
    cluster.start(2);
    cluster.run(500);
    EXPECT_GE(cluster.counter(0, "text_edits_forgotten"), 64);
    cluster.crash(0);
    cluster.start(0);
    cluster.crash(2);
    cluster.wipe(2);
    cluster.isolate(2);
    cluster.start(2);
    if (edits_first) insert(2, "c");
    cluster.heal();
    cluster.run(1'000);
    if (!edits_first) insert(2, "c");
    insert(1, "d");
    cluster.run(500);
    for (PeerId node = 0; node < 3; ++node) {
      const Value text = cluster.read(node, 1);
      EXPECT_EQ(text.as_text().size(), 102u) << edits_first;
      EXPECT_EQ(text, cluster.read(0, 1));
    }
    EXPECT_EQ(cluster.sum("text_edits_dropped"), 0);
  }
}

TEST(MultiLeader, ARequestSentAgainIsAppliedOnceAlsoAfterARestart) {
  MiniCluster cluster(2, options({{"resolver", "crdt"}}), 13);
  const std::string request = wire::encode_request({99, 1, 1, {{Fn::add, 1, Value(5), {}}}, {}});
  for (int i = 0; i < 3; ++i) {
    cluster.replica(0).client_request(1, request, {2'000'000'000, 2'000'000'000});
    cluster.inject(1, 0, "");
    cluster.run(20);
    EXPECT_EQ(cluster.read(0, 1), Value(5));
    cluster.crash(0);
    cluster.start(0);
  }
}

TEST(MultiLeader, DropsAndCountsWhatNoPeerWouldSend) {
  MiniCluster cluster(3, options({{"topology", "ring"}}), 14);
  cluster.write(0, 1, Value(1));
  ASSERT_TRUE(cluster.settle(1'000));
  const auto message_of = [](const Update& update) {
    Message message;
    message.kind = MessageKind::updates;
    message.updates.push_back({1, encode_update(update)});
    return message;
  };
  const auto inject = [&](PeerId from, const Message& message) {
    cluster.inject(from, 1, encode_message(message, cluster.cluster_id()));
  };
  cluster.inject(0, 1, "garbage");
  std::string unknown = encode_message({}, cluster.cluster_id());
  unknown[1] = 99;
  cluster.inject(0, 1, unknown);
  cluster.inject(0, 1, encode_message({}, 12345));
  inject(0, message_of({{cluster.replica(1).actor(), 1}, {}, {}, 0, {}}));  // this node's own first update
  inject(0, message_of({{cluster.replica(0).actor(), 2},
                        clocks::VersionVector(),
                        {INT64_MAX, 0},
                        0,
                        {}}));  // from a clock far ahead
  Update knows_too_much{{cluster.replica(0).actor(), 2}, {}, {}, 0, {}};
  knows_too_much.known.raise(cluster.replica(1).actor(), 50);
  inject(0, message_of(knows_too_much));
  Message hello;
  hello.has.raise(cluster.replica(1).actor(), 50);
  inject(2, hello);  // acknowledges what was never sent
  inject(2, message_of(
                {{cluster.replica(0).actor(), 2}, {}, {}, 0, {}}));  // updates come from node 0 in this ring
  inject(0, message_of({{9, 1}, {}, {}, 0, {}}));                    // no such node
  EXPECT_EQ(cluster.counter(1, "garbage_dropped"), 1);
  EXPECT_EQ(cluster.counter(1, "unknown_version_dropped"), 1);
  EXPECT_EQ(cluster.counter(1, "foreign_cluster_dropped"), 1);
  EXPECT_EQ(cluster.counter(1, "future_dropped"), 4);
  EXPECT_EQ(cluster.counter(1, "nonsense_dropped"), 2);
  cluster.write(0, 1, Value(2));
  ASSERT_TRUE(cluster.settle(1'000));
  EXPECT_EQ(cluster.read(1, 1), Value(2));
}

TEST(MultiLeader, RefusesOptionsThatCantBe) {
  const auto refusal = [](const Facts& given) { return refuse(Options(option_specs(), given), 3); };
  EXPECT_FALSE(refusal({}).has_value());
  EXPECT_TRUE(refusal({{"datacenters", Value(4)}}).has_value());
  EXPECT_TRUE(refusal(options({{"text", "ot"}})).has_value());
  EXPECT_FALSE(refusal(options({{"text", "ot"}, {"topology", "star"}, {"resolver", "crdt"}})).has_value());
}

}  // namespace
}  // namespace assay::refdb::multi_leader
