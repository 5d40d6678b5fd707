// What the monitors of queues, stacks and priority queues share: the evident contradictions, and what to do
// about operations of unknown outcome that take (monitors.h).
//
// Thread safety: pure function.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/monitors/elements.h"
#include "checkers/linearizability/monitors/monitors.h"

namespace assay::checkers {

// The elements, what sorts them, and the table that numbers their values; and more where they are put in
// order.
inline constexpr std::size_t kMonitorBytesPerOperation = 72;
inline constexpr std::size_t kMonitorBytesPerOrdered = 64;

// decide(elements, empties, want_order): a MonitorResult. assign(elements, thieves): gives lost elements to
// thieves. `exact`: the assignment is the best there is where no operation found the collection empty.
template <class Decide, class Assign>
ObjectVerdict monitor_collection(const History& history, std::span<const OpId> ids, Fn put, Fn take,
                                 bool want_order, Limits& limits, bool exact, Decide decide, Assign assign) {
  ObjectVerdict verdict;
  const std::size_t bytes =
      ids.size() * (kMonitorBytesPerOperation + (want_order ? kMonitorBytesPerOrdered : 0));
  if (limits.spent() || !limits.fits(bytes)) return verdict;
  Charge charge(limits, bytes);
  Elements elements = collect_elements(history, ids, put, take, limits);
  if (!elements.apply) return verdict;
  MonitorResult result;
  result.conflict = elements.conflict;
  const bool thieves = !elements.thieves.empty();
  if (result.conflict.empty() && thieves) {
    std::vector<Element> taken;
    std::copy_if(elements.all.begin(), elements.all.end(), std::back_inserter(taken),
                 [](const Element& element) { return element.take != kNone; });
    if (taken.size() < elements.all.size()) result = decide(taken, elements.empties, false);
  }
  if (result.conflict.empty()) {
    if (thieves) assign(elements.all, elements.thieves);
    result = decide(elements.all, elements.empties, want_order);
    if (!result.conflict.empty() && thieves && !(exact && elements.empties.empty())) return verdict;
  }
  verdict.verdict = result.conflict.empty() ? Verdict::valid : Verdict::invalid;
  verdict.conflict = std::move(result.conflict);
  verdict.order = std::move(result.order);
  return verdict;
}

// An element's thief takes it some time after its own invocation, if ever.
inline void give(Element& element, const Look& thief) {
  element.take = thief.id;
  element.out_from = std::max(thief.invoked, element.in_from);
  element.out_by = kNever;
}

// The operations of two elements, for a contradiction.
inline std::vector<OpId> operations_of(std::initializer_list<const Element*> elements) {
  std::vector<OpId> ids;
  for (const Element* element : elements) {
    ids.push_back(element->put);
    if (element->take != kNone) ids.push_back(element->take);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace assay::checkers
