#include "targets/refdb/leaderless/gossip.h"

namespace assay::refdb::leaderless {

Gossip::Gossip(PeerId self, PeerId nodes, std::uint64_t generation, std::int64_t suspect_after,
               std::int64_t now)
    : self_(self), suspect_after_(suspect_after), beats_(nodes), last_news_(nodes, now) {
  beats_[self].generation = generation;
}

std::optional<PeerId> Gossip::round(Rng& rng) {
  ++beats_[self_].beats;
  const std::uint64_t others = beats_.size() - 1;
  if (others == 0) return std::nullopt;
  const auto chosen = static_cast<PeerId>(rng.below(others));
  return chosen < self_ ? chosen : static_cast<PeerId>(chosen + 1);
}

bool Gossip::hear(const std::vector<HeartBeat>& table, std::int64_t now) {
  if (table.size() != beats_.size()) return false;
  if (table[self_].generation == beats_[self_].generation && table[self_] > beats_[self_]) return false;
  for (std::size_t node = 0; node < table.size(); ++node) {
    if (node == self_ || !(beats_[node] < table[node])) continue;
    beats_[node] = table[node];
    last_news_[node] = now;
  }
  return true;
}

bool Gossip::suspects(PeerId node, std::int64_t now) const {
  return node != self_ && now - last_news_[node] > suspect_after_;
}

std::int64_t Gossip::suspected(std::int64_t now) const {
  std::int64_t count = 0;
  for (std::size_t node = 0; node < beats_.size(); ++node) count += suspects(static_cast<PeerId>(node), now);
  return count;
}

}  // namespace assay::refdb::leaderless
