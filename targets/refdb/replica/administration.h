// What the administration of refdb is in simulation and on hosts alike.
//
// Thread safety: pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "harness/core/administration.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

// Why nodes of this mode take no orders; nothing when they do.
inline std::optional<std::string> lacking_orders(const ProtocolPlugin& protocol) {
  if (protocol.takes_orders) return std::nullopt;
  return "refdb in mode " + std::string(protocol.mode) + " takes no orders of an operator";
}

// Without the version, which a replica does not know.
inline NodeView view_of(const ReplicaStatus& status, std::size_t nodes) {
  NodeView view;
  view.answered = true;
  if (status.leader && *status.leader < nodes) view.leader = static_cast<NodeId>(*status.leader);
  view.term = static_cast<std::int64_t>(status.term);
  for (const PeerId member : status.members) view.members.push_back(static_cast<NodeId>(member));
  return view;
}

// The node that says of itself that it leads, in the latest term.
inline std::optional<NodeId> leading_node(const NodeViews& views) {
  std::optional<NodeId> found;
  for (std::size_t node = 0; node < views.size(); ++node) {
    if (!views[node].answered || views[node].leader != static_cast<NodeId>(node)) continue;
    if (found && views[node].term <= views[static_cast<std::size_t>(*found)].term) continue;
    found = static_cast<NodeId>(node);
  }
  return found;
}

}  // namespace assay::refdb
