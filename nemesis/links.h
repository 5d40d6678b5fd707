// Which links a fault takes, given nodes: plain functions that faults share.
//
// Thread safety: pure.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/fault.h"

namespace assay::nemesis {

using LinkList = std::vector<Link>;

inline void add_both_ways(LinkList& links, NodeId a, NodeId b) {
  links.push_back({a, b});
  links.push_back({b, a});
}

// Between all nodes.
inline LinkList every_link(std::size_t count) {
  LinkList links;
  for (std::size_t from = 0; from < count; ++from) {
    for (std::size_t to = 0; to < count; ++to) {
      if (from != to) links.push_back({static_cast<NodeId>(from), static_cast<NodeId>(to)});
    }
  }
  return links;
}

// What of those begins (`from`) or ends (`to`) at one of the nodes, sorted.
inline LinkList links_at(const std::vector<NodeId>& nodes, const LinkList& among, bool from, bool to) {
  const auto chosen = [&nodes](NodeId node) {
    return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
  };
  LinkList links;
  for (const Link& link : among) {
    if ((from && chosen(link.from)) || (to && chosen(link.to))) links.push_back(link);
  }
  return links;
}

// From the nodes to all others, but not among themselves.
inline LinkList links_away_from(const std::vector<NodeId>& nodes, std::size_t count, bool out, bool in) {
  LinkList links = links_at(nodes, every_link(count), out, in);
  std::erase_if(links, [&](const Link& link) {
    return std::find(nodes.begin(), nodes.end(), link.from) != nodes.end() &&
           std::find(nodes.begin(), nodes.end(), link.to) != nodes.end();
  });
  return links;
}

inline LinkList client_links(const std::vector<NodeId>& nodes) {
  LinkList links;
  for (const NodeId node : nodes) add_both_ways(links, kClients, node);
  return links;
}

inline std::string link_text(const Target& target, const Link& link) {
  const auto end = [&target](NodeId node) {
    return node == kClients ? std::string("clients") : target.node_names()[static_cast<std::size_t>(node)];
  };
  return end(link.from) + ">" + end(link.to);
}

inline Value links_text(const Target& target, const LinkList& links) {
  std::vector<Value> shown;
  for (const Link& link : links) shown.push_back(Value::text(link_text(target, link)));
  return Value::list(std::move(shown));
}

// The nodes at whose end something is missing or late.
inline std::vector<NodeId> nodes_hurt_by(const LinkList& links) {
  std::vector<NodeId> nodes;
  for (const Link& link : links) nodes.push_back(link.to == kClients ? link.from : link.to);
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

// "n1>n2", "n1>n2+n3>n1": pairs of names; nothing when it is no such text.
struct NamedLink {
  NodeChoice from;
  NodeChoice to;
};
inline std::optional<std::vector<NamedLink>> named_links(std::string_view text) {
  std::vector<NamedLink> links;
  while (true) {
    const std::size_t end = text.find('+');
    const std::string_view one = text.substr(0, end);
    const std::size_t arrow = one.find('>');
    if (arrow == std::string_view::npos) return std::nullopt;
    const auto from = node_choice(one.substr(0, arrow));
    const auto to = node_choice(one.substr(arrow + 1));
    if (!from || !to || from->names.size() != 1 || to->names.size() != 1 || from->names == to->names)
      return std::nullopt;
    links.push_back({*from, *to});
    if (end == std::string_view::npos) return links;
    text.remove_prefix(end + 1);
  }
}

inline std::optional<std::string> refuse_links(const Target& target, const std::vector<NamedLink>& links) {
  for (const NamedLink& link : links) {
    if (auto reason = refuse_choice(target, link.from)) return reason;
    if (auto reason = refuse_choice(target, link.to)) return reason;
  }
  return std::nullopt;
}

// Requires: refuse_links() has nothing against them.
inline LinkList chosen_links(Target& target, Rng& rng, const std::vector<NamedLink>& named) {
  LinkList links;
  for (const NamedLink& link : named) {
    links.push_back(
        {choose_nodes(target, rng, link.from).front(), choose_nodes(target, rng, link.to).front()});
  }
  return links;
}

}  // namespace assay::nemesis
