// What a node of mode multi-leader does with its peers' messages, and what it sends them.
#include <algorithm>
#include <utility>

#include "targets/refdb/multi_leader/multi_leader_replica.h"

namespace assay::refdb::multi_leader {

namespace {

// Updates that came before what they depend on; more are dropped, and sent again.
constexpr std::size_t kWaitingMax = 8'192;
// An origin is never further ahead of a node than its senders' windows allow.
constexpr std::uint64_t kAheadMax = 1u << 20;
constexpr std::int64_t kElapsedMax = 3'600'000'000'000;

template <typename T>
bool contains(const std::vector<T>& items, const T& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

}  // namespace

Sender::Source MultiLeaderReplica::source() const {
  Sender::Source source{
      settings_.topology, log_, stored_, config_.self, config_.cluster_id, settings_.resend_after,
      datacenter_.leads()};
  if (settings_.bugs.forwarding_loses_origin) {
    source.lost_origin = (config_.self + config_.cluster_size - 2) % config_.cluster_size;
  }
  return source;
}

void MultiLeaderReplica::receive(PeerId from, std::string_view payload, LocalTime now) {
  note(now);
  std::optional<Message> decoded = counts_.dropped.keep(decode_message(payload, config_.cluster_id));
  if (!decoded) return;
  Message& message = *decoded;
  switch (message.kind) {
    case MessageKind::hello:
      return receive_hello(from, message, now);
    case MessageKind::updates:
      return receive_updates(from, std::move(message.updates), now);
    case MessageKind::state:
      return receive_state(from, std::move(message.state), now);
    case MessageKind::edit:
    case MessageKind::edits:
      return receive_edits(from, std::move(message));
  }
}

// Between the hub and the others only.
void MultiLeaderReplica::receive_edits(PeerId from, Message message) {
  std::vector<ServerTexts::Outgoing> out;
  const bool from_itself = message.kind != MessageKind::edit || node_of(message.edit.author) == from;
  if (!settings_.server_text || !contains(sources_, from) || !from_itself) {
    ++counts_.dropped.nonsense;
  } else if (message.kind == MessageKind::edit) {
    texts_.receive(std::move(message.edit), out);
  } else {
    texts_.receive(message.edits, out);
  }
  post(std::move(out));
}

void MultiLeaderReplica::receive_updates(PeerId from, std::vector<Forwarded> updates, LocalTime now) {
  if (!contains(sources_, from)) {
    ++counts_.dropped.nonsense;
    return;
  }
  for (Forwarded& forwarded : updates) receive_update(std::move(forwarded), now);
  apply_waiting(now);
  // The acknowledgement of what is new goes out once it is stored; of what was there, at once.
  if (store_.has_writes() || !held_.empty()) {
    owed_[from] = true;
  } else {
    send_hello(from);
  }
}

void MultiLeaderReplica::receive_update(Forwarded forwarded, LocalTime now) {
  std::optional<Update> update = decode_update(forwarded.update);
  if (!update) {
    ++counts_.dropped.garbage;
    return;
  }
  if (node_of(update->id.actor) >= config_.cluster_size) {
    ++counts_.dropped.nonsense;
    return;
  }
  if (store_.applied().covers(update->id)) {
    ++counts_.duplicates;
    if (settings_.bugs.counter_adds_again) add_again(*update);
    return;
  }
  if (claims_the_future(*update, now)) {
    ++counts_.dropped.future;
    return;
  }
  if (waiting_.size() >= kWaitingMax && !can_apply(*update)) return;
  const Dot id = update->id;
  waiting_.try_emplace(id, Waiting{std::move(*update), std::move(forwarded)});
}

// Nobody else numbers this node's updates or knows those that it has not made; and no clock is an hour ahead.
bool MultiLeaderReplica::claims_the_future(const Update& update, LocalTime now) const {
  if (update.id.actor == actor_) return true;
  if (update.known.at(actor_) > store_.applied().at(actor_)) return true;
  if (update.id.counter > store_.applied().at(update.id.actor) + kAheadMax) return true;
  return update.time.wall > now.wall &&
         static_cast<std::uint64_t>(update.time.wall) - static_cast<std::uint64_t>(now.wall) >
             static_cast<std::uint64_t>(kElapsedMax);
}

bool MultiLeaderReplica::can_apply(const Update& update) const {
  return update.id.counter == store_.applied().at(update.id.actor) + 1 &&
         store_.applied().covers(update.known);
}

void MultiLeaderReplica::apply_waiting(LocalTime now) {
  for (bool again = true; again;) {
    again = false;
    for (auto next = waiting_.begin(); next != waiting_.end();) {
      const bool known = store_.applied().covers(next->first);
      if (!known && !can_apply(next->second.update)) {
        ++next;
        continue;
      }
      if (!known) apply(std::move(next->second), now);
      next = waiting_.erase(next);
      again = true;
    }
  }
}

void MultiLeaderReplica::apply(Waiting waiting, LocalTime now) {
  const Update& update = waiting.update;
  for (const auto& [key, delta] : update.changes) {
    merge_arrival(store_.change(key), delta, update.known, actor_, settings_.rules, tally_);
  }
  if (!settings_.bugs.clock_ignores_messages) {
    clock_.receive(update.time, now.wall);
    store_.set_clock(clock_.latest());
  }
  store_.mark_applied(update.id);
  ++counts_.updates_applied;
  counts_.hops += waiting.forwarded.hops;
  count_delay(update, now);
  log_.append(update.id, std::move(waiting.forwarded));
}

void MultiLeaderReplica::count_delay(const Update& update, LocalTime now) {
  // The origin's clock may show anything.
  const bool past = update.wall < now.wall;
  const auto elapsed = static_cast<std::uint64_t>(now.wall) - static_cast<std::uint64_t>(update.wall);
  const auto microseconds =
      past ? static_cast<std::int64_t>(std::min<std::uint64_t>(elapsed, kElapsedMax) / 1'000) : 0;
  counts_.delay_us += microseconds;
  counts_.within_1ms += microseconds <= 1'000 ? 1 : 0;
  counts_.within_10ms += microseconds <= 10'000 ? 1 : 0;
  counts_.within_100ms += microseconds <= 100'000 ? 1 : 0;
  counts_.within_1s += microseconds <= 1'000'000 ? 1 : 0;
}

// The seeded bug: counts that were merged already are added.
void MultiLeaderReplica::add_again(const Update& update) {
  for (const auto& [key, delta] : update.changes) {
    if (!delta.counter.empty()) store_.change(key).counter.add(update.id.actor, delta.counter.value());
  }
}

void MultiLeaderReplica::receive_hello(PeerId from, const Message& message, LocalTime now) {
  const auto sender =
      std::find_if(senders_.begin(), senders_.end(), [from](const Sender& s) { return s.to() == from; });
  if (sender == senders_.end()) {
    ++counts_.dropped.nonsense;
    return;
  }
  if (message.has.at(actor_) > store_.applied().at(actor_)) {
    ++counts_.dropped.future;
    return;
  }
  if (settings_.server_text && config_.self == 0) {
    std::vector<ServerTexts::Outgoing> missing;
    texts_.heard(from, message.text_revisions, missing);
    post(std::move(missing));
  }
  datacenter_.heard(from, message.leads, message.has, now.monotonic);
  note(now);
  sender->heard(source(), message.has, now.monotonic);
  if (!serves(*sender)) return;
  sender->send(source(), now.monotonic, free_messages_, sent_);
  if (sender->wants_state(now.monotonic)) send_state(*sender, now);
}

void MultiLeaderReplica::send_updates(LocalTime now) {
  for (Sender& sender : senders_) {
    if (!serves(sender)) continue;
    sender.send(source(), now.monotonic, free_messages_, sent_);
    if (sender.wants_state(now.monotonic)) send_state(sender, now);
  }
}

// Rests on everything that was applied, so it waits for that to be stored.
void MultiLeaderReplica::send_state(Sender& sender, LocalTime now) {
  const std::string bytes = store_.encode_state();
  const std::size_t count = bytes.size() / kStatePieceBytes + 1;
  sender.state_sent(source(), now.monotonic);
  if (count > kStatePiecesMax) return;
  const std::uint64_t id = next_state_++;
  for (std::size_t i = 0; i < count; ++i) {
    Message message;
    message.kind = MessageKind::state;
    message.state = {id, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(count),
                     bytes.substr(i * kStatePieceBytes, kStatePieceBytes)};
    messages_.push_back({sender.to(), encode_message(message, config_.cluster_id)});
    sent_.bytes_sent += static_cast<std::int64_t>(messages_.back().payload.size());
  }
  ++sent_.states_sent;
}

void MultiLeaderReplica::receive_state(PeerId from, StatePiece piece, LocalTime now) {
  if (!contains(sources_, from)) {
    ++counts_.dropped.nonsense;
    return;
  }
  if (!assembly_ || assembly_->from != from || assembly_->id != piece.id)
    assembly_ = Assembly{from, piece.id, {}};
  const std::uint32_t count = piece.count;
  assembly_->pieces[piece.index] = std::move(piece.bytes);
  if (assembly_->pieces.size() < count) return;
  std::string bytes;
  for (const auto& [index, part] : assembly_->pieces) bytes += part;
  assembly_.reset();
  const std::optional<CellStore::State> state = CellStore::decode_state(bytes);
  if (!state) {
    ++counts_.dropped.garbage;
    return;
  }
  if (state->applied.at(actor_) > store_.applied().at(actor_)) {
    ++counts_.dropped.future;
    return;
  }
  ++counts_.states_merged;
  store_.merge(*state);
  clock_.receive(state->clock, now.wall);
  store_.set_clock(clock_.latest());
  log_.jump_to(state->applied);
  apply_waiting(now);
  owed_[from] = true;
}

void MultiLeaderReplica::send_hello(PeerId to) {
  Message message;
  message.kind = MessageKind::hello;
  if (settings_.server_text) message.text_revisions = texts_.revisions();
  message.has = stored_;
  message.leads = datacenter_.leads();
  // Revisions of texts must be stored, too, before the hub forgets them.
  auto& messages = settings_.server_text ? messages_ : free_messages_;
  messages.push_back({to, encode_message(message, config_.cluster_id)});
  ++counts_.hellos;
}

}  // namespace assay::refdb::multi_leader
