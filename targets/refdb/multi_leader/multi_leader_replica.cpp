#include "targets/refdb/multi_leader/multi_leader_replica.h"

#include <algorithm>
#include <utility>

#include "harness/core/assert.h"
#include "targets/refdb/kv/edits.h"

namespace assay::refdb::multi_leader {

namespace {

constexpr std::int64_t kClockAheadMax = 3'600'000'000'000;
// Who may have to take over keeps updates that others of its datacenter have, and so need not send the whole state then.
constexpr std::uint64_t kKeptForTakeover = 512;

bool is_supported(const Mop& mop) {
  switch (mop.fn) {
    case Fn::read:
    case Fn::write:
    case Fn::cas:
    case Fn::append:
    case Fn::add:
    case Fn::remove:
    case Fn::insert:
    case Fn::erase:
      return true;
    default:
      return false;
  }
}

}  // namespace

MultiLeaderReplica::MultiLeaderReplica(const ReplicaConfig& config, const StorageReader& storage,
                                       LocalTime now)
    : config_(config),
      settings_(settings_of(config)),
      sources_(settings_.topology.senders(config.self)),
      texts_(config.self, 0, config.cluster_size, settings_.bugs.texts_forget_early),
      clock_(kClockAheadMax),
      datacenter_(config.self, settings_.topology.members(config.self), settings_.failover_after,
                  now.monotonic),
      now_(now.monotonic),
      hello_at_(now.monotonic) {
  store_.load(storage);
  log_.load(storage);
  texts_.load(storage);
  if (!store_.self()) {
    store_.set_self(settings_.bugs.numbers_used_again ? config.self : new_actor(config, now));
  }
  actor_ = *store_.self();
  texts_.set_actor(actor_);
  clock_.observe(store_.clock());
  stored_ = store_.applied();
  for (const PeerId to : settings_.topology.receivers(config.self)) senders_.emplace_back(to);
}

void MultiLeaderReplica::note(LocalTime now) {
  now_ = now.monotonic;
  if (!datacenter_.at(now.monotonic, store_.applied())) return;
  ++counts_.takeovers;
  hello_at_ = now_;  // all others shall know
}

bool MultiLeaderReplica::serves(const Sender& sender) const {
  if (!settings_.topology.has_followers()) return true;
  const bool inside = settings_.topology.in_one_datacenter(config_.self, sender.to());
  return (inside || datacenter_.leads()) && sender.heard_since(now_ - settings_.failover_after);
}

void MultiLeaderReplica::tick(LocalTime now) {
  note(now);
  if (now.monotonic >= hello_at_) {
    hello_at_ = now.monotonic + config_.heartbeat_interval;
    for (const PeerId to : sources_) {
      const bool inside = settings_.topology.in_one_datacenter(config_.self, to);
      if (inside || datacenter_.leads()) send_hello(to);
    }
    std::vector<ServerTexts::Outgoing> again;
    texts_.send_again(again);
    post(std::move(again));
  }
  send_updates(now);
}

std::int64_t MultiLeaderReplica::next_deadline() const {
  std::int64_t deadline = hello_at_;
  for (const Sender& sender : senders_) {
    if (serves(sender)) deadline = std::min(deadline, sender.next_deadline());
  }
  return deadline;
}

void MultiLeaderReplica::client_request(ConnectionId connection, std::string_view payload, LocalTime now) {
  note(now);
  const std::optional<wire::ClientRequest> request = wire::decode_request(payload);
  if (!request) {
    ++counts_.dropped.garbage;
    return;
  }
  const Caller caller{connection, request->number, request->attempt};
  const bool understood = !request->mops.empty() && request->number > 0 &&
                          std::all_of(request->mops.begin(), request->mops.end(), is_supported);
  wire::Reader context(request->context);
  SessionContext session;
  if (!request->context.empty()) session = SessionContext::read(context);
  if (!understood || !context.finished()) return answer(caller, wire::Status::bad_request);
  if (replies_held_ >= config_.client_queue_max) {
    ++counts_.overloaded;
    return answer(caller, wire::Status::overloaded);
  }
  const bool read_only = wire::is_read_only(request->mops);
  if (!read_only && !datacenter_.leads()) return answer(caller, wire::Status::not_leader);
  if (!store_.applied().covers(session.seen)) {
    ++counts_.behind;
    return answer(caller, wire::Status::replica_behind);
  }
  if (read_only) return read_request(caller, *request);
  write_request(caller, *request, session, now);
}

void MultiLeaderReplica::read_request(const Caller& caller, const wire::ClientRequest& request) {
  std::vector<Value> results;
  for (const Mop& mop : request.mops) results.push_back(value(mop.key));
  answer(caller, wire::Status::ok, std::move(results), request.mops);
}

void MultiLeaderReplica::write_request(const Caller& caller, const wire::ClientRequest& request,
                                       const SessionContext& context, LocalTime now) {
  if (const CellStore::Answered* known = store_.answered(request.client)) {
    if (known->number == request.number) return answer_body(caller, known->body);
    if (known->number > request.number) return answer(caller, wire::Status::too_stale);
  }
  wire::ClientAnswer result;
  std::map<Key, crdt::Cell> deltas;
  result.results.resize(request.mops.size());
  const bool text =
      settings_.server_text && (request.mops[0].fn == Fn::insert || request.mops[0].fn == Fn::erase);
  result.status = text && request.mops.size() == 1
                      ? edit_text(request.mops[0])
                      : apply_mops(request.mops, context, now, result.results, deltas);
  if (result.status == wire::Status::ok) {
    if (!deltas.empty()) make_update(std::move(deltas), now);
  } else {
    result.results.clear();
  }
  const std::string body = wire::encode_answer_body(result);
  store_.remember(request.client, request.number, body);
  answer_body(caller, body, request.mops);
}

// Through the hub; a request of its own.
wire::Status MultiLeaderReplica::edit_text(const Mop& mop) {
  const std::size_t size = texts_.text(mop.key).size();
  std::optional<text::TextOperation> edit;
  if (mop.fn == Fn::insert) {
    Value keep_alive;
    if (const auto insertion = insertion_of(mop.argument, size, keep_alive)) {
      edit = text::TextOperation::insertion(size, insertion->first, insertion->second);
    }
  } else if (const auto erasure = erasure_of(mop.argument, size)) {
    edit = text::TextOperation::erasure(size, erasure->first, erasure->second);
  }
  if (!edit) return wire::Status::wrong_type;
  std::vector<ServerTexts::Outgoing> out;
  texts_.edit(mop.key, *edit, out);
  post(std::move(out));
  return wire::Status::ok;
}

void MultiLeaderReplica::post(std::vector<ServerTexts::Outgoing> messages) {
  for (const ServerTexts::Outgoing& outgoing : messages) {
    const std::string payload = encode_message(outgoing.message, config_.cluster_id);
    for (PeerId to = 0; to < config_.cluster_size; ++to) {
      if (to != config_.self && outgoing.to.value_or(to) == to) messages_.push_back({to, payload});
    }
  }
}

// All or none.
wire::Status MultiLeaderReplica::apply_mops(const std::vector<Mop>& mops, const SessionContext& context,
                                            LocalTime now, std::vector<Value>& results,
                                            std::map<Key, crdt::Cell>& deltas) {
  std::map<Key, crdt::Cell> cells;
  Tally tally = tally_;
  for (std::size_t i = 0; i < mops.size(); ++i) {
    const Mop& mop = mops[i];
    crdt::Cell& cell = cells.try_emplace(mop.key, store_.cell(mop.key)).first->second;
    crdt::Cell delta;
    const auto versions = context.versions.find(mop.key);
    const auto* read =
        settings_.client_context && versions != context.versions.end() ? &versions->second : nullptr;
    const wire::Status status =
        apply_here(cell, mop, next_stamp(i, now), settings_.rules, read, delta, results[i], tally);
    tally_.flagged_writes_refused = tally.flagged_writes_refused;
    if (status != wire::Status::ok) return status;
    if (mop.fn != Fn::read && !(delta == crdt::Cell())) deltas[mop.key].merge(delta);
  }
  for (const auto& [key, delta] : deltas) store_.change(key) = std::move(cells[key]);
  tally_ = tally;
  return wire::Status::ok;
}

crdt::Stamp MultiLeaderReplica::next_stamp(std::size_t mop, LocalTime now) {
  const std::int64_t wall = now.wall - now.wall % settings_.granularity;
  const clocks::HybridTime time =
      settings_.wall_clock ? clocks::HybridTime{wall, static_cast<std::uint64_t>(mop)} : clock_.tick(wall);
  return {time, {actor_, store_.applied().at(actor_) + 1}};
}

void MultiLeaderReplica::make_update(std::map<Key, crdt::Cell> deltas, LocalTime now) {
  Update update;
  update.id = {actor_, store_.applied().at(actor_) + 1};
  update.known = store_.applied();
  update.known.erase(actor_);
  if (settings_.bugs.vector_forgets_node) {
    for (const auto& [actor, number] : store_.applied().entries()) {
      if (node_of(actor) == (config_.self == 0 ? 1 : 0)) update.known.erase(actor);
    }
  }
  update.time = settings_.wall_clock ? clocks::HybridTime{now.wall, 0} : clock_.latest();
  update.wall = now.wall;
  update.changes.assign(deltas.begin(), deltas.end());
  ++counts_.updates_made;
  store_.set_clock(clock_.latest());
  store_.mark_applied(update.id);
  log_.append(update.id, {0, encode_update(update)});
}

void MultiLeaderReplica::answer(const Caller& caller, wire::Status status, std::vector<Value> results,
                                const std::vector<Mop>& mops) {
  wire::ClientAnswer body;
  body.status = status;
  body.results = std::move(results);
  if (status == wire::Status::not_leader) body.leader = datacenter_.leader(now_);
  answer_body(caller, wire::encode_answer_body(body), mops);
}

void MultiLeaderReplica::answer_body(const Caller& caller, std::string_view body,
                                     const std::vector<Mop>& mops) {
  const bool any = settings_.session || settings_.client_context;
  replies_.push_back({caller.connection,
                      wire::encode_answer(caller.number, caller.attempt, body, any ? context_of(mops) : "")});
}

// Who has read a key has read all its versions that are here; who has written it, has read its own.
std::string MultiLeaderReplica::context_of(const std::vector<Mop>& mops) const {
  SessionContext context;
  if (settings_.session) context.seen = store_.applied();
  for (const Mop& mop : mops) {
    if (!settings_.client_context) break;
    std::set<Dot>& dots = context.versions[mop.key];
    Dot own;
    for (const auto& [dot, version] : store_.cell(mop.key).versions.versions()) {
      if (mop.fn == Fn::read) dots.insert(dot);
      if (dot.actor == actor_) own = dot;  // the last is the highest
    }
    if (mop.fn != Fn::read && own.counter > 0) dots.insert(own);
  }
  return context.bytes();
}

void MultiLeaderReplica::persisted(std::uint64_t batch, LocalTime now) {
  ASSAY_ASSERT(!held_.empty() && held_.front().batch == batch);
  Held held = std::move(held_.front());
  held_.pop_front();
  replies_held_ -= held.replies.size();
  stored_ = std::move(held.applied);
  std::move(held.replies.begin(), held.replies.end(), std::back_inserter(free_replies_));
  std::move(held.messages.begin(), held.messages.end(), std::back_inserter(free_messages_));
  for (auto& [to, owes] : owed_) {
    if (!owes) continue;
    send_hello(to);
    owes = !held_.empty();
  }
  send_updates(now);
}

Effects MultiLeaderReplica::take_effects() {
  Effects effects;
  if (store_.has_writes() || texts_.has_writes()) {
    shorten_log();
    store_.take_writes(effects);
    texts_.take_writes(effects);
    log_.take_writes(effects);
    effects.must_sync = true;
    effects.batch = next_batch_++;
    held_.push_back({effects.batch, store_.applied(), {}, {}});
  }
  auto* replies = held_.empty() ? &free_replies_ : &held_.back().replies;
  auto* messages = held_.empty() ? &free_messages_ : &held_.back().messages;
  if (!held_.empty()) replies_held_ += replies_.size();
  std::move(replies_.begin(), replies_.end(), std::back_inserter(*replies));
  std::move(messages_.begin(), messages_.end(), std::back_inserter(*messages));
  replies_.clear();
  messages_.clear();
  effects.replies = std::exchange(free_replies_, {});
  effects.messages = std::exchange(free_messages_, {});
  return effects;
}

void MultiLeaderReplica::shorten_log() {
  VersionVector everybody = store_.applied();
  for (const Sender& sender : senders_) {
    if (!serves(sender)) continue;
    VersionVector both;
    for (const auto& [origin, number] : everybody.entries()) {
      // A receiver that needs its own updates back may have the whole state.
      const std::uint64_t has = node_of(origin) == sender.to() ? number : sender.has().at(origin);
      both.raise(origin, std::min(number, has));
    }
    everybody = std::move(both);
  }
  if (settings_.topology.has_followers()) {
    VersionVector kept;
    for (const auto& [origin, number] : everybody.entries())
      kept.raise(origin, number - std::min(number, kKeptForTakeover));
    everybody = std::move(kept);
  }
  log_.shorten(everybody, config_.log_entries_kept);
}

ReplicaStatus MultiLeaderReplica::status() const {
  ReplicaStatus status;
  status.role = !settings_.topology.has_followers() ? "replica" : datacenter_.leads() ? "leader" : "follower";
  if (settings_.topology.has_followers()) status.leader = datacenter_.leader(now_);
  status.commit_index = stored_.total();
  status.applied_index = store_.applied().total();
  status.last_index = store_.applied().at(actor_);
  std::int64_t undecided_keys = 0;
  for (const auto& [key, cell] : store_.cells()) undecided_keys += undecided(cell, settings_.rules) ? 1 : 0;
  status.counters = {
      {"updates_made", counts_.updates_made},
      {"updates_applied", counts_.updates_applied},
      {"updates_sent", sent_.updates_sent},
      {"updates_relayed", sent_.updates_relayed},
      {"update_messages_sent", sent_.messages_sent},
      {"update_bytes_sent", sent_.bytes_sent},
      {"hellos_sent", counts_.hellos},
      {"resends", sent_.resends},
      {"duplicates_dropped", counts_.duplicates},
      {"hops", counts_.hops},
      {"propagation_us", counts_.delay_us},
      {"propagated_within_1ms", counts_.within_1ms},
      {"propagated_within_10ms", counts_.within_10ms},
      {"propagated_within_100ms", counts_.within_100ms},
      {"propagated_within_1s", counts_.within_1s},
      {"conflicts", tally_.conflicts},
      {"concurrent_writes_lost", tally_.concurrent_lost},
      {"later_writes_lost", tally_.later_lost},
      {"conflicts_flagged", tally_.flagged},
      {"flagged_writes_refused", tally_.flagged_writes_refused},
      {"keys_undecided", undecided_keys},
      {"text_edits_ordered", texts_.ordered()},
      {"text_edits_dropped", texts_.dropped()},
      {"text_edits_forgotten", texts_.forgotten()},
      {"takeovers", counts_.takeovers},
      {"states_sent", sent_.states_sent},
      {"states_merged", counts_.states_merged},
      {"updates_waiting", static_cast<std::int64_t>(waiting_.size())},
      {"replica_behind", counts_.behind},
      {"overloaded", counts_.overloaded},
      {"log_updates", log_.size()},
      {"keys", static_cast<std::int64_t>(store_.size())},
  };
  counts_.dropped.add_to(status.counters);
  return status;
}

}  // namespace assay::refdb::multi_leader
