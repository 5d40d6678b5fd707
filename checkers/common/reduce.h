// Makes something smaller that shows a fault, step by step, as long as what is left still shows it.
//
// Thread safety: pure function. Complexity: units * log(units) checks at worst, few where most units can go.
// Source: Zeller & Hildebrandt, "Simplifying and isolating failure-inducing input", 2002.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace assay::checkers {

// Drops units of what is kept, in chunks that halve. `drop(kept, unit)` changes what is kept, or leaves it; `shows(kept)`
// says whether it still shows the fault; `stop()` ends it early. At the end, without a stop, no single unit can go. True if
// something went.
template <class Kept, class Drop, class Shows, class Stop>
bool reduce(Kept& kept, std::vector<std::uint32_t> units, const Drop& drop, const Shows& shows,
            const Stop& stop) {
  bool any = false;
  for (std::size_t chunk = std::max<std::size_t>(1, units.size() / 2); !units.empty();) {
    bool shrunk = false;
    for (std::size_t begin = 0; begin < units.size() && !stop();) {
      const std::size_t end = std::min(units.size(), begin + chunk);
      Kept smaller = kept;
      for (std::size_t i = begin; i < end; ++i) drop(smaller, units[i]);
      if (smaller == kept || !shows(smaller)) {
        begin = end;
        continue;
      }
      kept = std::move(smaller);
      units.erase(units.begin() + static_cast<std::ptrdiff_t>(begin),
                  units.begin() + static_cast<std::ptrdiff_t>(end));
      shrunk = any = true;
    }
    if (stop() || (chunk == 1 && !shrunk)) break;
    chunk = std::max<std::size_t>(1, chunk / 2);
  }
  return any;
}

}  // namespace assay::checkers
