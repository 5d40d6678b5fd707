// A replica of the leaderless mode (DeCandia et al., "Dynamo: Amazon's highly available key-value store", SOSP 2007): every node
// takes requests for the keys that it holds and asks the other replicas of the key; a read waits for R of N answers, a write for
// W. Writes are ordered by timestamps (last write wins) or kept side by side (siblings). Reads mend replicas that are behind;
// replicas compare hash trees in the background; other nodes may stand in for those that are away and keep hints for them. With
// timestamps past what a read quorum knows, and repair before the answer, a key is an atomic register (Attiya, Bar-Noy, Dolev,
// "Sharing memory robustly in message-passing systems", JACM 1995; Lynch & Shvartsman 1997).
//
// Storage rows: "k/<key>" cells, "h/<node><key>" hints, "p/<key>" acceptors of Paxos.
//
// Thread safety: none. Errors: what peers send and can't be, or claims the future, is dropped and counted.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/clocks/hybrid.h"
#include "targets/refdb/leaderless/bugs.h"
#include "targets/refdb/leaderless/client_words.h"
#include "targets/refdb/leaderless/gossip.h"
#include "targets/refdb/leaderless/merkle.h"
#include "targets/refdb/leaderless/messages.h"
#include "targets/refdb/leaderless/paxos.h"
#include "targets/refdb/leaderless/quorum.h"
#include "targets/refdb/leaderless/ring.h"
#include "targets/refdb/leaderless/settings.h"
#include "targets/refdb/replica/replica.h"
#include "targets/refdb/wire/client_messages.h"
#include "targets/refdb/wire/dropped.h"

namespace assay::refdb::leaderless {

struct Counters {
  std::int64_t reads = 0, writes = 0;  // coordinated here
  std::int64_t unavailable = 0, timeouts = 0, overloaded = 0;
  std::int64_t repairs = 0;
  std::int64_t hints_stored = 0, hints_delivered = 0;
  std::int64_t tree_comparisons = 0, tree_hashes_sent = 0, tree_cells_sent = 0;
  std::int64_t sibling_reads = 0;
  std::int64_t paxos_rounds = 0, paxos_refused = 0;
  wire::Dropped dropped;
};

class LeaderlessReplica final : public Replica {
 public:
  // Requires: check_config() and refuse() accepted `config`.
  LeaderlessReplica(const ReplicaConfig& config, const StorageReader& storage, LocalTime now);

  void tick(LocalTime now) override;
  void receive(PeerId from, std::string_view payload, LocalTime now) override;
  void client_request(ConnectionId connection, std::string_view payload, LocalTime now) override;
  void client_gone(ConnectionId) override {}
  void persisted(std::uint64_t batch, LocalTime now) override;
  Effects take_effects() override;
  std::int64_t next_deadline() const override;
  ReplicaStatus status() const override;

  // For tests.
  const Cell* cell_of(Key key) const;
  const Counters& counters() const { return counters_; }

 private:
  // Nothing that is counted up by one advances so far while a message is under way.
  static constexpr std::uint64_t kNumberLeapMax = std::uint64_t{1} << 32;

  using Caller = wire::Caller;
  // A request that this node coordinates.
  struct Pending {
    enum class Phase : std::uint8_t { reading, repairing, writing, answered };
    Phase phase = Phase::reading;
    Caller caller;
    Mop mop;
    clocks::VersionVector seen;
    std::size_t read_quorum = 1;
    std::size_t write_quorum = 1;
    std::vector<PeerId> replicas;  // that are asked: the homes, or who stands in for them
    QuorumRead read{1, true};
    std::set<PeerId> acknowledged;
    Cell cell;  // that is written
    std::int64_t deadline = 0;
    std::int64_t stand_in_at = INT64_MAX;  // when silent homes of a sloppy write get stand-ins
    std::set<PeerId> stood_in;             // homes
  };
  struct SerialPending {
    Caller caller;
    Mop mop;
    Round round;
    std::int64_t deadline = 0;
    std::int64_t retry_at = INT64_MAX;
    bool failed = false;  // an expectation was not met
  };
  // Waits until a batch is on disk.
  struct HeldAnswer {
    std::uint64_t batch = 0;
    PeerId to = 0;
    Message message;
  };
  struct HeldReply {
    std::uint64_t batch = 0;
    Caller caller;
    std::optional<Cell> cell;  // that was asked for
  };
  using Hint = std::pair<PeerId, Key>;

  // leaderless_replica.cpp
  void load(const StorageReader& storage);
  void advance_clock(LocalTime now);
  void send(PeerId to, Message message);
  void send_when_persisted(PeerId to, Message message);
  void release(std::uint64_t batch);
  void handle(PeerId from, Message& message);
  void answer(const Caller& caller, wire::Status status, std::vector<Value> results = {},
              const Cell* seen = nullptr, bool whole = false);
  void act_as_replica(const Caller& caller, const Mop& mop, RequestContext& context);
  bool store(Key key, const Cell& cell);
  void changed(Key key);
  bool claims_future(const Cell& cell) const;
  bool claims_future(const Ballot& ballot) const;
  bool holds(Key key) const { return ring_.holds(config_.self, ring_.group_of(key)); }

  // coordination.cpp
  void begin(const Caller& caller, const Mop& mop, const RequestContext& context);
  bool choose_replicas(Pending& pending);
  void start_read(std::uint64_t id, Pending& pending);
  void read_answered(std::uint64_t id, PeerId from, Cell cell);
  void read_done(std::uint64_t id, Pending& pending);
  void repair(std::uint64_t id, Pending& pending, bool silent_too);
  void answer_read(std::uint64_t id, Pending& pending);
  clocks::HybridTime next_time();
  void start_write(std::uint64_t id, Pending& pending);
  void write_acknowledged(std::uint64_t id, PeerId from);
  void stand_in(std::uint64_t id, Pending& pending);
  void give_up(std::uint64_t id, Pending& pending);
  void tick_pending();

  // background.cpp
  void handle_put(PeerId from, Message& message);
  void remember_hint(PeerId home, Key key);
  void deliver_hints();
  void hint_acknowledged(std::uint64_t id);
  void tick_gossip();
  void start_comparison();
  void compare_trees(PeerId from, const Message& message);
  void send_leaf(PeerId to, Group group, std::uint32_t leaf, bool wants_back);
  void take_cells(PeerId from, const Message& message);
  void drop_old_tombstones();

  // serial.cpp
  void own_serial_state(const Caller& caller, const Mop& mop);
  void begin_serial(const Caller& caller, const Mop& mop);
  void start_round(std::uint64_t id, SerialPending& pending);
  void handle_acceptor(PeerId from, const Message& message);
  void handle_proposer(PeerId from, const Message& message);
  void propose(std::uint64_t id, SerialPending& pending);
  void end_serial(std::uint64_t id, wire::Status status, std::vector<Value> results = {});
  void tick_serial();

  const ReplicaConfig config_;
  const Settings settings_;
  const Bugs bugs_;
  const Ring ring_;
  Rng rng_;
  LocalTime now_;
  clocks::HybridClock clock_;
  // This life of this node: a node that lost its data must not use a dot again.
  const clocks::ActorId actor_;
  Gossip gossip_;
  Counters counters_;

  std::map<Key, Cell> cells_;
  std::map<Group, MerkleTree> trees_;  // of the groups that this node holds
  std::map<Group, std::map<std::uint32_t, std::set<Key>>> leaves_;
  std::set<Hint> hints_;
  std::map<std::uint64_t, Hint> hints_sent_;
  std::map<Key, Acceptor> acceptors_;

  std::map<std::uint64_t, Pending> pending_;
  std::map<std::uint64_t, SerialPending> serial_;
  std::map<Key, std::deque<std::uint64_t>> serial_queues_;  // the first of each is under way
  std::uint64_t next_id_ = 1;
  std::uint64_t operations_ = 0;  // on data types, by this life of this node
  Ballot highest_ballot_;

  std::int64_t gossip_due_ = 0;
  std::int64_t comparison_due_ = INT64_MAX;
  std::int64_t hints_due_ = INT64_MAX;

  std::uint64_t batch_ = 0;
  std::set<Key> dirty_cells_;
  std::map<Key, std::uint64_t> not_on_disk_;  // the batch that each key's last change is part of
  std::set<Key> dirty_acceptors_;
  std::set<Hint> dirty_hints_;
  bool held_new_ = false;
  std::deque<HeldAnswer> held_;
  std::deque<HeldReply> held_replies_;
  std::vector<PeerMessage> outbox_;
  std::vector<ClientReply> replies_;
};

}  // namespace assay::refdb::leaderless
