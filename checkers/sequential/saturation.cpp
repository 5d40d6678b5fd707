#include "checkers/sequential/saturation.h"

#include <algorithm>

namespace assay::checkers {

namespace {

constexpr std::uint32_t kSeveral = kNone - 1;
constexpr std::uint32_t kInitially = kNone - 2;

class Saturator {
 public:
  Saturator(const SequentialProblem& problem, Limits& limits)
      : problem_(problem), limits_(limits), charge_(limits), width_(problem.processes.size()) {}

  Saturation run() {
    Saturation result;
    const std::size_t bytes = problem_.ops.size() * (width_ * sizeof(std::uint32_t) + 64);
    if (!limits_.fits(bytes)) {
      result.decided = false;
      return result;
    }
    charge_.grow(bytes);
    find_writers();
    choose_counted();
    result.unwritten = unwritten_;
    if (unwritten_ != kNone) return result;
    add_known();
    for (bool more = true; more;) {
      if (limits_.spent()) {
        result.decided = false;
        return result;
      }
      if (!find_clocks()) {
        result.cycle = find_cycle();
        return result;
      }
      more = apply_rules();
    }
    return result;
  }

 private:
  struct Read {
    std::uint32_t reader, writer, key;  // writer: an operation, or kInitially
  };

  // By part: the operation that leaves it, if it is one; the initial one counts as one more.
  void find_writers() {
    writer_of_.assign(problem_.part_count, kNone);
    for (const std::uint32_t part : problem_.initial_part) writer_of_[part] = kInitially;
    for (std::uint32_t op = 0; op < problem_.ops.size(); ++op) {
      for (const PartUse& use : problem_.ops[op].leaves) {
        std::uint32_t& writer = writer_of_[use.part];
        writer = writer == kNone ? op : kSeveral;
      }
    }
  }

  void choose_counted() {
    counts_.assign(problem_.ops.size(), false);
    std::vector<std::uint32_t> work;
    for (std::uint32_t op = 0; op < problem_.ops.size(); ++op) {
      if (!problem_.ops[op].info) work.push_back(op);
    }
    for (const std::uint32_t op : work) counts_[op] = true;
    for (std::size_t i = 0; i < work.size(); ++i) {
      for (const PartUse& use : problem_.ops[work[i]].needs) {
        const std::uint32_t writer = writer_of_[use.part];
        if (writer == kNone && unwritten_ == kNone) unwritten_ = work[i];
        if (writer >= kInitially || counts_[writer]) {
          if (writer == kInitially || (writer < kInitially && writer != work[i]))
            reads_.push_back({work[i], writer, use.key});
          continue;
        }
        counts_[writer] = true;
        work.push_back(writer);
        reads_.push_back({work[i], writer, use.key});
      }
    }
  }

  void add_edge(const Forced& edge) {
    edges_.push_back(edge);
    out_[edge.from].push_back(static_cast<std::uint32_t>(edges_.size() - 1));
  }

  void add_known() {
    out_.resize(problem_.ops.size());
    writers_.resize(problem_.initial_part.size() * width_);
    for (const auto& ops : problem_.processes) {
      std::uint32_t before = kNone;
      for (const std::uint32_t op : ops) {
        if (!counts_[op]) continue;
        if (before != kNone) add_edge({before, op, Forced::Why::process, kNone});
        before = op;
        for (const PartUse& use : problem_.ops[op].leaves)
          writers_[use.key * width_ + problem_.ops[op].process].push_back(op);
      }
    }
    for (const Read& read : reads_) {
      if (read.writer != kInitially) add_edge({read.writer, read.reader, Forced::Why::read, kNone});
    }
  }

  std::uint32_t& clock(std::uint32_t op, std::size_t process) { return clocks_[op * width_ + process]; }
  // Whether `a` is before or the same as `b`, as far as is known.
  bool reaches(std::uint32_t a, std::uint32_t b) {
    return clock(b, problem_.ops[a].process) > problem_.ops[a].position;
  }

  // By operation and process: how many of the process's operations are up to it. False if there is a cycle.
  bool find_clocks() {
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
      std::uint32_t& own = clock(op, problem_.ops[op].process);
      own = std::max(own, problem_.ops[op].position + 1);
      for (const std::uint32_t index : out_[op]) {
        const std::uint32_t to = edges_[index].to;
        for (std::size_t process = 0; process < width_; ++process)
          clock(to, process) = std::max(clock(to, process), clock(op, process));
        if (--waits_[to] == 0) ready.push_back(to);
      }
    }
    return done == static_cast<std::size_t>(std::count(counts_.begin(), counts_.end(), true));
  }

  bool apply_rules() {
    const std::size_t before = edges_.size();
    for (const Read& read : reads_) {
      for (std::size_t process = 0; process < width_; ++process) {
        const std::vector<std::uint32_t>& others = writers_[read.key * width_ + process];
        if (others.empty()) continue;
        put_before_writer(read, others, process);
        put_after_reader(read, others);
      }
    }
    return edges_.size() != before;
  }

  // The last other write that is before the reader is before the writer too.
  void put_before_writer(const Read& read, const std::vector<std::uint32_t>& others, std::size_t process) {
    const std::uint32_t known = clock(read.reader, process);
    auto after = std::partition_point(others.begin(), others.end(), [&](std::uint32_t other) {
      return problem_.ops[other].position < known;
    });
    while (after != others.begin() && (*(after - 1) == read.reader || *(after - 1) == read.writer)) --after;
    if (after == others.begin()) return;
    const std::uint32_t other = *(after - 1);
    // Before what was there at first, nothing is: the reader's place contradicts itself.
    if (read.writer == kInitially) return add_edge({read.reader, other, Forced::Why::unseen, kInitially});
    if (!reaches(other, read.writer)) add_edge({other, read.writer, Forced::Why::overwritten, read.reader});
  }

  // The first other write that is after the writer is after the reader too.
  void put_after_reader(const Read& read, const std::vector<std::uint32_t>& others) {
    auto after = others.begin();
    if (read.writer != kInitially) {
      after = std::partition_point(others.begin(), others.end(),
                                   [&](std::uint32_t other) { return !reaches(read.writer, other); });
    }
    while (after != others.end() && (*after == read.reader || *after == read.writer)) ++after;
    if (after == others.end() || reaches(read.reader, *after)) return;
    add_edge({read.reader, *after, Forced::Why::unseen, read.writer});
  }

  // The shortest cycle through one of the operations that are left waiting.
  std::vector<Forced> find_cycle() {
    std::vector<Forced> best;
    int tries = 0;
    for (std::uint32_t start = 0; start < problem_.ops.size() && tries < 50; ++start) {
      if (!counts_[start] || waits_[start] == 0) continue;
      ++tries;
      std::vector<Forced> cycle = cycle_through(start);
      if (!cycle.empty() && (best.empty() || cycle.size() < best.size())) best = std::move(cycle);
    }
    return best;
  }

  std::vector<Forced> cycle_through(std::uint32_t start) const {
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

  const SequentialProblem& problem_;
  Limits& limits_;
  Charge charge_;
  std::size_t width_;  // processes
  std::vector<std::uint32_t> writer_of_;
  std::vector<bool> counts_;
  std::vector<Read> reads_;
  std::uint32_t unwritten_ = kNone;
  std::vector<Forced> edges_;
  std::vector<std::vector<std::uint32_t>> out_;      // by operation: its edges
  std::vector<std::vector<std::uint32_t>> writers_;  // by key and process, in order
  std::vector<std::uint32_t> clocks_;
  std::vector<std::uint32_t> waits_;
};

}  // namespace

Saturation saturate(const SequentialProblem& problem, Limits& limits) {
  return Saturator(problem, limits).run();
}

}  // namespace assay::checkers
