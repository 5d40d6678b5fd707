#include "targets/refdb/multi_leader/sender.h"

#include <algorithm>
#include <utility>

namespace assay::refdb::multi_leader {

namespace {

constexpr std::uint64_t kWindow = 512;  // updates of an origin that may be under way
constexpr std::size_t kBatchBytes = 64 * 1024;
constexpr std::int64_t kBackoffMax = 16;        // times resend_after
constexpr std::int64_t kRelayPatience = 4;      // times resend_after
constexpr std::int64_t kSilence = 300'000'000;  // several heartbeats
constexpr std::int64_t kStatePatience = 5;      // times resend_after

}  // namespace

void Sender::heard(const Source& source, const VersionVector& has, std::int64_t now) {
  bool progress = false;
  for (const auto& [origin, stored] : source.stored.entries()) {
    const std::uint64_t before = has_.at(origin), after = has.at(origin);
    if (after > before) progress = true;
    if (after >= stored || after > before) lacks_since_.erase(origin);
    if (after < stored) lacks_since_.try_emplace(origin, now);
  }
  has_ = has;
  heard_ = true;
  needs_state_ = false;
  // Back after a silence: it waits for what was sent in vain.
  const bool back = now - heard_at_ > kSilence;
  heard_at_ = now;
  if (back) sent_ = has;
  if (!progress && !back) return;
  resend_wait_ = source.resend_after;
  if (resend_at_ != INT64_MAX) resend_at_ = now + resend_wait_;
}

bool Sender::sends(const Source& source, clocks::ActorId origin, std::int64_t now) const {
  if (source.never_forwards(origin)) return false;
  if (source.topology.sends_at_once(source.self, source.leads, node_of(origin), to_)) return true;
  const auto since = lacks_since_.find(origin);
  return since != lacks_since_.end() && now - since->second >= kRelayPatience * source.resend_after;
}

void Sender::send(const Source& source, std::int64_t now, std::vector<PeerMessage>& out,
                  SenderCounters& counters) {
  if (!heard_) return;
  if (now >= resend_at_) {
    ++counters.resends;
    sent_ = has_;
    resend_wait_ = std::min(resend_wait_ * 2, kBackoffMax * source.resend_after);
    resend_at_ = INT64_MAX;
  }
  std::vector<Forwarded> batch;
  bool lacks_any = false;
  relay_at_ = INT64_MAX;
  for (const auto& [origin, stored] : source.stored.entries()) {
    if (has_.at(origin) >= stored) continue;
    if (!sends(source, origin, now)) {
      const auto since = lacks_since_.find(origin);
      const bool later = since != lacks_since_.end() && !source.never_forwards(origin);
      if (later) relay_at_ = std::min(relay_at_, since->second + kRelayPatience * source.resend_after);
      continue;
    }
    lacks_any = true;
    send_origin(source, {origin, stored}, batch, out, counters);
  }
  flush(source, batch, out, counters);
  if (!lacks_any) {
    resend_at_ = INT64_MAX;
  } else if (resend_at_ == INT64_MAX) {
    resend_wait_ = std::max(resend_wait_, source.resend_after);
    resend_at_ = now + resend_wait_;
  }
}

void Sender::send_origin(const Source& source, const Dot& last, std::vector<Forwarded>& batch,
                         std::vector<PeerMessage>& out, SenderCounters& counters) {
  const std::uint64_t has = has_.at(last.actor);
  const std::uint64_t until = std::min(last.counter, has + kWindow);
  std::size_t bytes = 0;
  for (std::uint64_t number = std::max(has, sent_.at(last.actor)) + 1; number <= until; ++number) {
    const Forwarded* update = source.log.find({last.actor, number});
    if (update == nullptr) {
      needs_state_ = true;
      return;
    }
    batch.push_back(*update);
    ++batch.back().hops;
    bytes += update->update.size();
    ++counters.updates_sent;
    if (!source.topology.sends_at_once(source.self, source.leads, node_of(last.actor), to_))
      ++counters.updates_relayed;
    sent_.raise(last.actor, number);
    if (bytes < kBatchBytes) continue;
    flush(source, batch, out, counters);
    bytes = 0;
  }
}

void Sender::flush(const Source& source, std::vector<Forwarded>& batch, std::vector<PeerMessage>& out,
                   SenderCounters& counters) {
  if (batch.empty()) return;
  Message message;
  message.kind = MessageKind::updates;
  message.updates = std::exchange(batch, {});
  out.push_back({to_, encode_message(message, source.cluster_id)});
  ++counters.messages_sent;
  counters.bytes_sent += static_cast<std::int64_t>(out.back().payload.size());
}

void Sender::state_sent(const Source& source, std::int64_t now) {
  state_at_ = now + kStatePatience * source.resend_after;
}

std::int64_t Sender::next_deadline() const { return std::min(resend_at_, relay_at_); }

}  // namespace assay::refdb::multi_leader
