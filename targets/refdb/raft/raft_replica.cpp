#include "targets/refdb/raft/raft_replica.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "targets/refdb/raft/messages.h"
#include "targets/refdb/raft/settings.h"

namespace assay::refdb::raft {

namespace {

StateMachineOptions options_of(const Bugs& bugs) {
  StateMachineOptions options;
  options.ignore_sessions = bugs.duplicate_apply;
  options.snapshot_drops_keys = bugs.snapshot_drops_keys;
  return options;
}

StateMachine loaded(StateMachineOptions options, const StorageReader& storage) {
  StateMachine state_machine(options);
  state_machine.load(storage);
  return state_machine;
}

}  // namespace

RaftReplica::RaftReplica(const ReplicaConfig& config, const StorageReader& storage, LocalTime now)
    : config_(config),
      bugs_(bugs_of(config)),
      local_reads_(reads_of(config) == "local"),
      state_machine_(loaded(options_of(bugs_), storage)),
      raft_(config, read_stored_state(storage), state_machine_.applied_index(), now),
      speaks_newer_(config.cluster_size) {}

void RaftReplica::tick(LocalTime now) { raft_.tick(now); }

void RaftReplica::receive(PeerId from, std::string_view payload, LocalTime now) {
  DecodedMessage decoded = decode_message(payload, config_.cluster_id, config_.format_level);
  const int level = decoded.level;
  std::optional<Message> message = dropped_.keep(std::move(decoded));
  if (!message) return;
  if (from < speaks_newer_.size()) speaks_newer_[from] = level >= kNewerLevel;
  message->from = from;
  message->to = config_.self;
  raft_.step(std::move(*message), now);
}

void RaftReplica::persisted(std::uint64_t batch, LocalTime now) { raft_.persisted(batch, now); }

void RaftReplica::client_gone(ConnectionId) {}

std::string RaftReplica::order(const Order& order, LocalTime now) {
  if (order.node >= config_.cluster_size) return "there is no such node";
  if (order.kind == Order::Kind::transfer) return raft_.transfer(order.node, now);
  return raft_.change_member(order.node, order.kind == Order::Kind::add_member, now);
}

std::int64_t RaftReplica::next_deadline() const { return raft_.next_deadline(); }

void RaftReplica::client_request(ConnectionId connection, std::string_view payload, LocalTime now) {
  std::optional<wire::ClientRequest> request = wire::decode_request(payload);
  if (!request) {
    ++dropped_.garbage;
    return;
  }
  const Caller caller{connection, request->number, request->attempt};
  const bool understood = !request->mops.empty() && request->number > 0 &&
                          std::all_of(request->mops.begin(), request->mops.end(), StateMachine::supports);
  if (!understood) return answer(caller, wire::Status::bad_request);
  if (wire::is_read_only(request->mops)) return request_read(caller, std::move(*request), now);
  request_write(caller, std::move(*request), now);
}

bool RaftReplica::queue_is_full() const {
  return pending_writes_.size() + pending_reads_.size() >= config_.client_queue_max;
}

void RaftReplica::request_read(const Caller& caller, wire::ClientRequest request, LocalTime now) {
  if (local_reads_ || request.context == wire::kOwnState)
    return answer_body(caller, state_machine_.read(request.mops));
  if (raft_.role() != Role::leader) return answer(caller, wire::Status::not_leader);
  if (queue_is_full()) return answer(caller, wire::Status::overloaded);
  const std::uint64_t context = next_context_++;
  pending_reads_.emplace(context, PendingRead{caller, std::move(request.mops)});
  raft_.read(context, now);
}

void RaftReplica::request_write(const Caller& caller, wire::ClientRequest request, LocalTime now) {
  if (raft_.role() != Role::leader) return answer(caller, wire::Status::not_leader);
  // What is applied is committed for good, so a resent request is answered at once.
  const std::string_view known = state_machine_.answered(request.client, request.number);
  if (!known.empty()) return answer_body(caller, known);
  // The answer says where to go.
  if (raft_.transferee()) return answer(caller, wire::Status::not_leader);
  if (queue_is_full()) return answer(caller, wire::Status::overloaded);
  if (bugs_.lost_update_cas && !decide_cas_now(caller, request)) return;
  std::string command = wire::encode_command(request);
  // The seeded bug: not every node can read that yet.
  if (bugs_.new_commands_early && config_.format_level >= kNewerLevel) command = in_newer_format(command);
  const std::optional<Index> index = raft_.propose(std::move(command), now);
  pending_writes_.push_back({index.value(), raft_.term(), caller});
}

// The seeded bug: expectations are checked against what is applied now, and met ones become blind writes.
bool RaftReplica::decide_cas_now(const Caller& caller, wire::ClientRequest& request) {
  for (Mop& mop : request.mops) {
    if (mop.fn != Fn::cas) continue;
    if (state_machine_.get(mop.key) != mop.argument.first()) {
      answer(caller, wire::Status::failed);
      return false;
    }
    mop.fn = Fn::write;
    mop.argument = mop.argument.second();
  }
  return true;
}

void RaftReplica::answer(const Caller& caller, wire::Status status) {
  wire::ClientAnswer body;
  body.status = status;
  body.leader = raft_.transferee() ? raft_.transferee() : raft_.leader();
  if (status == wire::Status::overloaded) ++overloaded_;
  answer_body(caller, wire::encode_answer_body(body));
}

void RaftReplica::answer_body(const Caller& caller, std::string_view body) {
  replies_.push_back({caller.connection, wire::encode_answer(caller.number, caller.attempt, body)});
}

Effects RaftReplica::take_effects() {
  if (const Snapshot* snapshot = raft_.received_snapshot()) {
    raft_.received_snapshot_done(state_machine_.restore_snapshot(snapshot->index, *snapshot->bytes));
  }
  Effects effects;
  Ready ready = raft_.take_ready();
  apply_committed(ready.committed);
  finish_reads(ready.reads);
  drop_pending_writes();
  effects.batch = ready.batch;
  effects.must_sync = ready.must_sync;
  write_rows(ready, effects);
  effects.messages.reserve(ready.messages.size());
  send(ready.messages, effects);
  if (raft_.wants_snapshot()) {
    raft_.offer_snapshot(state_machine_.applied_index(), state_machine_.encode_snapshot());
    send(raft_.take_messages(), effects);
  }
  keep_log_short();
  effects.replies = std::exchange(replies_, {});
  return effects;
}

void RaftReplica::send(const std::vector<Message>& messages, Effects& effects) {
  const bool newer_build = config_.format_level >= kNewerLevel;
  for (const Message& message : messages) {
    const bool newer = newer_build && speaks_newer_[message.to];
    const bool beat = message.kind == MessageKind::heartbeat || message.kind == MessageKind::heartbeat_answer;
    if (!newer) effects.messages.push_back({message.to, encode_message(message, config_.cluster_id)});
    if (!newer && !(newer_build && beat)) continue;
    ++newer_messages_;
    effects.messages.push_back({message.to, encode_message(message, config_.cluster_id, kNewerLevel)});
  }
}

void RaftReplica::apply_committed(const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    // Only a seeded bug makes Raft hand out an index twice.
    if (entry.index <= state_machine_.applied_index()) continue;
    std::string body;
    if (entry.kind == EntryKind::command) {
      const bool newer_build = config_.format_level >= kNewerLevel;
      body = state_machine_.apply(entry.index,
                                  newer_build ? from_newer_format(entry.command()) : entry.command());
    } else {
      state_machine_.skip(entry.index);
    }
    while (!pending_writes_.empty() && pending_writes_.front().index <= entry.index) {
      const PendingWrite pending = pending_writes_.front();
      pending_writes_.pop_front();
      if (pending.index == entry.index && pending.term == entry.term) {
        answer_body(pending.caller, body);
      } else {
        answer(pending.caller, wire::Status::unsure);
      }
    }
  }
}

void RaftReplica::finish_reads(const std::vector<ReadState>& reads) {
  for (const ReadState& read : reads) {
    const auto found = pending_reads_.find(read.context);
    if (found == pending_reads_.end()) continue;
    if (read.allowed) {
      answer_body(found->second.caller, state_machine_.read(found->second.mops));
    } else {
      answer(found->second.caller, wire::Status::not_leader);
    }
    pending_reads_.erase(found);
  }
}

// Requests of a term that this node no longer leads may be committed by the next leader, or never.
void RaftReplica::drop_pending_writes() {
  while (!pending_writes_.empty()) {
    if (raft_.role() == Role::leader && pending_writes_.front().term == raft_.term()) return;
    answer(pending_writes_.front().caller, wire::Status::unsure);
    pending_writes_.pop_front();
  }
}

void RaftReplica::keep_log_short() {
  const Index applied = state_machine_.applied_index();
  const std::uint64_t kept = config_.log_entries_kept;
  // Not at every entry: removing rows costs a write.
  const std::uint64_t slack = kept / 4 + 1;
  if (applied > raft_.log().compacted_index() + kept + slack) raft_.compact(applied - kept);
}

void RaftReplica::write_rows(const Ready& ready, Effects& effects) {
  auto& writes = effects.writes;
  if (ready.hard_state) {
    writes.push_back({std::string(kHardStateRow), encode_hard_state(*ready.hard_state)});
  }
  for (Index index = ready.remove_from; index <= ready.remove_to; ++index) {
    writes.push_back({log_row(index), std::nullopt});
  }
  for (const Entry& entry : ready.entries) writes.push_back({log_row(entry.index), encode_entry(entry)});
  state_machine_.take_writes(writes);
  if (ready.compacted) {
    writes.push_back(
        {std::string(kCompactedRow), encode_compacted(ready.compacted_index, ready.compacted_term,
                                                      encode_voters(ready.compacted_voters))});
    effects.delete_ranges.emplace_back(log_row(0), log_row(ready.compacted_index + 1));
  }
}

ReplicaStatus RaftReplica::status() const {
  const Counters& counters = raft_.counters();
  ReplicaStatus status;
  status.role = role_name(raft_.role());
  status.leader = raft_.leader();
  status.term = raft_.term();
  status.commit_index = raft_.commit_index();
  status.applied_index = state_machine_.applied_index();
  status.last_index = raft_.log().last_index();
  status.members = raft_.voters();
  status.counters = {
      {"elections_started", counters.elections_started},
      {"elections_won", counters.elections_won},
      {"stepped_down", counters.stepped_down},
      {"snapshots_sent", counters.snapshots_sent},
      {"snapshots_installed", counters.snapshots_installed},
      {"appends_refused", counters.appends_refused},
      {"committed_conflicts", counters.committed_conflicts},
      {"overloaded", overloaded_},
      {"requests_in_flight", static_cast<std::int64_t>(pending_writes_.size() + pending_reads_.size())},
      {"keys", static_cast<std::int64_t>(state_machine_.key_count())},
      {"sessions", static_cast<std::int64_t>(state_machine_.session_count())},
      {"membership_changes", counters.membership_changes},
      {"transfers", counters.transfers},
      {"newer_format_messages", newer_messages_},
  };
  wire::Dropped dropped = dropped_;
  (dropped += counters.dropped).add_to(status.counters);
  return status;
}

}  // namespace assay::refdb::raft
