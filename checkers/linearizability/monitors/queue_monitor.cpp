// FIFO and unordered queues.
//
// Two elements of a FIFO queue contradict each other when one is in before the other comes in, yet goes out
// after it, both in real time. With no such pair, "in before" and "out before" together have no cycle: any
// cycle of two interval orders can be shortened to a pair. So the elements have one order in which they can
// both come in and go out, and each operation can be put at the latest beginning of those up to it. What
// finds the queue empty needs a moment at which no element is surely in (elements.h).
//
// O(n log n); nearly linear where times are nearly sorted.
#include <numeric>

#include "checkers/linearizability/monitors/collection_monitor.h"
#include "checkers/linearizability/monitors/segments.h"
#include "checkers/linearizability/monitors/sort_nearly.h"

namespace assay::checkers {

namespace {

// Positions of elements by a moment of theirs.
template <class Moment>
std::vector<std::uint32_t> sorted_by(const std::vector<Element>& elements, Moment moment) {
  std::vector<std::uint32_t> positions(elements.size());
  std::iota(positions.begin(), positions.end(), 0);
  sort_nearly(positions,
              [&](std::uint32_t a, std::uint32_t b) { return moment(elements[a]) < moment(elements[b]); });
  return positions;
}

Nanos in_from(const Element& element) { return element.in_from; }
Nanos in_by(const Element& element) { return element.in_by; }
Nanos out_from(const Element& element) { return element.out_from; }
Nanos out_by(const Element& element) { return element.out_by; }

// Two elements of which the first is in before the second comes in, and goes out after it.
std::vector<OpId> find_overtaking(const std::vector<Element>& elements) {
  const std::vector<std::uint32_t> coming = sorted_by(elements, in_from);
  const std::vector<std::uint32_t> arrived = sorted_by(elements, in_by);
  const Element* last_out = nullptr;  // of those in by now
  auto next = arrived.begin();
  for (const std::uint32_t position : coming) {
    const Element& element = elements[position];
    for (; next != arrived.end() && elements[*next].in_by < element.in_from; ++next) {
      if (last_out == nullptr || elements[*next].out_from > last_out->out_from) last_out = &elements[*next];
    }
    if (last_out != nullptr && element.out_by < last_out->out_from)
      return operations_of({last_out, &element});
  }
  return {};
}

// An order of elements that agrees with real time both where they come in and where they go out.
class CommonOrder {
 public:
  explicit CommonOrder(const std::vector<Element>& elements)
      : elements_(elements),
        coming_(sorted_by(elements, in_from)),
        arrived_(sorted_by(elements, in_by)),
        leaving_(sorted_by(elements, out_from)),
        left_(sorted_by(elements, out_by)),
        state_(elements.size(), 0) {}

  std::vector<std::uint32_t> find() {
    std::vector<std::uint32_t> order, ready;
    while (order.size() < coming_.size()) {
      admit(coming_, coming_next_, arrived_, arrived_next_, in_from, in_by, kMayCome, ready);
      admit(leaving_, leaving_next_, left_, left_next_, out_from, out_by, kMayLeave, ready);
      if (ready.empty()) return {};
      order.push_back(ready.back());
      state_[ready.back()] |= kDone;
      ready.pop_back();
    }
    return order;
  }

 private:
  static constexpr std::uint8_t kMayCome = 1, kMayLeave = 2, kDone = 4;

  // Marks the elements that need not wait for any that is left.
  template <class From, class By>
  void admit(const std::vector<std::uint32_t>& begins, std::size_t& next_begin,
             const std::vector<std::uint32_t>& ends, std::size_t& next_end, From from, By by,
             std::uint8_t mark, std::vector<std::uint32_t>& ready) {
    while (next_end < ends.size() && (state_[ends[next_end]] & kDone) != 0) ++next_end;
    const Nanos limit = next_end < ends.size() ? by(elements_[ends[next_end]]) : kNever;
    for (; next_begin < begins.size() && from(elements_[begins[next_begin]]) <= limit; ++next_begin) {
      std::uint8_t& state = state_[begins[next_begin]];
      state |= mark;
      if (state == (kMayCome | kMayLeave)) ready.push_back(begins[next_begin]);
    }
  }

  const std::vector<Element>& elements_;
  std::vector<std::uint32_t> coming_, arrived_, leaving_, left_;
  std::size_t coming_next_ = 0, arrived_next_ = 0, leaving_next_ = 0, left_next_ = 0;
  std::vector<std::uint8_t> state_;  // by element
};

// One after the other at the earliest, in and out each.
void add_points_in_turn(const std::vector<Element>& elements, Nanos begin, std::vector<Point>& points) {
  Nanos in = begin, out = begin;
  for (const std::uint32_t position : CommonOrder(elements).find()) {
    const Element& element = elements[position];
    in = std::max(in, element.in_from);
    points.push_back({in, false, element.put});
    if (element.take == kNone) continue;
    out = std::max({out, in, element.out_from});
    points.push_back({out, true, element.take});
  }
}

void add_points(const std::vector<Element>& elements, Nanos begin, std::vector<Point>& points) {
  for (const Element& element : elements) {
    const Nanos in = std::max(begin, element.in_from);
    points.push_back({in, false, element.put});
    if (element.take != kNone) points.push_back({std::max(in, element.out_from), true, element.take});
  }
}

std::vector<OpId> make_order(const std::vector<Element>& elements, const std::vector<Look>& empties,
                             const std::vector<Nanos>& moments, bool fifo) {
  const Segments segments = cut_into_segments(elements, empties, moments);
  std::vector<OpId> order;
  std::vector<Point> points;
  std::vector<Element> part;
  for (std::size_t i = 0; i < segments.elements.size(); ++i) {
    points.clear();
    part.clear();
    for (const std::uint32_t position : segments.elements[i]) part.push_back(elements[position]);
    if (fifo) {
      add_points_in_turn(part, segments.begin(i), points);
    } else {
      add_points(part, segments.begin(i), points);
    }
    append_in_order(points, order);
    if (i < segments.cuts.size())
      order.insert(order.end(), segments.empties[i].begin(), segments.empties[i].end());
  }
  return order;
}

MonitorResult decide(const std::vector<Element>& elements, const std::vector<Look>& empties, bool want_order,
                     bool fifo) {
  MonitorResult result;
  if (fifo) result.conflict = find_overtaking(elements);
  if (!result.conflict.empty()) return result;
  EmptyMoments found = find_empty_moments(elements, empties);
  result.conflict = std::move(found.conflict);
  if (result.conflict.empty() && want_order)
    result.order = make_order(elements, empties, found.moments, fifo);
  return result;
}

// The earliest in is stolen by the earliest thief. In a FIFO queue no assignment is better: what must be out
// first is what was in first.
void assign_thieves(std::vector<Element>& elements, const std::vector<Look>& thieves) {
  std::vector<std::uint32_t> lost;
  for (std::uint32_t i = 0; i < elements.size(); ++i) {
    if (elements[i].take == kNone) lost.push_back(i);
  }
  std::stable_sort(lost.begin(), lost.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return elements[a].in_by < elements[b].in_by; });
  for (std::size_t i = 0; i < lost.size() && i < thieves.size(); ++i) give(elements[lost[i]], thieves[i]);
}

ObjectVerdict monitor(const History& history, std::span<const OpId> ids, bool want_order, Limits& limits,
                      bool fifo) {
  return monitor_collection(
      history, ids, Fn::enqueue, Fn::dequeue, want_order, limits, fifo,
      [fifo](const std::vector<Element>& elements, const std::vector<Look>& empties, bool order) {
        return decide(elements, empties, order, fifo);
      },
      assign_thieves);
}

}  // namespace

ObjectVerdict monitor_fifo_queue(const History& history, std::span<const OpId> ids, bool want_order,
                                 Limits& limits) {
  return monitor(history, ids, want_order, limits, true);
}

ObjectVerdict monitor_unordered_queue(const History& history, std::span<const OpId> ids, bool want_order,
                                      Limits& limits) {
  return monitor(history, ids, want_order, limits, false);
}

}  // namespace assay::checkers
