// What was measured in one run: how long operations took, how many were asked for and answered, what each fault did to the
// clients, and whether the figures can be trusted. Filled by harness/run/measure.h from the history (and, for what a
// history does not tell, by the runner); written by the reporters.
//
// Three durations of an operation:
//   response time  from when the plan wanted it (due) to its completion: what a user would have waited
//   service time   from when it was sent to its completion: what a closed-loop load generator reports
//   schedule lag   from due to sent: it waited for a free process. Their sum is the response time.
// In a closed loop an operation is due when it is sent: the lag is 0 and response time is service time.
// An operation with outcome info has no completion: it has a lag, and is counted.
//
// An operation belongs to the phase, the second and the sweep step in which it was due. Only the main phase counts; warm-up
// is before it. Of a fault window both are told: what was due in it is what users felt, what was sent in it is what the
// database was asked under the fault. What waits until the fault is over was due in it, and not sent in it.
//
// Thread safety: plain values. Units: nanoseconds; rates are operations a second.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/histogram.h"
#include "harness/core/history.h"
#include "harness/core/observations.h"
#include "harness/core/plan.h"

namespace assay {

struct OutcomeCounts {
  std::int64_t ok = 0;
  std::int64_t fail = 0;
  std::int64_t info = 0;
  std::int64_t total() const { return ok + fail + info; }
  friend bool operator==(const OutcomeCounts&, const OutcomeCounts&) = default;
};

// A histogram in a few numbers. Negative: too few samples for that percentile (Histogram::percentile).
struct LatencySummary {
  std::int64_t count = 0;
  Nanos mean = -1, p50 = -1, p90 = -1, p95 = -1, p99 = -1, p999 = -1, max = -1;
  Nanos p9999 = -1, min = -1;
};

struct LatencyHistograms {
  Histogram response;  // of ok operations
  Histogram service;   // of ok operations
  Histogram lag;       // of all
};

// Per kind of operation, main phase only.
struct OperationSummary {
  std::string kind;  // "read", "write", "cas", "txn"; "all"
  OutcomeCounts counts;
  LatencySummary response;  // from due; ok operations
  LatencySummary service;   // from sent; ok operations
  LatencySummary lag;       // of all
  LatencyHistograms histograms;
};

// One kind, outcome and node in one second; they add up to every other histogram of the run. `main`: due in the main phase,
// whose boundaries may lie within a second.
struct LatencyCell {
  std::int64_t second = 0;  // in which the operations were due
  std::uint16_t kind = 0;   // index into Measurements::kinds
  Outcome outcome = Outcome::ok;
  NodeId node = kNoNode;
  bool main = true;
  std::int64_t count = 0;
  CompactHistogram response, service;  // empty for outcome info
  CompactHistogram lag;
};

// How the load was offered, and whether it could be.
struct LoadSummary {
  Pace pace = Pace::poisson;
  double intended_per_second = 0;  // open loop: from what was due; 0 in a closed loop
  double sent_per_second = 0;
  double ok_per_second = 0;  // ok completions within the main phase, over its length
  std::int64_t due = 0;      // operations that were due in the main phase, sent or not
  std::int64_t late = 0;     // of those, sent more than 1 ms after they were due
  std::int64_t dropped = 0;  // of those, never sent: the run ended first. Response times are then too good
  bool open_loop() const { return pace != Pace::closed_loop; }
};

// One second of the run, by completion except where it says otherwise.
struct RatePoint {
  std::int64_t second = 0;
  OutcomeCounts completed;  // info: counted when sent
  Nanos p99 = -1;           // response time of ok ones that completed
  Nanos p50 = -1;
  std::int64_t due = 0;  // how many were due
  std::int64_t in_flight_max = 0;
  double in_flight_mean = 0;
  std::int64_t waiting_max = 0;  // due and not sent yet
  Nanos lag_max = 0;             // of those that were sent in this second
  bool main = true;              // any of it belongs to the main phase
};

// Whether the main phase, outside fault windows, is one steady state: a trend in throughput or median response time over its
// seconds, by the test of Mann (1945) and Kendall (1975) at the 1 % level, that moves it by more than a tenth in all.
struct Stationarity {
  bool checked = false;     // false: too few seconds
  bool stationary = false;  // means nothing unless checked
  double rate_change = 0;   // of throughput over the main phase: -0.2 is a fall by a fifth
  double latency_change = 0;
  std::string reason;  // one sentence
};

// One second of the machine that the harness runs on.
struct HostSample {
  Nanos at = 0;
  double cpu_pressure_percent = 0;  // share of the time in which something waited for a processor
  double busy_percent = 0;          // of all processors
  double steal_percent = 0;         // taken by other machines on the same hardware
  double own_percent = 0;  // of one processor, by this program: near 100 the harness is what is measured
  double load = 0;         // one-minute load average
};

// Not recorded in simulation, where nothing on the host can touch a measurement.
struct HostNoise {
  bool recorded = false;
  bool pressure_known = false;  // the kernel has /proc/pressure
  int processors = 0;
  int harness_nice = 0;    // priority of the thread that served the clients; 0: the usual one
  Nanos wall_begin = 0;    // the wall clock at time 0, since 1970, UTC; 0: not known
  HostSample mean, worst;  // of the main phase; `at` of worst means nothing: each field is its own worst
  std::vector<HostSample> samples;
};

// What the database says about its replication, where it tells.
struct ReplicationSummary {
  std::optional<std::int64_t> leader_changes;
  // Over the whole run, among the nodes that answered (harness/run/replication.h says how it is known).
  std::optional<Nanos> lag_max;             // of the slowest node behind the furthest, at least
  std::optional<std::int64_t> behind_max;   // the same in operations of the common log
  std::optional<std::int64_t> pending_max;  // hints that waited, where a mode keeps them
  std::optional<Nanos>
      caught_up_after;  // from the last heal until every node had what the furthest one had then
  std::optional<Nanos> convergence_time;  // after the last fault, until all nodes agreed, as a checker saw it
  std::vector<ReplicationSample> samples;
};

// One step of --rate-sweep.
struct SweepStep {
  std::int64_t rate = 0;  // intended, operations a second
  Nanos begin = 0, end = 0;
  double ok_per_second = 0;
  OutcomeCounts counts;
  std::int64_t late = 0, dropped = 0;
  LatencySummary response, service;
  bool sustained = false;  // at least 97 % of what was intended was ok in time, and nothing was dropped
};

struct Sweep {
  std::vector<SweepStep> steps;
  // The step with the greatest power, throughput / mean response time (L. Kleinrock, "Power and deterministic rules of
  // thumb for probabilistic problems in computer communications", ICC 1979): more load costs more delay than it brings
  // throughput. Among steps that were sustained; nothing when none was.
  std::optional<std::size_t> knee;
};

struct Measurements {
  Nanos main_begin = 0;  // warm-up is before it
  Nanos main_end = kNever;
  LoadSummary load;
  OperationSummary all;  // all kinds together
  std::vector<std::string> kinds;
  std::vector<LatencyCell> cells;  // by second, kind, outcome, node, main
  Stationarity stationarity;
  HostNoise host;
  std::vector<NodeResources> nodes;  // empty in simulation, and where nobody could be asked
  ReplicationSummary replication;
  Sweep sweep;  // empty unless asked for
};

// What one fault window did to the clients.
struct FaultWindowSummary {
  FaultWindow window;
  OutcomeCounts due_during;        // operations due inside the window, whenever they were sent
  OutcomeCounts sent_during;       // operations sent inside it, whenever they were due
  Nanos longest_gap = 0;           // longest time without an ok completion inside it
  Nanos time_to_recover = kNever;  // from heal to the next ok completion
  bool vacuous = false;            // not proved, or nothing was due or sent inside it

  // Before: from the end of the window before this one, or the beginning of the main phase. After: as long as the window,
  // at least a second, but not into the next one or past the main phase.
  double ok_per_second_before = 0, ok_per_second_during = 0, ok_per_second_after = 0;
  OutcomeCounts after;
  LatencySummary response_during, response_after;  // ok operations that were due then
  // From the beginning of the fault to the first ok of an operation that was sent after it.
  Nanos time_to_first_success = kNever;
  // From heal until the rate of ok completions over one second is 90 % of that before.
  Nanos time_to_full_rate = kNever;
  // Time from the beginning of the fault to its end, or to recovery if that is later, in stretches of 100 ms and more
  // without an ok completion.
  Nanos unavailable = 0;
  // As in ReplicationSummary, from the beginning of the window to its heal.
  std::optional<Nanos> replication_lag_max;
  std::optional<std::int64_t> replication_behind_max;
};

}  // namespace assay
