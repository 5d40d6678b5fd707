// The Raft consensus algorithm as a state machine without I/O, in the manner of etcd-io/raft: inputs are
// method calls, the output is one Ready value. Elections with randomized timeouts, pre-vote, leader stickiness
// and check-quorum; pipelined replication with fast back-up; snapshots in chunks; reads by ReadIndex and lease; changes of one
// member at a time, and leadership transfer.
//
// The driver's duties (RaftReplica is the one driver; the drivers of a Replica never see this class):
//  1. One call at a time. After any number of calls: install_received_snapshot() business if there is one,
//     then take_ready().
//  2. Ready's storage changes (hard_state, entries, removed rows, compaction) go to storage atomically, in the
//     order of batches. persisted(batch) is called when everything up to that batch is as durable as the
//     batch's must_sync asked for, in order of batches.
//  3. Ready's messages may be sent at once: those that rest on a write are held back here until persisted().
//     So a leader's appends travel while its own disk still works, and it counts itself when that is done.
//  4. Ready's committed entries are applied at once, in order; each comes once, but after a restart those
//     behind `applied` come again.
//  5. When wants_snapshot(), call offer_snapshot() with the state machine as applied.
//  6. tick() no later than next_deadline().
//
// Papers: Ongaro and Ousterhout 2014 (sections are cited as "Raft 5.3"), Ongaro's thesis ("thesis 6.4").
// Thread safety: none. Errors: messages that make no sense are dropped and counted.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/raft/bugs.h"
#include "targets/refdb/raft/log.h"
#include "targets/refdb/raft/log_rows.h"
#include "targets/refdb/raft/membership.h"
#include "targets/refdb/raft/progress.h"
#include "targets/refdb/raft/quorum.h"
#include "targets/refdb/raft/types.h"
#include "targets/refdb/wire/dropped.h"

namespace assay::refdb::raft {

enum class Role : std::uint8_t { follower, pre_candidate, candidate, leader };
const char* role_name(Role role);

// A read may be answered from the state machine as applied now, or (not allowed) not at all: leadership ended.
struct ReadState {
  std::uint64_t context = 0;
  bool allowed = false;
};

struct Ready {
  std::uint64_t batch = 0;
  std::optional<HardState> hard_state;
  std::vector<Entry> entries;  // to be written over what storage has at their indexes
  Index remove_from = 1;       // rows [remove_from, remove_to] go; none when remove_from > remove_to
  Index remove_to = 0;
  bool compacted = false;  // rows up to compacted_index go
  Index compacted_index = 0;
  Term compacted_term = 0;
  Voters compacted_voters;  // empty: all nodes of the cluster
  std::vector<Message> messages;
  std::vector<Entry> committed;
  std::vector<ReadState> reads;
  bool must_sync = false;
};

struct Counters {
  std::int64_t elections_started = 0;
  std::int64_t elections_won = 0;
  std::int64_t stepped_down = 0;
  std::int64_t snapshots_sent = 0;
  std::int64_t snapshots_installed = 0;
  std::int64_t appends_refused = 0;
  std::int64_t committed_conflicts =
      0;  // attempts to overwrite a committed entry: never, unless data was lost
  std::int64_t membership_changes = 0;  // begun
  std::int64_t transfers = 0;           // begun
  wire::Dropped dropped;                // nonsense and what claims the future
};

class Raft {
 public:
  Raft(const ReplicaConfig& config, StoredState stored, Index applied, LocalTime now);

  void tick(LocalTime now);
  void step(Message message, LocalTime now);
  // The entry's index; nothing when this node does not lead, or is about to hand over.
  std::optional<Index> propose(std::string command, LocalTime now);
  // Answered through Ready::reads. Contexts are the caller's.
  void read(std::uint64_t context, LocalTime now);
  // Orders of an operator: empty when they are taken, else why not. What came of one shows in voters() and leader().
  std::string change_member(PeerId node, bool member, LocalTime now);
  std::string transfer(PeerId to, LocalTime now);
  void persisted(std::uint64_t batch, LocalTime now);
  Ready take_ready();
  // Those that came up since take_ready(), without storage changes: after offer_snapshot().
  std::vector<Message> take_messages();

  bool wants_snapshot() const { return wants_snapshot_; }
  // Requires: index is applied and still in the log or its compacted end.
  void offer_snapshot(Index index, std::string bytes);
  // A snapshot that arrived whole and is ahead of what is committed here: restore the state machine from it, then say
  // whether that worked.
  const Snapshot* received_snapshot() const { return received_whole_ ? &received_ : nullptr; }
  void received_snapshot_done(bool restored);
  // Forgets entries up to `index` but for those that a snapshot under way needs. Requires: index was applied.
  void compact(Index index);

  Role role() const { return role_; }
  Term term() const { return term_; }
  std::optional<PeerId> leader() const { return leader_; }
  Index commit_index() const { return commit_; }
  // To whom it is about to hand over; nothing unless it leads and was asked to.
  std::optional<PeerId> transferee() const { return transferee_; }
  const Voters& voters() const { return configurations_.latest(); }
  const Log& log() const { return log_; }
  const Counters& counters() const { return counters_; }
  std::int64_t next_deadline() const;

 private:
  struct HeldMessage {
    std::uint64_t batch = 0;
    Message message;
  };
  struct Writing {
    std::uint64_t batch = 0;
    Index last_index = 0;
  };
  struct Round {
    std::uint64_t number = 0;
    LocalTime sent;
  };
  struct PendingRead {
    std::uint64_t context = 0;
    std::uint64_t round = 0;
  };

  // raft.cpp
  void advance_clock(LocalTime now);
  bool step_other_term(const Message& message);
  void step_same_term(Message& message);
  void become_follower(Term term, std::optional<PeerId> leader);
  void send(Message message);
  void send_when_persisted(Message message);
  void release_held();
  bool has_unsaved_promise() const;
  void collect_changes(Ready& ready);
  bool collect_log_changes(Ready& ready);
  void unpersist_from(Index index);
  std::int64_t elapsed_since(const LocalTime& since) const;

  // election.cpp
  void reset_election_deadline();
  bool leader_is_fresh() const;
  void campaign();
  void start_election(bool asked_by_leader);
  void request_votes(MessageKind kind, Term term, bool asked_by_leader);
  void become_leader();
  void answer_pre_vote(const Message& message);
  void answer_vote(const Message& message);
  void count_vote(const Message& message);
  void check_quorum();

  // replication.cpp
  void follow(const Message& message);
  bool entries_make_sense(const Message& message) const;
  void handle_append(Message& message);
  bool append_entries(Message& message);
  void refuse_append(const Message& message);
  void handle_heartbeat(const Message& message);
  void handle_append_answer(const Message& message);
  void handle_heartbeat_answer(const Message& message);
  void back_up(Progress& progress, const Message& message);
  void check_in_flight(const Message& message, Progress& progress);
  void send_appends();
  void send_append(PeerId peer, Progress& progress);
  void broadcast_heartbeat();
  void advance_commit();
  void commit_to(Index index);

  // reads.cpp
  bool may_serve_reads() const;
  bool lease_holds();
  bool wall_lease_holds();
  void start_reads();
  void finish_reads();
  void drop_reads();
  std::uint64_t quorum_round() const;

  // changes.cpp
  void append_to_log(Entry entry);
  void truncate_log(Index from);
  void adopt_configuration();
  bool is_voter(PeerId node) const { return is_among(configurations_.latest(), node); }
  void leave_when_removed();
  void hand_over();
  void send_timeout_now(PeerId to);
  void check_transfer();
  void handle_timeout_now(const Message& message);

  // snapshots.cpp
  void begin_snapshot(PeerId peer, Progress& progress);
  void send_chunk(PeerId peer, Progress& progress);
  void handle_snapshot(Message& message);
  void handle_snapshot_answer(const Message& message);
  bool snapshot_is_usable() const;
  Voters unless_all(const Voters& voters) const;

  const ReplicaConfig config_;
  const PeerId self_;
  const Bugs bugs_;
  const bool lease_reads_;
  Configurations configurations_;
  Quorum quorum_;           // of the latest configuration
  Quorum election_quorum_;  // the same, unless a bug is seeded
  Rng rng_;
  LocalTime now_;
  Counters counters_;

  Role role_ = Role::follower;
  Term term_ = 0;
  std::optional<PeerId> vote_;
  std::optional<PeerId> leader_;
  Log log_;
  Index commit_ = 0;
  Index handed_out_ = 0;  // committed entries up to here were given to the driver
  HardState saved_;       // as storage was last told

  // Followers and candidates.
  LocalTime leader_heard_;  // also the start of this process: see leader_is_fresh()
  std::int64_t election_deadline_ = 0;
  std::vector<std::optional<bool>> votes_;

  // Leaders.
  std::vector<Progress> progress_;
  Index term_start_ = 0;  // the index of the entry that opened the term
  std::int64_t heartbeat_due_ = 0;
  std::uint64_t round_ = 0;
  std::deque<Round> rounds_;           // from the one that a quorum answered last
  std::int64_t wall_lease_until_ = 0;  // seeded bug lease-ignores-skew
  std::vector<std::uint64_t> new_reads_;
  std::deque<PendingRead> pending_reads_;
  std::vector<std::uint64_t> scratch_;
  std::optional<PeerId> transferee_;
  bool handed_over_ = false;
  bool lease_given_up_ = false;  // in this term
  std::int64_t transfer_deadline_ = 0;

  // Persistence.
  std::uint64_t batch_ = 0;          // the last one taken
  std::uint64_t promise_batch_ = 0;  // the last one that promises rest on
  std::uint64_t persisted_batch_ = 0;
  Index persisted_index_ = 0;
  std::deque<Writing> writing_;
  std::deque<HeldMessage> held_;

  // Snapshots.
  Snapshot outgoing_;
  bool wants_snapshot_ = false;
  Snapshot received_;
  std::string receiving_;
  bool received_whole_ = false;
  PeerId received_from_ = 0;
  bool compaction_unsaved_ = false;

  std::vector<Message> outbox_;
  std::vector<ReadState> read_states_;
};

}  // namespace assay::refdb::raft
