// Mean and worst of what the nodes' hosts measured (core/observations.h).
//
// Thread safety: pure function.
#pragma once

#include <vector>

#include "harness/core/observations.h"

namespace assay {

// Of the samples in [main_begin, main_end). The worst clock offset is the one furthest from 0.
void summarize_nodes(std::vector<NodeResources>& nodes, Nanos main_begin, Nanos main_end);

}  // namespace assay
