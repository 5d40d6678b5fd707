// The seam between a protocol of refdb and the world it runs in. A Replica is a state machine without I/O: no
// clock, no socket, no file, no thread. Inputs are method calls, outputs are one Effects value. Two drivers
// run the very same object: the real server (targets/refdb/net) and the simulator (targets/refdb/simulated).
//
// The driver's duties, without which the protocol is not safe:
//  1. Call one method at a time, and take_effects() after every call (or after a batch of calls).
//  2. Effects::writes of one take are applied to storage atomically, in the order in which they were taken.
//     A crash keeps a prefix of that order, never a subset with holes.
//  3. If Effects::must_sync, everything written so far must survive power loss before persisted(batch) is
//  called.
//     If not, persisted() may be called at once, and the writes may be lost in a crash (suffix first).
//  4. persisted(batch) is called for every take with has_writes(), in order.
//  5. Effects::messages and replies may be sent at once, in order. The network may lose, delay, duplicate and
//  reorder
//     messages; a reply goes to the connection that the request came from, and is dropped when that is gone.
//  6. tick() is called no later than next_deadline(), as read from the same monotonic clock that the inputs
//  carry.
//  7. After a crash a new Replica is made from what storage holds; nothing else of the old one survives.
//
// Thread safety: none. Errors: garbage from the network is counted and dropped, never fatal.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "targets/refdb/replica/options.h"

namespace assay::refdb {

class ClientLogic;    // targets/refdb/client/client_logic.h
struct ClientConfig;  // the same

using PeerId = std::uint16_t;        // index of a node of the cluster, from 0
using ConnectionId = std::uint64_t;  // a client's connection to this node

// What a node's own clocks show, in nanoseconds. Only differences of monotonic mean anything; it never goes
// back while the process lives, but may run slightly fast or slow. wall may jump.
struct LocalTime {
  std::int64_t monotonic = 0;
  std::int64_t wall = 0;
};

struct Write {
  std::string key;
  std::optional<std::string> value;  // nothing: delete the key
};

struct PeerMessage {
  PeerId to = 0;
  std::string payload;
};

struct ClientReply {
  ConnectionId connection = 0;
  std::string payload;
};

struct Effects {
  std::vector<PeerMessage> messages;
  std::vector<ClientReply> replies;
  std::vector<Write> writes;
  // Keys in [first, second) to delete, after `writes`, in the same atomic batch.
  std::vector<std::pair<std::string, std::string>> delete_ranges;
  bool must_sync = false;
  std::uint64_t batch = 0;  // hand it to persisted()

  bool has_writes() const { return !writes.empty() || !delete_ranges.empty() || must_sync; }
};

// Storage as a new Replica reads it when it starts: an ordered map of bytes.
class StorageReader {
 public:
  virtual ~StorageReader() = default;
  // Calls `visit` for every key that starts with `prefix`, in order of bytes.
  virtual void scan(std::string_view prefix,
                    const std::function<void(std::string_view key, std::string_view value)>& visit) const = 0;
};

// For status pages, metrics, tests and faults aimed at the leader.
struct ReplicaStatus {
  std::string role;              // "leader", "follower", "candidate" ...
  std::optional<PeerId> leader;  // as this node sees it
  std::uint64_t term = 0;
  std::uint64_t commit_index = 0;
  std::uint64_t applied_index = 0;
  std::uint64_t last_index = 0;
  std::vector<PeerId>
      members;  // that decide, as this node has it; empty: all nodes of the cluster do, always
  // Further counters, name and value, in a fixed order: elections, snapshots sent, garbage dropped ...
  std::vector<std::pair<std::string, std::int64_t>> counters;
};

// What an operator may ask of one node.
struct Order {
  enum class Kind : std::uint8_t {
    transfer,       // let `node` lead in this one's place
    add_member,     // let `node` decide, too
    remove_member,  // let it no longer
  };
  Kind kind = Kind::transfer;
  PeerId node = 0;
};

class Replica {
 public:
  virtual ~Replica() = default;
  virtual void tick(LocalTime now) = 0;
  virtual void receive(PeerId from, std::string_view payload, LocalTime now) = 0;
  virtual void client_request(ConnectionId connection, std::string_view payload, LocalTime now) = 0;
  virtual void client_gone(ConnectionId connection) = 0;
  virtual void persisted(std::uint64_t batch, LocalTime now) = 0;
  // Empty when the order was taken, which promises nothing yet; else why not.
  virtual std::string order(const Order& order, LocalTime now) {
    return static_cast<void>(order), static_cast<void>(now), "this mode takes no orders";
  }
  virtual Effects take_effects() = 0;
  // On the monotonic clock.
  virtual std::int64_t next_deadline() const = 0;
  virtual ReplicaStatus status() const = 0;
};

// What every protocol is configured with. Durations in nanoseconds.
struct ReplicaConfig {
  PeerId self = 0;
  PeerId cluster_size = 1;
  std::uint64_t cluster_id = 0;  // messages of another cluster are dropped
  std::uint64_t seed = 0;        // for randomized timeouts
  Options options;               // of the mode
  std::int64_t heartbeat_interval = 50'000'000;
  std::int64_t election_timeout_min = 300'000'000;
  std::int64_t election_timeout_max = 600'000'000;
  std::int64_t clock_drift_ppm_max =
      50'000;  // how far two monotonic clocks may differ in rate; leases rely on it
  std::uint64_t log_entries_kept = 5'000;  // behind the applied index, before the log is compacted
  std::size_t client_queue_max = 4'096;    // requests in flight before the answer is "overloaded"
  int format_level = 1;                    // which formats this build speaks: this one and those before
  std::vector<std::string> bugs;           // seeded bugs, by name
};

// What a protocol's folder offers; `make` throws std::invalid_argument with one sentence for a bad
// configuration.
struct ProtocolPlugin {
  std::string_view mode;  // "raft"
  std::string_view summary;
  std::string_view breaks;  // what breaks the claim, for people
  std::span<const OptionSpec> options;
  // What the mode claims with these options on so many nodes: "linearizable".
  std::string (*claim)(const Options& options, int nodes);
  // Why these options can't be combined, or not with so many nodes; nothing when they can. Null: they always can.
  std::optional<std::string> (*refuse)(const Options& options, int nodes);
  struct Bug {
    std::string_view name;
    std::string_view summary;
    std::string_view
        needs;  // nemesis and options under which it shows, e.g. "kill,partition" or "reads=lease"
  };
  const std::vector<Bug>& (*bugs)();
  std::unique_ptr<Replica> (*make)(const ReplicaConfig& config, const StorageReader& storage, LocalTime now);
  std::unique_ptr<ClientLogic> (*make_client)(const ClientConfig& config);
  // Its nodes take orders, and those of format level 2 get on with those of level 1.
  bool takes_orders = false;
};

}  // namespace assay::refdb
