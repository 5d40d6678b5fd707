#include "harness/core/fault.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

namespace assay {

namespace {

constexpr std::array<std::string_view, 8> kSelectorNames = {"any",    "one",      "minority",  "majority",
                                                            "leader", "follower", "followers", "all"};

// Of one name at least; a separator too many gives an empty name.
std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t end = text.find('+');
    names.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return names;
    text.remove_prefix(end + 1);
  }
}

bool is_node_name(const std::string& name) {
  return name.size() > 1 && name[0] == 'n' && name.find_first_not_of("0123456789", 1) == std::string::npos;
}

std::optional<NodeId> node_named(const Target& target, const std::string& name) {
  const std::vector<std::string>& names = target.node_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<NodeId>(found - names.begin());
}

std::vector<NodeId> by_selector(Target& target, Rng& rng, Selector selector) {
  const std::size_t count = target.node_names().size();
  std::vector<NodeId> nodes(count);
  std::iota(nodes.begin(), nodes.end(), NodeId{0});
  rng.shuffle(nodes);
  const std::size_t majority = count / 2 + 1;
  switch (selector) {
    case Selector::any:
      nodes.resize(1 + rng.below(count));
      break;
    case Selector::one:
      nodes.resize(1);
      break;
    case Selector::minority:
      nodes.resize(std::max<std::size_t>(1, count - majority));
      break;
    case Selector::majority:
      nodes.resize(majority);
      break;
    case Selector::leader:
      if (const auto leader = target.leader()) nodes[0] = *leader;
      nodes.resize(1);
      break;
    case Selector::follower:
    case Selector::followers:
      if (const auto leader = target.leader()) std::erase(nodes, *leader);
      if (Processes* processes = target.processes()) {
        std::erase_if(nodes,
                      [&](NodeId node) { return processes->state(node) != Processes::State::running; });
      }
      if (selector == Selector::follower) nodes.resize(std::min<std::size_t>(1, nodes.size()));
      break;
    case Selector::all:
      break;
  }
  return nodes;
}

}  // namespace

std::string_view selector_name(Selector selector) {
  return kSelectorNames[static_cast<std::size_t>(selector)];
}

std::optional<Selector> selector_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kSelectorNames.size(); ++i) {
    if (kSelectorNames[i] == name) return static_cast<Selector>(i);
  }
  return std::nullopt;
}

std::optional<NodeChoice> node_choice(std::string_view variant) {
  NodeChoice choice;
  if (variant.empty()) return choice;
  if (const auto selector = selector_from_name(variant)) {
    choice.selector = *selector;
    return choice;
  }
  if (variant.starts_with("role:") && variant.size() > 5) {
    choice.role = variant.substr(5);
    return choice;
  }
  const auto parsed = std::from_chars(variant.data(), variant.data() + variant.size(), choice.count);
  if (parsed.ec == std::errc() && parsed.ptr == variant.data() + variant.size() && choice.count > 0)
    return choice;
  choice.count = 0;
  choice.names = split_names(variant);
  if (!std::all_of(choice.names.begin(), choice.names.end(), is_node_name)) return std::nullopt;
  return choice;
}

std::vector<NodeId> choose_nodes(Target& target, Rng& rng, const NodeChoice& choice) {
  std::vector<NodeId> nodes;
  if (!choice.names.empty()) {
    for (const std::string& name : choice.names) {
      if (const auto node = node_named(target, name)) nodes.push_back(*node);
    }
  } else if (!choice.role.empty()) {
    nodes = target.nodes_in_role(choice.role);
  } else if (choice.count > 0) {
    nodes = by_selector(target, rng, Selector::all);
    nodes.resize(std::min(choice.count, nodes.size()));
  } else {
    nodes = by_selector(target, rng, choice.selector);
  }
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

std::optional<std::string> refuse_choice(const Target& target, const NodeChoice& choice) {
  const std::size_t count = target.node_names().size();
  for (const std::string& name : choice.names) {
    if (!node_named(target, name)) return "it has no node " + name;
  }
  if (choice.count > count) return "it has only " + std::to_string(count) + " nodes";
  return std::nullopt;
}

}  // namespace assay
