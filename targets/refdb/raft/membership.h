// Who decides: the voters, and how they follow from the log. A change adds or removes one node and is an entry like others; the
// latest one in a log is in force there whether it is committed or not (Ongaro's thesis, section 4.1). All other nodes are told
// everything and decide nothing (thesis 4.2.1), so that they are up to date when they are added, and learn that they were removed.
//
// Thread safety: none. Complexity: linear in the changes that the log holds.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "targets/refdb/raft/types.h"

namespace assay::refdb::raft {

Voters all_voters(PeerId cluster_size);
bool is_among(const Voters& voters, PeerId node);
Voters with(Voters voters, PeerId node);
Voters without(Voters voters, PeerId node);

std::string encode_voters(const Voters& voters);
// Nothing when the bytes are no voters, or there is one that the cluster has not.
std::optional<Voters> decode_voters(std::string_view bytes, std::size_t cluster_size);
bool are_voters(const Voters& voters, std::size_t cluster_size);

// The changes that the log holds, and what held before the first of them.
class Configurations {
 public:
  // In force up to the first change behind `index`.
  Configurations(Index index, Voters voters) { reset(index, std::move(voters)); }

  const Voters& latest() const { return all_.back().second; }
  Index latest_index() const { return all_.back().first; }
  // In force in a log that ends at `index`. Requires: index is not before what was compacted.
  const Voters& at(Index index) const;

  // Requires: index > latest_index().
  void append(Index index, Voters voters);
  // The log ends before `from` now.
  void truncate(Index from);
  // The log begins behind `index` now.
  void compact(Index index);
  // A snapshot took the log's place.
  void reset(Index index, Voters voters);

 private:
  std::vector<std::pair<Index, Voters>> all_;  // never empty
};

}  // namespace assay::refdb::raft
