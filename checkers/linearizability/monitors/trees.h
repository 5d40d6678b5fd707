// Two trees over an array, for the monitor of stacks: the one tells where the least entries are and forgets
// them; the other counts how many intervals cover each place.
//
// Thread safety: none. Complexity: logarithmic for each entry found or changed.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/core/time.h"

namespace assay::checkers {

class LeastTree {
 public:
  explicit LeastTree(const std::vector<Nanos>& entries)
      : leaves_(std::bit_ceil(std::max<std::size_t>(1, entries.size()))), least_(2 * leaves_, kNever) {
    std::copy(entries.begin(), entries.end(), least_.begin() + static_cast<std::ptrdiff_t>(leaves_));
    for (std::size_t i = leaves_ - 1; i > 0; --i) least_[i] = std::min(least_[2 * i], least_[2 * i + 1]);
  }

  // Visits, and forgets, the entries of [begin, end) that are at most `limit`. Requires: limit < kNever.
  template <class Visit>
  void take(std::size_t begin, std::size_t end, Nanos limit, Visit visit) {
    // From the bottom up: the nodes that make up the range.
    std::size_t left = begin + leaves_, right = end + leaves_;
    const std::size_t first = left, last = right - 1;
    if (begin >= end) return;
    bool any = false;
    for (; left < right; left /= 2, right /= 2) {
      if (left % 2 == 1) any = take_below(left++, limit, visit) || any;
      if (right % 2 == 1) any = take_below(--right, limit, visit) || any;
    }
    if (!any) return;
    refresh_above(first);
    refresh_above(last);
  }

 private:
  template <class Visit>
  bool take_below(std::size_t node, Nanos limit, Visit& visit) {
    if (least_[node] > limit) return false;
    if (node >= leaves_) {
      visit(node - leaves_);
      least_[node] = kNever;
      return true;
    }
    take_below(2 * node, limit, visit);
    take_below(2 * node + 1, limit, visit);
    least_[node] = std::min(least_[2 * node], least_[2 * node + 1]);
    return true;
  }

  void refresh_above(std::size_t node) {
    for (node /= 2; node > 0; node /= 2) least_[node] = std::min(least_[2 * node], least_[2 * node + 1]);
  }

  std::size_t leaves_;
  std::vector<Nanos> least_;
};

class CoverTree {
 public:
  // counts: how many intervals cover each place.
  explicit CoverTree(const std::vector<std::int32_t>& counts)
      : leaves_(std::bit_ceil(std::max<std::size_t>(1, counts.size()))),
        least_(2 * leaves_, INT32_MAX / 2),
        pending_(leaves_, 0) {
    std::copy(counts.begin(), counts.end(), least_.begin() + static_cast<std::ptrdiff_t>(leaves_));
    for (std::size_t i = leaves_ - 1; i > 0; --i) least_[i] = std::min(least_[2 * i], least_[2 * i + 1]);
  }

  // One interval less over [begin, end); visits the places that nothing covers any more, in order.
  template <class Visit>
  void uncover(std::size_t begin, std::size_t end, Visit visit) {
    if (begin < end) uncover(1, 0, leaves_, begin, end, 0, visit);
  }

 private:
  // `above`: what is pending on the way down to the node.
  template <class Visit>
  void uncover(std::size_t node, std::size_t low, std::size_t high, std::size_t begin, std::size_t end,
               std::int32_t above, Visit& visit) {
    if (end <= low || high <= begin) return;
    if (begin <= low && high <= end) {
      --least_[node];
      if (node < leaves_) --pending_[node];
      if (least_[node] + above == 0) visit_zeros(node, low, high, above, visit);
      return;
    }
    const std::size_t middle = (low + high) / 2;
    uncover(2 * node, low, middle, begin, end, above + pending_[node], visit);
    uncover(2 * node + 1, middle, high, begin, end, above + pending_[node], visit);
    least_[node] = std::min(least_[2 * node], least_[2 * node + 1]) + pending_[node];
  }

  template <class Visit>
  void visit_zeros(std::size_t node, std::size_t low, std::size_t high, std::int32_t above, Visit& visit) {
    if (least_[node] + above != 0) return;
    if (node >= leaves_) {
      visit(low);
      return;
    }
    const std::size_t middle = (low + high) / 2;
    visit_zeros(2 * node, low, middle, above + pending_[node], visit);
    visit_zeros(2 * node + 1, middle, high, above + pending_[node], visit);
  }

  std::size_t leaves_;
  std::vector<std::int32_t> least_;    // in the subtree, without what is pending above
  std::vector<std::int32_t> pending_;  // for the whole subtree
};

}  // namespace assay::checkers
