// Multi-leader replication: every leader accepts writes and sends them to the others as updates, which all apply once, in the
// order of their origin and never before what they depend on. Concurrent writes of one key are resolved by rules that come to
// the same result everywhere (resolution.h), so leaders that have the same updates have the same values.
//
// A node answers, acknowledges and forwards only what is stored: it holds every answer and message back until the batch of
// storage that it may rest on is persisted. So a number of an origin never means two updates, and an acknowledged update needs
// no second sending; a node whose data was lost is another origin (identity.h). A node that was away gets what it lacks from the senders' logs, or the whole state, which merges.
//
// Storage rows: those of cell_store.h and update_log.h.
//
// Thread safety: none. Errors: garbage, unknown versions, foreign clusters, nonsense and messages from the future are dropped
// and counted. Complexity: an update costs its size, and a look at every origin for each receiver.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "targets/refdb/multi_leader/cell_store.h"
#include "targets/refdb/multi_leader/datacenter.h"
#include "targets/refdb/multi_leader/sender.h"
#include "targets/refdb/multi_leader/server_texts.h"
#include "targets/refdb/multi_leader/session_context.h"
#include "targets/refdb/multi_leader/settings.h"
#include "targets/refdb/wire/client_messages.h"
#include "targets/refdb/wire/dropped.h"

namespace assay::refdb::multi_leader {

class MultiLeaderReplica final : public Replica {
 public:
  // Requires: check_config() accepted `config`, and refuse() its options.
  MultiLeaderReplica(const ReplicaConfig& config, const StorageReader& storage, LocalTime now);

  void tick(LocalTime now) override;
  void receive(PeerId from, std::string_view payload, LocalTime now) override;
  void client_request(ConnectionId connection, std::string_view payload, LocalTime now) override;
  void client_gone(ConnectionId) override {}
  void persisted(std::uint64_t batch, LocalTime now) override;
  Effects take_effects() override;
  std::int64_t next_deadline() const override;
  ReplicaStatus status() const override;

  // For tests.
  Value value(Key key) const {
    return texts_.knows(key) ? Value::text(texts_.text(key)) : shown(store_.cell(key), settings_.rules);
  }
  const VersionVector& applied() const { return store_.applied(); }
  clocks::ActorId actor() const { return actor_; }

 private:
  using Caller = wire::Caller;
  // What must not leave before a batch of storage is persisted.
  struct Held {
    std::uint64_t batch = 0;
    VersionVector applied;
    std::vector<ClientReply> replies;
    std::vector<PeerMessage> messages;
  };
  struct Waiting {
    Update update;
    Forwarded forwarded;
  };
  struct Assembly {
    PeerId from = 0;
    std::uint64_t id = 0;
    std::map<std::uint32_t, std::string> pieces;
  };
  struct Counts {
    std::int64_t updates_made = 0, updates_applied = 0, duplicates = 0, hops = 0, hellos = 0,
                 states_merged = 0, takeovers = 0;
    std::int64_t delay_us = 0, within_1ms = 0, within_10ms = 0, within_100ms = 0, within_1s = 0, behind = 0;
    std::int64_t overloaded = 0;
    wire::Dropped dropped;
  };

  Sender::Source source() const;
  // Decides who leads the datacenter.
  void note(LocalTime now);
  // This node is one that the receiver of that sender gets updates from.
  bool serves(const Sender& sender) const;
  // Clients.
  void read_request(const Caller& caller, const wire::ClientRequest& request);
  void write_request(const Caller& caller, const wire::ClientRequest& request, const SessionContext& context,
                     LocalTime now);
  std::string context_of(const std::vector<Mop>& mops) const;
  wire::Status apply_mops(const std::vector<Mop>& mops, const SessionContext& context, LocalTime now,
                          std::vector<Value>& results, std::map<Key, crdt::Cell>& deltas);
  wire::Status edit_text(const Mop& mop);
  void post(std::vector<ServerTexts::Outgoing> messages);
  void make_update(std::map<Key, crdt::Cell> deltas, LocalTime now);
  void answer(const Caller& caller, wire::Status status, std::vector<Value> results = {},
              const std::vector<Mop>& mops = {});
  void answer_body(const Caller& caller, std::string_view body, const std::vector<Mop>& mops = {});
  crdt::Stamp next_stamp(std::size_t mop, LocalTime now);
  // Peers.
  void receive_updates(PeerId from, std::vector<Forwarded> updates, LocalTime now);
  void receive_update(Forwarded forwarded, LocalTime now);
  void receive_edits(PeerId from, Message message);
  void receive_hello(PeerId from, const Message& message, LocalTime now);
  void receive_state(PeerId from, StatePiece piece, LocalTime now);
  bool claims_the_future(const Update& update, LocalTime now) const;
  bool can_apply(const Update& update) const;
  void apply(Waiting waiting, LocalTime now);
  void apply_waiting(LocalTime now);
  void count_delay(const Update& update, LocalTime now);
  void add_again(const Update& update);
  void send_updates(LocalTime now);
  void send_state(Sender& sender, LocalTime now);
  void send_hello(PeerId to);
  void shorten_log();

  const ReplicaConfig config_;
  const Settings settings_;
  const std::vector<PeerId> sources_;  // owed acknowledgements
  CellStore store_;
  UpdateLog log_;
  ServerTexts texts_;
  clocks::HybridClock clock_;
  Datacenter datacenter_;
  clocks::ActorId actor_ = 0;
  std::int64_t now_ = 0;  // monotonic
  VersionVector stored_;  // applied and persisted
  std::vector<Sender> senders_;
  std::map<Dot, Waiting> waiting_;
  std::map<PeerId, bool> owed_;
  std::optional<Assembly> assembly_;
  std::deque<Held> held_;
  std::vector<ClientReply> replies_;       // since the last take_effects(); may rest on what is not stored
  std::vector<PeerMessage> messages_;      // the same
  std::vector<ClientReply> free_replies_;  // may go
  std::vector<PeerMessage> free_messages_;
  std::size_t replies_held_ = 0;
  std::uint64_t next_batch_ = 1;
  std::uint64_t next_state_ = 1;
  std::int64_t hello_at_ = 0;
  Counts counts_;
  SenderCounters sent_;
  Tally tally_;
};

}  // namespace assay::refdb::multi_leader
