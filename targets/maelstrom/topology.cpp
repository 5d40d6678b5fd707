#include "targets/maelstrom/topology.h"

namespace assay::maelstrom {

std::vector<std::vector<int>> neighbours(std::string_view topology, int nodes) {
  std::vector<std::vector<int>> near(static_cast<std::size_t>(nodes));
  const auto join = [&near](int a, int b) {
    near[static_cast<std::size_t>(a)].push_back(b);
    near[static_cast<std::size_t>(b)].push_back(a);
  };
  int width = 1;
  while (width * width < nodes) ++width;
  for (int node = 1; node < nodes; ++node) {
    if (topology == "line") join(node - 1, node);
    if (topology == "tree") join((node - 1) / 2, node);
    if (topology == "grid" && node % width != 0) join(node - 1, node);
    if (topology == "grid" && node >= width) join(node - width, node);
    for (int other = 0; topology == "total" && other < node; ++other) join(other, node);
  }
  return near;
}

}  // namespace assay::maelstrom
