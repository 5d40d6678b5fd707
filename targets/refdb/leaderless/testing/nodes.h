// A few leaderless replicas wired together by hand, for tests: messages arrive at once and in order unless a node is cut off,
// disks answer at once, and time passes only when the test says so.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "targets/refdb/leaderless/leaderless_replica.h"
#include "targets/refdb/replica/testing/map_storage.h"
#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb::leaderless::testing {

// Options as a user gives them.
inline Facts with(std::initializer_list<std::pair<const char*, const char*>> options) {
  Facts facts;
  for (const auto& [name, value] : options) facts.push_back({name, Value::text(value)});
  return facts;
}

class Nodes {
 public:
  explicit Nodes(PeerId size, const Facts& options = {}, std::vector<std::string> bugs = {}) : disks(size) {
    config.cluster_size = size;
    config.cluster_id = 9;
    config.options = Options(option_specs(), options);
    config.bugs = std::move(bugs);
    for (PeerId node = 0; node < size; ++node) start(node);
  }

  void start(PeerId node) {
    ReplicaConfig own = config;
    own.self = node;
    own.seed = 100u * ++starts_ + node;
    replicas.resize(std::max<std::size_t>(replicas.size(), node + 1u));
    replicas[node] = std::make_unique<LeaderlessReplica>(own, disks[node], clock());
  }
  LocalTime clock() const { return {now, now + wall_ahead + 1'000'000'000'000}; }

  // Carries messages until there are none. Those from and to nodes that are cut off are lost.
  void settle() {
    for (bool busy = true; busy;) {
      busy = false;
      for (PeerId node = 0; node < replicas.size(); ++node) busy = pump(node) || busy;
    }
  }
  void pass(std::int64_t time) {
    for (const std::int64_t end = now + time; now < end;) {
      now = std::min(end, now + 10'000'000);
      for (auto& replica : replicas) {
        if (replica->next_deadline() <= now) replica->tick(clock());
      }
      settle();
    }
  }

  // Asks a node; nothing while it has not answered.
  std::optional<wire::ClientAnswer> ask(PeerId node, Mop mop, const RequestContext& context = {}) {
    const ConnectionId connection = ++last_connection_;
    const wire::ClientRequest request{7, connection, 1, {std::move(mop)}, encode_request_context(context)};
    replicas[node]->client_request(connection, wire::encode_request(request), clock());
    settle();
    return answer_to(connection);
  }
  std::optional<wire::ClientAnswer> answer_to(ConnectionId connection) {
    const auto found = answers.find(connection);
    return found == answers.end() ? std::nullopt : wire::decode_answer(found->second);
  }
  ConnectionId last_connection() const { return last_connection_; }
  std::optional<wire::ClientAnswer> write(PeerId node, Key key, std::int64_t value) {
    return ask(node, {Fn::write, key, Value(value), {}});
  }
  std::optional<wire::ClientAnswer> read(PeerId node, Key key) { return ask(node, {Fn::read, key, {}, {}}); }
  Value own(PeerId node, Key key) const {
    const Cell* cell = replicas[node]->cell_of(key);
    return cell == nullptr ? Value() : cell->result();
  }

  ReplicaConfig config;
  std::int64_t now = 0;
  std::int64_t wall_ahead = 0;
  std::set<PeerId> cut;
  std::vector<MapStorage> disks;
  std::vector<std::unique_ptr<LeaderlessReplica>> replicas;
  std::map<ConnectionId, std::string> answers;

 private:
  bool pump(PeerId node) {
    const Effects effects = replicas[node]->take_effects();
    disks[node].apply(effects);
    for (const ClientReply& reply : effects.replies) answers[reply.connection] = reply.payload;
    for (const PeerMessage& message : effects.messages) {
      if (cut.contains(node) || cut.contains(message.to)) continue;
      replicas[message.to]->receive(node, message.payload, clock());
    }
    if (effects.has_writes()) replicas[node]->persisted(effects.batch, clock());
    return effects.has_writes() || !effects.messages.empty() || !effects.replies.empty();
  }

  std::uint64_t starts_ = 0;
  ConnectionId last_connection_ = 0;
};

}  // namespace assay::refdb::leaderless::testing
