// Absolute objectives of a plan: "read.p99 < 20ms", "errors < 0.1%", "throughput > 5000/s", "recovery.partition < 5s". Each is
// met, missed, or can't be told, which is never taken for met.
//
//   [KIND.]p50 p90 p95 p99 p999 p9999 mean max    response time of ok operations, from when they were due; without a kind of
//                                           operation: of every kind
//   [KIND.]service.p50 ...                  the same from when they were sent
//   [KIND.]errors                           share of operations that did not end ok; a cas that found another value is an answer
//   [KIND.]throughput                       ok operations a second of the main phase
//   late                                    share of due operations that were sent late, or never, for want of a free process
//   recovery                                from the last heal until every process had success again
//   recovery.FAULT, unavailability.FAULT    the worst of the windows of a fault: from its heal to the first success; time in
//                                           stretches without a success ("recovery.partition" covers all its variants)
//
// Thread safety: pure functions. Errors: InputError with one sentence that names what would be accepted.
#pragma once

#include <string>
#include <vector>

#include "harness/core/gate.h"
#include "harness/core/run_result.h"

namespace assay::gate {

struct Objective {
  enum class Field : std::uint8_t { latency, errors, throughput, late, recovery, unavailability };
  enum class Relation : std::uint8_t { below, at_most, above, at_least };
  std::string text;
  Field field = Field::latency;
  std::string kind;        // of operation; empty: every one
  std::string percentile;  // of a latency: "p99"
  bool service = false;
  std::string fault;
  Relation relation = Relation::below;
  double limit = 0;  // nanoseconds, a share, operations a second
};

// Throws InputError.
Objective parse_objective(const std::string& text);

// The objectives of the run's plan against what the run measured. Throws InputError for one that can't be read.
std::vector<ObjectiveResult> judge_objectives(const RunResult& run);

// A missed objective makes a valid run exit with kExitRegressed, one that can't be told with kExitInconclusive.
int exit_code_with(int exit_code, const std::vector<ObjectiveResult>& objectives);

}  // namespace assay::gate
