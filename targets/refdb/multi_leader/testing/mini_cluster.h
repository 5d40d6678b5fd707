// A cluster of multi-leader replicas for tests: virtual time in steps of a millisecond, a network that loses, doubles and
// reorders, disks that lose what was not persisted when a node crashes, and requests answered to the test.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/multi_leader/multi_leader_replica.h"
#include "targets/refdb/replica/testing/map_storage.h"

namespace assay::refdb::multi_leader::testing {

struct NetworkOptions {
  std::uint64_t loss_percent = 0;
  std::uint64_t double_percent = 0;
  std::int64_t delay_max_ms = 5;
  std::uint64_t disk_max_ms = 2;
};

class MiniCluster {
 public:
  MiniCluster(PeerId nodes, const Facts& options, std::uint64_t seed, NetworkOptions network = {},
              std::vector<std::string> bugs = {});

  // A client of that node; a number for each call. Nothing when the node is down. The answer may come later.
  std::optional<std::uint64_t> ask(PeerId node, const Request& request);
  // Asks, and lets time pass until the answer is there.
  wire::ClientAnswer call(PeerId node, const Request& request);
  Value read(PeerId node, Key key) { return call(node, {{Fn::read, key, {}, {}}}).results.at(0); }
  wire::Status write(PeerId node, Key key, const Value& value) {
    return call(node, {{Fn::write, key, value, {}}}).status;
  }
  wire::Status mutate(PeerId node, Fn fn, Key key, const Value& argument) {
    return call(node, {{fn, key, argument, {}}}).status;
  }

  void run(std::int64_t milliseconds);
  // Lets time pass until all nodes that are up have applied the same; false when they do not within that time.
  bool settle(std::int64_t milliseconds);

  void crash(PeerId node);
  void start(PeerId node);
  // Takes away all that a node has stored. Requires: it is down.
  void wipe(PeerId node) { nodes_[node].stored.rows.clear(); }
  bool up(PeerId node) const { return nodes_[node].replica != nullptr; }
  void cut(PeerId a, PeerId b) { cut_.insert({std::min(a, b), std::max(a, b)}); }
  void isolate(PeerId node);
  void heal() { cut_.clear(); }
  void set_clock_offset(PeerId node, std::int64_t nanoseconds) { nodes_[node].wall_offset = nanoseconds; }
  // Hands a node a message as if it came from another.
  void inject(PeerId from, PeerId to, const std::string& payload);

  MultiLeaderReplica& replica(PeerId node) { return *nodes_[node].replica; }
  std::int64_t counter(PeerId node, std::string_view name) const;
  std::int64_t sum(std::string_view name) const;
  std::uint64_t cluster_id() const { return 77; }
  Rng& rng() { return rng_; }
  std::map<std::uint64_t, wire::ClientAnswer>& answers() { return answers_; }

 private:
  struct Node {
    std::unique_ptr<MultiLeaderReplica> replica;
    MapStorage stored;
    std::deque<std::pair<std::int64_t, Effects>> writing;  // when persisted
    std::int64_t wall_offset = 0;
  };
  struct Packet {
    PeerId from = 0, to = 0;
    std::string payload;
  };

  LocalTime time_of(const Node& node) const { return {now_, now_ + 1'000'000'000'000 + node.wall_offset}; }
  void step();
  void carry_out(PeerId node);
  void post(PeerId from, PeerMessage message);

  Options options_;
  NetworkOptions network_;
  std::vector<std::string> bugs_;
  Rng rng_;
  std::vector<Node> nodes_;
  std::multimap<std::int64_t, Packet> packets_;
  std::set<std::pair<PeerId, PeerId>> cut_;
  std::map<std::uint64_t, wire::ClientAnswer> answers_;
  std::uint64_t next_request_ = 1;
  std::int64_t now_ = 1'000'000'000;
};

}  // namespace assay::refdb::multi_leader::testing
