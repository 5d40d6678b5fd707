#include "checkers/linearizability/monitors/chain.h"

#include <algorithm>

namespace assay::checkers {

namespace {

class Chain {
 public:
  Chain(const std::vector<ChainOp>& ops, std::uint32_t lanes, bool want_order, const Limits& limits)
      : ops_(ops),
        want_order_(want_order),
        limits_(limits),
        done_(ops.size(), false),
        next_(ops.size(), kNone),
        waiting_(lanes),
        unknown_(lanes) {}

  ChainResult run() {
    if (!name_steps()) return std::move(result_);
    std::vector<Interval> intervals;
    intervals.reserve(ops_.size());
    for (const ChainOp& op : ops_) intervals.push_back({op.invoked, op.completed});
    sweep_ = make_sweep(intervals);
    std::size_t asked = 0;
    for (const std::uint32_t event : sweep_.events) {
      if (++asked % kAskEvery == 0 && limits_.spent()) return {};
      if ((event & 1) == 0) {
        invoke(event >> 1);
      } else if (!force(event >> 1)) {
        result_.verdict = Verdict::invalid;
        result_.stuck_at = ops_[event >> 1].id;
        result_.order.clear();
        return std::move(result_);
      }
    }
    result_.verdict = Verdict::valid;
    return std::move(result_);
  }

 private:
  // Who is named for which step; false if two are named for one.
  bool name_steps() {
    const std::uint64_t steps = static_cast<std::uint64_t>(
        std::count_if(ops_.begin(), ops_.end(), [](const ChainOp& op) { return !op.is_look; }));
    named_.assign(steps, kNone);
    looks_.assign(steps + 1, kNone);
    for (std::uint32_t i = 0; i < ops_.size(); ++i) {
      const ChainOp& op = ops_[i];
      if (op.is_look || op.step >= steps) continue;
      if (named_[op.step] != kNone) {
        result_.verdict = Verdict::invalid;
        result_.conflict = {ops_[named_[op.step]].id, op.id};
        return false;
      }
      named_[op.step] = i;
    }
    return true;
  }

  auto later() const {
    return [this](std::uint32_t a, std::uint32_t b) { return sweep_.return_of[a] > sweep_.return_of[b]; };
  }

  void finish(std::uint32_t op) {
    done_[op] = true;
    if (want_order_) result_.order.push_back(ops_[op].id);
  }

  void invoke(std::uint32_t index) {
    const ChainOp& op = ops_[index];
    if (op.is_look) {
      if (op.step == taken_) return finish(index);
      if (op.step < taken_ || op.step >= looks_.size()) return;  // stuck, when it returns
      next_[index] = looks_[op.step];
      looks_[op.step] = index;
    } else if (op.step != ChainOp::kAnyStep) {
      if (op.step < named_.size()) next_[index] = index;  // it has been invoked
    } else if (op.completed == kNever) {
      unknown_[op.lane].push_back(index);
    } else {
      waiting_[op.lane].push_back(index);
      std::push_heap(waiting_[op.lane].begin(), waiting_[op.lane].end(), later());
    }
  }

  // Takes the steps that an operation needs that returns now; false if that cannot be.
  bool force(std::uint32_t op) {
    while (!done_[op]) {
      const bool too_late = ops_[op].is_look && ops_[op].step < taken_;
      if (too_late || !take_step()) return false;
    }
    return true;
  }

  // Who takes the next step; kNone if nobody can.
  std::uint32_t choose() {
    if (taken_ >= named_.size()) return kNone;
    if (const std::uint32_t named = named_[taken_]; named != kNone)
      return next_[named] == named ? named : kNone;
    const auto lane = static_cast<std::uint32_t>(taken_ % waiting_.size());
    for (auto* from : {&waiting_[lane], &unknown_[lane]}) {
      if (from->empty()) continue;
      if (from == &waiting_[lane]) std::pop_heap(from->begin(), from->end(), later());
      const std::uint32_t op = from->back();
      from->pop_back();
      return op;
    }
    return kNone;
  }

  bool take_step() {
    const std::uint32_t op = choose();
    if (op == kNone) return false;
    finish(op);
    ++taken_;
    for (std::uint32_t look = looks_[taken_]; look != kNone; look = next_[look]) finish(look);
    return true;
  }

  const std::vector<ChainOp>& ops_;
  const bool want_order_;
  const Limits& limits_;
  Sweep sweep_;
  std::uint64_t taken_ = 0;
  std::vector<bool> done_;
  std::vector<std::uint32_t> named_;  // by step
  std::vector<std::uint32_t> looks_;  // by steps taken: those that were invoked, chained by next_
  std::vector<std::uint32_t> next_;   // of a named one: itself, once it was invoked
  std::vector<std::vector<std::uint32_t>> waiting_;  // by lane: a heap, what returns first on top
  std::vector<std::vector<std::uint32_t>> unknown_;  // by lane
  ChainResult result_;
};

}  // namespace

ChainResult follow_chain(const std::vector<ChainOp>& ops, std::uint32_t lanes, bool want_order,
                         const Limits& limits) {
  return Chain(ops, lanes, want_order, limits).run();
}

}  // namespace assay::checkers
