// Replays a queue, a stack, a priority queue.
#include <deque>
#include <set>
#include <vector>

#include "checkers/verify/one_step.h"

namespace assay::checkers {

namespace {

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

}  // namespace

std::unique_ptr<Replay> make_queue(const std::string& kind) {
  if (kind == "fifo-queue") return std::make_unique<OneStep<Queue>>(Queue{});
  if (kind == "stack") return std::make_unique<OneStep<Pile>>(Pile{});
  if (kind == "priority-queue") return std::make_unique<OneStep<Heap>>(Heap{});
  return nullptr;
}

}  // namespace assay::checkers
