#include "checkers/sequential/saturation.h"

#include <algorithm>

#include "checkers/sequential/queue_rules.h"

namespace assay::checkers {

namespace {

constexpr std::uint32_t kSeveral = kNone - 1;
constexpr std::uint32_t kInitially = kNone - 2;

class Saturator {
 public:
  Saturator(const SequentialProblem& problem, Limits& limits)
      : problem_(problem),
        limits_(limits),
        charge_(limits),
        width_(problem.processes.size()),
        order_(problem, limits) {}

  Saturation run() {
    Saturation result;
    const std::size_t bytes =
        problem_.ops.size() * 32 + problem_.initial_part.size() * width_ * sizeof(writers_[0]);
    if (!limits_.fits(bytes) || !order_.prepare()) {
      result.decided = false;
      return result;
    }
    charge_.grow(bytes);
    find_writers();
    choose_counted();
    result.unwritten = unwritten_;
    if (unwritten_ != kNone) return result;
    add_known();
    result.decided = order_.close([&] { apply_rules(); }, result.cycle);
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
    std::vector<std::uint32_t> work;
    for (std::uint32_t op = 0; op < problem_.ops.size(); ++op) {
      if (!problem_.ops[op].info) work.push_back(op);
    }
    for (const std::uint32_t op : work) order_.count(op);
    for (std::size_t i = 0; i < work.size(); ++i) {
      for (const PartUse& use : problem_.ops[work[i]].needs) {
        const std::uint32_t writer = writer_of_[use.part];
        if (writer == kNone && unwritten_ == kNone) unwritten_ = work[i];
        if (writer >= kInitially || order_.counts(writer)) {
          if (writer == kInitially || (writer < kInitially && writer != work[i]))
            reads_.push_back({work[i], writer, use.key});
          continue;
        }
        order_.count(writer);
        work.push_back(writer);
        reads_.push_back({work[i], writer, use.key});
      }
    }
  }

  void add_known() {
    order_.add_processes();
    writers_.resize(problem_.initial_part.size() * width_);
    for (const auto& ops : problem_.processes) {
      for (const std::uint32_t op : ops) {
        if (!order_.counts(op)) continue;
        for (const PartUse& use : problem_.ops[op].leaves)
          writers_[use.key * width_ + problem_.ops[op].process].push_back(op);
      }
    }
    for (const Read& read : reads_) {
      if (read.writer != kInitially) order_.add_edge({read.writer, read.reader, Forced::Why::read, kNone});
    }
  }

  void apply_rules() {
    for (const Read& read : reads_) {
      for (std::size_t process = 0; process < width_; ++process) {
        const std::vector<std::uint32_t>& others = writers_[read.key * width_ + process];
        if (others.empty()) continue;
        put_before_writer(read, others, process);
        put_after_reader(read, others);
      }
    }
  }

  // The last other write that is before the reader is before the writer too.
  void put_before_writer(const Read& read, const std::vector<std::uint32_t>& others, std::size_t process) {
    const std::uint32_t known = order_.clock(read.reader, process);
    auto after = std::partition_point(others.begin(), others.end(), [&](std::uint32_t other) {
      return problem_.ops[other].position < known;
    });
    while (after != others.begin() && (*(after - 1) == read.reader || *(after - 1) == read.writer)) --after;
    if (after == others.begin()) return;
    const std::uint32_t other = *(after - 1);
    // Before what was there at first, nothing is: the reader's place contradicts itself.
    if (read.writer == kInitially)
      return order_.add_edge({read.reader, other, Forced::Why::unseen, kInitially});
    if (!order_.reaches(other, read.writer))
      order_.add_edge({other, read.writer, Forced::Why::overwritten, read.reader});
  }

  // The first other write that is after the writer is after the reader too.
  void put_after_reader(const Read& read, const std::vector<std::uint32_t>& others) {
    auto after = others.begin();
    if (read.writer != kInitially) {
      after = std::partition_point(others.begin(), others.end(),
                                   [&](std::uint32_t other) { return !order_.reaches(read.writer, other); });
    }
    while (after != others.end() && (*after == read.reader || *after == read.writer)) ++after;
    if (after == others.end() || order_.reaches(read.reader, *after)) return;
    order_.add_edge({read.reader, *after, Forced::Why::unseen, read.writer});
  }

  const SequentialProblem& problem_;
  Limits& limits_;
  Charge charge_;
  std::size_t width_;  // processes
  ForcedOrder order_;
  std::vector<std::uint32_t> writer_of_;
  std::vector<Read> reads_;
  std::uint32_t unwritten_ = kNone;
  std::vector<std::vector<std::uint32_t>> writers_;  // by key and process, in order
};

}  // namespace

Saturation saturate(const SequentialProblem& problem, Limits& limits) {
  return problem.has_elements ? saturate_queues(problem, limits) : Saturator(problem, limits).run();
}

}  // namespace assay::checkers
