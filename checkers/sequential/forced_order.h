// What any order must respect, as it becomes known: edges between operations, and for each operation how much of every
// process is before it. Rules (saturation.h, queue_rules.h) add edges until nothing new follows, or a cycle shows
// that there is no order.
//
// Thread safety: none. Complexity: each round is linear in edges times processes. Memory: charged to the limits; 4 bytes
// an operation and process.
#pragma once

#include <cstdint>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/sequential/problem.h"

namespace assay::checkers {

struct Forced {
  enum class Why : std::uint8_t {
    process,       // one process did both, in this order
    read,          // the second read what the first left
    overwritten,   // the first is before `reader`, which read what the second left
    unseen,        // the first read what `reader` left, before the second overwrote it
    put_before,    // what the first took out was put in before what the second took out
    taken_before,  // what the first put in was taken out before what the second put in
    never_taken,   // what the first put in was taken out, what the second put in never was
    empty_after,   // what the first took out was put in before the second, which found nothing
    empty_before,  // the first found nothing before `reader` took out what the second put in
  };
  std::uint32_t from = 0, to = 0;  // indexes of operations
  Why why = Why::process;
  std::uint32_t reader = kNone;
};

class ForcedOrder {
 public:
  ForcedOrder(const SequentialProblem& problem, Limits& limits)
      : problem_(problem), limits_(limits), charge_(limits), width_(problem.processes.size()) {}

  // False if the budget does not hold it; then nothing else may be asked.
  bool prepare();

  // Operations that took effect; only these are ordered.
  void count(std::uint32_t op) { counts_[op] = true; }
  bool counts(std::uint32_t op) const { return counts_[op]; }
  // The order of each process, of the operations that count by now.
  void add_processes();
  // Left out where no memory is left; then the limits are spent.
  void add_edge(const Forced& edge);

  // Applies the rules, which add edges, until nothing new follows. False when the budget ends first; `cycle` is empty if
  // nothing contradicts itself.
  template <class Rules>
  bool close(const Rules& rules, std::vector<Forced>& cycle) {
    for (std::size_t before = SIZE_MAX; before != edges_.size();) {
      if (limits_.spent()) return false;
      if (!find_clocks()) {
        // An edge too few makes no cycle.
        cycle = find_cycle();
        return true;
      }
      before = edges_.size();
      rules();
    }
    return !limits_.spent();
  }

  // How many operations of the process are up to this one, as far as is known. Changes with close() only.
  std::uint32_t clock(std::uint32_t op, std::size_t process) const { return clocks_[op * width_ + process]; }
  // Whether `a` is before or the same as `b`, as far as is known.
  bool reaches(std::uint32_t a, std::uint32_t b) const {
    return clock(b, problem_.ops[a].process) > problem_.ops[a].position;
  }

 private:
  bool find_clocks();
  std::vector<Forced> find_cycle() const;
  std::vector<Forced> cycle_through(std::uint32_t start) const;

  const SequentialProblem& problem_;
  Limits& limits_;
  Charge charge_;
  std::size_t width_;  // processes
  std::vector<bool> counts_;
  std::vector<Forced> edges_;
  std::vector<std::vector<std::uint32_t>> out_;  // by operation: its edges
  std::vector<std::uint32_t> clocks_;
  std::vector<std::uint32_t> waits_;
};

}  // namespace assay::checkers
