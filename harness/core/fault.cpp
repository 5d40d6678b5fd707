#include "harness/core/fault.h"

#include <algorithm>
#include <array>
#include <bit>
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
      if (const auto leader = ask_leader(target)) nodes[0] = *leader;
      nodes.resize(1);
      break;
    case Selector::follower:
    case Selector::followers:
      if (const auto leader = ask_leader(target)) std::erase(nodes, *leader);
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

// Those that are hurt already cost nothing more.
void keep_to_budget(const Target& target, std::vector<NodeId>& nodes) {
  const ChoiceTerms* terms = target.choice_terms();
  if (terms == nullptr) return;
  std::size_t left = terms->hurt_max - std::min(terms->hurt_max, terms->hurt.size());
  std::erase_if(nodes, [&](NodeId node) {
    if (std::binary_search(terms->hurt.begin(), terms->hurt.end(), node)) return false;
    return left == 0 || left-- == 0;
  });
}

// The answer that is to be given again; nothing when there is none.
const Value* told_before(const Target& target, const std::string& question) {
  const ChoiceTerms* terms = target.choice_terms();
  return terms != nullptr && terms->again ? find_fact(terms->told, question) : nullptr;
}

void note_told(Target& target, const std::string& question, const Value& answer) {
  ChoiceTerms* terms = target.choice_terms();
  if (terms != nullptr && find_fact(terms->told, question) == nullptr)
    terms->told.push_back({question, answer});
}

std::optional<NodeId> node_of_answer(const Target& target, const Value& answer) {
  if (answer.kind() != Value::Kind::text) return std::nullopt;
  return node_named(target, std::string(answer.as_text()));
}

bool covers(std::uint32_t nodes, const std::vector<Link>& cut) {
  return std::all_of(cut.begin(), cut.end(), [nodes](const Link& link) {
    return ((nodes >> link.from | nodes >> link.to) & 1u) != 0;
  });
}

std::vector<NodeId> greedy_cover(std::vector<Link> cut, std::size_t nodes) {
  std::vector<NodeId> cover;
  while (!cut.empty()) {
    std::vector<std::size_t> links(nodes, 0);
    for (const Link& link : cut) {
      ++links[static_cast<std::size_t>(link.from)];
      ++links[static_cast<std::size_t>(link.to)];
    }
    const auto most = static_cast<NodeId>(std::max_element(links.begin(), links.end()) - links.begin());
    cover.push_back(most);
    std::erase_if(cut, [most](const Link& link) { return link.from == most || link.to == most; });
  }
  std::sort(cover.begin(), cover.end());
  return cover;
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
    nodes = ask_role(target, choice.role);
  } else if (choice.count > 0) {
    nodes = by_selector(target, rng, Selector::all);
    nodes.resize(std::min(choice.count, nodes.size()));
  } else {
    nodes = by_selector(target, rng, choice.selector);
  }
  keep_to_budget(target, nodes);
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

std::optional<NodeId> ask_leader(Target& target) {
  if (const Value* told = told_before(target, "leader")) return node_of_answer(target, *told);
  const std::optional<NodeId> leader = target.leader();
  note_told(target, "leader",
            leader ? Value::text(target.node_names()[static_cast<std::size_t>(*leader)]) : Value());
  return leader;
}

std::vector<NodeId> ask_role(Target& target, const std::string& role) {
  std::vector<NodeId> nodes;
  if (const Value* told = told_before(target, "role:" + role);
      told != nullptr && told->kind() == Value::Kind::list) {
    for (const Value& name : told->as_list()) {
      if (const auto node = node_of_answer(target, name)) nodes.push_back(*node);
    }
    return nodes;
  }
  nodes = target.nodes_in_role(role);
  std::vector<Value> names;
  for (const NodeId node : nodes)
    names.push_back(Value::text(target.node_names()[static_cast<std::size_t>(node)]));
  note_told(target, "role:" + role, Value::list(std::move(names)));
  return nodes;
}

std::vector<NodeId> fewest_to_spare(const std::vector<Link>& cut, std::size_t nodes) {
  constexpr std::size_t kExactMax = 16;
  if (nodes > kExactMax) return greedy_cover(cut, nodes);
  std::uint32_t best = (std::uint32_t{1} << nodes) - 1;
  for (std::uint32_t some = 0; some < std::uint32_t{1} << nodes; ++some) {
    if (std::popcount(some) < std::popcount(best) && covers(some, cut)) best = some;
  }
  std::vector<NodeId> spared;
  for (std::size_t node = 0; node < nodes; ++node) {
    if ((best >> node & 1u) != 0) spared.push_back(static_cast<NodeId>(node));
  }
  return spared;
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
