// Membership by gossip (van Renesse et al., "A gossip-style failure detection service", 1998): every node counts its own heart
// beats, and now and then tells a random other node all the counts that it knows; a node whose count has not grown for too long
// is suspected. News reaches all of n nodes in O(log n) rounds.
//
// Thread safety: none. Times in nanoseconds of the node's monotonic clock. Complexity: linear in the nodes a message.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb::leaderless {

// A life of a node begins a new generation, so that its beats count from one again.
struct HeartBeat {
  std::uint64_t generation = 0;
  std::uint64_t beats = 0;
  friend auto operator<=>(const HeartBeat&, const HeartBeat&) = default;
};

class Gossip {
 public:
  Gossip(PeerId self, PeerId nodes, std::uint64_t generation, std::int64_t suspect_after, std::int64_t now);

  // One round: this node's heart beats; the node to tell, nothing when it is alone.
  std::optional<PeerId> round(Rng& rng);
  const std::vector<HeartBeat>& table() const { return beats_; }

  // What another node told. A table of another size, or one that knows more of this node than it does itself, is nonsense: false.
  bool hear(const std::vector<HeartBeat>& table, std::int64_t now);
  // Any message is a sign of life.
  void heard_from(PeerId node, std::int64_t now) { last_news_[node] = now; }

  bool suspects(PeerId node, std::int64_t now) const;
  std::int64_t suspected(std::int64_t now) const;

 private:
  PeerId self_;
  std::int64_t suspect_after_;
  std::vector<HeartBeat> beats_;
  std::vector<std::int64_t> last_news_;
};

}  // namespace assay::refdb::leaderless
