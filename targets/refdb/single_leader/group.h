// One leader and its followers for one shard of the data: the protocol of mode single-leader as this node sees it. Pure.
//
// Replication: the leader puts writes into its log (numbered by LSN), followers get them in order and tell how far they are.
// A write is acknowledged, applied and shown to readers once those have it whom Settings::replication names. Followers apply
// what they have up to the leader's acknowledged position.
//
// Failover: a follower that misses the leader asks all others for their positions (a survey); the one that is furthest
// promotes itself under a new epoch, after which its log is the truth and what others have beyond it is discarded and counted.
// With protection none or fencing-token that is all: two nodes on two sides of a cut may both do so. With lease or quorum an
// answer to a survey is also a promise to obey no earlier epoch, and a majority of promises is needed; an acknowledged write
// of replication quorum is then in the log of some node of every such majority (the argument of Paxos's two phases and of
// Raft's election restriction).
//
// Checkpoint and log: base_ is the state at the beginning of the log that is kept; it alone is stored as rows. state_ is base_
// with the log applied on top. So a restart replays the log, and a tail that is discarded is undone by replaying up to it.
//
// Thread safety: none. Errors: nonsense from peers is counted and dropped.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/kv/state_machine.h"
#include "targets/refdb/raft/log.h"
#include "targets/refdb/single_leader/bugs.h"
#include "targets/refdb/single_leader/messages.h"
#include "targets/refdb/single_leader/phi_accrual.h"
#include "targets/refdb/single_leader/position.h"
#include "targets/refdb/single_leader/settings.h"
#include "targets/refdb/wire/client_messages.h"
#include "targets/refdb/wire/dropped.h"

namespace assay::refdb::single_leader {

enum class Role : std::uint8_t { follower, surveyor, leader };
const char* role_name(Role role);

using wire::Caller;

struct GroupCounters {
  std::int64_t promotions = 0;
  std::int64_t failovers = 0;              // promotions by a node that had known another leader
  std::int64_t failover_detection_ns = 0;  // from the last word of the old leader to the suspicion
  std::int64_t failover_election_ns = 0;   // from there to the promotion
  std::int64_t failover_total_ns =
      0;  // from the last word of the old leader to the first acknowledged entry of the new
  std::int64_t suspicions = 0;
  std::int64_t spurious_suspicions = 0;  // the leader spoke again in the same epoch
  std::int64_t stepped_down = 0;
  std::int64_t entries_discarded = 0;
  std::int64_t acknowledged_discarded =
      0;  // of which this node had written as a leader, and which were acknowledged
  std::int64_t split_brain_acks = 0;  // of which after the new leader was promoted
  std::int64_t rollbacks = 0;
  std::int64_t snapshots_sent = 0;
  std::int64_t snapshots_installed = 0;
  std::int64_t synchronous_replaced = 0;
  std::int64_t lower_epoch_refused = 0;
  std::int64_t fenced_requests = 0;
  std::int64_t not_accepting = 0;  // requests refused by a leader without lease or majority
  std::int64_t local_reads = 0;
  std::int64_t reads_behind = 0;
  std::int64_t reads_waited = 0;
  std::int64_t lag_sum_ns = 0;  // of local reads
  wire::Dropped dropped;        // nonsense and what claims the future
};

class Group {
 public:
  // Requires: check_config() accepted `config`. `storage` has this shard's rows.
  Group(const ReplicaConfig& config, const Settings& settings, std::uint64_t shard,
        const StorageReader& storage, LocalTime now);

  void tick(LocalTime now);
  void step(Message message, LocalTime now);
  // Requires: the mops are understood and belong to this shard.
  void request(const Caller& caller, wire::ClientRequest request, const RequestContext& context,
               LocalTime now);
  // Everything that was taken up to this batch is on disk.
  void persisted(std::uint64_t batch, LocalTime now);
  std::int64_t next_deadline() const;

  // Everything to send and to write since the last take. `wants_sync`: the writes have to survive a power loss before
  // persisted() is called.
  struct Output {
    std::vector<Message> messages;
    std::vector<ClientReply> replies;
    std::vector<Write> writes;
    std::vector<std::pair<std::string, std::string>> delete_ranges;
    bool wants_sync = false;
  };
  // `batch`: the number under which these writes will be reported persisted, if there are any.
  Output take(std::uint64_t batch);

  Role role() const { return role_; }
  Epoch epoch() const { return epoch_; }
  std::optional<PeerId> leader() const { return leader_; }
  Lsn commit() const { return commit_; }
  Lsn last_lsn() const { return log_.last_index(); }
  const StateMachine& state() const { return state_; }
  const GroupCounters& counters() const { return counters_; }
  std::size_t in_flight() const {
    return pending_writes_.size() + pending_reads_.size() + waiting_reads_.size();
  }
  std::vector<PeerId> synchronous() const;
  // A follower whose copy writes wait for, as its leader said last.
  bool is_synchronous() const { return role_ == Role::follower && was_synchronous_; }

 private:
  // What the leader knows of a follower.
  struct Progress {
    enum class State : std::uint8_t { probe, stream, snapshot };
    State state = State::probe;
    Lsn next = 1;
    Lsn match = 0;
    Lsn commit_sent = 0;
    bool probe_sent = false;
    bool synchronous = false;
    std::uint64_t round = 0;  // the last that it answered
    std::int64_t heard = 0;
    std::uint64_t offset = 0;  // of the snapshot
    std::uint64_t offset_resent = 0;
  };
  struct PendingWrite {
    Lsn lsn = 0;
    std::uint64_t client = 0;
    Caller caller;
  };
  struct PendingRead {
    std::uint64_t round = 0;  // that has to be answered by a majority
    Caller caller;
    std::vector<Mop> mops;
  };
  struct WaitingRead {
    std::int64_t until = 0;
    Caller caller;
    std::vector<Mop> mops;
    RequestContext context;
  };
  struct SurveyAnswer {
    Position end;
    bool answered = false;
    bool promised = false;
    bool synchronous = false;
  };

  // failover.cpp
  void begin_survey();
  void conclude_survey();
  void promote(Epoch epoch);
  void step_down(Epoch epoch, std::optional<PeerId> leader);
  void handle_survey(const Message& message);
  void handle_survey_answer(const Message& message);
  void handle_take_over(const Message& message);
  void expect_leader();
  bool leader_is_alive() const;
  Epoch next_epoch(Epoch after) const;
  std::size_t majority() const { return config_.cluster_size / 2u + 1u; }

  // leading.cpp
  void begin_round(bool heartbeat);
  enum class Urge : std::uint8_t {
    none,
    round,
    heartbeat
  };  // whether to send also when there is nothing new
  void replicate(PeerId peer, Urge urge);
  void send_append(PeerId peer, Lsn from, std::size_t entries_max, Urge urge);
  void handle_refusal(PeerId peer, const Message& message);
  void handle_append_answer(const Message& message);
  void advance_commit();
  Lsn acknowledged_lsn() const;
  bool accepting() const;
  std::int64_t majority_heard() const;
  std::uint64_t majority_round() const;
  bool lease_holds() const;
  void choose_synchronous();

  // following.cpp
  bool obeys(const Message& message);
  void handle_append(Message message);
  void take_entries(Message& message);
  void discard_from(Lsn lsn, const Message& message);
  std::int64_t forget_acks_from(Lsn lsn, std::int64_t since);
  void refuse_append(const Message& message, Lsn lsn, bool needs_snapshot);
  void follow(const Message& message);

  // applying.cpp
  void append(Entry entry);
  void apply_committed();
  std::string apply_entry(StateMachine& machine, Positions& depends_on, const Entry& entry);
  void work_out(std::vector<Mop>& mops);
  std::string rows_of(Lsn lsn, std::string_view command);
  void rebuild_state();
  void advance_base();
  bool is_kept_for_restores(Lsn lsn) const;
  bool is_due(std::int64_t arrival) const {
    return role_ == Role::leader || arrival + delay_ <= now_.monotonic;
  }
  Position applied_position() const { return position_of(state_.applied_index()); }
  std::int64_t lag() const;

  // past.cpp
  std::optional<std::int64_t> written_at(Lsn lsn) const;
  std::int64_t next_time() const;
  std::optional<Lsn> position_at(std::int64_t time) const;
  Value values_at(Lsn lsn);
  void work_out_past(std::vector<Mop>& mops, std::int64_t time);

  // transfer.cpp
  void begin_snapshot(PeerId peer);
  void send_piece(PeerId peer);
  void handle_snapshot(Message& message);
  void handle_snapshot_answer(const Message& message);
  void install_snapshot(const Message& message);

  // requests.cpp
  void request_write(const Caller& caller, const wire::ClientRequest& request, const RequestContext& context);
  void request_leader_read(const Caller& caller, std::vector<Mop> mops);
  void request_local_read(const Caller& caller, std::vector<Mop> mops, const RequestContext& context);
  void answer_local_read(const Caller& caller, const std::vector<Mop>& mops);
  bool position_reached(const RequestContext& context) const;
  void finish_reads();
  void answer(const Caller& caller, wire::Status status);
  void answer_body(const Caller& caller, std::string_view body, Position position);
  void fail_pending();

  Message message_to(MessageKind kind, PeerId to) const;
  void send(Message message) { messages_.push_back(std::move(message)); }
  void send_when_persisted(Message message) { deferred_.push_back(std::move(message)); }
  void adopt_epoch(Epoch epoch);
  void unpersist_from(Lsn lsn);
  bool write_rows(Output& output);
  Position end_of_log() const { return {log_.last_term(), log_.last_index()}; }
  Position position_of(Lsn lsn) const { return {log_.term_at(lsn).value_or(0), lsn}; }

  const ReplicaConfig config_;
  const Settings settings_;
  const Bugs bugs_;
  const std::uint64_t shard_;
  const std::int64_t delay_;  // of applying
  Rng rng_;
  LocalTime now_;

  raft::Log log_;
  StateMachine base_;
  StateMachine state_;
  std::optional<StateMachine> head_;       // of a leader with log format wal: the state at the end of the log
  std::map<Lsn, std::string> worked_out_;  // statements whose functions this node has worked out for itself
  Positions depends_on_;                   // what the applied entries depend on in other shards
  Positions base_depends_on_;
  std::int64_t base_time_ = 0;  // that of the last command in the checkpoint
  std::deque<std::int64_t>
      arrivals_;  // monotonic times at which the entries not applied yet came, the first after state_

  Role role_ = Role::follower;
  Epoch epoch_ = 0;
  std::optional<PeerId> leader_;
  Lsn commit_ = 0;
  Lsn persisted_ = 0;
  std::deque<std::pair<std::uint64_t, Lsn>> batches_;  // under way: number, and the end of the log in it
  std::uint64_t last_batch_ = 0;
  std::uint64_t persisted_batch_ = 0;
  Lsn acknowledged_ = 0;  // by this node as a leader; a restart forgets who was told
  std::deque<std::pair<Lsn, std::int64_t>> ack_times_;  // wall times, of the last so many
  bool epoch_dirty_ = false;
  bool base_dirty_ = false;
  std::int64_t sync_due_ = 0;

  // Failure detection and failover.
  PhiAccrual detector_;
  std::int64_t suspect_at_ = 0;
  std::int64_t heard_leader_ = 0;  // monotonic; also the end of what was promised to it
  bool knew_leader_ = false;
  bool was_synchronous_ = false;
  std::optional<Epoch> suspected_epoch_;
  std::int64_t suspected_at_ = 0;
  std::uint64_t survey_ = 0;
  Epoch survey_epoch_ = 0;
  std::int64_t survey_until_ = 0;
  std::vector<SurveyAnswer> survey_answers_;

  // As leader.
  std::vector<Progress> progress_;
  Lsn opening_ = 0;  // of the entry that opens the epoch
  std::uint64_t round_ = 0;
  std::deque<std::pair<std::uint64_t, std::int64_t>>
      round_times_;  // when each began; the wall clock's with a seeded bug
  std::int64_t heartbeat_at_ = 0;
  std::int64_t since_ = 0;  // wall time of the promotion
  std::int64_t failover_from_ = 0;
  bool wants_round_ = false;
  Position outgoing_position_;
  std::shared_ptr<const std::string> outgoing_;

  // As follower.
  std::int64_t fresh_at_ = 0;                                  // when what is applied was the whole truth
  std::deque<std::pair<Lsn, std::int64_t>> leader_positions_;  // heard from the leader, and when
  Position incoming_position_;
  std::string incoming_;

  std::deque<PendingWrite> pending_writes_;
  std::deque<PendingRead> pending_reads_;
  std::deque<WaitingRead> waiting_reads_;
  std::vector<Message> messages_;
  std::vector<Message> deferred_;                                   // until what is written now is on disk
  std::deque<std::pair<std::uint64_t, Message>> waiting_for_disk_;  // until that batch is on disk
  std::vector<ClientReply> replies_;
  std::uint64_t next_number_ = 0;  // of auto(), at a leader
  GroupCounters counters_;
};

}  // namespace assay::refdb::single_leader
