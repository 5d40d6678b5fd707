#include "checkers/verify/replay.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "checkers/verify/store.h"

namespace assay::checkers {

namespace {

bool known(const Operation& op) { return op.outcome == Outcome::ok; }

// Locks, counters, sets and collections: one step an operation, on the state of its key.
template <class State>
class OneStep final : public Replay {
 public:
  explicit OneStep(const State& initial) : initial_(initial) {}
  bool apply(const Operation& op) override {
    if (op.mops.size() != 1) return false;
    return states_.try_emplace(op.mops.front().key, initial_).first->second.step(op.mops.front(), known(op));
  }

 private:
  State initial_;
  std::map<Key, State> states_;
};

struct Lock {
  bool fenced = false;
  bool held = false;
  std::optional<std::int64_t> token = {};  // of the last holder, or the least it can have been
  bool exact = true;

  bool step(const Mop& mop, bool result_known) {
    if (mop.fn != Fn::acquire && mop.fn != Fn::release) return false;
    if (held == (mop.fn == Fn::acquire)) return false;
    held = !held;
    if (!fenced) return true;
    if (held) {
      exact = result_known && mop.result.is_integer();
      if (exact && token && mop.result.as_integer() <= *token) return false;
      if (exact) token = mop.result.as_integer();
      if (!exact && token) ++*token;
    } else if (mop.argument.is_integer()) {
      const std::int64_t named = mop.argument.as_integer();
      if (token && (exact ? named != *token : named < *token)) return false;
      token = named;
      exact = true;
    }
    return true;
  }
};

struct Number {
  std::int64_t value = 0;

  bool step(const Mop& mop, bool result_known) {
    if (mop.fn != Fn::add && mop.fn != Fn::read) return false;
    if (mop.fn == Fn::add && !mop.argument.is_integer()) return false;
    if (mop.fn == Fn::add) value += mop.argument.as_integer();
    if (!result_known || (mop.fn == Fn::add && !mop.result.is_integer())) return true;
    return value == (mop.result.is_integer() ? mop.result.as_integer() : 0);
  }
};

struct Elements {
  std::set<Value> members;

  bool step(const Mop& mop, bool result_known) {
    const bool told = result_known && mop.result.kind() == Value::Kind::boolean;
    if (mop.fn == Fn::read && mop.argument.is_nil()) return !result_known || same(mop.result);
    const bool there = members.contains(mop.argument);
    if (mop.fn == Fn::read) return !told || mop.result.as_boolean() == there;
    if (mop.fn != Fn::add && mop.fn != Fn::remove) return false;
    if (mop.fn == Fn::add) members.insert(mop.argument);
    if (mop.fn == Fn::remove) members.erase(mop.argument);
    return !told || mop.result.as_boolean() == (there != (mop.fn == Fn::add));
  }

  bool same(const Value& seen) const {
    if (seen.kind() != Value::Kind::list) return seen.is_nil() && members.empty();
    std::vector<Value> sorted(seen.as_list().begin(), seen.as_list().end());
    std::sort(sorted.begin(), sorted.end());
    return std::equal(sorted.begin(), sorted.end(), members.begin(), members.end());
  }
};

struct Queue {
  std::deque<Value> elements;

  bool step(const Mop& mop, bool result_known) {
    if (mop.fn == Fn::enqueue) elements.push_back(mop.argument);
    if (mop.fn != Fn::dequeue) return mop.fn == Fn::enqueue;
    if (result_known && mop.result != (elements.empty() ? Value() : elements.front())) return false;
    if (!elements.empty()) elements.pop_front();
    return true;
  }
};

struct Pile {
  std::vector<Value> elements;

  bool step(const Mop& mop, bool result_known) {
    if (mop.fn == Fn::push) elements.push_back(mop.argument);
    if (mop.fn != Fn::pop) return mop.fn == Fn::push;
    if (result_known && mop.result != (elements.empty() ? Value() : elements.back())) return false;
    if (!elements.empty()) elements.pop_back();
    return true;
  }
};

struct Heap {
  std::multiset<Value> elements;

  bool step(const Mop& mop, bool result_known) {
    if (mop.fn == Fn::enqueue) elements.insert(mop.argument);
    if (mop.fn != Fn::dequeue) return mop.fn == Fn::enqueue;
    if (result_known && mop.result != (elements.empty() ? Value() : *elements.begin())) return false;
    if (!elements.empty()) elements.erase(elements.begin());
    return true;
  }
};

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

template <class State>
std::unique_ptr<Replay> one_step(const State& initial) {
  return std::make_unique<OneStep<State>>(initial);
}

}  // namespace

std::unique_ptr<Replay> make_replay(const std::string& model, const Value& initial) {
  if (model == "register" || model == "cas-register" || model == "kv" || model == "append-list")
    return std::make_unique<Store>(initial);
  if (model == "mutex") return one_step(Lock{});
  if (model == "fenced-mutex") return one_step(Lock{true});
  if (model == "counter") return one_step(Number{initial.is_integer() ? initial.as_integer() : 0});
  if (model == "set") return one_step(Elements{});
  if (model == "fifo-queue") return one_step(Queue{});
  if (model == "unordered-queue") return one_step(Bag{});
  if (model == "stack") return one_step(Pile{});
  if (model == "priority-queue") return one_step(Heap{});
  return nullptr;
}

}  // namespace assay::checkers
