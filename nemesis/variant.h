// Reads variants of the form KIND, KIND-NODES, KIND:AMOUNT and KIND-NODES:AMOUNT, which several faults have: "slow-leader:100ms".
//
// Thread safety: pure.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "harness/core/fault.h"

namespace assay::nemesis {

struct VariantParts {
  std::string_view kind;
  NodeChoice nodes;         // one, unless it is said
  std::string_view amount;  // empty: none is given
};

// Nothing when the text begins with none of the kinds, or goes on as no variant does. Of two kinds of which one begins the other
// the longer one must stand first.
inline std::optional<VariantParts> read_variant(std::string_view text,
                                                std::span<const std::string_view> kinds) {
  for (const std::string_view kind : kinds) {
    if (!text.starts_with(kind)) continue;
    VariantParts parts{kind, {.selector = Selector::one}, {}};
    std::string_view rest = text.substr(kind.size());
    if (rest.empty()) return parts;
    std::string_view nodes;
    if (rest[0] == '-') {
      // A role's name comes after a colon, too.
      const std::size_t from = rest.starts_with("-role:") ? 6 : 1;
      const std::size_t colon = rest.find(':', from);
      nodes = rest.substr(1, colon == std::string_view::npos ? colon : colon - 1);
      rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon);
      const auto choice = node_choice(nodes);
      if (nodes.empty() || !choice) continue;
      parts.nodes = *choice;
    }
    if (rest.empty()) return parts;
    if (rest[0] != ':' || rest.size() == 1) continue;
    parts.amount = rest.substr(1);
    return parts;
  }
  return std::nullopt;
}

}  // namespace assay::nemesis
