// Measures two databases in turns, in pairs of short blocks, until the gate has decided or its budget of looks is spent. Both are
// deployed before and stay up, so that both are warm.
//
// Thread safety: none. Errors: InputError before anything starts (plans that can't be, hosts that there are not); afterwards
// trouble is in the results of the sides.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/core/gate.h"
#include "harness/core/measurements.h"
#include "harness/core/run_result.h"
#include "harness/gate/decide.h"

namespace assay::cli {

struct GateSidePlan {
  std::string name;  // "baseline", "candidate"
  std::string what;  // how it differs: "program=build/refdb"
  Plan plan;
};

struct BlockSettings {
  Nanos settle = 20 * kMillisecond;
  Nanos length = 100 * kMillisecond;
  bool show_progress = true;
  std::function<void()>
      ready;  // called once both databases can be started; what it throws ends the gate. May be empty
};

struct MeasuredPairs {
  std::vector<BlockPair> pairs;
  gate::Decision decision;
  int looks = 0;
  bool interrupted = false;
  std::vector<RunResult> sides;  // judged; in the order of the plans
  HostNoise noise;
};

// `all_looks`: goes on measuring until the budget is spent, whatever was decided. Requires: two sides.
MeasuredPairs measure_pairs(const std::vector<GateSidePlan>& sides, const gate::Options& options,
                            const BlockSettings& settings, bool all_looks);

}  // namespace assay::cli
