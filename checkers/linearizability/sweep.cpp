#include "checkers/linearizability/sweep.h"

#include <algorithm>

namespace assay::checkers {

namespace {

// Gives every operation the lowest free slot, and notes where it returns.
void assign_slots(Sweep& sweep) {
  std::vector<std::uint32_t> free;
  for (std::uint32_t position = 0; position < sweep.events.size(); ++position) {
    const std::uint32_t op = sweep.events[position] >> 1;
    if ((sweep.events[position] & 1) != 0) {
      sweep.return_of[op] = position;
      free.push_back(sweep.slot_of[op]);
    } else if (sweep.slot_of[op] != kNone) {
      if (free.empty()) {
        sweep.slot_of[op] = sweep.slots++;
      } else {
        sweep.slot_of[op] = free.back();
        free.pop_back();
      }
    }
  }
}

}  // namespace

Sweep make_sweep(std::span<const Interval> intervals) {
  struct Return {
    Nanos time;
    std::uint32_t op;
  };
  const auto count = static_cast<std::uint32_t>(intervals.size());
  Sweep sweep;
  sweep.slot_of.assign(count, kNone);
  sweep.return_of.assign(count, kNone);
  {
    std::vector<Return> returns;
    returns.reserve(count);
    for (std::uint32_t op = 0; op < count; ++op) {
      if (intervals[op].completed == kNever) continue;
      sweep.slot_of[op] = 0;
      returns.push_back({intervals[op].completed, op});
    }
    std::sort(returns.begin(), returns.end(), [](const Return& a, const Return& b) {
      return a.time != b.time ? a.time < b.time : a.op < b.op;
    });
    sweep.events.reserve(count + returns.size());
    std::uint32_t next = 0;
    for (const Return& end : returns) {
      while (next < count && intervals[next].invoked <= end.time) sweep.events.push_back(2 * next++);
      sweep.events.push_back(2 * end.op + 1);
    }
    while (next < count) sweep.events.push_back(2 * next++);
  }
  assign_slots(sweep);
  return sweep;
}

}  // namespace assay::checkers
