// Depth-first search for an order of few versions; see version_order.h.
#include <algorithm>
#include <bit>
#include <set>
#include <utility>

#include "checkers/stale/version_order.h"

namespace assay::checkers {

namespace {

class OrderSearch {
 public:
  OrderSearch(std::span<const Version> versions, std::uint32_t k, std::uint64_t steps, Limits& limits)
      : versions_(versions), k_(k), steps_(steps), limits_(limits), charge_(limits) {}

  std::optional<bool> run(WriteOrder* order) {
    const std::size_t count = versions_.size();
    const std::optional<bool> found =
        search(count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1, {});
    if (order != nullptr) *order = chosen_;
    return found;
  }

 private:
  // Who must follow within how many steps, by that; what is equal, by version.
  using Waiting = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  // What failed, with its node in the tree and what two allocations take besides.
  static constexpr std::size_t kEntryBytes = 96;

  std::optional<bool> search(std::uint64_t left, const Waiting& waiting) {
    if (left == 0) return true;
    if (steps_ == 0 || (--steps_ % kAskEvery == 0 && limits_.spent())) {
      steps_ = 0;
      return std::nullopt;
    }
    if (failed_.contains({left, waiting})) return false;
    for (const std::uint32_t at : choices(left, waiting)) {
      const std::uint64_t rest = left & ~(std::uint64_t{1} << at);
      Waiting next;
      if (!place(at, rest, waiting, next)) continue;
      const std::optional<bool> found = search(rest, next);
      // Where nobody waits, what was placed need not be taken back.
      if (found && *found) chosen_.push_back(versions_[at].write);
      if (!found || *found || next.empty()) return found;
    }
    charge_.grow(kEntryBytes + waiting.size() * sizeof(Waiting::value_type));
    failed_.insert({left, waiting});
    return false;
  }

  // Those that wait first, then whom the fewest would have to wait for.
  std::vector<std::uint32_t> choices(std::uint64_t left, const Waiting& waiting) const {
    Nanos last_begin = INT64_MIN;
    each(left, [&](std::uint32_t at) { last_begin = std::max(last_begin, versions_[at].begin); });
    std::vector<std::uint32_t> found, others;
    for (const auto& [within, at] : waiting) {
      if (versions_[at].first_end >= last_begin) found.push_back(at);
    }
    each(left, [&](std::uint32_t at) {
      const bool waits = std::find(found.begin(), found.end(), at) != found.end();
      if (!waits && versions_[at].first_end >= last_begin) others.push_back(at);
    });
    std::stable_sort(others.begin(), others.end(), [&](std::uint32_t a, std::uint32_t b) {
      return versions_[a].first_end > versions_[b].first_end;
    });
    found.insert(found.end(), others.begin(), others.end());
    return found;
  }

  // False if somebody would wait for too long.
  bool place(std::uint32_t placed, std::uint64_t rest, const Waiting& waiting, Waiting& next) const {
    std::uint64_t known = 0;
    for (const auto& [within, at] : waiting) {
      if (at == placed) continue;
      known |= std::uint64_t{1} << at;
      next.emplace_back(within - 1, at);
    }
    each(rest & ~known, [&](std::uint32_t at) {
      if (versions_[at].last_begin > versions_[placed].first_end) next.emplace_back(k_ - 1, at);
    });
    std::sort(next.begin(), next.end());
    for (std::size_t i = 0; i < next.size(); ++i) {
      if (next[i].first < i + 1) return false;
    }
    return true;
  }

  template <class Visit>
  static void each(std::uint64_t set, Visit visit) {
    for (; set != 0; set &= set - 1) visit(static_cast<std::uint32_t>(std::countr_zero(set)));
  }

  std::span<const Version> versions_;
  std::uint32_t k_;
  std::uint64_t steps_;
  Limits& limits_;
  Charge charge_;
  std::set<std::pair<std::uint64_t, Waiting>> failed_;
  WriteOrder chosen_;  // of a search that succeeded, first to last
};

}  // namespace

std::optional<bool> order_exists(std::span<const Version> versions, std::uint32_t k, std::uint64_t steps,
                                 Limits& limits, WriteOrder* order) {
  return OrderSearch(versions, k, steps, limits).run(order);
}

}  // namespace assay::checkers
