// Configurations that a search has met: rows of numbers, all of one width, of which one is much like the next.
// They are compared exactly, not by hashes.
//
// A row is the bottom of a binary tree; each pair of neighbours has a number, pairs of such numbers have one, and
// so on: equal rows, and only these, have the same pair on top. A row that differs from the last in a few places
// costs a look-up for each level above them, and stores only pairs that are new ("tree compression": Laarman,
// van de Pol & Weber, "Parallel recursive state compression for free", SPIN 2011).
//
// Thread safety: none. Memory: charged to the limits; where they are spent, rows are forgotten, and met again.
// Complexity: changed places times the logarithm of the width.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/number_map.h"

namespace assay::checkers {

class ConfigurationSet {
 public:
  ConfigurationSet(std::size_t width, Limits& limits)
      : leaves_(std::bit_ceil(width < 2 ? std::size_t{2} : width)),
        pairs_(limits),
        tops_(limits),
        charge_(limits, leaves_ * 20),
        nodes_(2 * leaves_, 0),
        marked_(2 * leaves_, false) {
    // The row of zeros, from the bottom up.
    for (std::size_t node = leaves_; node-- > 2;) number(node);
  }

  void set(std::size_t place, std::uint32_t value) {
    const auto leaf = static_cast<std::uint32_t>(leaves_ + place);
    if (nodes_[leaf] == value) return;
    nodes_[leaf] = value;
    mark(leaf, changed_);
  }

  // Adds the row as it is. False if it was met before.
  bool insert() {
    while (!changed_.empty() && changed_.front() > 3) {
      above_.clear();
      for (const std::uint32_t node : changed_) {
        marked_[node] = false;
        mark(node / 2, above_);
      }
      changed_.swap(above_);
      for (const std::uint32_t node : changed_) number(node);
    }
    for (const std::uint32_t node : changed_) marked_[node] = false;
    changed_.clear();
    const std::uint64_t top = std::uint64_t{nodes_[2]} << 32 | nodes_[3];
    if (tops_.get(top) != NumberMap::kAbsent) return false;
    tops_.put(top, 0);
    ++size_;
    return true;
  }

  std::uint64_t size() const { return size_; }

 private:
  void mark(std::uint32_t node, std::vector<std::uint32_t>& list) {
    if (marked_[node]) return;
    marked_[node] = true;
    list.push_back(node);
  }

  void number(std::size_t node) {
    const std::uint64_t pair = std::uint64_t{nodes_[2 * node]} << 32 | nodes_[2 * node + 1];
    std::uint32_t known = pairs_.get(pair);
    if (known == NumberMap::kAbsent) pairs_.put(pair, known = next_++);
    nodes_[node] = known;
  }

  std::size_t leaves_;
  NumberMap pairs_, tops_;
  Charge charge_;
  std::vector<std::uint32_t> nodes_;  // node i has the children 2 i and 2 i + 1; the top is node 1
  std::vector<bool> marked_;
  std::vector<std::uint32_t> changed_, above_;  // of one level
  std::uint32_t next_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace assay::checkers
