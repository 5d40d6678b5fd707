#include "targets/refdb/raft/quorum.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "harness/core/assert.h"

namespace assay::refdb::raft {

namespace {

std::uint64_t reached_by_majority(const std::vector<PeerId>& voters,
                                  const std::vector<std::uint64_t>& reached) {
  if (voters.empty()) return std::numeric_limits<std::uint64_t>::max();
  std::vector<std::uint64_t> numbers;
  numbers.reserve(voters.size());
  for (const PeerId voter : voters) numbers.push_back(reached[voter]);
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(voters.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end(), std::greater<>());
  return *middle;
}

Quorum::Vote tally_majority(const std::vector<PeerId>& voters,
                            const std::vector<std::optional<bool>>& votes) {
  std::size_t yes = 0;
  std::size_t no = 0;
  for (const PeerId voter : voters) {
    if (!votes[voter]) continue;
    ++(*votes[voter] ? yes : no);
  }
  const std::size_t needed = voters.size() / 2 + 1;
  if (voters.empty() || yes >= needed) return Quorum::Vote::won;
  return voters.size() - no < needed ? Quorum::Vote::lost : Quorum::Vote::pending;
}

}  // namespace

Quorum::Quorum(std::vector<PeerId> incoming, std::vector<PeerId> outgoing)
    : incoming_(std::move(incoming)), outgoing_(std::move(outgoing)) {
  ASSAY_ASSERT(!incoming_.empty());
  voters_ = incoming_;
  voters_.insert(voters_.end(), outgoing_.begin(), outgoing_.end());
  std::sort(voters_.begin(), voters_.end());
  voters_.erase(std::unique(voters_.begin(), voters_.end()), voters_.end());
}

std::uint64_t Quorum::reached_by_quorum(const std::vector<std::uint64_t>& reached) const {
  return std::min(reached_by_majority(incoming_, reached), reached_by_majority(outgoing_, reached));
}

Quorum::Vote Quorum::tally(const std::vector<std::optional<bool>>& votes) const {
  const Vote first = tally_majority(incoming_, votes);
  const Vote second = tally_majority(outgoing_, votes);
  if (first == Vote::lost || second == Vote::lost) return Vote::lost;
  return first == Vote::won && second == Vote::won ? Vote::won : Vote::pending;
}

}  // namespace assay::refdb::raft
