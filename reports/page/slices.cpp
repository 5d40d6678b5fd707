#include "reports/page/slices.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/common/words.h"

namespace assay::reports {

namespace {

// Fewer slices when there are few operations: a percentile needs samples.
constexpr std::int64_t kSlicesMost = 160;
constexpr std::int64_t kSlicesLeast = 12;
constexpr std::int64_t kSamplesInSlice = 110;  // supports p90

class Slicer {
 public:
  explicit Slicer(const RunResult& run) : run_(run) {
    out_.end = end_of_run(run);
    const auto wanted = static_cast<std::int64_t>(run.history.size()) / kSamplesInSlice;
    out_.slices.resize(static_cast<std::size_t>(std::clamp(wanted, kSlicesLeast, kSlicesMost)));
    responses_.resize(out_.slices.size());
  }

  TimeSlices take() {
    for (const Operation operation : run_.history.operations()) add(operation);
    for (std::size_t i = 0; i < responses_.size(); ++i) summarize(out_.slices[i], responses_[i]);
    count_in_flight();
    fill_grid();
    return std::move(out_);
  }

 private:
  std::size_t slice_of(Nanos time) const {
    const auto count = static_cast<__int128>(out_.slices.size());
    const auto at = static_cast<std::size_t>(std::max<Nanos>(0, time) * count / (out_.end + 1));
    return std::min(at, out_.slices.size() - 1);
  }

  void add(const Operation& operation) {
    const bool open = operation.completed == kNever;
    const std::size_t at = slice_of(open ? operation.invoked : operation.completed);
    TimeSlice& slice = out_.slices[at];
    ++(operation.outcome == Outcome::ok     ? slice.completed.ok
       : operation.outcome == Outcome::fail ? slice.completed.fail
                                            : slice.completed.info);
    if (operation.outcome == Outcome::ok) responses_[at].push_back(response_time(operation));
    TimeSlice& sent = out_.slices[slice_of(operation.invoked)];
    sent.lag = std::max(sent.lag, operation.invoked - operation.due);
    // What got no answer is given up after the timeout.
    leaves_.push_back(open ? operation.invoked + run_.plan.operation_timeout : operation.completed);
  }

  static void summarize(TimeSlice& slice, std::vector<Nanos>& samples) {
    slice.samples = static_cast<std::int64_t>(samples.size());
    if (samples.empty()) return;
    std::sort(samples.begin(), samples.end());
    const auto at = [&](std::size_t per_mille) -> Nanos {
      const std::size_t rank = samples.size() * per_mille / 1000;
      return samples.size() - rank >= 10 ? samples[rank] : -1;
    };
    slice.p50 = samples[samples.size() / 2];
    slice.p90 = at(900);
    slice.p99 = at(990);
    slice.max = samples.back();
  }

  void count_in_flight() {
    std::sort(leaves_.begin(), leaves_.end());
    std::size_t left = 0, at = 0;
    std::int64_t flying = 0;
    const auto land_before = [&](Nanos time) {
      for (; left < leaves_.size() && leaves_[left] < time; ++left) --flying;
    };
    // What is still under way when a slice begins counts in it, even if nothing is sent any more.
    const auto go_on_to = [&](std::size_t slice) {
      while (at < slice) {
        land_before(out_.begin_of(++at));
        out_.slices[at].in_flight = flying;
      }
    };
    for (const Operation operation : run_.history.operations()) {
      go_on_to(slice_of(operation.invoked));
      land_before(operation.invoked);
      out_.slices[at].in_flight = std::max(out_.slices[at].in_flight, ++flying);
    }
    go_on_to(out_.slices.size() - 1);
  }

  static int step_of(Nanos latency) {
    return static_cast<int>(
        std::floor(std::log10(static_cast<double>(latency)) * LatencyGrid::kStepsPerDecade));
  }

  void fill_grid() {
    int lowest = std::numeric_limits<int>::max(), highest = 0;
    for (const auto& samples : responses_) {
      if (samples.empty()) continue;
      lowest = std::min(lowest, step_of(samples.front()));
      highest = std::max(highest, step_of(samples.back()));
    }
    if (lowest > highest) return;
    LatencyGrid& grid = out_.grid;
    grid.first_step = lowest;
    grid.counts.assign(responses_.size(),
                       std::vector<std::uint32_t>(static_cast<std::size_t>(highest - lowest + 1)));
    for (std::size_t i = 0; i < responses_.size(); ++i) {
      for (const Nanos latency : responses_[i]) {
        std::uint32_t& cell = grid.counts[i][static_cast<std::size_t>(step_of(latency) - lowest)];
        grid.most = std::max(grid.most, ++cell);
      }
    }
  }

  const RunResult& run_;
  TimeSlices out_;
  std::vector<std::vector<Nanos>> responses_;
  std::vector<Nanos> leaves_;
};

}  // namespace

Nanos TimeSlices::begin_of(std::size_t slice) const {
  return begin + static_cast<Nanos>(static_cast<__int128>(end - begin) * static_cast<__int128>(slice) /
                                    static_cast<__int128>(slices.size()));
}

Nanos response_time(const Operation& operation) {
  return std::max<Nanos>(1, operation.completed - std::min(operation.due, operation.invoked));
}

TimeSlices slice_run(const RunResult& run) { return Slicer(run).take(); }

}  // namespace assay::reports
