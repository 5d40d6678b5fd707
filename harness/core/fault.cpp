#include "harness/core/fault.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace assay {

namespace {
constexpr std::array<std::string_view, 6> kSelectorNames = {"any",      "one",    "minority",
                                                            "majority", "leader", "all"};
}

std::string_view selector_name(Selector selector) {
  return kSelectorNames[static_cast<std::size_t>(selector)];
}

std::optional<Selector> selector_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kSelectorNames.size(); ++i) {
    if (kSelectorNames[i] == name) return static_cast<Selector>(i);
  }
  return std::nullopt;
}

std::optional<Selector> selector_variant(std::string_view variant) {
  return variant.empty() ? Selector::any : selector_from_name(variant);
}

std::vector<NodeId> choose_nodes(Target& target, Rng& rng, Selector selector) {
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
    case Selector::all:
      break;
  }
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

}  // namespace assay
