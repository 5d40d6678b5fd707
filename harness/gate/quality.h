// Was the measurement good enough to be judged? What the gate asks before it compares: a rate that was not achieved, a
// schedule that was not kept, a machine that was taken away by others make any ratio worthless, and the answer inconclusive.
//
// Thread safety: pure functions. Units: shares from 0 to 1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/gate.h"
#include "harness/core/measurements.h"

namespace assay::gate {

struct QualityLimits {
  double achieved_min = 0.95;  // ok and failed operations against the intended rate, of the baseline
  double late_max = 0.10;      // operations that were sent late, of the baseline
  double drift_max = 0.50;     // change of a side's median cost from the first third of the pairs to the last
  double steal_max = 0.10;     // processor time that the hypervisor took
  double pressure_max = 0.90;  // time in which somebody waited for a processor
};

// `intended_rate`: operations a second of an open loop; 0 in a closed loop, which has none.
//
// Only the baseline has to keep up: a candidate that alone falls behind shows in its response times.
std::vector<QualityFinding> judge_quality(const std::vector<BlockPair>& pairs, double intended_rate,
                                          const HostNoise& noise, const QualityLimits& limits);

// The same of a run that is over. While faults were in force clients may well have been late: that is what is measured.
std::vector<QualityFinding> judge_quality(const Measurements& measured, bool had_faults,
                                          const QualityLimits& limits);

// The names that set_limit() knows.
std::string limit_names();
// "drift=30%". Throws InputError.
void set_limit(QualityLimits& limits, const std::string& text);

}  // namespace assay::gate
