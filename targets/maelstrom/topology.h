// Who may tell whom in a broadcast: the neighbours of each node, as Maelstrom's --topology names them.
//
// Thread safety: pure. Complexity: linear in what it gives.
#pragma once

#include <string_view>
#include <vector>

namespace assay::maelstrom {

inline constexpr std::string_view kTopologies[] = {"grid", "line", "tree", "total"};

// By node. grid: rows and columns as nearly square as can be; tree: two children each; total: everybody.
std::vector<std::vector<int>> neighbours(std::string_view topology, int nodes);

}  // namespace assay::maelstrom
