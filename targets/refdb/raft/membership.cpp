#include "targets/refdb/raft/membership.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>

#include "harness/core/assert.h"
#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::raft {

Voters all_voters(PeerId cluster_size) {
  Voters voters(cluster_size);
  std::iota(voters.begin(), voters.end(), PeerId{0});
  return voters;
}

bool is_among(const Voters& voters, PeerId node) {
  return std::binary_search(voters.begin(), voters.end(), node);
}

Voters with(Voters voters, PeerId node) {
  if (!is_among(voters, node)) voters.insert(std::lower_bound(voters.begin(), voters.end(), node), node);
  return voters;
}

Voters without(Voters voters, PeerId node) {
  std::erase(voters, node);
  return voters;
}

std::string encode_voters(const Voters& voters) {
  std::string out;
  wire::Writer writer(out);
  for (const PeerId voter : voters) writer.number(voter);
  return out;
}

std::optional<Voters> decode_voters(std::string_view bytes, std::size_t cluster_size) {
  wire::Reader reader(bytes);
  Voters voters;
  while (reader.left() > 0 && reader.ok()) {
    const std::uint64_t voter = reader.number();
    if (!reader.ok() || voter >= cluster_size) return std::nullopt;
    voters.push_back(static_cast<PeerId>(voter));
  }
  if (!reader.finished() || !are_voters(voters, cluster_size)) return std::nullopt;
  return voters;
}

bool are_voters(const Voters& voters, std::size_t cluster_size) {
  const bool in_order =
      std::adjacent_find(voters.begin(), voters.end(), std::greater_equal<>()) == voters.end();
  return !voters.empty() && in_order && voters.back() < cluster_size;
}

const Voters& Configurations::at(Index index) const {
  const auto later = std::find_if(all_.begin() + 1, all_.end(),
                                  [&](const auto& configuration) { return configuration.first > index; });
  return std::prev(later)->second;
}

void Configurations::append(Index index, Voters voters) {
  ASSAY_ASSERT(index > latest_index());
  all_.emplace_back(index, std::move(voters));
}

void Configurations::truncate(Index from) {
  while (all_.size() > 1 && all_.back().first >= from) all_.pop_back();
}

void Configurations::compact(Index index) {
  while (all_.size() > 1 && all_[1].first <= index) all_.erase(all_.begin());
}

void Configurations::reset(Index index, Voters voters) { all_.assign(1, {index, std::move(voters)}); }

}  // namespace assay::refdb::raft
