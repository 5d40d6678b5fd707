// Sorts what is nearly sorted already, as times of concurrent operations are: by insertion, unless that
// drags.
//
// Thread safety: pure function. Complexity: linear where few are out of place, never worse than n log n.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace assay::checkers {

template <class Item, class Less>
void sort_nearly(std::vector<Item>& items, Less less) {
  std::size_t moves = 0;
  for (std::size_t i = 1; i < items.size(); ++i) {
    if (!less(items[i], items[i - 1])) continue;
    const Item moving = items[i];
    std::size_t j = i;
    for (; j > 0 && less(moving, items[j - 1]); --j, ++moves) items[j] = items[j - 1];
    items[j] = moving;
    if (moves > 24 * items.size()) {
      std::sort(items.begin(), items.end(), less);
      return;
    }
  }
}

}  // namespace assay::checkers
