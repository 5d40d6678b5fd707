// What each fault window did to the clients.
#include <algorithm>
#include <utility>

#include "harness/run/measure.h"

namespace assay {

namespace {

constexpr Nanos kOutage = 100 * kMillisecond;    // shorter gaps are no unavailability
constexpr std::int64_t kOutageIntervals = 10;    // nor are gaps that a low rate has anyway
constexpr Nanos kShortest = 100 * kMillisecond;  // a rate over less says nothing
constexpr Nanos kRateSpan = kSecond;

using Times = std::vector<Nanos>;

double rate_in(const Times& sorted, Nanos begin, Nanos end) {
  if (end - begin < kShortest) return -1;
  const auto from = std::lower_bound(sorted.begin(), sorted.end(), begin);
  const auto to = std::lower_bound(from, sorted.end(), end);
  return static_cast<double>(to - from) * static_cast<double>(kSecond) / static_cast<double>(end - begin);
}

void count_window(OutcomeCounts& counts, Outcome outcome) {
  ++(outcome == Outcome::ok ? counts.ok : outcome == Outcome::fail ? counts.fail : counts.info);
}

// From `end` until the next second has 90 % of the rate that there was before.
Nanos time_to_full_rate(const Times& completions, Nanos end, double rate_before) {
  if (rate_before <= 0 || completions.empty()) return kNever;
  auto first = std::lower_bound(completions.begin(), completions.end(), end);
  auto last = first;
  for (; first != completions.end() && *first + kRateSpan <= completions.back(); ++first) {
    while (last != completions.end() && *last < *first + kRateSpan) ++last;
    if (static_cast<double>(last - first) >= 0.9 * rate_before) return *first - end;
  }
  return kNever;
}

class WindowMeasurer {
 public:
  explicit WindowMeasurer(const History& history) : history_(history), times_(phase_times(history)) {
    for (const Operation op : history.operations()) {
      if (op.outcome == Outcome::ok) completions_.push_back(op.completed);
    }
    std::sort(completions_.begin(), completions_.end());
  }

  // `quiet_since`: when the window before this one ended; `next`: when the one after it begins.
  FaultWindowSummary measure(FaultWindow window, Nanos quiet_since, Nanos next) const {
    FaultWindowSummary summary;
    const Nanos last = completions_.empty() ? window.begin : completions_.back();
    const Nanos end = window.end == kNever ? std::max(last, window.begin) : window.end;
    // At least a second, as far as there is one.
    Nanos after = end + std::max(end - window.begin, kSecond);
    after = std::max(end, std::min({after, next, times_.main_end}));
    count_operations(summary, window, end, after);
    gaps(summary, window, end);
    summary.ok_per_second_before =
        rate_in(completions_, std::max(quiet_since, times_.main_begin), window.begin);
    summary.ok_per_second_during = rate_in(completions_, window.begin, end);
    summary.ok_per_second_after = window.end == kNever ? -1 : rate_in(completions_, end, after);
    if (window.end != kNever)
      summary.time_to_full_rate = time_to_full_rate(completions_, end, summary.ok_per_second_before);
    outage(summary, window.begin, end);
    summary.vacuous = !window.verified || summary.due_during.total() + summary.sent_during.total() == 0;
    summary.window = std::move(window);
    return summary;
  }

 private:
  void count_operations(FaultWindowSummary& summary, const FaultWindow& window, Nanos end,
                        Nanos after) const {
    Histogram during, later;
    Nanos first = kNever;
    for (const Operation op : history_.operations()) {
      const Nanos due = due_of(op);
      // What was sent after the last answer to a database that never came back is in its window, too.
      if (op.invoked >= window.begin && op.invoked < window.end)
        count_window(summary.sent_during, op.outcome);
      const bool ok = op.outcome == Outcome::ok;
      if (due >= window.begin && (due <= end || window.end == kNever)) {
        count_window(summary.due_during, op.outcome);
        if (ok) during.record(op.completed - due);
      } else if (due > end && due < after) {
        count_window(summary.after, op.outcome);
        if (ok) later.record(op.completed - due);
      }
      if (ok && op.invoked >= window.begin) first = std::min(first, op.completed);
    }
    summary.response_during = summarize_latency(during);
    summary.response_after = summarize_latency(later);
    if (first != kNever) summary.time_to_first_success = first - window.begin;
  }

  void gaps(FaultWindowSummary& summary, const FaultWindow& window, Nanos end) const {
    Nanos previous = window.begin;
    auto at = std::lower_bound(completions_.begin(), completions_.end(), window.begin);
    for (; at != completions_.end() && *at <= end; ++at) {
      summary.longest_gap = std::max(summary.longest_gap, *at - previous);
      previous = *at;
    }
    summary.longest_gap = std::max(summary.longest_gap, end - previous);
    if (window.end != kNever && at != completions_.end()) summary.time_to_recover = *at - window.end;
  }

  void outage(FaultWindowSummary& summary, Nanos begin, Nanos end) const {
    Nanos shortest = kOutage;
    if (summary.ok_per_second_before > 0) {
      const auto interval = static_cast<Nanos>(static_cast<double>(kSecond) / summary.ok_per_second_before);
      shortest = std::max(shortest, kOutageIntervals * interval);
    }
    Nanos previous = begin;
    auto at = std::lower_bound(completions_.begin(), completions_.end(), begin);
    for (; previous < end; ++at) {
      const Nanos next = at == completions_.end() ? std::max(end, previous) : *at;
      if (next - previous >= shortest) summary.unavailable += next - previous;
      previous = next;
      if (at == completions_.end()) break;
    }
  }

  const History& history_;
  const PhaseTimes times_;
  Times completions_;
};

}  // namespace

std::vector<FaultWindowSummary> summarize_fault_windows(const History& history) {
  std::vector<FaultWindow> windows = history.fault_windows();
  const WindowMeasurer measurer(history);
  std::vector<FaultWindowSummary> summaries;
  Nanos quiet_since = 0;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const Nanos next = i + 1 < windows.size() ? windows[i + 1].begin : kNever;
    const Nanos end = windows[i].end;
    summaries.push_back(measurer.measure(std::move(windows[i]), quiet_since, next));
    quiet_since = std::max(quiet_since, end);
  }
  return summaries;
}

}  // namespace assay
