#include "targets/refdb/raft/testing/linearizability.h"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace assay::refdb::raft::testing {

namespace {

constexpr std::size_t kStepsMax = 4'000'000;

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

class KeySearch {
 public:
  explicit KeySearch(std::vector<const RecordedOperation*> operations) : operations_(std::move(operations)) {
    std::sort(operations_.begin(), operations_.end(),
              [](const auto* a, const auto* b) { return a->invoked < b->invoked; });
    done_.resize(operations_.size());
    for (const auto* operation : operations_) open_ += operation->outcome == Outcome::ok ? 1 : 0;
  }

  // The furthest that any order got is in `stuck()` when false.
  bool run() {
    while (open_ > 0) {
      if (++steps_ > kStepsMax) return true;
      if (take_next()) continue;
      if (order_.empty()) return false;
      undo();
    }
    return true;
  }
  Nanos stuck() const { return furthest_; }

 private:
  struct Step {
    std::size_t operation = 0;
    Value before;
  };

  bool applies(const Mop& mop, Value& next) const {
    switch (mop.fn) {
      case Fn::read:
        next = state_;
        return mop.result == state_;
      case Fn::write:
        next = mop.argument;
        return true;
      case Fn::cas:
        if (mop.argument.first() != state_) return false;
        next = mop.argument.second();
        return true;
      default:
        return false;
    }
  }

  // Tries the operations that may come next, from from_ on.
  bool take_next() {
    Nanos first_completion = kNever;
    for (std::size_t i = base_; i < operations_.size(); ++i) {
      if (done_[i]) continue;
      const RecordedOperation& operation = *operations_[i];
      if (operation.invoked > first_completion) break;
      if (i >= from_) {
        Value next;
        if (applies(operation.mop, next)) {
          const std::uint64_t key = set_hash_ ^ mix(i + 1) ^ next.hash() * 0x9e3779b97f4a7c15u;
          if (seen_.insert(key).second) {
            take(i, std::move(next));
            return true;
          }
        }
      }
      if (operation.outcome == Outcome::ok)
        first_completion = std::min(first_completion, operation.completed);
    }
    furthest_ = std::max(furthest_, first_completion);
    return false;
  }

  void take(std::size_t i, Value next) {
    order_.push_back({i, state_});
    state_ = std::move(next);
    done_[i] = true;
    set_hash_ ^= mix(i + 1);
    if (operations_[i]->outcome == Outcome::ok) --open_;
    while (base_ < operations_.size() && done_[base_]) ++base_;
    from_ = 0;
  }

  void undo() {
    const Step step = order_.back();
    order_.pop_back();
    state_ = step.before;
    done_[step.operation] = false;
    set_hash_ ^= mix(step.operation + 1);
    if (operations_[step.operation]->outcome == Outcome::ok) ++open_;
    base_ = std::min(base_, step.operation);
    from_ = step.operation + 1;
  }

  std::vector<const RecordedOperation*> operations_;
  std::vector<bool> done_;
  std::size_t open_ = 0;
  std::size_t base_ = 0;
  std::size_t from_ = 0;
  std::size_t steps_ = 0;
  std::uint64_t set_hash_ = 0;
  Nanos furthest_ = 0;
  Value state_;
  std::vector<Step> order_;
  std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

std::string find_violation(const std::vector<RecordedOperation>& history) {
  std::map<Key, std::vector<const RecordedOperation*>> by_key;
  for (const RecordedOperation& operation : history) {
    const bool no_information = operation.outcome == Outcome::fail ||
                                (operation.outcome == Outcome::info && operation.mop.fn == Fn::read);
    if (!no_information) by_key[operation.mop.key].push_back(&operation);
  }
  for (auto& [key, operations] : by_key) {
    KeySearch search(std::move(operations));
    if (!search.run()) {
      return "key " + std::to_string(key) + " has no order that explains all until " +
             std::to_string(search.stuck() / kMillisecond) + " ms";
    }
  }
  return "";
}

}  // namespace assay::refdb::raft::testing
