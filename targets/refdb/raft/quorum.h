// Which sets of nodes decide. Today one majority of all voters; joint consensus (Ongaro's thesis, section 4.3)
// needs majorities of both the old and the new voters, which `outgoing` is the place for: every decision of
// the protocol goes through this type.
//
// Thread safety: immutable. Complexity: O(voters log voters).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb::raft {

class Quorum {
 public:
  // Requires: `incoming` not empty. An empty `outgoing` has no say.
  explicit Quorum(std::vector<PeerId> incoming, std::vector<PeerId> outgoing = {});

  // Every node that is a voter of either side, in order.
  const std::vector<PeerId>& voters() const { return voters_; }

  // The largest number that a quorum has reached. Requires: reached.size() > every voter.
  std::uint64_t reached_by_quorum(const std::vector<std::uint64_t>& reached) const;

  enum class Vote : std::uint8_t { pending, won, lost };
  Vote tally(const std::vector<std::optional<bool>>& votes) const;

 private:
  std::vector<PeerId> incoming_;
  std::vector<PeerId> outgoing_;
  std::vector<PeerId> voters_;
};

}  // namespace assay::refdb::raft
