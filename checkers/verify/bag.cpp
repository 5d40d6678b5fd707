// Replays an unordered queue.
#include <algorithm>
#include <vector>

#include "checkers/verify/one_step.h"

namespace assay::checkers {

namespace {

// A dequeue of unknown outcome is a theft: which element it took shows only when the bag is found empty.
struct Bag {
  std::map<Value, std::vector<std::int64_t>> elements;  // by value: when each came in
  std::vector<std::int64_t> thefts;                     // when
  std::int64_t now = 0;

  bool step(const Mop& mop, bool result_known) {
    ++now;
    if (mop.fn == Fn::enqueue) elements[mop.argument].push_back(now);
    if (mop.fn != Fn::dequeue) return mop.fn == Fn::enqueue;
    if (!result_known) {
      thefts.push_back(now);
      return true;
    }
    if (mop.result.is_nil()) return all_stolen();
    const auto found = elements.find(mop.result);
    if (found == elements.end() || found->second.empty()) return false;
    found->second.pop_back();
    return true;
  }

  // Each element that is left was taken by a theft of its own, later than it came in.
  bool all_stolen() {
    std::vector<std::int64_t> came;
    for (const auto& [value, times] : elements) came.insert(came.end(), times.begin(), times.end());
    std::sort(came.rbegin(), came.rend());
    if (came.size() > thefts.size()) return false;
    for (std::size_t i = 0; i < came.size(); ++i) {
      if (thefts[thefts.size() - 1 - i] < came[i]) return false;
    }
    elements.clear();
    thefts.clear();
    return true;
  }
};

}  // namespace

std::unique_ptr<Replay> make_bag() { return std::make_unique<OneStep<Bag>>(Bag{}); }

}  // namespace assay::checkers
