#include "checkers/linearizability/model_search.h"

#include "checkers/linearizability/model_rules.h"

namespace assay::checkers {

namespace {

template <std::size_t Words>
SearchResult search_with(StateSpace& space, const Sweep& sweep, const SearchOptions& options,
                         Limits& limits) {
  ModelRules<Words> rules(space, sweep, limits);
  return JitSearch<ModelRules<Words>, Words>(sweep, rules, limits).run(options);
}

SearchResult search_with_width(StateSpace& space, const Sweep& sweep, const SearchOptions& options,
                               Limits& limits) {
  if (sweep.slots <= 64) return search_with<1>(space, sweep, options, limits);
  if (sweep.slots <= 256) return search_with<4>(space, sweep, options, limits);
  if (sweep.slots <= 4096) return search_with<64>(space, sweep, options, limits);
  return search_with<kFlightMax / 64>(space, sweep, options, limits);
}

Sweep sweep_of(const StateSpace& space) {
  std::vector<Interval> intervals;
  intervals.reserve(space.ops().size());
  for (const ModelOp& op : space.ops()) intervals.push_back({op.invoked, op.completed});
  return make_sweep(intervals);
}

// The effects, and the reads in between where they first see what they saw.
std::vector<OpId> make_order(StateSpace& space, const Sweep& sweep, const std::vector<Effect>& effects,
                             std::uint32_t end) {
  std::vector<OpId> order;
  std::vector<std::uint32_t> waiting;
  std::uint32_t state = StateSpace::kInitialState;
  const auto settle_reads = [&] {
    std::erase_if(waiting, [&](std::uint32_t op) {
      if (space.next(state, op).state == kNone) return false;
      order.push_back(space.ops()[op].id);
      return true;
    });
  };
  auto effect = effects.begin();
  for (std::uint32_t position = 0; position < sweep.events.size(); ++position) {
    for (; effect != effects.end() && effect->position == position; ++effect) {
      order.push_back(space.ops()[effect->first].id);
      state = effect->second;
      settle_reads();
    }
    if (position == end) break;
    const std::uint32_t op = sweep.events[position] >> 1;
    const ModelOp& what = space.ops()[op];
    if ((sweep.events[position] & 1) != 0 || !what.reads_only || what.is_info()) continue;
    waiting.push_back(op);
    settle_reads();
  }
  return order;
}

}  // namespace

std::string too_many_in_flight(std::size_t slots) {
  return std::to_string(slots) + " operations are in flight at once on one object, more than the " +
         std::to_string(kFlightMax) + " that a search can follow";
}

ModelResult search_model(const ObjectModel& model, const History& history, std::span<const OpId> ids,
                         const SearchOptions& options, Limits& limits) {
  ModelResult result;
  const std::size_t bytes = Sweep::bytes_for(ids.size());
  // The intervals, or what sorts the labels.
  const std::size_t scratch = ids.size() * sizeof(Interval) + Sweep::scratch_bytes_for(ids.size());
  if (!limits.fits(bytes + scratch + ids.size() * sizeof(ModelOp))) return result;
  Charge charge(limits, bytes + scratch);
  const auto space = model.space(history, ids, true, limits);
  const Sweep sweep = sweep_of(*space);
  charge.shrink(scratch);
  if (sweep.slots > kFlightMax) {
    result.reason = too_many_in_flight(sweep.slots);
    return result;
  }
  const SearchResult found = search_with_width(*space, sweep, options, limits);
  result.verdict = found.verdict;
  result.configurations = found.configurations;
  if (found.stuck_at != kNone) result.stuck_at = space->ops()[found.stuck_at].id;
  if (!options.want_effects || found.verdict == Verdict::unknown) return result;
  const std::uint32_t end = found.verdict == Verdict::valid ? kNone : sweep.return_of[found.stuck_at];
  charge.grow(ids.size() * sizeof(OpId));
  result.order = make_order(*space, sweep, found.effects, end);
  return result;
}

}  // namespace assay::checkers
