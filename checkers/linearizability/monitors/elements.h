// The elements of a collection in which every value is put in once: when each may have come in, and when it
// may have gone out. What the monitors of queues, stacks and priority queues work on.
//
// Thread safety: pure functions. Memory: 48 bytes an element, 24 bytes an operation that found nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/object_verdict.h"
#include "harness/core/history.h"

namespace assay::checkers {

// Cut to what is possible: it comes in before it goes out, so neither later than the one nor earlier than the
// other. Outside (in_by, out_from), an element need not be in the collection; inside, it must be.
struct Element {
  Nanos in_from = 0;        // put invoked
  Nanos in_by = kNever;     // put returned
  Nanos out_from = kNever;  // take invoked; kNever: never taken
  Nanos out_by = kNever;    // take returned
  OpId put = kNone;
  OpId take = kNone;

  bool surely_in() const { return in_by < out_from; }
};

// An operation that takes but names no element.
struct Look {
  Nanos invoked = 0;
  Nanos completed = kNever;
  OpId id = 0;
};

struct Elements {
  bool apply = false;          // every value is put in at most once
  std::vector<Element> all;    // in order of appearance
  std::vector<Look> empties;   // found nothing, in order of invocation
  std::vector<Look> thieves;   // of unknown outcome, in order of invocation
  std::vector<OpId> conflict;  // an element taken twice, or before it was put in, or never put in

  std::size_t bytes() const {
    return all.capacity() * sizeof(Element) + (empties.capacity() + thieves.capacity()) * sizeof(Look);
  }
};

// They do not apply where the budget is spent before all are found.
Elements collect_elements(const History& history, std::span<const OpId> ids, Fn put, Fn take,
                          const Limits& limits);

// What a monitor found about some elements: contradicting operations, or none, and then an order if it was
// asked for.
struct MonitorResult {
  std::vector<OpId> conflict;
  std::vector<OpId> order;
};

// Moments at which the collection is found empty. A moment will do if no element is surely in then.
struct EmptyMoments {
  std::vector<OpId> conflict;  // an operation that found nothing, and elements that were there all the time
  std::vector<Nanos> moments;  // by empty operation
};
EmptyMoments find_empty_moments(const std::vector<Element>& elements, const std::vector<Look>& empties);

}  // namespace assay::checkers
