#include "harness/run/node_resources.h"

#include <cmath>

namespace assay {

namespace {

constexpr double NodeSample::*kFigures[] = {&NodeSample::cpu_percent,      &NodeSample::memory_bytes,
                                            &NodeSample::disk_read,        &NodeSample::disk_written,
                                            &NodeSample::network_received, &NodeSample::network_sent,
                                            &NodeSample::clock_offset};

}  // namespace

void summarize_nodes(std::vector<NodeResources>& nodes, Nanos main_begin, Nanos main_end) {
  for (NodeResources& node : nodes) {
    NodeSample sum, worst;
    double count = 0;
    for (const NodeSample& sample : node.samples) {
      if (sample.at < main_begin || sample.at >= main_end) continue;
      ++count;
      for (const auto figure : kFigures) {
        sum.*figure += sample.*figure;
        if (std::abs(sample.*figure) > std::abs(worst.*figure)) worst.*figure = sample.*figure;
      }
    }
    if (count == 0) continue;
    for (const auto figure : kFigures) sum.*figure /= count;
    node.mean = sum;
    node.worst = worst;
  }
}

}  // namespace assay
