// The whole replica: requests, sessions, storage, snapshots, garbage; on the simulated cluster or alone.
#include "targets/refdb/raft/raft_replica.h"

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

#include "targets/refdb/raft/messages.h"
#include "targets/refdb/raft/settings.h"
#include "targets/refdb/raft/testing/nemesis.h"
#include "targets/refdb/raft/testing/one_node.h"
#include "targets/refdb/raft/testing/simulation.h"
#include "targets/refdb/replica/testing/map_storage.h"

namespace assay::refdb::protocols {
extern const ProtocolPlugin raft_plugin;
}

namespace assay::refdb::raft {
namespace {

using testing::Simulation;
using testing::SimulationOptions;

// A cluster of one, whose disk answers when told.
class Alone {
 public:
  explicit Alone(ReplicaConfig config = {}) : replica(config, MapStorage(), {}) {
    now = {1'000'000'000, 1'000'000'000};
    replica.tick(now);
    settle();
    EXPECT_EQ(replica.status().role, "leader");
  }
  Effects settle() {
    Effects all;
    for (int i = 0; i < 3; ++i) {
      Effects effects = replica.take_effects();
      if (effects.has_writes()) replica.persisted(effects.batch, now);
      for (ClientReply& reply : effects.replies) all.replies.push_back(std::move(reply));
    }
    return all;
  }
  void request(std::uint64_t client, std::uint64_t number, std::vector<Mop> mops) {
    replica.client_request(client, wire::encode_request({client, number, 1, std::move(mops)}), now);
  }
  static wire::ClientAnswer parse(const ClientReply& reply) {
    return wire::decode_answer(reply.payload).value();
  }

  LocalTime now;
  RaftReplica replica;
};

Mop add(std::int64_t number) { return {Fn::add, 1, Value(number), {}}; }
const Mop kReadOne = {Fn::read, 1, {}, {}};

TEST(RaftReplica, NothingIsAnsweredBeforeItIsDurable) {
  Alone alone;
  alone.request(1, 1, {add(5)});
  const Effects effects = alone.replica.take_effects();
  EXPECT_TRUE(effects.must_sync);
  EXPECT_TRUE(effects.replies.empty());
  alone.replica.persisted(effects.batch, alone.now);
  EXPECT_EQ(alone.settle().replies.size(), 1u);
}

TEST(RaftReplica, RequestsBetweenTwoTakesShareABatch) {
  Alone alone;
  for (std::uint64_t client = 1; client <= 100; ++client) alone.request(client, 1, {add(1)});
  const Effects effects = alone.replica.take_effects();
  EXPECT_EQ(effects.writes.size(), 100u);
  alone.replica.persisted(effects.batch, alone.now);
  const Effects applied = alone.replica.take_effects();
  EXPECT_EQ(applied.replies.size(), 100u);
  EXPECT_FALSE(applied.must_sync) << "applied state follows from the log";
  // One row for the key, one for each session, the applied index, the hard state.
  EXPECT_EQ(applied.writes.size(), 103u);
}

TEST(RaftReplica, ARepeatedRequestIsAnsweredFromItsSession) {
  Alone alone;
  alone.request(1, 1, {add(5), kReadOne});
  const auto first = Alone::parse(alone.settle().replies.at(0));
  const Index applied = alone.replica.status().applied_index;
  alone.request(1, 1, {add(5), kReadOne});
  const auto second = Alone::parse(alone.settle().replies.at(0));
  EXPECT_EQ(first.results, second.results);
  EXPECT_EQ(alone.replica.status().applied_index, applied);
}

TEST(RaftReplica, AFullQueueIsAnsweredOverloaded) {
  ReplicaConfig config;
  config.client_queue_max = 3;
  Alone alone(config);
  for (std::uint64_t client = 1; client <= 5; ++client) alone.request(client, 1, {add(1)});
  const auto replies = alone.settle().replies;
  ASSERT_EQ(replies.size(), 5u);
  EXPECT_EQ(Alone::parse(replies[0]).status, wire::Status::overloaded);
  EXPECT_EQ(Alone::parse(replies[1]).status, wire::Status::overloaded);
  EXPECT_EQ(Alone::parse(replies[4]).status, wire::Status::ok);
}

TEST(RaftReplica, WhatItCannotDoIsABadRequest) {
  Alone alone;
  alone.request(1, 1, {});
  alone.request(1, 1, {{Fn::dequeue, 1, {}, {}}});
  alone.request(1, 1, {{Fn::cas, 1, Value(3), {}}});
  for (const ClientReply& reply : alone.settle().replies) {
    EXPECT_EQ(Alone::parse(reply).status, wire::Status::bad_request);
  }
}

TEST(RaftReplica, GarbageForeignersAndTheFutureAreDroppedAndCounted) {
  ReplicaConfig config;
  config.cluster_size = 3;
  config.cluster_id = 9;
  RaftReplica replica(config, MapStorage(), {});
  replica.client_request(1, "GET / HTTP/1.1", {});
  replica.receive(1, "garbage", {});
  Message message;
  message.kind = MessageKind::heartbeat;
  message.term = 1;
  std::string other_version = encode_message(message, 9);
  other_version[1] = 9;
  replica.receive(1, other_version, {});
  replica.receive(1, encode_message(message, 8), {});
  replica.receive(7, encode_message(message, 9), {});  // no such node
  message.term = Term{1} << 61;
  for (const MessageKind kind :
       {MessageKind::heartbeat, MessageKind::vote_request, MessageKind::pre_vote_request}) {
    message.kind = kind;
    replica.receive(1, encode_message(message, 9), {});
  }
  EXPECT_TRUE(replica.take_effects().replies.empty());
  EXPECT_EQ(replica.status().term, 0u);
  const std::map<std::string, std::int64_t> counters = [&] {
    const auto list = replica.status().counters;
    return std::map<std::string, std::int64_t>(list.begin(), list.end());
  }();
  EXPECT_EQ(counters.at("garbage_dropped"), 2);
  EXPECT_EQ(counters.at("unknown_version_dropped"), 1);
  EXPECT_EQ(counters.at("foreign_cluster_dropped"), 1);
  EXPECT_EQ(counters.at("nonsense_dropped"), 1);
  EXPECT_EQ(counters.at("future_dropped"), 3);
  message.kind = MessageKind::heartbeat;
  message.term = 1;
  replica.receive(1, encode_message(message, 9), {});
  EXPECT_EQ(replica.status().leader, PeerId{1}) << "and lives";
}

// Answers to what a leader has not asked yet.
TEST(RaftReplica, ALeaderDropsAnswersFromTheFuture) {
  testing::OneNode node;
  node.lead();
  node.step(node.matched(1, node.raft.log().last_index() + 1));
  Message answer = node.from(1, MessageKind::heartbeat_answer, node.raft.term());
  answer.round = 1'000'000;
  node.step(answer);
  EXPECT_EQ(node.raft.counters().dropped.future, 2);
  EXPECT_EQ(node.raft.commit_index(), 0u);
}

TEST(RaftReplica, AFollowerSendsClientsToTheLeader) {
  ReplicaConfig config;
  config.cluster_size = 3;
  RaftReplica replica(config, MapStorage(), {});
  replica.client_request(1, wire::encode_request({1, 1, 1, {add(1)}}), {});
  replica.client_request(1, wire::encode_request({1, 2, 1, {kReadOne}}), {});
  const auto replies = replica.take_effects().replies;
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(Alone::parse(replies[0]).status, wire::Status::not_leader);
  EXPECT_EQ(Alone::parse(replies[1]).status, wire::Status::not_leader);
}

TEST(RaftReplica, LocalReadsAreAnsweredByAnyNode) {
  ReplicaConfig config;
  config.cluster_size = 3;
  config.options = Options(option_specs(), {{"reads", Value::text("local")}});
  RaftReplica replica(config, MapStorage(), {});
  replica.client_request(1, wire::encode_request({1, 2, 1, {kReadOne}}), {});
  EXPECT_EQ(Alone::parse(replica.take_effects().replies.at(0)).status, wire::Status::ok);
}

TEST(RaftReplica, ThePluginRefusesABadConfiguration) {
  ReplicaConfig config;
  config.bugs = {"no-such-bug"};
  EXPECT_THROW(protocols::raft_plugin.make(config, MapStorage(), {}), std::invalid_argument);
  EXPECT_EQ(protocols::raft_plugin.bugs().size(), 14u);
}

void expect_all_equal(Simulation& simulation) {
  simulation.stop_clients();
  simulation.run_for(3 * kSecond);
  for (PeerId id = 1; id < simulation.options().nodes; ++id) {
    EXPECT_EQ(simulation.replica(id).state_machine().digest(),
              simulation.replica(0).state_machine().digest());
  }
}

std::int64_t counter(const Simulation& simulation, PeerId id, std::string_view name) {
  for (const auto& [each, value] : simulation.replica(id).status().counters) {
    if (each == name) return value;
  }
  return -1;
}

TEST(Cluster, ElectsAndServes) {
  Simulation simulation({});
  simulation.run_for(5 * kSecond);
  ASSERT_EQ(simulation.broken_invariant(), "");
  ASSERT_TRUE(simulation.leader());
  EXPECT_GT(simulation.count(Outcome::ok), 500u);
  EXPECT_EQ(testing::find_violation(simulation.history()), "");
}

TEST(Cluster, ANodeThatWasAwayCatchesUpBySnapshot) {
  SimulationOptions options;
  options.log_entries_kept = 50;
  Simulation simulation(options);
  simulation.run_for(2 * kSecond);
  const auto away = static_cast<PeerId>((*simulation.leader() + 1) % options.nodes);
  simulation.kill(away);
  simulation.run_for(5 * kSecond);
  simulation.restart(away);
  simulation.run_for(2 * kSecond);
  EXPECT_GE(counter(simulation, away, "snapshots_installed"), 1);
  EXPECT_LE(simulation.replica(away).raft().log().last_index() -
                simulation.replica(away).raft().log().compacted_index(),
            200u);
  expect_all_equal(simulation);
  EXPECT_EQ(simulation.broken_invariant(), "");
}

TEST(Cluster, AllNodesLosePowerAndNothingIsForgotten) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SimulationOptions options;
    options.seed = seed;
    options.log_entries_kept = 100;
    Simulation simulation(options);
    for (int round = 0; round < 4; ++round) {
      simulation.run_for(2 * kSecond);
      for (PeerId id = 0; id < options.nodes; ++id) simulation.cut_power(id);
      simulation.run_for(100 * kMillisecond);
      for (PeerId id = 0; id < options.nodes; ++id) simulation.restart(id);
    }
    simulation.run_for(3 * kSecond);
    EXPECT_EQ(simulation.broken_invariant(), "");
    EXPECT_EQ(testing::find_violation(simulation.history()), "");
    EXPECT_GT(simulation.count(Outcome::ok), 500u);
    expect_all_equal(simulation);
  }
}

// Pre-vote and stickiness: a node that comes back from a partition disturbs nobody.
TEST(Cluster, ANodeThatReturnsDoesNotDeposeTheLeader) {
  Simulation simulation({});
  simulation.run_for(2 * kSecond);
  const PeerId leader = *simulation.leader();
  const Term term = simulation.replica(leader).raft().term();
  simulation.isolate(static_cast<PeerId>((leader + 1) % 5));
  simulation.run_for(5 * kSecond);
  simulation.heal_network();
  simulation.run_for(2 * kSecond);
  EXPECT_EQ(simulation.leader(), leader);
  EXPECT_EQ(simulation.replica(leader).raft().term(), term);
}

TEST(Cluster, TheSameSeedGivesTheSameHistory) {
  const auto digest = [] {
    SimulationOptions options;
    options.seed = 42;
    options.drop_per_mille = 10;
    Simulation simulation(options);
    testing::Nemesis(simulation, {true, true, true, true, true}).run(10 * kSecond, 2 * kSecond);
    std::uint64_t hash = 0;
    for (const auto& operation : simulation.history()) {
      hash = hash * 31 + static_cast<std::uint64_t>(operation.completed) + operation.mop.result.hash();
    }
    return hash;
  };
  EXPECT_EQ(digest(), digest());
}

// A node of each build, and what one says to the other: the newer one speaks as it is spoken to.
TEST(RaftReplica, BuildsAgreeOnAFormatPeerByPeer) {
  ReplicaConfig config;
  config.cluster_size = 2;
  config.cluster_id = 9;
  config.format_level = kNewerLevel;
  RaftReplica newer(config, MapStorage(), {});
  const auto heartbeat_in = [&](int level, std::uint64_t round) {
    Message message;
    message.kind = MessageKind::heartbeat;
    message.term = 1;
    message.round = round;
    newer.receive(1, encode_message(message, 9, level), {});
  };
  const auto levels_said = [&] {
    std::vector<int> levels;
    for (int i = 0; i < 2; ++i) {
      Effects effects = newer.take_effects();
      if (effects.has_writes()) newer.persisted(effects.batch, {});
      for (const PeerMessage& message : effects.messages)
        levels.push_back(decode_message(message.payload, 9, kNewerLevel).level);
    }
    return levels;
  };
  heartbeat_in(1, 1);
  EXPECT_EQ(levels_said(), (std::vector<int>{1, kNewerLevel})) << "an offer beside the answer";
  heartbeat_in(kNewerLevel, 2);
  EXPECT_EQ(levels_said(), (std::vector<int>{kNewerLevel}));
  heartbeat_in(1, 3);
  EXPECT_EQ(levels_said(), (std::vector<int>{1, kNewerLevel})) << "the build was taken back";
  config.format_level = 1;
  RaftReplica older(config, MapStorage(), {});
  Message message;
  message.kind = MessageKind::heartbeat;
  message.term = 1;
  older.receive(1, encode_message(message, 9, kNewerLevel), {});
  EXPECT_EQ(older.status().term, 0u) << "the older build drops what it does not know";
}

TEST(RaftReplica, AnOperatorChangesMembersAndLeader) {
  SimulationOptions options;
  Simulation simulation(options);
  simulation.run_for(2 * kSecond);
  const PeerId leader = simulation.leader().value();
  const auto other = static_cast<PeerId>((leader + 1) % options.nodes);
  const auto third = static_cast<PeerId>((leader + 2) % options.nodes);
  EXPECT_EQ(simulation.order({Order::Kind::transfer, other}), "");
  simulation.run_for(200 * kMillisecond);
  EXPECT_EQ(simulation.leader(), other);
  EXPECT_EQ(simulation.order({Order::Kind::remove_member, third}), "");
  simulation.run_for(200 * kMillisecond);
  for (PeerId id = 0; id < options.nodes; ++id) {
    const auto members = simulation.replica(id).status().members;
    EXPECT_EQ(members.size(), 4u) << "node " << id;
    EXPECT_FALSE(is_among(members, third)) << "node " << id;
  }
  // The one who leads goes, too, and another one leads soon.
  EXPECT_EQ(simulation.order({Order::Kind::remove_member, other}), "");
  simulation.run_for(200 * kMillisecond);
  ASSERT_TRUE(simulation.leader().has_value());
  EXPECT_NE(simulation.leader(), other);
  EXPECT_EQ(simulation.order({Order::Kind::add_member, other}), "");
  simulation.run_for(200 * kMillisecond);
  EXPECT_EQ(simulation.order({Order::Kind::add_member, third}), "");
  simulation.run_for(200 * kMillisecond);
  EXPECT_EQ(simulation.replica(third).status().members.size(), 5u);
  EXPECT_EQ(simulation.order({Order::Kind::transfer, 99}), "there is no such node");
  EXPECT_EQ(simulation.broken_invariant(), "");
}

// The row of the compacted log and snapshots carry who decides: a follower that was away for long learns it from a snapshot.
TEST(RaftReplica, MembershipOutlivesTheLog) {
  SimulationOptions options;
  options.log_entries_kept = 20;
  Simulation simulation(options);
  simulation.run_for(2 * kSecond);
  const PeerId leader = simulation.leader().value();
  const auto gone = static_cast<PeerId>((leader + 1) % options.nodes);
  const auto away = static_cast<PeerId>((leader + 2) % options.nodes);
  simulation.kill(away);
  ASSERT_EQ(simulation.order({Order::Kind::remove_member, gone}), "");
  simulation.run_for(3 * kSecond);
  simulation.restart(away);
  simulation.run_for(2 * kSecond);
  EXPECT_GT(simulation.replica(away).raft().counters().snapshots_installed, 0);
  EXPECT_EQ(simulation.replica(away).status().members.size(), 4u);
  simulation.kill(leader);
  simulation.restart(leader);
  EXPECT_EQ(simulation.replica(leader).status().members.size(), 4u) << "as stored";
}

}  // namespace
}  // namespace assay::refdb::raft
