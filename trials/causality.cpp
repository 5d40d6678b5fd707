// Trial "causality": what clocks can tell about "happened before". Processes do events of their own and send each other
// messages; for every pair of events the truth is kept (the set of all events that each one knows of), and compared with
// what is read off the events' times.
//
//   clock=vector  a vector with an entry for each process: before, after or concurrent (S0 section 5)
//   clock=lamport one counter: never contradicts the truth, but orders events that are concurrent
//   clock=wall    the time of day, wrong by up to `skew`: also orders events against the truth
//
// Before that, the worked examples of the documents are gone through.
//
// Options: clock, processes, events, messages (percent of events that are arrivals), skew.
// Measures: pairs, concurrent (pairs that are), reversed (said to be in the opposite order), invented (said to be ordered,
// though concurrent), missed (said to be concurrent, though ordered).
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/option_reader.h"
#include "harness/core/rng.h"
#include "harness/core/trial.h"
#include "targets/refdb/clocks/lamport.h"
#include "targets/refdb/clocks/version_vector.h"

namespace assay::trials {

namespace {

using refdb::clocks::ActorId;
using refdb::clocks::LamportClock;
using refdb::clocks::Order;
using refdb::clocks::VectorClock;
using refdb::clocks::VersionVector;

struct Event {
  VersionVector vector;
  std::uint64_t lamport = 0;
  Nanos wall = 0;
  std::vector<bool> knows;  // events in its past, by number
};

struct Process {
  explicit Process(ActorId id) : vector(id) {}
  VectorClock vector;
  LamportClock lamport;
  Nanos skew = 0;
  std::vector<bool> knows;
  std::size_t last = SIZE_MAX;  // its last event
};

struct Settings {
  std::string clock;
  std::int64_t processes, events, messages;
  Nanos skew;
};

Settings read_settings(const Facts& options) {
  OptionReader read("option", "trial causality", options);
  Settings settings;
  settings.clock = read.choice("clock", {"vector", "lamport", "wall"});
  settings.processes = read.whole("processes", 5, 2, 1000);
  settings.events = read.whole("events", 200, 2, 5000);
  settings.messages = read.whole("messages", 40, 0, 100);
  settings.skew = read.duration("skew", 100 * kMillisecond);
  read.done();
  return settings;
}

// An event every millisecond, at a random process: an arrival from another one, or something of its own.
std::vector<Event> happen(const Settings& settings, Rng rng) {
  std::vector<Process> processes;
  for (std::int64_t i = 0; i < settings.processes; ++i) {
    processes.emplace_back(static_cast<ActorId>(i));
    processes.back().skew = rng.between(-settings.skew, settings.skew);
    processes.back().knows.resize(static_cast<std::size_t>(settings.events));
  }
  std::vector<Event> events;
  for (std::int64_t number = 0; number < settings.events; ++number) {
    Process& here = processes[rng.below(processes.size())];
    const Process& sender = processes[rng.below(processes.size())];
    const bool arrival = rng.chance(static_cast<std::uint64_t>(settings.messages), 100) && &sender != &here &&
                         sender.last != SIZE_MAX;
    Event event;
    if (arrival) {
      const Event& sent = events[sender.last];
      for (std::size_t i = 0; i < here.knows.size(); ++i) here.knows[i] = here.knows[i] || sent.knows[i];
      event.vector = here.vector.receive(sent.vector);
      event.lamport = here.lamport.receive(sent.lamport);
    } else {
      event.vector = here.vector.tick();
      event.lamport = here.lamport.tick();
    }
    here.knows[static_cast<std::size_t>(number)] = true;
    event.knows = here.knows;
    event.wall = number * kMillisecond + here.skew;
    here.last = static_cast<std::size_t>(number);
    events.push_back(std::move(event));
  }
  return events;
}

template <typename Time>
Order by_time(const Time& a, const Time& b) {
  return a < b ? Order::before : b < a ? Order::after : Order::concurrent;
}

Order said(const std::string& clock, const Event& a, const Event& b) {
  if (clock == "vector") return a.vector.compare(b.vector);
  return clock == "lamport" ? by_time(a.lamport, b.lamport) : by_time(a.wall, b.wall);
}

// Two writes that do not know of each other, what resolves them, and a write after both (S0 section 5, S1 section 6.2).
bool examples_hold() {
  VersionVector a, b;
  a.increment(1);
  b = a;
  b.increment(2);
  a.increment(1);
  bool good = a.compare(b) == Order::concurrent && b.compare(a) == Order::concurrent;
  VersionVector resolved = a;
  resolved.merge(b);
  good = good && a.compare(resolved) == Order::before && b.compare(resolved) == Order::before;
  VersionVector later = resolved;
  later.increment(2);
  return good && later.compare(resolved) == Order::after && later.compare(a) == Order::after &&
         resolved.at(1) == 2 && resolved.at(2) == 1;
}

TrialResult run(std::uint64_t seed, const Facts& options) {
  const Settings settings = read_settings(options);
  const std::vector<Event> events = happen(settings, Rng(seed).fork("causality"));
  double pairs = 0, concurrent = 0, reversed = 0, invented = 0, missed = 0;
  for (std::size_t later = 0; later < events.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      const bool ordered = events[later].knows[earlier];
      const Order told = said(settings.clock, events[earlier], events[later]);
      pairs += 1;
      concurrent += ordered ? 0 : 1;
      reversed += ordered && told == Order::after ? 1 : 0;
      missed += ordered && (told == Order::concurrent || told == Order::equal) ? 1 : 0;
      invented += !ordered && told != Order::concurrent ? 1 : 0;
    }
  }
  TrialResult result;
  const bool good = examples_hold() && reversed + invented + missed == 0;
  result.verdict = good ? Verdict::valid : Verdict::invalid;
  result.anomaly = good           ? ""
                   : reversed > 0 ? "order-reversed"
                   : missed > 0   ? "order-missed"
                                  : "order-invented";
  result.reason =
      good ? "every pair of events is told rightly as ordered or concurrent"
           : std::to_string(static_cast<std::int64_t>(invented)) + " concurrent pairs are told as ordered, " +
                 std::to_string(static_cast<std::int64_t>(reversed)) + " ordered ones as reversed";
  result.measures = {{"pairs", {pairs}},
                     {"concurrent", {concurrent}},
                     {"reversed", {reversed}},
                     {"invented", {invented}},
                     {"missed", {missed}}};
  return result;
}

}  // namespace

extern const TrialPlugin causality_plugin;
const TrialPlugin causality_plugin = {
    "causality", "whether vectors, Lamport's counters or the time of day tell what happened before what",
    run};

}  // namespace assay::trials
