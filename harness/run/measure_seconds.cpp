// Seconds of a run: completions, operations in flight and waiting, and whether they show one steady state.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "harness/run/measure.h"

namespace assay {

namespace {

constexpr std::size_t kSamplesAbove = 10;       // as Histogram::percentile
constexpr Nanos kBoundary = 20 * kMillisecond;  // phases begin a little after they should
constexpr std::size_t kTrendPointsMin = 8;
constexpr std::size_t kTrendPointsMax = 600;  // pairs of them are compared
constexpr double kSignificance = 2.576;       // two-sided, 1 %
constexpr double kChange = 0.1;

Nanos sorted_percentile(const std::vector<Nanos>& sorted, std::size_t percent) {
  const std::size_t above = sorted.size() * (100 - percent) / 100;
  return above < kSamplesAbove ? -1 : sorted[sorted.size() - 1 - above];
}

// How many things there are at a time: each begins at one of `ups` and is gone at one of `downs`.
struct Level {
  std::vector<Nanos> ups, downs;

  struct Second {
    std::int64_t max = 0;
    double mean = 0;
  };
  std::vector<Second> by_second(std::size_t seconds) {
    std::sort(ups.begin(), ups.end());
    std::sort(downs.begin(), downs.end());
    std::vector<Second> result(seconds);
    std::size_t up = 0, down = 0;
    std::int64_t level = 0;
    for (std::size_t second = 0; second < seconds; ++second) {
      const Nanos begin = static_cast<Nanos>(second) * kSecond, end = begin + kSecond;
      Nanos at = begin;
      std::int64_t area = 0;
      result[second].max = level;
      while (true) {
        const Nanos next_up = up < ups.size() ? ups[up] : kNever;
        const Nanos next_down = down < downs.size() ? downs[down] : kNever;
        const Nanos next = std::min({next_up, next_down, end});
        area += level * (next - at);
        at = next;
        if (next >= end) break;
        // Gone first: one that ends when another begins was never beside it.
        if (next_down <= next_up) {
          --level, ++down;
        } else {
          ++level, ++up;
        }
        result[second].max = std::max(result[second].max, level);
      }
      result[second].mean = static_cast<double>(area) / static_cast<double>(kSecond);
    }
    return result;
  }
};

void count_in(OutcomeCounts& counts, Outcome outcome) {
  ++(outcome == Outcome::ok ? counts.ok : outcome == Outcome::fail ? counts.fail : counts.info);
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

// Neighbours averaged until there are few enough.
std::vector<double> thinned(const std::vector<double>& values) {
  const std::size_t group = (values.size() + kTrendPointsMax - 1) / kTrendPointsMax;
  if (group <= 1) return values;
  std::vector<double> fewer;
  for (std::size_t i = 0; i + group <= values.size(); i += group) {
    double sum = 0;
    for (std::size_t j = i; j < i + group; ++j) sum += values[j];
    fewer.push_back(sum / static_cast<double>(group));
  }
  return fewer;
}

struct Trend {
  double change = 0;  // over all points, relative to their median (slope by Sen's estimator)
  bool significant = false;
};

Trend trend_of(const std::vector<double>& all) {
  const std::vector<double> values = thinned(all);
  const auto n = static_cast<double>(values.size());
  std::int64_t sum = 0;
  std::vector<double> slopes;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i + 1; j < values.size(); ++j) {
      sum += values[j] > values[i] ? 1 : values[j] < values[i] ? -1 : 0;
      slopes.push_back((values[j] - values[i]) / static_cast<double>(j - i));
    }
  }
  Trend trend;
  const double median = median_of(values);
  if (median > 0) trend.change = median_of(slopes) * (n - 1) / median;
  const double deviation = std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
  trend.significant = static_cast<double>(std::abs(sum) - 1) / deviation > kSignificance;
  return trend;
}

std::string percent_text(double change) {
  return std::to_string(std::llround(std::abs(change) * 100)) + " %";
}

}  // namespace

std::vector<RatePoint> rate_by_second(const History& history, Nanos timeout) {
  const PhaseTimes times = phase_times(history);
  Nanos last = -1;
  for (const Operation op : history.operations()) {
    last = std::max(last, op.completed == kNever ? op.invoked : op.completed);
  }
  if (last < 0) return {};
  const auto seconds = static_cast<std::size_t>(last / kSecond + 1);
  std::vector<RatePoint> points(seconds);
  std::vector<std::vector<Nanos>> latencies(seconds);
  Level flight, waiting;
  for (const Operation op : history.operations()) {
    const Nanos due = due_of(op);
    // An info operation is shown where it was invoked: it has no end.
    const Nanos at = op.outcome == Outcome::info ? op.invoked : op.completed;
    const auto second = static_cast<std::size_t>(at / kSecond);
    count_in(points[second].completed, op.outcome);
    if (op.outcome == Outcome::ok) latencies[second].push_back(op.completed - due);
    ++points[static_cast<std::size_t>(std::max<Nanos>(due, 0) / kSecond)].due;
    RatePoint& sent = points[static_cast<std::size_t>(op.invoked / kSecond)];
    sent.lag_max = std::max(sent.lag_max, op.invoked - due);
    flight.ups.push_back(op.invoked);
    flight.downs.push_back(op.outcome == Outcome::info ? op.invoked + timeout : op.completed);
    if (due < op.invoked) {
      waiting.ups.push_back(due);
      waiting.downs.push_back(op.invoked);
    }
  }
  const auto in_flight = flight.by_second(seconds);
  const auto in_wait = waiting.by_second(seconds);
  for (std::size_t i = 0; i < seconds; ++i) {
    RatePoint& point = points[i];
    point.second = static_cast<std::int64_t>(i);
    std::sort(latencies[i].begin(), latencies[i].end());
    point.p50 = sorted_percentile(latencies[i], 50);
    point.p99 = sorted_percentile(latencies[i], 99);
    point.in_flight_max = in_flight[i].max;
    point.in_flight_mean = in_flight[i].mean;
    point.waiting_max = in_wait[i].max;
    const Nanos begin = point.second * kSecond;
    point.main = begin + kSecond > times.main_begin && begin < times.main_end;
  }
  // A phase that begins a few microseconds after the full second has none of the second before.
  for (RatePoint& point : points) {
    const Nanos begin = point.second * kSecond;
    if (begin + kSecond - times.main_begin < kBoundary) point.main = false;
    if (times.main_end != kNever && times.main_end - begin < kBoundary) point.main = false;
  }
  return points;
}

Stationarity judge_stationarity(const std::vector<RatePoint>& rate,
                                const std::vector<FaultWindowSummary>& faults) {
  std::vector<double> throughput, latency;
  for (std::size_t i = 0; i < rate.size(); ++i) {
    const RatePoint& point = rate[i];
    // The first and last second of the phase may be partly of another one.
    const bool inside = point.main && i > 0 && rate[i - 1].main && i + 1 < rate.size() && rate[i + 1].main;
    const Nanos begin = point.second * kSecond;
    const bool touched = std::any_of(faults.begin(), faults.end(), [&](const FaultWindowSummary& fault) {
      return fault.window.begin < begin + kSecond &&
             (fault.window.end == kNever || fault.window.end + kSecond > begin);
    });
    if (!inside || touched) continue;
    throughput.push_back(static_cast<double>(point.completed.ok));
    if (point.p50 >= 0) latency.push_back(static_cast<double>(point.p50));
  }
  Stationarity result;
  if (throughput.size() < kTrendPointsMin) {
    result.reason = "too short to tell: " + std::to_string(throughput.size()) +
                    " whole seconds without faults, " + std::to_string(kTrendPointsMin) + " are wanted";
    return result;
  }
  result.checked = true;
  const Trend by_rate = trend_of(throughput);
  const Trend by_latency = latency.size() < kTrendPointsMin ? Trend{} : trend_of(latency);
  result.rate_change = by_rate.change;
  result.latency_change = by_latency.change;
  const auto moves = [](const Trend& trend) { return trend.significant && std::abs(trend.change) > kChange; };
  result.stationary = !moves(by_rate) && !moves(by_latency);
  if (result.stationary) {
    result.reason = "no trend in throughput or median response time";
  } else if (moves(by_rate)) {
    result.reason = std::string("throughput ") + (by_rate.change > 0 ? "rose" : "fell") + " by " +
                    percent_text(by_rate.change) + " over the main phase";
  } else {
    result.reason = std::string("median response time ") + (by_latency.change > 0 ? "rose" : "fell") +
                    " by " + percent_text(by_latency.change) + " over the main phase";
  }
  return result;
}

}  // namespace assay
