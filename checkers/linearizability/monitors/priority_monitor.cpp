// Priority queues.
//
// Whether an element can be taken out depends on the lesser ones alone: none of them may be in. So elements
// are settled from the least on: each goes out at the first moment, from its take's invocation on, at which
// none of the lesser ones is surely in, given when those go out; if that is later than its take returned,
// there is no linearization. From its put's return until then it is surely in itself, for the greater ones to
// see. (A later moment would only leave it in longer.) What finds the queue empty is settled last, as if it
// were greatest.
//
// O(n log n): which moments are taken is kept in a forest of disjoint sets, each pointing to the next free
// moment.
#include <numeric>

#include "checkers/linearizability/monitors/collection_monitor.h"
#include "checkers/linearizability/monitors/segments.h"
#include "checkers/linearizability/monitors/sort_nearly.h"

namespace assay::checkers {

namespace {

// Moments, of which some are taken; a moment that is taken stays so.
class Timeline {
 public:
  explicit Timeline(std::vector<Nanos> moments) : moments_(std::move(moments)) {
    sort_nearly(moments_, std::less<>());
    moments_.erase(std::unique(moments_.begin(), moments_.end()), moments_.end());
    free_.resize(moments_.size() + 1);
    std::iota(free_.begin(), free_.end(), 0);
  }

  Nanos moment(std::uint32_t number) const { return moments_[number]; }
  // Requires: it is one of the moments.
  std::uint32_t number_of(Nanos time) const {
    return static_cast<std::uint32_t>(std::lower_bound(moments_.begin(), moments_.end(), time) -
                                      moments_.begin());
  }
  std::uint32_t next_free(std::uint32_t number) {
    while (free_[number] != number) number = free_[number] = free_[free_[number]];
    return number;
  }
  // Takes what lies strictly between the two.
  void take_between(std::uint32_t begin, std::uint32_t end) {
    for (std::uint32_t i = next_free(begin + 1); i < end; i = next_free(i + 1)) free_[i] = i + 1;
  }

 private:
  std::vector<Nanos> moments_;
  std::vector<std::uint32_t> free_;
};

// Numbers of elements, the least value first.
std::vector<std::uint32_t> by_priority(const History& history, const std::vector<Element>& elements) {
  const auto value_of = [&](std::uint32_t i) -> const Value& {
    return history.at(elements[i].put).mops.front().argument;
  };
  struct Ranked {
    std::int64_t value;
    std::uint32_t element;
  };
  std::vector<Ranked> ranked;
  ranked.reserve(elements.size());
  bool integers = true;
  for (std::uint32_t i = 0; i < elements.size(); ++i) {
    integers = integers && value_of(i).is_integer();
    ranked.push_back({integers ? value_of(i).as_integer() : 0, i});
  }
  if (integers) {
    sort_nearly(ranked, [](const Ranked& a, const Ranked& b) { return a.value < b.value; });
  } else {
    std::sort(ranked.begin(), ranked.end(),
              [&](const Ranked& a, const Ranked& b) { return value_of(a.element) < value_of(b.element); });
  }
  std::vector<std::uint32_t> order;
  for (const Ranked& each : ranked) order.push_back(each.element);
  return order;
}

class PriorityMonitor {
 public:
  PriorityMonitor(const History& history, const std::vector<Element>& elements,
                  const std::vector<Look>& empties)
      : elements_(elements),
        empties_(empties),
        order_(by_priority(history, elements)),
        timeline_(moments(elements, empties)),
        out_(elements.size(), kNever) {}

  MonitorResult decide(bool want_order) {
    MonitorResult result;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const Element& element = elements_[order_[i]];
      const std::uint32_t out = timeline_.next_free(timeline_.number_of(element.out_from));
      out_[order_[i]] = timeline_.moment(out);
      if (timeline_.moment(out) > element.out_by) {
        result.conflict = operations_of({&element});
        add_obstacles(element.out_from, element.out_by, i, result.conflict);
        return result;
      }
      if (element.in_by < timeline_.moment(out))
        timeline_.take_between(timeline_.number_of(element.in_by), out);
    }
    for (const Look& empty : empties_) {
      const Nanos moment = timeline_.moment(timeline_.next_free(timeline_.number_of(empty.invoked)));
      moments_.push_back(moment);
      if (moment <= empty.completed) continue;
      result.conflict = {empty.id};
      add_obstacles(empty.invoked, empty.completed, order_.size(), result.conflict);
      return result;
    }
    if (want_order) result.order = make_order();
    return result;
  }

 private:
  static std::vector<Nanos> moments(const std::vector<Element>& elements, const std::vector<Look>& empties) {
    std::vector<Nanos> all;
    all.reserve(2 * elements.size() + empties.size() + 1);
    // In order of the puts or nearly so, then of the takes: sorted in two parts, and merged.
    for (const Element& element : elements) all.push_back(element.in_by);
    sort_nearly(all, std::less<>());
    std::vector<Nanos> outs;
    outs.reserve(elements.size() + empties.size() + 1);
    for (const Element& element : elements) outs.push_back(element.out_from);
    sort_nearly(outs, std::less<>());
    const auto middle = static_cast<std::ptrdiff_t>(outs.size());
    for (const Look& empty : empties) outs.push_back(empty.invoked);
    outs.push_back(kNever);
    std::inplace_merge(outs.begin(), outs.begin() + middle, outs.end());
    const auto ins = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), outs.begin(), outs.end());
    std::inplace_merge(all.begin(), all.begin() + ins, all.end());
    return all;
  }

  // The lesser elements that are in the way in a time, and those in the way of these.
  void add_obstacles(Nanos begin, Nanos end, std::size_t lesser, std::vector<OpId>& conflict) const {
    for (bool more = true; more;) {
      more = false;
      for (std::size_t i = 0; i < lesser; ++i) {
        const Element& element = elements_[order_[i]];
        const Nanos out = out_[order_[i]];
        if (element.in_by >= out || element.in_by > end || out < begin) continue;
        conflict.push_back(element.put);
        if (element.take != kNone) conflict.push_back(element.take);
        if (out > end || element.out_from < begin) more = true;
        end = std::max(end, out);
        begin = std::min(begin, element.out_from);
      }
    }
    std::sort(conflict.begin(), conflict.end());
    conflict.erase(std::unique(conflict.begin(), conflict.end()), conflict.end());
  }

  std::vector<OpId> make_order() const {
    // At one moment: what goes out, the least first, together with what comes in only to go out; what finds
    // nothing; what comes in to stay.
    struct Placed {
      Nanos time;
      std::uint8_t rank;
      std::uint32_t turn;
      OpId id;
    };
    std::vector<Placed> placed;
    for (std::uint32_t turn = 0; turn < order_.size(); ++turn) {
      const Element& element = elements_[order_[turn]];
      const Nanos out = out_[order_[turn]];
      const bool stays = element.in_by < out;
      if (stays) {
        placed.push_back({element.in_by, 2, turn, element.put});
      } else {
        placed.push_back({out, 0, 2 * turn, element.put});
      }
      if (element.take != kNone) placed.push_back({out, 0, 2 * turn + 1, element.take});
    }
    for (std::uint32_t i = 0; i < empties_.size(); ++i) placed.push_back({moments_[i], 1, i, empties_[i].id});
    std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
      if (a.time != b.time) return a.time < b.time;
      return a.rank != b.rank ? a.rank < b.rank : a.turn < b.turn;
    });
    std::vector<OpId> order;
    for (const Placed& each : placed) order.push_back(each.id);
    return order;
  }

  const std::vector<Element>& elements_;
  const std::vector<Look>& empties_;
  std::vector<std::uint32_t> order_;  // the least value first
  Timeline timeline_;
  std::vector<Nanos> out_;  // by element: when it goes out
  std::vector<Nanos> moments_;
};

}  // namespace

ObjectVerdict monitor_priority_queue(const History& history, std::span<const OpId> ids, bool want_order,
                                     Limits& limits) {
  return monitor_collection(
      history, ids, Fn::enqueue, Fn::dequeue, want_order, limits, false,
      [&](const std::vector<Element>& elements, const std::vector<Look>& empties, bool order) {
        return PriorityMonitor(history, elements, empties).decide(order);
      },
      // The least that is in when a thief comes.
      [&](std::vector<Element>& elements, const std::vector<Look>& thieves) {
        std::vector<bool> free(thieves.size(), true);
        std::size_t left = thieves.size();
        for (const std::uint32_t i : by_priority(history, elements)) {
          if (left == 0) return;
          if (elements[i].take != kNone) continue;
          for (std::size_t thief = 0; thief < thieves.size(); ++thief) {
            if (!free[thief] || thieves[thief].invoked < elements[i].in_by) continue;
            give(elements[i], thieves[thief]);
            free[thief] = false;
            --left;
            break;
          }
        }
      });
}

}  // namespace assay::checkers
