#include "harness/run/node_resources.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(NodeResources, MeanAndWorstAreOfTheMainPhase) {
  NodeResources node;
  for (const Nanos at : {1, 2, 3, 4}) {
    NodeSample sample;
    sample.at = at * kSecond;
    sample.cpu_percent = at == 1 ? 1000 : 10.0 * static_cast<double>(at);
    sample.clock_offset = at == 3 ? -500 : 100;
    sample.disk_written = at == 4 ? 1e9 : 6;
    node.samples.push_back(sample);
  }
  std::vector<NodeResources> nodes = {node, {}};
  summarize_nodes(nodes, 2 * kSecond, 4 * kSecond);
  EXPECT_DOUBLE_EQ(nodes[0].mean.cpu_percent, 25);
  EXPECT_DOUBLE_EQ(nodes[0].worst.cpu_percent, 30);
  EXPECT_DOUBLE_EQ(nodes[0].mean.clock_offset, -200);
  EXPECT_DOUBLE_EQ(nodes[0].worst.clock_offset, -500) << "the one furthest from none";
  EXPECT_DOUBLE_EQ(nodes[0].worst.disk_written, 6);
  EXPECT_DOUBLE_EQ(nodes[1].worst.cpu_percent, 0);
}

}  // namespace
}  // namespace assay
