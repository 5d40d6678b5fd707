// Raft, the key-value state machine and client requests put together as a Replica: what a driver runs.
//
// Storage rows: those of kv/rows.h and raft/log_rows.h. Group commit: all requests between two take_effects()
// share one batch of storage and one append per follower.
//
// Formats (messages.h): a build of level 2 speaks level 1 to each peer until that speaks level 2, and again once it does no
// longer; it offers level 2 by sending heartbeats and their answers in both. A build of level 1 drops the second copy.
//
// Thread safety: none. Errors: a client's garbage is answered bad_request where it can be, else counted.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "targets/refdb/kv/state_machine.h"
#include "targets/refdb/raft/raft.h"
#include "targets/refdb/replica/replica.h"
#include "targets/refdb/wire/client_messages.h"
#include "targets/refdb/wire/dropped.h"

namespace assay::refdb::raft {

class RaftReplica final : public Replica {
 public:
  // Requires: check_config() accepted `config`.
  RaftReplica(const ReplicaConfig& config, const StorageReader& storage, LocalTime now);

  void tick(LocalTime now) override;
  void receive(PeerId from, std::string_view payload, LocalTime now) override;
  void client_request(ConnectionId connection, std::string_view payload, LocalTime now) override;
  // Answers for a connection that is gone are made all the same; the driver drops them.
  void client_gone(ConnectionId connection) override;
  void persisted(std::uint64_t batch, LocalTime now) override;
  std::string order(const Order& order, LocalTime now) override;
  Effects take_effects() override;
  std::int64_t next_deadline() const override;
  ReplicaStatus status() const override;

  // For tests.
  const Raft& raft() const { return raft_; }
  const StateMachine& state_machine() const { return state_machine_; }

 private:
  using Caller = wire::Caller;
  struct PendingWrite {
    Index index = 0;
    Term term = 0;
    Caller caller;
  };
  struct PendingRead {
    Caller caller;
    std::vector<Mop> mops;
  };

  void request_read(const Caller& caller, wire::ClientRequest request, LocalTime now);
  void request_write(const Caller& caller, wire::ClientRequest request, LocalTime now);
  bool queue_is_full() const;
  void answer(const Caller& caller, wire::Status status);
  void answer_body(const Caller& caller, std::string_view body);
  bool decide_cas_now(const Caller& caller, wire::ClientRequest& request);
  void apply_committed(const std::vector<Entry>& entries);
  void finish_reads(const std::vector<ReadState>& reads);
  void drop_pending_writes();
  void keep_log_short();
  void write_rows(const Ready& ready, Effects& effects);
  void send(const std::vector<Message>& messages, Effects& effects);

  const ReplicaConfig config_;
  const Bugs bugs_;
  const bool local_reads_;
  StateMachine state_machine_;
  Raft raft_;
  std::deque<PendingWrite> pending_writes_;                       // by index
  std::unordered_map<std::uint64_t, PendingRead> pending_reads_;  // by context; never iterated
  std::uint64_t next_context_ = 1;
  std::vector<ClientReply> replies_;
  wire::Dropped dropped_;  // before the protocol saw it
  std::int64_t overloaded_ = 0;
  std::vector<bool> speaks_newer_;  // by peer: its latest message was in the newer format
  std::int64_t newer_messages_ = 0;
};

}  // namespace assay::refdb::raft
