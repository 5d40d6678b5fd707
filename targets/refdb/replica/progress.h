// How far the nodes of a cluster are with replication, from what each says of itself: the simulated and the deployed refdb answer in
// the same words.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/core/observations.h"
#include "targets/refdb/replica/counters.h"

namespace assay::refdb {

struct NodeProgress {
  std::int64_t applied = 0;  // of the common log; in partitions of a single leader, of the first one
  CounterList counters;
};

// By node; nothing for one that did not answer. A mode that keeps hints has no common log: it tells what waits.
ReplicationSample progress_of(Nanos at, const std::vector<std::optional<NodeProgress>>& nodes);

}  // namespace assay::refdb
