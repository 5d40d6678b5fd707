// Trial "replicated-types": replicas of a data type are updated here and there; what they tell each other is delivered in any
// order, some of it twice, until everything has arrived everywhere. Then all replicas must be equal, and hold what their
// updates mean: every increment counted once, every element that was added and not removed by somebody who saw it.
//
// Types: g-counter, pn-counter, g-set, or-set, lww-register, mv-register, or-map (targets/refdb/crdt), and two that are none:
// sum (a counter that adds up what it is told: wrong with duplicates) and last-counter (a counter kept in a register whose
// last write wins: loses concurrent increments).
//
// Options: type, replicas, updates, rounds, duplicates (percent of deliveries that come twice).
// Measures: rounds, diverged (rounds that end with different replicas), wrong (that end with something else than the updates
// mean), lost (increments that are missing in counters).
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/option_reader.h"
#include "harness/core/rng.h"
#include "harness/core/trial.h"
#include "targets/refdb/crdt/counters.h"
#include "targets/refdb/crdt/or_map.h"
#include "targets/refdb/crdt/registers.h"
#include "targets/refdb/crdt/sets.h"

namespace assay::trials {

namespace {

namespace crdt = refdb::crdt;

struct Settings {
  std::string type;
  std::size_t replicas;
  std::int64_t updates, rounds, duplicates;
};

// What became of one round.
struct Round {
  bool diverged = false;
  bool wrong = false;
  std::int64_t lost = 0;
};

Value element(Rng& rng) { return {static_cast<std::int64_t>(rng.below(5))}; }

// One way to look at all types: update here (returns what to tell others), merge, and in the end compare and judge.
// `meant` sums up the increments.
struct PlainSum {
  std::int64_t value = 0;
  void merge(const PlainSum& told) { value += told.value; }
  friend bool operator==(const PlainSum&, const PlainSum&) = default;
};
struct LastCounter {
  crdt::LwwRegister state;
  std::int64_t value() const { return state.value().is_integer() ? state.value().as_integer() : 0; }
  void merge(const LastCounter& told) { state.merge(told.state); }
  friend bool operator==(const LastCounter&, const LastCounter&) = default;
};

crdt::Stamp stamp_of(std::size_t at, std::int64_t step) {
  return {{step, 0}, {at, static_cast<std::uint64_t>(step) + 1}};
}

crdt::GCounter update(crdt::GCounter& state, std::size_t at, std::int64_t, Rng&, std::int64_t& meant) {
  ++meant;
  return state.increment(at, 1);
}
crdt::PnCounter update(crdt::PnCounter& state, std::size_t at, std::int64_t, Rng& rng, std::int64_t& meant) {
  const std::int64_t amount = rng.between(-3, 5);
  meant += amount;
  return state.add(at, amount);
}
crdt::GSet update(crdt::GSet& state, std::size_t, std::int64_t step, Rng&, std::int64_t& meant) {
  ++meant;
  return state.add(Value(step));
}
crdt::OrSet update(crdt::OrSet& state, std::size_t at, std::int64_t, Rng& rng, std::int64_t&) {
  return rng.chance(1, 2) ? state.add(at, element(rng)) : state.remove(element(rng));
}
crdt::LwwRegister update(crdt::LwwRegister& state, std::size_t at, std::int64_t step, Rng&,
                         std::int64_t& meant) {
  meant = step;
  crdt::LwwRegister delta(Value(step), stamp_of(at, step));
  state.merge(delta);
  return delta;
}
crdt::MvRegister update(crdt::MvRegister& state, std::size_t at, std::int64_t step, Rng&, std::int64_t&) {
  return state.assign(at, Value(step));
}
crdt::OrMap update(crdt::OrMap& state, std::size_t at, std::int64_t step, Rng& rng, std::int64_t&) {
  const Value key = element(rng);
  switch (rng.below(4)) {
    case 0:
      return state.assign(at, key, Value(step));
    case 1:
      return state.add_element(at, key, element(rng));
    case 2:
      return state.remove(key);
    default:
      return state.count(at, key, rng.between(-3, 3));
  }
}
PlainSum update(PlainSum& state, std::size_t, std::int64_t, Rng&, std::int64_t& meant) {
  ++meant;
  state.value += 1;
  return {1};
}
LastCounter update(LastCounter& state, std::size_t at, std::int64_t step, Rng&, std::int64_t& meant) {
  ++meant;
  LastCounter delta{crdt::LwwRegister(Value(state.value() + 1), stamp_of(at, step))};
  state.merge(delta);
  return delta;
}

// How far from what the updates mean; types whose meaning depends on what was seen when are judged by agreement.
std::int64_t off(const crdt::GCounter& state, std::int64_t meant) {
  return meant - static_cast<std::int64_t>(state.value());
}
std::int64_t off(const crdt::PnCounter& state, std::int64_t meant) { return meant - state.value(); }
std::int64_t off(const crdt::GSet& state, std::int64_t meant) {
  return meant - static_cast<std::int64_t>(state.elements().size());
}
std::int64_t off(const crdt::LwwRegister& state, std::int64_t meant) {
  return state.value() == Value(meant) ? 0 : 1;
}
std::int64_t off(const PlainSum& state, std::int64_t meant) { return meant - state.value; }
std::int64_t off(const LastCounter& state, std::int64_t meant) { return meant - state.value(); }
template <typename T>
std::int64_t off(const T&, std::int64_t) {
  return 0;
}

template <typename T>
Round play(const Settings& settings, Rng rng) {
  struct Delivery {
    std::size_t to;
    T told;
  };
  std::vector<T> replicas(settings.replicas);
  std::vector<Delivery> under_way;
  std::int64_t meant = 0;
  const auto deliver_one = [&] {
    const std::size_t next = rng.below(under_way.size());
    replicas[under_way[next].to].merge(under_way[next].told);
    if (rng.chance(static_cast<std::uint64_t>(settings.duplicates), 100)) return;  // and once more, later
    std::swap(under_way[next], under_way.back());
    under_way.pop_back();
  };
  for (std::int64_t step = 0; step < settings.updates; ++step) {
    const std::size_t at = rng.below(replicas.size());
    const T told = update(replicas[at], at, step, rng, meant);
    for (std::size_t to = 0; to < replicas.size(); ++to) {
      if (to != at) under_way.push_back({to, told});
    }
    while (!under_way.empty() && rng.chance(2, 3)) deliver_one();
  }
  while (!under_way.empty()) deliver_one();
  Round round;
  round.diverged = std::any_of(replicas.begin(), replicas.end(),
                               [&](const T& replica) { return !(replica == replicas[0]); });
  round.lost = off(replicas[0], meant);
  round.wrong = round.lost != 0;
  return round;
}

struct Type {
  const char* name;
  Round (*play)(const Settings&, Rng);
};
constexpr Type kTypes[] = {{"g-counter", play<crdt::GCounter>},
                           {"pn-counter", play<crdt::PnCounter>},
                           {"g-set", play<crdt::GSet>},
                           {"or-set", play<crdt::OrSet>},
                           {"lww-register", play<crdt::LwwRegister>},
                           {"mv-register", play<crdt::MvRegister>},
                           {"or-map", play<crdt::OrMap>},
                           {"sum", play<PlainSum>},
                           {"last-counter", play<LastCounter>}};

TrialResult run(std::uint64_t seed, const Facts& options) {
  OptionReader read("option", "trial replicated-types", options);
  Settings settings;
  settings.type = read.choice("type", {"g-counter", "pn-counter", "g-set", "or-set", "lww-register",
                                       "mv-register", "or-map", "sum", "last-counter"});
  settings.replicas = static_cast<std::size_t>(read.whole("replicas", 4, 2, 100));
  settings.updates = read.whole("updates", 40, 1, 10'000);
  settings.rounds = read.whole("rounds", 50, 1, 100'000);
  settings.duplicates = read.whole("duplicates", 30, 0, 90);
  read.done();
  const Type& type = *std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const Type& candidate) { return settings.type == candidate.name; });
  double diverged = 0, wrong = 0, lost = 0;
  for (std::int64_t i = 0; i < settings.rounds; ++i) {
    const Round round = type.play(settings, Rng(seed).fork("round", static_cast<std::uint64_t>(i)));
    diverged += round.diverged ? 1 : 0;
    wrong += round.wrong ? 1 : 0;
    lost += static_cast<double>(round.lost);
  }
  TrialResult result;
  const bool good = diverged + wrong == 0;
  result.verdict = good ? Verdict::valid : Verdict::invalid;
  result.anomaly = good ? "" : diverged > 0 ? "divergence" : lost > 0 ? "lost-update" : "wrong-value";
  result.reason =
      good ? "all replicas end equal, and hold what their updates mean"
           : std::to_string(static_cast<std::int64_t>(diverged)) + " rounds end with replicas that differ, " +
                 std::to_string(static_cast<std::int64_t>(wrong)) + " with something else than was meant";
  result.measures = {{"rounds", {static_cast<double>(settings.rounds)}},
                     {"diverged", {diverged}},
                     {"wrong", {wrong}},
                     {"lost", {lost}}};
  return result;
}

}  // namespace

extern const TrialPlugin replicated_types_plugin;
const TrialPlugin replicated_types_plugin = {
    "replicated-types",
    "replicated data types under deliveries in any order and twice; and two that are none", run};

}  // namespace assay::trials
