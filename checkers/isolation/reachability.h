// Answers many questions "can one get from here to there" about a graph without cycles at once. In two ways:
// clocks  Where the graph keeps the order of sessions, or of real time, the events of a process are a line. An event then
//         needs one number for each line: the first event on it that can be reached (vector clocks). A destination that
//         is on no line is reached through one of its predecessors.
// blocks  Else a row of bits per event, for a block of destinations at a time, so that memory stays small however
//         large the graph is.
//
// Thread safety: pure function. Complexity: clocks: edges * lines / 4 steps of 16 bytes; blocks: edges * destinations /
// 512 steps of a cache line. Memory: clocks: 4 bytes an event and line; blocks: 136 bytes an event; 8 a question.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/isolation/event_graph.h"

namespace assay::checkers::isolation {

struct Question {
  Node from = 0;
  Node to = 0;
};

// Sets answer[i] to 1 where `to` can be reached from `from` (or is the same), to 0 elsewhere. `order` is that of
// sort_events. Returns false when the budget is spent.
bool reachable(const EventGraph& graph, const std::vector<Node>& order,
               const std::vector<Question>& questions, Limits& limits, std::vector<char>& answers);

}  // namespace assay::checkers::isolation
