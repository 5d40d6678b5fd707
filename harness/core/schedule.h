// Exact fault windows as people write them: "5s kill-leader 3s; 12s partition-leader 4s" is a fault that is injected five
// seconds into the main phase and stays in force for three, and another one. What format_schedule() gives,
// parse_schedule() reads back exactly, but for what only files can say (draws, what was seen). In place of a moment there
// may be a trigger with the time that passes after it: "leader-changed+500ms kill-leader 3s; then+1s pause-one 2s". Errors:
// nullopt; the caller knows what to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/plan.h"

namespace assay {

std::optional<std::vector<ScheduledFault>> parse_schedule(std::string_view text);
std::string format_schedule(const std::vector<ScheduledFault>& schedule);

// What begins a window in place of a moment.
struct Trigger {
  enum class Kind : std::uint8_t {
    leader_changed,  // another node leads than before
    counter,         // a counter of the database grew: "counter:NAME"; "snapshot" is that of snapshots sent
    log,             // a line with a text appeared in some node's log: "log:TEXT"
    then,            // the window before it in the schedule was healed
  };
  Kind kind = Kind::then;
  std::string what;  // the counter's name, or the text
};
std::optional<Trigger> parse_trigger(std::string_view text);

// A stretch of the main phase.
struct Period {
  Nanos begin = 0, end = 0;
};
// "10s..15s,40s..45s"; nothing for the empty text. Each must begin before it ends.
std::optional<std::vector<Period>> parse_periods(std::string_view text);

// A fault with its weight among those that are drawn: "partition-leader=3". The weight is 1 unless it is given; 0 for a text
// that is none or too large.
struct WeightedFault {
  std::string name;
  int weight = 1;
};
inline constexpr int kFaultWeightMax = 1000;
WeightedFault parse_weighted_fault(std::string_view text);

// How many nodes may be hurt at once: "none" (all), "minority", "1". Nothing for any other text.
std::optional<std::size_t> parse_budget(std::string_view text, std::size_t nodes);

// The names of all faults that a plan asks for, drawn and scheduled.
std::vector<std::string> fault_names(const Plan& plan);

}  // namespace assay
