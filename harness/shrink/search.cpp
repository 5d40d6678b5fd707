#include "harness/shrink/search.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "harness/shrink/candidates.h"

namespace assay::shrink {

namespace {

constexpr int kRoundsMax = 8;
// More pieces than this are only taken away, not tried alone: one of many is hardly enough.
constexpr std::size_t kPiecesAloneMax = 8;

// The windows as they were carried out, without what they were told and came to: "the leader" stays whoever leads.
Plan with_said_windows(const Attempt& attempt) {
  Plan plan = attempt.plan;
  plan.nemesis.clear();
  plan.schedule = attempt.carried_out;
  for (ScheduledFault& window : plan.schedule) {
    window.seen.clear();
    window.nodes.clear();
    window.chose.clear();
    window.duration = std::min(window.duration, std::max<Nanos>(1, plan.time_limit - window.at));
  }
  return plan;
}

// What a glance at the anomaly suggests: its operations alone, those of its keys, those before it was complete.
std::vector<std::vector<std::size_t>> suggested_operations(const Attempt& attempt) {
  const std::vector<ListedOperation>& all = attempt.plan.operations;
  std::set<Key> keys;
  std::vector<std::size_t> witness, of_keys, before;
  for (const std::size_t position : attempt.witness) {
    if (position >= all.size()) continue;
    witness.push_back(position);
    for (const Mop& mop : all[position].request) keys.insert(mop.key);
  }
  for (std::size_t position = 0; position < all.size(); ++position) {
    if (all[position].at > attempt.moment) continue;
    before.push_back(position);
    const Request& request = all[position].request;
    if (std::any_of(request.begin(), request.end(), [&](const Mop& mop) { return keys.contains(mop.key); }))
      of_keys.push_back(position);
  }
  std::vector<std::vector<std::size_t>> suggestions;
  for (std::vector<std::size_t>* keep : {&witness, &of_keys, &before}) {
    if (!keep->empty() && keep->size() < all.size()) suggestions.push_back(std::move(*keep));
  }
  return suggestions;
}

}  // namespace

Attempt Search::run() {
  say_windows();
  for (int round = 0; round < kRoundsMax && !attempts_.over(); ++round) {
    if (!less_of_everything()) break;
  }
  if (options_.list_operations) {
    list_operations();
    for (int round = 0; round < kRoundsMax && !attempts_.over(); ++round) {
      const bool fewer = fewer_operations();
      if (!less_of_everything() && !fewer) break;
    }
  }
  round_moments();
  return best_;
}

bool Search::try_once(const std::string& what, const std::vector<Plan>& candidates) {
  if (candidates.empty() || attempts_.over()) return false;
  if (options_.progress) options_.progress(best_, what);
  std::optional<Attempt> failing = attempts_.first_failing(candidates);
  if (!failing) return false;
  best_ = std::move(*failing);
  return true;
}

bool Search::try_while(const std::string& what, const Candidates& candidates) {
  bool any = false;
  while (try_once(what, candidates(best_))) any = true;
  return any;
}

bool Search::thin_out(const std::string& what, const std::function<std::size_t(const Plan&)>& count_in,
                      Thinned thinned) {
  bool any = false;
  for (std::size_t pieces = 2; !attempts_.over();) {
    const std::size_t count = count_in(best_.plan);
    if (count < 2) break;
    pieces = std::min(pieces, count);
    std::vector<std::vector<std::size_t>> sets = pieces_and_complements(count, pieces);
    if (pieces > kPiecesAloneMax)
      sets.erase(sets.begin(), sets.begin() + static_cast<std::ptrdiff_t>(pieces));
    std::vector<Plan> candidates;
    for (const auto& keep : sets) candidates.push_back(thinned(best_.plan, keep));
    if (try_once(what, candidates)) {
      any = true;
      const bool alone = count_in(best_.plan) <= count / pieces + 1;
      pieces = alone ? 2 : std::max<std::size_t>(2, pieces - 1);
    } else if (pieces == count) {
      break;
    } else {
      pieces *= 2;
    }
  }
  return any;
}

bool Search::fewer_windows() {
  constexpr const char* kWhat = "faults";
  if (best_.plan.schedule.empty()) return false;
  if (try_once(kWhat, {with_windows(best_.plan, {})})) return true;
  return thin_out(
      kWhat, [](const Plan& plan) { return plan.schedule.size(); }, with_windows);
}

bool Search::fewer_operations() {
  constexpr const char* kWhat = "operations";
  std::vector<Plan> suggested;
  for (const auto& keep : suggested_operations(best_)) suggested.push_back(with_operations(best_.plan, keep));
  const bool guessed = try_once(kWhat, suggested);
  const bool thinned = thin_out(
      kWhat, [](const Plan& plan) { return plan.operations.size(); }, with_operations);
  return guessed || thinned;
}

bool Search::less_of_everything() {
  bool any = false;
  const auto less = [&](const std::string& what, auto candidates) {
    any = try_while(what, [&](const Attempt& best) { return candidates(best.plan); }) || any;
  };
  any = try_while("time", [](const Attempt& best) { return shorter(best.plan, best.moment); }) || any;
  any = fewer_windows() || any;
  less("nodes", fewer_nodes);
  less("processes", fewer_processes);
  less("keys", fewer_keys);
  less("rate", lower_rates);
  less("time", sooner);
  less("lengths", briefer_windows);
  return any;
}

// From now on the plan says its windows, where it had them drawn. That it fails as before is certain with the same seed.
void Search::say_windows() {
  if (best_.plan.nemesis.empty() && best_.carried_out.empty()) return;
  try_once("faults", {with_said_windows(best_)});
}

void Search::list_operations() {
  if (best_.sent.empty() || !best_.plan.operations.empty()) return;
  Plan listed = best_.plan;
  listed.operations = best_.sent;
  listed.rate_sweep.clear();
  try_once("operations", {listed});
}

void Search::round_moments() { try_once("moments", rounder(best_.plan)); }

}  // namespace assay::shrink
