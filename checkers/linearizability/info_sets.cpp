#include "checkers/linearizability/info_sets.h"

#include <algorithm>

namespace assay::checkers {

std::uint32_t InfoSets::spent(std::uint32_t set, std::uint32_t info_class) const {
  for (const Count& count : sets_[set]) {
    if (count.info_class == info_class) return count.spent;
    if (count.info_class > info_class) break;
  }
  return 0;
}

std::uint32_t InfoSets::spend(std::uint32_t set, std::uint32_t info_class) {
  const auto [slot, fresh] = successors_.try_emplace({set, info_class}, 0);
  if (!fresh) return slot->second;
  Set next = sets_[set];
  auto place =
      std::lower_bound(next.begin(), next.end(), info_class,
                       [](const Count& count, std::uint32_t wanted) { return count.info_class < wanted; });
  if (place == next.end() || place->info_class != info_class)
    place = next.insert(place, Count{info_class, 0});
  ++place->spent;
  // A tree node is about 48 bytes beside its content, and an allocation rounds up by 16.
  charge_.grow(80);
  const auto number = static_cast<std::uint32_t>(sets_.size());
  const auto [known, unseen] = numbers_.try_emplace(next, number);
  if (unseen) {
    charge_.grow(2 * (next.size() * sizeof(Count) + 16) + 2 * sizeof(Set) + 80);
    sets_.push_back(std::move(next));
  }
  slot->second = known->second;
  return known->second;
}

bool InfoSets::covers(std::uint32_t a, std::uint32_t b, const std::vector<std::uint32_t>& needed_until,
                      std::uint32_t position) const {
  if (a == b || a == kEmpty) return true;
  const Set& more = sets_[b];
  auto other = more.begin();
  for (const Count& count : sets_[a]) {
    if (needed_until[count.info_class] < position) continue;
    while (other != more.end() && other->info_class < count.info_class) ++other;
    if (other == more.end() || other->info_class != count.info_class || other->spent < count.spent)
      return false;
  }
  return true;
}

}  // namespace assay::checkers
