// The words of the gate: what was measured of a baseline and a candidate, and what was decided. harness/gate decides,
// reports/gate tells.
//
// Thread safety: plain values. Units: times are nanoseconds, rates operations a second, ratios candidate to baseline turned so
// that above 1 is always worse (a throughput of half is a ratio of 2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/checker.h"
#include "harness/core/time.h"

namespace assay {

enum class GateVerdict : std::uint8_t { pass, inconclusive, regressed };
std::string_view gate_verdict_name(GateVerdict verdict);

enum class GatedMetric : std::uint8_t { throughput, p50, p99 };
inline constexpr std::size_t kGatedMetricCount = 3;
std::string_view gated_metric_name(GatedMetric metric);

// The figure of that metric among figures that name all three.
template <class Figures>
double figure_of(const Figures& figures, GatedMetric metric) {
  switch (metric) {
    case GatedMetric::throughput:
      return figures.throughput;
    case GatedMetric::p50:
      return figures.p50;
    case GatedMetric::p99:
      break;
  }
  return figures.p99;
}

// What one short block of one side measured. Negative: too few operations for that figure.
struct BlockSample {
  double throughput = -1;  // ok operations a second
  double p50 = -1;         // response time of ok operations: counted from when they were due
  double p99 = -1;
  double achieved = 0;          // operations a second that came to an end, ok or not
  std::int64_t operations = 0;  // due in the block, whatever became of them
  std::int64_t late = 0;        // of them, sent later than due, or never, because no process was free
  double length_ns = 0;

  double value(GatedMetric metric) const { return figure_of(*this, metric); }
};

// Two blocks, one right after the other, in an order that was drawn.
struct BlockPair {
  BlockSample baseline;
  BlockSample candidate;
  bool candidate_first = false;
};

// How a ratio was estimated, with its interval at the level that the decision used.
struct RatioEstimate {
  std::string method;  // "calmest tenth", "median of pairs"
  double ratio = 1;
  double low = 1;
  double high = 1;
};

struct MetricDecision {
  GatedMetric metric = GatedMetric::throughput;
  GateVerdict verdict = GateVerdict::inconclusive;
  double margin = 0;                     // 0.05: worse by 5 % is tolerated
  double baseline = -1, candidate = -1;  // medians over the blocks
  std::vector<RatioEstimate> estimates;  // empty: too few figures
  std::string reason;                    // one sentence
};

// What a gate decided from pairs of blocks, for the page of the candidate.
struct GatedComparison {
  std::vector<MetricDecision> metrics;
  std::size_t pairs = 0;
  Nanos block_length = 0;
};

// One look at the measurement: whether it stands, and what it says.
struct QualityFinding {
  std::string name;      // "achieved rate"
  std::string measured;  // "97 %"
  std::string limit;     // "at least 95 %"
  bool good = true;
};

struct ObjectiveResult {
  std::string objective;  // as the plan has it
  GateVerdict verdict = GateVerdict::inconclusive;
  std::string measured;  // "12.3 ms"; empty: nothing was measured
  std::string reason;    // one sentence
};

struct GateSide {
  std::string name;     // "baseline", "candidate"
  std::string what;     // what makes it this side: "program build/refdb", "reads=lease"
  std::string command;  // a run of the same plan
  std::string folder;   // where its history and reports are; empty: not kept
  Verdict verdict = Verdict::unknown;
  std::string reason;
  std::string harness_error;
  std::vector<CheckResult> checks;
  std::size_t operations = 0;
};

// A change in a series of stored measurements.
struct ChangePoint {
  std::size_t index = 0;  // the first measurement after it
  double before = 0;      // medians
  double after = 0;
  double p_value = 1;
};

// Against a stored baseline: informative, or a verdict with a wide margin.
struct StoredComparison {
  std::string metric;
  double stored = -1;
  double now = -1;
  double ratio = 1;   // above 1: worse
  double margin = 0;  // 0: only told
  GateVerdict verdict = GateVerdict::inconclusive;
};

struct GateReport {
  int schema_version = 1;
  GateVerdict verdict = GateVerdict::inconclusive;
  std::string reason;  // one sentence
  int exit_code = 0;
  std::string assay_version;
  std::string command;
  std::uint64_t seed = 0;
  std::string target;  // "refdb raft, register, closed loop"
  std::string cluster;
  std::string host;
  std::string started_utc;
  Nanos wall_time = 0;
  Nanos block_length = 0;
  int looks = 0;
  int looks_max = 0;
  std::vector<GateSide> sides;
  std::vector<QualityFinding> quality;
  std::vector<ObjectiveResult> objectives;
  std::vector<MetricDecision> metrics;
  std::vector<StoredComparison> stored;
  std::string stored_label;
  std::vector<BlockPair> pairs;
};

// "pass", "invalid", "unknown", "regressed", "inconclusive", "harness failure": what the exit code of a gate means.
std::string_view gate_word(int exit_code);

}  // namespace assay
