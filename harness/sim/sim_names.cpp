#include "harness/sim/sim_names.h"

namespace assay::sim {

void SimNames::trouble(std::span<const TroubledName> names) {
  for (const TroubledName& name : names) at(name.link).trouble = name;
}

void SimNames::heal() {
  for (State& state : links_) state.trouble.reset();
  misled_ = 0;
}

NodeId SimNames::found(const Link& link) {
  const std::optional<TroubledName>& trouble = at(link).trouble;
  if (!trouble) return link.to;
  ++misled_;
  return trouble->trouble == NameTrouble::wrong ? trouble->instead : kNoNode;
}

bool SimNames::connects(NodeId from, NodeId to) {
  State& state = at({from, to});
  if (!state.connected) state.connected = found({from, to}) == to;
  return state.connected;
}

void SimNames::lost_at(NodeId node) {
  for (std::size_t other = 0; other < node_count_; ++other) {
    lost({node, static_cast<NodeId>(other)});
    lost({static_cast<NodeId>(other), node});
  }
}

Evidence SimNames::look_up_troubled(std::span<const TroubledName> names) {
  Evidence evidence{!names.empty(), {{"names-looked-up", static_cast<std::int64_t>(names.size())}}};
  for (const TroubledName& name : names) {
    const NodeId wanted = name.trouble == NameTrouble::wrong ? name.instead : kNoNode;
    evidence.proved = evidence.proved && found(name.link) == wanted;
  }
  return evidence;
}

Evidence SimNames::look_up(std::span<const Link> links) {
  Evidence evidence{!links.empty(), {{"names-looked-up", static_cast<std::int64_t>(links.size())}}};
  for (const Link& link : links) evidence.proved = evidence.proved && found(link) == link.to;
  return evidence;
}

}  // namespace assay::sim
