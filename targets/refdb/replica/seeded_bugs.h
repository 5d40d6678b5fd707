// The seeded bugs of a mode as one table: each with its name, what it does, under what it shows, and the switch that turns it on.
//
// Thread safety: pure. Complexity: linear in the bugs, which are few.
#pragma once

#include <cstddef>
#include <vector>

#include "targets/refdb/replica/config.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

// `Bugs`: a mode's switches, all off by default.
template <typename Bugs>
struct SeededBug {
  bool Bugs::*on;
  ProtocolPlugin::Bug bug;
};

// For ProtocolPlugin::bugs.
template <typename Bugs, std::size_t kCount>
std::vector<ProtocolPlugin::Bug> listed(const SeededBug<Bugs> (&table)[kCount]) {
  std::vector<ProtocolPlugin::Bug> bugs;
  for (const SeededBug<Bugs>& entry : table) bugs.push_back(entry.bug);
  return bugs;
}

// The switches of what `config` names. Requires: check_config() accepted it.
template <typename Bugs, std::size_t kCount>
Bugs switched_on(const SeededBug<Bugs> (&table)[kCount], const ReplicaConfig& config) {
  Bugs bugs;
  for (const SeededBug<Bugs>& entry : table) bugs.*entry.on = has_bug(config, entry.bug.name);
  return bugs;
}

}  // namespace assay::refdb
