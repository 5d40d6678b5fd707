#include "checkers/sequential/queue_rules.h"

#include <algorithm>

#include "checkers/sequential/forced_order.h"

namespace assay::checkers {

namespace {

constexpr std::uint32_t kSeveralOps = kNone - 1;

class QueueRules {
 public:
  QueueRules(const SequentialProblem& problem, Limits& limits)
      : problem_(problem),
        limits_(limits),
        charge_(limits),
        width_(problem.processes.size()),
        order_(problem, limits) {}

  Saturation run() {
    Saturation result;
    const std::size_t bytes = problem_.ops.size() * 32 + problem_.part_count * sizeof(Element) +
                              problem_.key_count * (2 * width_ + 1) * sizeof(std::vector<std::uint32_t>);
    if (!limits_.fits(bytes) || !order_.prepare()) {
      result.decided = false;
      return result;
    }
    charge_.grow(bytes);
    find_elements();
    result.unwritten = never_put();
    if (result.unwritten != kNone) return result;
    list_by_process();
    order_.add_processes();
    for (const std::uint32_t part : taken_) {
      const Element& its = elements_[part];
      order_.add_edge({its.put, its.taken, Forced::Why::read, kNone});
    }
    put_never_taken_last();
    result.decided = order_.close([&] { apply(); }, result.cycle);
    return result;
  }

 private:
  struct Element {
    std::uint32_t put = kNone, taken = kNone;  // operations; kSeveralOps: more than one
  };
  using Ops = std::vector<std::uint32_t>;

  void find_elements() {
    elements_.resize(problem_.part_count);
    surely_left_.assign(problem_.key_count, true);
    for (std::uint32_t op = 0; op < problem_.ops.size(); ++op) {
      const SequentialOp& what = problem_.ops[op];
      if (!what.info) order_.count(op);
      for (const PartUse& use : what.leaves) note(elements_[use.part].put, op);
      for (const PartUse& use : what.needs) note(elements_[use.part].taken, op);
      if (what.info && what.takes) surely_left_[what.key] = false;
    }
    for (std::uint32_t part = 0; part < elements_.size(); ++part) {
      const Element& its = elements_[part];
      if (its.put >= kSeveralOps || its.taken >= kSeveralOps) continue;
      order_.count(its.put);
      taken_.push_back(part);
    }
  }

  static void note(std::uint32_t& place, std::uint32_t op) { place = place == kNone ? op : kSeveralOps; }

  std::uint32_t never_put() const {
    for (const Element& its : elements_) {
      if (its.put == kNone && its.taken < kSeveralOps) return its.taken;
    }
    return kNone;
  }

  Ops& puts(std::uint32_t key, std::size_t process) { return puts_[key * width_ + process]; }
  Ops& takes(std::uint32_t key, std::size_t process) { return takes_[key * width_ + process]; }

  // Those of the elements that rules know.
  void list_by_process() {
    puts_.resize(problem_.key_count * width_);
    takes_.resize(problem_.key_count * width_);
    for (std::size_t process = 0; process < width_; ++process) {
      for (const std::uint32_t op : problem_.processes[process]) {
        const SequentialOp& what = problem_.ops[op];
        for (const PartUse& use : what.leaves) {
          if (is_known(use.part)) puts(use.key, process).push_back(op);
        }
        for (const PartUse& use : what.needs) {
          if (is_known(use.part)) takes(use.key, process).push_back(op);
        }
        if (!what.info && what.takes && what.needs.empty()) empty_.push_back(op);
      }
    }
  }

  bool is_known(std::uint32_t part) const {
    return elements_[part].put < kSeveralOps && elements_[part].taken < kSeveralOps;
  }

  // The first of each process that is never taken out stands behind the last of each that is.
  void put_never_taken_last() {
    std::vector<std::uint32_t> first(problem_.key_count * width_, kNone);
    for (std::size_t process = 0; process < width_; ++process) {
      for (const std::uint32_t op : problem_.processes[process]) {
        for (const PartUse& use : problem_.ops[op].leaves) {
          const Element& its = elements_[use.part];
          const bool never =
              its.put == op && its.taken == kNone && order_.counts(op) && surely_left_[use.key];
          std::uint32_t& known = first[use.key * width_ + process];
          if (never && known == kNone) known = op;
        }
      }
    }
    for (std::uint32_t key = 0; key < problem_.key_count; ++key) {
      for (std::size_t process = 0; process < width_; ++process) {
        if (puts(key, process).empty()) continue;
        for (std::size_t other = 0; other < width_; ++other) {
          const std::uint32_t left = first[key * width_ + other];
          if (left != kNone)
            order_.add_edge({puts(key, process).back(), left, Forced::Why::never_taken, kNone});
        }
      }
    }
    first_left_ = std::move(first);
  }

  void apply() {
    std::size_t asked = 0;
    for (const std::uint32_t part : taken_) {
      if (++asked % kAskEvery == 0 && limits_.spent()) return;
      const Element& its = elements_[part];
      const std::uint32_t key = problem_.ops[its.put].leaves.front().key;
      for (std::size_t process = 0; process < width_; ++process) {
        // The last of the process that is put in before it is taken out before it; and the other way round.
        const std::uint32_t put = last_before(puts(key, process), its.put, process);
        if (put != kNone) force(taken_of(put), its.taken, Forced::Why::put_before, its.put);
        const std::uint32_t taken = last_before(takes(key, process), its.taken, process);
        if (taken != kNone) force(put_of(taken), its.put, Forced::Why::taken_before, its.taken);
      }
    }
    for (const std::uint32_t op : empty_) find_nothing(op);
  }

  void find_nothing(std::uint32_t op) {
    const std::uint32_t key = problem_.ops[op].key;
    for (std::size_t process = 0; process < width_; ++process) {
      const std::uint32_t put = last_before(puts(key, process), op, process);
      if (put != kNone) force(taken_of(put), op, Forced::Why::empty_after, put);
      const Ops& all = takes(key, process);
      const auto after = std::partition_point(
          all.begin(), all.end(), [&](std::uint32_t other) { return !order_.reaches(op, other); });
      if (after != all.end()) force(op, put_of(*after), Forced::Why::empty_before, *after);
      const std::uint32_t left = first_left_[key * width_ + process];
      if (left != kNone) force(op, left, Forced::Why::empty_before, kNone);
    }
  }

  // Of these operations of the process, the last that is known to be before `op`.
  std::uint32_t last_before(const Ops& all, std::uint32_t op, std::size_t process) const {
    const std::uint32_t known = order_.clock(op, process);
    auto after = std::partition_point(
        all.begin(), all.end(), [&](std::uint32_t other) { return problem_.ops[other].position < known; });
    if (after != all.begin() && *(after - 1) == op) --after;
    return after == all.begin() ? kNone : *(after - 1);
  }

  std::uint32_t taken_of(std::uint32_t put) const {
    return elements_[problem_.ops[put].leaves.front().part].taken;
  }
  std::uint32_t put_of(std::uint32_t taken) const {
    return elements_[problem_.ops[taken].needs.front().part].put;
  }

  void force(std::uint32_t from, std::uint32_t to, Forced::Why why, std::uint32_t because) {
    if (from != to && !order_.reaches(from, to)) order_.add_edge({from, to, why, because});
  }

  const SequentialProblem& problem_;
  Limits& limits_;
  Charge charge_;
  std::size_t width_;  // processes
  ForcedOrder order_;
  std::vector<Element> elements_;          // by part
  std::vector<std::uint32_t> taken_;       // parts whose element was put in and taken out, once each
  std::vector<bool> surely_left_;          // by key: what nobody is known to have taken out was not taken out
  std::vector<Ops> puts_, takes_;          // by key and process
  std::vector<std::uint32_t> empty_;       // who found nothing
  std::vector<std::uint32_t> first_left_;  // by key and process: the first that is never taken out
};

}  // namespace

Saturation saturate_queues(const SequentialProblem& problem, Limits& limits) {
  return QueueRules(problem, limits).run();
}

}  // namespace assay::checkers
