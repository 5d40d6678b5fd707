// Everything needed to run a test again. Written to plan.json first; a plan and its seed determine a
// simulated run byte for byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/fact.h"
#include "harness/core/operation.h"
#include "harness/core/time.h"

namespace assay {

enum class Pace : std::uint8_t { poisson, constant, closed_loop };
std::string_view pace_name(Pace pace);  // "poisson", "constant", "closed-loop"
std::optional<Pace> pace_from_name(std::string_view name);

// A fault at an exact moment, or some time after something happened; as it was planned, or as it was carried out.
struct ScheduledFault {
  Nanos at = 0;         // from the start of the main phase; with a trigger, from when that happened
  std::string fault;    // plug-in name with variant: "kill-leader"
  Nanos duration = 0;   // from when it is in force
  std::string trigger;  // "leader-changed", "then" ... (docs/nemesis.md); empty: none
  bool waits = false;   // while a fault of its resource is in force, as drawn windows do
  std::string draw;     // what decides the fault's own choices, 16 hexadecimal digits; empty: the plan's seed
  Facts seen;           // what the fault was told about the database when it chose; told again in a replay
  std::vector<std::string> nodes;  // those that were hurt, for people
  Facts chose;                     // what it came to, for people
  friend bool operator==(const ScheduledFault&, const ScheduledFault&) = default;
};

// A request at an exact moment.
struct ListedOperation {
  Nanos at = 0;     // from the start of warm-up, later when its slot is not free
  int slot = 0;     // which of the `concurrency` slots of processes sends it
  NodeId node = 0;  // whose client it is sent through
  Request request;
  friend bool operator==(const ListedOperation&, const ListedOperation&) = default;
};

struct Plan {
  std::string target = "refdb";
  std::string mode = "raft";
  std::string workload = "register";
  std::vector<std::string> nemesis;      // plug-in names with variants: "partition", "kill-leader"
  std::vector<ScheduledFault> schedule;  // beside those that are drawn for `nemesis`
  std::string nemesis_budget = "none";   // nodes hurt at once: "none", "minority" or a number
  std::string cluster = "sim";           // "sim", "local", or the path of a hosts file
  int nodes = 5;
  int concurrency = 10;  // processes
  std::int64_t keys = 5;
  Pace pace = Pace::poisson;
  std::int64_t rate = 1000;  // operations a second over all processes; ignored by a closed loop
  std::string
      rate_sweep;  // rates one after the other in the main phase, instead of `rate`: core/rates.h; empty: none
  Nanos think_time = 0;  // closed loop: how long a process waits between an answer and its next operation
  Nanos warm_up = 1 * kSecond;
  Nanos time_limit = 30 * kSecond;  // main phase
  Nanos recovery_limit = 20 * kSecond;
  Nanos operation_timeout = 2 * kSecond;
  Nanos fault_interval = 2 * kSecond;  // mean time from one fault's start to the next one's
  Nanos fault_duration = 3 * kSecond;  // mean
  std::string fault_pace =
      "uniform";      // of the intervals: "uniform" (half to one and a half), "poisson", "fixed"
  std::string quiet;  // when no drawn fault may be in force: "10s..15s,40s..45s"
  std::uint64_t seed = 1;
  std::vector<std::string> bugs;  // seeded bugs of the target
  Facts options;                  // of the target and its mode, as texts or whole numbers
  Facts workload_options;
  std::vector<std::string> checkers;  // instead of the workload's: "linearizable", "staleness delta=500ms"
  Nanos check_time_limit = 60 * kSecond;
  std::size_t check_memory_limit_bytes = std::size_t{4} << 30;
  std::vector<std::string> objectives;  // of speed, apart from any verdict: "read.p99 < 20ms" (docs/gate.md)
  // Not empty: exactly these are sent before the final reads, and the workload only reads at the end and names the judges.
  // Progress is then not demanded.
  std::vector<ListedOperation> operations;
  Facts shrunk;  // of a plan that assay shrink made: how large it was before
};

}  // namespace assay
