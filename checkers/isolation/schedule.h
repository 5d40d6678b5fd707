// The fast way to `valid`: lets the events happen one after the other, each as early as its turn in the recorded times
// allows, and never does what no order could mend: the first of a chain waits until the chain before it on that key is
// complete and everybody who reads its last version has started. Whoever gets through has an order that proves the
// history valid. Getting stuck proves nothing.
//
// Under snapshot isolation a chain of a key is "written" from the start of its first transaction to the commit of its last
// one, and "seen" from the commit of its first one until all readers of its last version have started; no two chains of
// a key may be written, or seen, at the same time.
//
// Thread safety: pure functions. Complexity: edges + events * log events. Memory: about 60 bytes an event.
#pragma once

#include <vector>

#include "checkers/common/limits.h"
#include "checkers/isolation/event_graph.h"

namespace assay::checkers::isolation {

// When each event should have its turn: its time, or earlier if it must precede an event with an earlier turn.
enum class Haste : std::uint8_t {
  starts_when_invoked,   // a snapshot is taken when a transaction is invoked
  starts_when_completed  // a transaction happens when it is completed, all at once if that is possible
};
// Requires: `order` as sort_events gives it, complete.
std::vector<Nanos> turns(const EventGraph& graph, const std::vector<Node>& order, Haste haste);

// True when all events are in `schedule`, in a legal order.
bool schedule_events(const EventGraph& graph, const std::vector<Nanos>& turn, Limits& limits,
                     std::vector<Node>& schedule);

// An order of all events in which every edge goes forward, as close to a schedule as it gets: where nothing more can
// happen, the event with the earliest turn happens nevertheless. Requires: the graph has no cycle.
std::vector<Node> likely_order(const EventGraph& graph, const std::vector<Nanos>& turn);

}  // namespace assay::checkers::isolation
