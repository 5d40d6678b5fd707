// Stacks.
//
// An element that need not be in at any moment can be pushed and popped at once anywhere, and takes no
// further part. Of the rest, take the times at which some element is surely in (elements.h). At a moment when
// none is, the stack can be assumed empty: what a linearization has on it then was either popped by then at
// the earliest, or pushed from then on at the latest, and can be moved. So the history falls into pieces,
// between such moments, within which the stack is never empty; a piece has an element at the bottom all the
// time: one that can be pushed before any other must be in, and popped after all. Any element that can do
// that will do (put it around a linearization of the rest). Without it the piece may fall into smaller ones,
// and so on; a piece without such an element has no linearization.
//
// O(n log n): a piece only shrinks, so an element that can be the first in it remains so, and so for the
// last; trees over the elements in the order in which they are surely in find those that newly can.
#include <numeric>

#include "checkers/linearizability/monitors/bit_tree.h"
#include "checkers/linearizability/monitors/collection_monitor.h"
#include "checkers/linearizability/monitors/sort_nearly.h"
#include "checkers/linearizability/monitors/trees.h"

namespace assay::checkers {

namespace {

// A push or pop at a moment, in order.
struct Step {
  Nanos time;
  OpId id;
};

class Peeler {
 public:
  explicit Peeler(const std::vector<Element>& elements)
      : elements_(elements),
        inner_(inner_elements(elements)),
        moments_(moments_of(elements, inner_)),
        begin_(ranks([](const Element& element) { return element.in_by; })),
        end_(ranks([](const Element& element) { return element.out_from; })),
        first_at_(first_positions()),
        cover_(cover_counts()),
        may_come_first_(keys([](const Element& element) { return element.in_from; })),
        may_go_last_(keys([](const Element& element) { return -element.out_by; })),
        left_(inner_.size()),
        bottoms_(inner_.size()),
        ready_(inner_.size(), 0) {
    for (std::uint32_t i = 0; i < inner_.size(); ++i) left_.set(i);
  }

  // Elements of a piece that has no linearization; empty if all is well.
  std::vector<std::uint32_t> peel(std::vector<Step>* steps) {
    std::vector<Work> work;
    open_pieces(work);
    while (!work.empty()) {
      const Work next = work.back();
      work.pop_back();
      if (next.closes != kNone) {
        if (steps != nullptr && elements_[next.closes].take != kNone)
          steps->push_back({moments_[next.end], elements_[next.closes].take});
        continue;
      }
      const std::uint32_t bottom = find_bottom(next);
      if (bottom == kNone) return elements_within(next);
      if (steps != nullptr) steps->push_back({moments_[next.begin], elements_[inner_[bottom]].put});
      work.push_back({next.begin, next.end, inner_[bottom]});
      split(next, bottom, work);
    }
    return {};
  }

 private:
  // A piece between two moments, by number; or the end of one, when its bottom is popped.
  struct Work {
    std::uint32_t begin, end;
    std::uint32_t closes = kNone;
  };

  static std::vector<std::uint32_t> inner_elements(const std::vector<Element>& elements) {
    std::vector<std::uint32_t> inner;
    for (std::uint32_t i = 0; i < elements.size(); ++i) {
      if (elements[i].surely_in()) inner.push_back(i);
    }
    sort_nearly(inner,
                [&](std::uint32_t a, std::uint32_t b) { return elements[a].in_by < elements[b].in_by; });
    return inner;
  }

  // Every moment at which an element begins or ends to be surely in, sorted, each once.
  static std::vector<Nanos> moments_of(const std::vector<Element>& elements,
                                       const std::vector<std::uint32_t>& inner) {
    std::vector<Nanos> begins, ends, moments;
    for (const std::uint32_t i : inner) begins.push_back(elements[i].in_by);
    for (const Element& element : elements) {
      if (element.surely_in()) ends.push_back(element.out_from);
    }
    sort_nearly(ends, std::less<>());
    moments.resize(begins.size() + ends.size());
    std::merge(begins.begin(), begins.end(), ends.begin(), ends.end(), moments.begin());
    moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
    return moments;
  }

  template <class Time>
  std::vector<std::uint32_t> ranks(Time time) const {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(inner_.size());
    for (const std::uint32_t i : inner_) {
      const auto found = std::lower_bound(moments_.begin(), moments_.end(), time(elements_[i]));
      numbers.push_back(static_cast<std::uint32_t>(found - moments_.begin()));
    }
    return numbers;
  }

  // By moment: the first inner element that begins there or later.
  std::vector<std::uint32_t> first_positions() const {
    std::vector<std::uint32_t> first(moments_.size() + 1, 0);
    for (const std::uint32_t begin : begin_) ++first[begin + 1];
    std::partial_sum(first.begin(), first.end(), first.begin());
    return first;
  }

  std::vector<std::int32_t> cover_counts() const {
    std::vector<std::int32_t> counts(moments_.size() + 1, 0);
    for (std::size_t i = 0; i < inner_.size(); ++i) {
      ++counts[begin_[i] + 1];
      --counts[end_[i]];
    }
    std::partial_sum(counts.begin(), counts.end(), counts.begin());
    return counts;
  }

  template <class Time>
  std::vector<Nanos> keys(Time time) const {
    std::vector<Nanos> all;
    all.reserve(inner_.size());
    for (const std::uint32_t i : inner_) all.push_back(time(elements_[i]));
    return all;
  }

  // The pieces of the whole, the last first.
  void open_pieces(std::vector<Work>& work) {
    const std::vector<std::int32_t> counts = cover_counts();
    std::uint32_t begin = 0;
    for (std::uint32_t moment = 1; moment < moments_.size(); ++moment) {
      if (counts[moment] != 0) continue;
      add_piece(begin, moment, work);
      begin = moment;
    }
    std::reverse(work.begin(), work.end());
  }

  void add_piece(std::uint32_t begin, std::uint32_t end, std::vector<Work>& work) const {
    if (left_.next(first_at_[begin]) < first_at_[end]) work.push_back({begin, end});
  }

  // The position of an element that can be at the bottom all the time, or kNone.
  std::uint32_t find_bottom(const Work& piece) {
    const std::uint32_t low = first_at_[piece.begin], high = first_at_[piece.end];
    const auto mark = [&](std::size_t position) {
      if (++ready_[position] == 2) bottoms_.set(static_cast<std::uint32_t>(position));
    };
    may_come_first_.take(low, high, moments_[piece.begin], mark);
    may_go_last_.take(low, high, -moments_[piece.end], mark);
    const std::uint32_t found = bottoms_.next(low);
    return found < high ? found : kNone;
  }

  // Takes the element away, and puts the pieces that are left on the pile, the last at the bottom.
  void split(const Work& piece, std::uint32_t bottom, std::vector<Work>& work) {
    left_.clear(bottom);
    bottoms_.clear(bottom);
    const std::size_t pile = work.size();
    std::uint32_t begin = piece.begin;
    cover_.uncover(begin_[bottom] + 1, end_[bottom], [&](std::size_t moment) {
      add_piece(begin, static_cast<std::uint32_t>(moment), work);
      begin = static_cast<std::uint32_t>(moment);
    });
    add_piece(begin, piece.end, work);
    std::reverse(work.begin() + static_cast<std::ptrdiff_t>(pile), work.end());
  }

  std::vector<std::uint32_t> elements_within(const Work& piece) const {
    std::vector<std::uint32_t> within;
    for (std::uint32_t i = left_.next(first_at_[piece.begin]); i < first_at_[piece.end];
         i = left_.next(i + 1))
      within.push_back(inner_[i]);
    return within;
  }

  const std::vector<Element>& elements_;
  std::vector<std::uint32_t> inner_;  // elements that are surely in at some moment, by its beginning
  std::vector<Nanos> moments_;
  std::vector<std::uint32_t> begin_, end_;  // by position in inner_: numbers of moments
  std::vector<std::uint32_t> first_at_;
  CoverTree cover_;
  LeastTree may_come_first_, may_go_last_;
  BitTree left_, bottoms_;
  std::vector<std::uint8_t> ready_;
};

// What need not be in at any moment, and what finds the stack empty, goes in between by time; the latter
// where nothing is on the stack.
std::vector<OpId> make_order(const std::vector<Element>& elements, const std::vector<Look>& empties,
                             const std::vector<Nanos>& moments, const std::vector<Step>& steps,
                             const std::vector<bool>& pushes) {
  struct Extra {
    Nanos time;
    OpId first, second;  // second: kNone for one that finds nothing
  };
  std::vector<Extra> extras;
  for (const Element& element : elements) {
    if (!element.surely_in())
      extras.push_back({std::max(element.in_from, element.out_from), element.put, element.take});
  }
  for (std::size_t i = 0; i < empties.size(); ++i) extras.push_back({moments[i], empties[i].id, kNone});
  std::stable_sort(extras.begin(), extras.end(),
                   [](const Extra& a, const Extra& b) { return a.time < b.time; });
  std::vector<OpId> order;
  auto extra = extras.begin();
  std::size_t height = 0;
  for (const Step& step : steps) {
    // Of steps at the time of an empty moment, those that come before it clear the stack.
    for (; extra != extras.end() && (extra->time < step.time || (extra->time == step.time && height == 0));
         ++extra) {
      order.push_back(extra->first);
      if (extra->second != kNone) order.push_back(extra->second);
    }
    order.push_back(step.id);
    height = pushes[step.id] ? height + 1 : height - 1;
  }
  for (; extra != extras.end(); ++extra) {
    order.push_back(extra->first);
    if (extra->second != kNone) order.push_back(extra->second);
  }
  return order;
}

MonitorResult decide(const std::vector<Element>& elements, const std::vector<Look>& empties, bool want_order,
                     std::size_t operations) {
  MonitorResult result;
  EmptyMoments found = find_empty_moments(elements, empties);
  result.conflict = std::move(found.conflict);
  if (!result.conflict.empty()) return result;
  std::vector<Step> steps;
  for (const std::uint32_t i : Peeler(elements).peel(want_order ? &steps : nullptr)) {
    result.conflict.push_back(elements[i].put);
    if (elements[i].take != kNone) result.conflict.push_back(elements[i].take);
  }
  std::sort(result.conflict.begin(), result.conflict.end());
  if (!result.conflict.empty() || !want_order) return result;
  std::vector<bool> pushes(operations, false);
  for (const Element& element : elements) pushes[element.put] = true;
  result.order = make_order(elements, empties, found.moments, steps, pushes);
  return result;
}

// Each thief takes the lost element that was the last to be surely in before it came.
void assign_thieves_of_stack(std::vector<Element>& elements, const std::vector<Look>& thieves) {
  std::vector<std::uint32_t> lost, pile;
  for (std::uint32_t i = 0; i < elements.size(); ++i) {
    if (elements[i].take == kNone) lost.push_back(i);
  }
  std::stable_sort(lost.begin(), lost.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return elements[a].in_by < elements[b].in_by; });
  auto next = lost.begin();
  for (const Look& thief : thieves) {
    for (; next != lost.end() && elements[*next].in_by <= thief.invoked; ++next) pile.push_back(*next);
    if (pile.empty() && next != lost.end()) pile.push_back(*next++);
    if (pile.empty()) return;
    give(elements[pile.back()], thief);
    pile.pop_back();
  }
}

}  // namespace

ObjectVerdict monitor_stack(const History& history, std::span<const OpId> ids, bool want_order,
                            Limits& limits) {
  return monitor_collection(
      history, ids, Fn::push, Fn::pop, want_order, limits, false,
      [&history](const std::vector<Element>& elements, const std::vector<Look>& empties, bool order) {
        return decide(elements, empties, order, history.size());
      },
      assign_thieves_of_stack);
}

}  // namespace assay::checkers
