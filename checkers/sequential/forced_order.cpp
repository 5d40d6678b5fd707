#include "checkers/sequential/forced_order.h"

#include <algorithm>

namespace assay::checkers {

namespace {

constexpr std::size_t kBytesOfPlace = 12;  // of an edge among those of its operation
constexpr int kStartsMax = 50;

}  // namespace

bool ForcedOrder::prepare() {
  const std::size_t count = problem_.ops.size();
  const std::size_t bytes = count * (width_ * sizeof(std::uint32_t) + sizeof(out_[0]) + 16);
  if (!limits_.fits(bytes)) return false;
  charge_.grow(bytes);
  counts_.assign(count, false);
  out_.resize(count);
  return true;
}

void ForcedOrder::add_processes() {
  for (const auto& ops : problem_.processes) {
    std::uint32_t before = kNone;
    for (const std::uint32_t op : ops) {
      if (!counts_[op]) continue;
      if (before != kNone) add_edge({before, op, Forced::Why::process, kNone});
      before = op;
    }
  }
}

void ForcedOrder::add_edge(const Forced& edge) {
  if (!make_room(edges_, 1, limits_, charge_)) return;
  charge_.grow(kBytesOfPlace);
  edges_.push_back(edge);
  out_[edge.from].push_back(static_cast<std::uint32_t>(edges_.size() - 1));
}

// False if there is a cycle.
bool ForcedOrder::find_clocks() {
  const auto count = static_cast<std::uint32_t>(problem_.ops.size());
  clocks_.assign(std::size_t{count} * width_, 0);
  waits_.assign(count, 0);
  for (const Forced& edge : edges_) ++waits_[edge.to];
  std::vector<std::uint32_t> ready;
  for (std::uint32_t op = 0; op < count; ++op) {
    if (counts_[op] && waits_[op] == 0) ready.push_back(op);
  }
  std::size_t done = 0;
  while (!ready.empty()) {
    const std::uint32_t op = ready.back();
    ready.pop_back();
    ++done;
    std::uint32_t* const clocks = &clocks_[op * width_];
    std::uint32_t& own = clocks[problem_.ops[op].process];
    own = std::max(own, problem_.ops[op].position + 1);
    for (const std::uint32_t index : out_[op]) {
      const std::uint32_t to = edges_[index].to;
      std::uint32_t* const others = &clocks_[to * width_];
      for (std::size_t process = 0; process < width_; ++process)
        others[process] = std::max(others[process], clocks[process]);
      if (--waits_[to] == 0) ready.push_back(to);
    }
  }
  return done == static_cast<std::size_t>(std::count(counts_.begin(), counts_.end(), true));
}

// The shortest cycle through one of some operations that are left waiting.
std::vector<Forced> ForcedOrder::find_cycle() const {
  std::vector<Forced> best;
  int tries = 0;
  for (std::uint32_t start = 0; start < problem_.ops.size() && tries < kStartsMax; ++start) {
    if (!counts_[start] || waits_[start] == 0) continue;
    ++tries;
    std::vector<Forced> cycle = cycle_through(start);
    if (!cycle.empty() && (best.empty() || cycle.size() < best.size())) best = std::move(cycle);
  }
  return best;
}

std::vector<Forced> ForcedOrder::cycle_through(std::uint32_t start) const {
  std::vector<std::uint32_t> came_by(problem_.ops.size(), kNone), queue{start};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const std::uint32_t index : out_[queue[i]]) {
      const std::uint32_t to = edges_[index].to;
      if (waits_[to] == 0 || came_by[to] != kNone) continue;
      came_by[to] = index;
      if (to != start) {
        queue.push_back(to);
        continue;
      }
      std::vector<Forced> cycle;
      std::uint32_t at = start;
      do {
        cycle.push_back(edges_[came_by[at]]);
        at = cycle.back().from;
      } while (at != start);
      std::reverse(cycle.begin(), cycle.end());
      return cycle;
    }
  }
  return {};
}

}  // namespace assay::checkers
