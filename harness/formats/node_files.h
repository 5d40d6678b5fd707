// nodes.npz: what was seen of the nodes, as columns in NumPy's format.
//
//   node, at, cpu_percent, memory_bytes, disk_read, disk_written, network_received, network_sent, clock_offset
//                   a row for each sample of a host (core/observations.h); nothing of simulated runs
//   progress_node, progress_at, progress_position
//                   a row for each node at each look at replication; position -1: it did not answer, or has none
//   names           of the nodes; the columns above hold indices into it
//
// Thread safety: plain function.
#pragma once

#include <string>

#include "harness/core/run_result.h"

namespace assay::formats {

std::string nodes_npz(const RunResult& run);

}  // namespace assay::formats
