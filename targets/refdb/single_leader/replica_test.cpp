// One node that a test feeds by hand: what it does with messages, and with nonsense.
#include <gtest/gtest.h>

#include <map>

#include "harness/core/time.h"
#include "targets/refdb/raft/log_rows.h"
#include "targets/refdb/replica/testing/map_storage.h"
#include "targets/refdb/single_leader/functions.h"
#include "targets/refdb/single_leader/single_leader_replica.h"

namespace assay::refdb::single_leader {
namespace {

// Node 0, whose disk is instant.
class Node {
 public:
  explicit Node(PeerId size = 3, Facts options = {}, std::uint64_t kept = 5'000) {
    config.cluster_size = size;
    config.cluster_id = 77;
    config.log_entries_kept = kept;
    config.options = Options(option_specs(), options);
    restart();
  }
  void restart() { replica = std::make_unique<SingleLeaderReplica>(config, storage, clock()); }
  LocalTime clock() const { return {now, now}; }
  void wait(std::int64_t duration) {
    now += duration;
    replica->tick(clock());
    settle();
  }
  void settle() {
    for (int i = 0; i < 4; ++i) {
      Effects effects = replica->take_effects();
      storage.apply(effects);
      for (const PeerMessage& message : effects.messages) {
        sent.push_back(decode_message(message.payload, config.cluster_id).message);
        sent.back().to = message.to;
      }
      for (const ClientReply& reply : effects.replies)
        replies.push_back(wire::decode_answer(reply.payload).value());
      if (effects.has_writes()) replica->persisted(effects.batch, clock());
    }
  }
  void receive(PeerId from, const Message& message) {
    replica->receive(from, encode_message(message, config.cluster_id), clock());
    settle();
  }
  void request(std::uint64_t client, std::uint64_t number, Mop mop, const RequestContext& context = {}) {
    wire::ClientRequest request{client, number, 1, {std::move(mop)}, encode_context(context)};
    replica->client_request(1, wire::encode_request(request), clock());
    settle();
  }
  Message append(Epoch epoch, Position before, std::vector<Epoch> epochs, Lsn commit) const {
    Message message;
    message.epoch = epoch;
    message.position = before;
    message.commit = commit;
    for (const Epoch each : epochs) {
      const Lsn lsn = before.lsn + 1 + message.entries.size();
      const wire::ClientRequest request{
          each, lsn, 0, {{Fn::write, static_cast<Key>(lsn), Value(static_cast<std::int64_t>(each)), {}}}, {}};
      message.entries.push_back(
          {lsn, each, EntryKind::command,
           std::make_shared<const std::string>(write_record({}, 0, wire::encode_command(request)))});
    }
    return message;
  }
  std::int64_t counter(std::string_view name) const {
    for (const auto& [each, value] : replica->status().counters) {
      if (each == name) return value;
    }
    return -1;
  }
  Message last() const { return sent.empty() ? Message{} : sent.back(); }

  ReplicaConfig config;
  MapStorage storage;
  std::int64_t now = kSecond;
  std::unique_ptr<SingleLeaderReplica> replica;
  std::vector<Message> sent;
  std::vector<wire::ClientAnswer> replies;
};

const Facts kAsyncAlone = {{"replication", Value::text("async")}, {"protection", Value::text("none")}};

TEST(SingleLeader, TakesTheLeadersEntriesAndAnswersHowFarItIs) {
  Node node;
  node.receive(1, node.append(1, {}, {1, 1, 1}, 2));
  EXPECT_EQ(node.last().kind, MessageKind::append_answer);
  EXPECT_FALSE(node.last().refused);
  EXPECT_EQ(node.last().position, (Position{1, 3}));
  EXPECT_EQ(node.replica->status().applied_index, 2u);
  EXPECT_EQ(node.replica->status().leader, PeerId{1});
  node.receive(1, node.append(1, {1, 7}, {1}, 2));
  EXPECT_TRUE(node.last().refused);
  EXPECT_EQ(node.last().position.lsn, 3u);
}

TEST(SingleLeader, DiscardsWhatTheNewLeaderDoesNotHaveAndUndoesIt) {
  Node node(3, kAsyncAlone);
  node.receive(1, node.append(1, {}, {1, 1, 1, 1}, 4));
  EXPECT_EQ(node.replica->group(0).state().get(4), Value(1));
  node.receive(2, node.append(2, {1, 2}, {2}, 3));
  EXPECT_EQ(node.last().position, (Position{2, 3}));
  EXPECT_EQ(node.counter("entries_discarded"), 2);
  EXPECT_EQ(node.counter("rollbacks"), 1);
  EXPECT_EQ(node.replica->group(0).state().get(2), Value(1));
  EXPECT_EQ(node.replica->group(0).state().get(3), Value(2));
  EXPECT_EQ(node.replica->group(0).state().get(4), Value());
  // Also what was discarded stays so after a restart.
  node.restart();
  EXPECT_EQ(node.replica->status().last_index, 3u);
  EXPECT_EQ(node.replica->group(0).state().get(2), Value(1));
}

TEST(SingleLeader, ARestartedNodeReplaysItsLogOnTheCheckpoint) {
  Node node(3, {}, 4);
  for (Lsn lsn = 0; lsn < 40; ++lsn) node.receive(1, node.append(1, {lsn == 0 ? 0u : 1u, lsn}, {1}, lsn + 1));
  const std::uint64_t digest = node.replica->group(0).state().digest();
  EXPECT_EQ(node.replica->status().applied_index, 40u);
  EXPECT_LT(node.storage.rows.count(raft::log_row(20)), 1u);
  node.restart();
  node.receive(1, node.append(1, {1, 40}, {1}, 40));
  EXPECT_EQ(node.replica->status().applied_index, 40u);
  EXPECT_EQ(node.replica->group(0).state().digest(), digest);
}

TEST(SingleLeader, ALowerEpochIsRefusedWithProtectionAndObeyedWithout) {
  Node fenced;
  fenced.receive(1, fenced.append(5, {}, {5}, 1));
  fenced.receive(2, fenced.append(3, {}, {3}, 1));
  EXPECT_TRUE(fenced.last().refused);
  EXPECT_EQ(fenced.last().epoch, 5u);
  EXPECT_EQ(fenced.replica->group(0).state().get(1), Value(5));
  EXPECT_EQ(fenced.counter("lower_epoch_refused"), 1);
  Node open(3, kAsyncAlone);
  open.receive(1, open.append(5, {}, {5}, 1));
  open.receive(2, open.append(3, {}, {3}, 1));
  EXPECT_FALSE(open.last().refused);
  EXPECT_EQ(open.replica->group(0).state().get(1), Value(3));
}

TEST(SingleLeader, PromisesToOneSurveyOnlyAndNotWhileTheLeaderLives) {
  Node node;
  node.receive(1, node.append(1, {}, {1}, 1));
  Message survey;
  survey.kind = MessageKind::survey;
  survey.epoch = 5;
  survey.round = 1;
  node.receive(2, survey);
  EXPECT_TRUE(node.last().refused);
  EXPECT_TRUE(node.last().leader_lives);
  node.now += 600 * kMillisecond;
  node.receive(2, survey);
  EXPECT_FALSE(node.last().refused);
  EXPECT_EQ(node.last().position, (Position{1, 1}));
  EXPECT_EQ(node.last().epoch, 5u);
  node.receive(1, survey);
  EXPECT_TRUE(node.last().refused);
  // The promise is kept over a restart.
  node.restart();
  node.receive(1, node.append(1, {1, 1}, {1}, 1));
  EXPECT_TRUE(node.last().refused);
}

TEST(SingleLeader, WithoutVotesItPromotesItselfWhenNobodyIsFurther) {
  Node node(3, kAsyncAlone);
  node.wait(800 * kMillisecond);
  EXPECT_EQ(node.replica->status().role, "candidate");
  node.wait(200 * kMillisecond);
  EXPECT_EQ(node.replica->status().role, "leader");
  node.request(9, 1, {Fn::write, 1, Value(5), {}});
  ASSERT_EQ(node.replies.size(), 1u);
  EXPECT_EQ(node.replies[0].status, wire::Status::ok);
  EXPECT_EQ(decode_answer_context(node.replies[0].context)->position.lsn, 2u);
}

TEST(SingleLeader, SendsWhoIsFurtherToTakeOver) {
  Node node(3, kAsyncAlone);
  node.wait(800 * kMillisecond);
  Message answer;
  answer.kind = MessageKind::survey_answer;
  answer.epoch = node.last().epoch;
  answer.round = node.last().round;
  answer.position = {0, 0};
  node.receive(2, answer);
  answer.position = {1, 4};
  node.receive(1, answer);
  EXPECT_EQ(node.replica->status().role, "follower");
  EXPECT_EQ(node.last().kind, MessageKind::take_over);
  EXPECT_EQ(node.last().to, 1);
}

TEST(SingleLeader, WithVotesItNeedsAMajority) {
  Node node;
  node.wait(800 * kMillisecond);
  node.wait(300 * kMillisecond);
  EXPECT_EQ(node.replica->status().role, "follower");
  node.wait(800 * kMillisecond);
  Message answer;
  answer.kind = MessageKind::survey_answer;
  answer.epoch = node.last().epoch;
  answer.round = node.last().round;
  node.receive(2, answer);
  node.wait(300 * kMillisecond);
  EXPECT_EQ(node.replica->status().role, "leader");
}

TEST(SingleLeader, ALocalReadAsksForAPositionOrALag) {
  Node node;
  node.receive(1, node.append(1, {}, {1, 1}, 1));
  RequestContext context;
  context.place = RequestContext::Place::local;
  context.minimum = {1, 1};
  const Mop read{Fn::read, 1, {}, {}};
  node.request(9, 1, read, context);
  EXPECT_EQ(node.replies.back().results.at(0), Value(1));
  context.minimum = {1, 2};
  node.request(9, 2, read, context);
  EXPECT_EQ(node.replies.back().status, wire::Status::replica_behind);
  context.place = RequestContext::Place::local_waiting;
  node.request(9, 3, read, context);
  EXPECT_EQ(node.replies.size(), 2u);
  node.receive(1, node.append(1, {1, 2}, {}, 2));
  EXPECT_EQ(node.replies.size(), 3u);
  EXPECT_EQ(node.replies.back().status, wire::Status::ok);
  node.now += 100 * kMillisecond;
  context = {};
  context.place = RequestContext::Place::local;
  context.max_lag = 50 * kMillisecond;
  node.request(9, 4, read, context);
  EXPECT_EQ(node.replies.back().status, wire::Status::replica_behind);
}

TEST(SingleLeader, ALeaderThatIsToldOfALaterEpochStepsDown) {
  Node node(3, {{"replication", Value::text("async")}, {"protection", Value::text("fencing-token")}});
  node.wait(800 * kMillisecond);
  node.wait(200 * kMillisecond);
  ASSERT_EQ(node.replica->status().role, "leader");
  RequestContext context;
  context.fence = node.replica->status().term + 1;
  node.request(9, 1, {Fn::write, 1, Value(1), {}}, context);
  EXPECT_EQ(node.replies.back().status, wire::Status::not_leader);
  EXPECT_EQ(node.replica->status().role, "follower");
  EXPECT_EQ(node.counter("fenced_requests"), 1);
}

TEST(SingleLeader, GarbageForeignersAndTheFutureAreDroppedAndCounted) {
  Node node(3, kAsyncAlone);
  node.wait(800 * kMillisecond);
  node.wait(200 * kMillisecond);
  ASSERT_EQ(node.replica->status().role, "leader");
  const ReplicaStatus before = node.replica->status();
  node.replica->receive(1, "garbage", node.clock());
  node.replica->client_request(1, "GET / HTTP/1.1", node.clock());
  Message message = node.append(before.term, {}, {}, 0);
  std::string other_version = encode_message(message, 77);
  other_version[1] = 9;
  node.replica->receive(1, other_version, node.clock());
  node.replica->receive(1, encode_message(message, 78), node.clock());
  message.shard = 5;
  node.receive(1, message);
  Message future = message;
  future.shard = 0;
  future.epoch = Epoch{1} << 60;
  node.receive(1, future);
  future.kind = MessageKind::append_answer;
  future.epoch = before.term;
  future.position = {before.term, before.last_index + 1'000};
  node.receive(1, future);
  future.position = {};
  future.round = 1'000'000;
  node.receive(1, future);
  node.receive(1, node.append(before.term, {}, {}, 0));  // a second leader of the same epoch
  EXPECT_EQ(node.counter("garbage_dropped"), 3);
  EXPECT_EQ(node.counter("unknown_version_dropped"), 1);
  EXPECT_EQ(node.counter("foreign_cluster_dropped"), 1);
  EXPECT_EQ(node.counter("future_dropped"), 3);
  EXPECT_EQ(node.counter("nonsense_dropped"), 1);
  EXPECT_EQ(node.replica->status().role, "leader");
  EXPECT_EQ(node.replica->status().term, before.term);
  EXPECT_EQ(node.replica->status().last_index, before.last_index);
}

}  // namespace
}  // namespace assay::refdb::single_leader
