#include "checkers/linearizability/register_check.h"

#include <algorithm>

#include "checkers/linearizability/model_search.h"
#include "checkers/linearizability/register_order.h"
#include "checkers/linearizability/register_rules.h"
#include "checkers/linearizability/register_zones.h"

namespace assay::checkers {

namespace {

template <std::size_t Words>
SearchResult search_with(const RegisterObject& object, const Sweep& sweep, const SearchOptions& options,
                         Limits& limits) {
  RegisterRules<Words> rules(object, sweep, limits);
  return JitSearch<RegisterRules<Words>, Words>(sweep, rules, limits).run(options);
}

}  // namespace

ObjectResult search_register(const RegisterObject& object, const SearchOptions& options, Limits& limits) {
  ObjectResult result;
  const std::size_t count = object.ops.size();
  const std::size_t scratch = count * sizeof(Interval) + Sweep::scratch_bytes_for(count);
  if (!limits.fits(Sweep::bytes_for(count) + scratch)) return result;
  // With an order: the effects, and what is put in order.
  Charge charge(limits, Sweep::bytes_for(count) + (options.want_effects ? 32 * count : 0));
  Sweep sweep;
  {
    Charge temporary(limits, scratch);
    std::vector<Interval> intervals;
    intervals.reserve(count);
    for (const RegisterOp& op : object.ops) intervals.push_back({op.invoked, op.completed});
    sweep = make_sweep(intervals);
  }
  SearchResult found;
  if (sweep.slots <= 64) {
    found = search_with<1>(object, sweep, options, limits);
  } else if (sweep.slots <= 256) {
    found = search_with<4>(object, sweep, options, limits);
  } else if (sweep.slots <= 4096) {
    found = search_with<64>(object, sweep, options, limits);
  } else if (sweep.slots <= kFlightMax) {
    found = search_with<kFlightMax / 64>(object, sweep, options, limits);
  } else {
    result.reason = too_many_in_flight(sweep.slots);
  }
  result.verdict = found.verdict;
  result.configurations = found.configurations;
  result.stuck_at = found.stuck_at;
  if (options.want_effects && found.verdict != Verdict::unknown) {
    const std::uint32_t end = found.verdict == Verdict::valid ? kNone : sweep.return_of[found.stuck_at];
    result.order = order_from_effects(object, sweep, found.effects, end);
  }
  return result;
}

ObjectResult check_register(const RegisterObject& object, bool want_order, Limits& limits) {
  ObjectResult result;
  if (limits.spent() || !limits.fits(object.value_count * 24)) return result;
  ZoneResult zones = check_zones(object, want_order, limits);
  if (!zones.applies) return search_register(object, {UINT64_MAX, want_order}, limits);
  result.verdict = zones.valid ? Verdict::valid : Verdict::invalid;
  result.order = std::move(zones.order);
  result.conflict = std::move(zones.conflict);
  return result;
}

}  // namespace assay::checkers
