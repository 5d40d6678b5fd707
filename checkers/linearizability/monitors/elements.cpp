#include "checkers/linearizability/monitors/elements.h"

#include <algorithm>

#include "checkers/linearizability/monitors/sort_nearly.h"
#include "checkers/linearizability/value_numbers.h"

namespace assay::checkers {

namespace {

// Cuts the intervals; false if nothing is left of them.
bool fit(Element& element) {
  if (element.out_by < element.in_from) return false;
  element.in_by = std::min(element.in_by, element.out_by);
  element.out_from = std::max(element.out_from, element.in_from);
  return true;
}

struct Span {
  Nanos begin, end;  // open
  std::uint32_t element;
};

// Where an element is surely in, in order of the beginning.
std::vector<Span> spans_of(const std::vector<Element>& elements) {
  std::vector<Span> spans;
  for (std::uint32_t i = 0; i < elements.size(); ++i) {
    if (elements[i].surely_in()) spans.push_back({elements[i].in_by, elements[i].out_from, i});
  }
  sort_nearly(spans, [](const Span& a, const Span& b) { return a.begin < b.begin; });
  return spans;
}

// The operation that found nothing, and a chain of elements without a gap from its invocation to its return.
std::vector<OpId> covering_chain(const std::vector<Element>& elements, const std::vector<Span>& spans,
                                 const Look& empty) {
  std::vector<OpId> conflict{empty.id};
  Nanos reached = empty.invoked;
  for (auto span = spans.begin(); reached <= empty.completed;) {
    const Span* best = nullptr;
    for (; span != spans.end() && span->begin < reached; ++span) {
      if (best == nullptr || span->end > best->end) best = &*span;
    }
    if (best == nullptr || best->end <= reached) break;
    reached = best->end;
    conflict.push_back(elements[best->element].put);
    if (elements[best->element].take != kNone) conflict.push_back(elements[best->element].take);
  }
  std::sort(conflict.begin(), conflict.end());
  return conflict;
}

}  // namespace

Elements collect_elements(const History& history, std::span<const OpId> ids, Fn put, Fn take,
                          const Limits& limits) {
  Elements found;
  ValueNumbers numbers(ids.size());
  found.all.reserve(ids.size() / 2 + 16);
  const auto element_of = [&](const Value& value) -> Element& {
    const std::uint32_t number = numbers.number(value);
    if (number == found.all.size()) found.all.emplace_back();
    return found.all[number];
  };
  std::size_t asked = 0;
  for (const OpId id : ids) {
    if (++asked % kAskEvery == 0 && limits.spent()) return found;
    const Operation op = history.at(id);
    const Mop& mop = op.mops.front();
    if (mop.fn == put) {
      if (mop.argument.is_nil()) return found;  // what takes it out looks as if it found nothing
      Element& element = element_of(mop.argument);
      if (element.put != kNone) return found;  // put in twice: not for us
      element.put = id;
      element.in_from = op.invoked;
      element.in_by = op.completed;
    } else if (mop.fn == take && op.outcome == Outcome::info) {
      found.thieves.push_back({op.invoked, kNever, id});
    } else if (mop.result.is_nil()) {
      found.empties.push_back({op.invoked, op.completed, id});
    } else {
      Element& element = element_of(mop.result);
      if (element.take != kNone && found.conflict.empty()) found.conflict = {element.take, id};
      element.take = id;
      element.out_from = op.invoked;
      element.out_by = op.completed;
    }
  }
  found.apply = true;
  for (Element& element : found.all) {
    if (!found.conflict.empty()) break;
    if (element.put == kNone) {
      found.conflict = {element.take};
    } else if (!fit(element)) {
      found.conflict = {element.put, element.take};
    }
  }
  std::sort(found.conflict.begin(), found.conflict.end());
  return found;
}

EmptyMoments find_empty_moments(const std::vector<Element>& elements, const std::vector<Look>& empties) {
  EmptyMoments found;
  if (empties.empty()) return found;
  const std::vector<Span> spans = spans_of(elements);
  // Runs of overlapping spans; between them, ends included, nothing is surely in.
  std::vector<Span> runs;
  for (const Span& span : spans) {
    if (!runs.empty() && span.begin < runs.back().end) {
      runs.back().end = std::max(runs.back().end, span.end);
    } else {
      runs.push_back(span);
    }
  }
  found.moments.reserve(empties.size());
  for (const Look& empty : empties) {
    auto run = std::lower_bound(runs.begin(), runs.end(), empty.invoked,
                                [](const Span& a, Nanos time) { return a.begin < time; });
    Nanos moment = empty.invoked;
    if (run != runs.begin() && (run - 1)->end > moment) moment = (run - 1)->end;
    if (moment > empty.completed) {
      found.conflict = covering_chain(elements, spans, empty);
      return found;
    }
    found.moments.push_back(moment);
  }
  return found;
}

}  // namespace assay::checkers
