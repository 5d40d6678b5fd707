// Latency: percentiles per kind of operation, and p50 and p99 over time on a logarithmic scale.
#include <algorithm>
#include <cmath>

#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"
#include "reports/page/svg.h"

namespace assay::reports {

namespace {

// Fewer slices when there are few operations: a percentile needs samples.
constexpr std::size_t kSlicesMax = 120;
constexpr std::size_t kSlicesMin = 12;
constexpr std::int64_t kSamplesWanted = 25;

std::string percentiles_table(const RunResult& run) {
  HtmlTable table(
      {"Operation", "Latency", ">Samples", ">Mean", ">p50", ">p90", ">p95", ">p99", ">p99.9", ">Max"});
  const auto row = [&](const std::string& kind, const char* what, const LatencySummary& latency,
                       const char* css) {
    table.add({kind, what, with_thousands(latency.count), people_time(latency.mean), people_time(latency.p50),
               people_time(latency.p90), people_time(latency.p95), people_time(latency.p99),
               people_time(latency.p999), people_time(latency.max)},
              css);
  };
  for (const OperationSummary& kind : run.operations) {
    row(escape(kind.kind), "response", kind.response, "");
    row("", "service", kind.service, "context");
  }
  return "<div class=\"card flush\">" + table.markup() + "</div>\n";
}

// Percentile of unsorted samples; reorders them.
Nanos percentile(std::vector<Nanos>& samples, std::size_t per_mille) {
  const std::size_t rank = std::min(samples.size() - 1, samples.size() * per_mille / 1000);
  std::nth_element(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(rank), samples.end());
  return samples[rank];
}

struct Slice {
  Nanos p50 = -1, p99 = -1;
  std::size_t count = 0;
};

std::vector<Slice> slices_of(const RunResult& run, const Frame& frame) {
  std::int64_t ok = 0;
  for (const Operation operation : run.history.operations()) ok += operation.outcome == Outcome::ok ? 1 : 0;
  const std::size_t count = std::clamp(static_cast<std::size_t>(ok / kSamplesWanted), kSlicesMin, kSlicesMax);
  std::vector<std::vector<Nanos>> samples(count);
  for (const Operation operation : run.history.operations()) {
    if (operation.outcome != Outcome::ok) continue;
    const auto slice =
        static_cast<std::size_t>(static_cast<__int128>(operation.completed) * count / (frame.end + 1));
    samples[std::min(slice, count - 1)].push_back(
        std::max<Nanos>(1, operation.completed - std::min(operation.due, operation.invoked)));
  }
  std::vector<Slice> slices(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (samples[i].empty()) continue;
    slices[i] = {percentile(samples[i], 500), percentile(samples[i], 990), samples[i].size()};
  }
  return slices;
}

class LatencyChart {
 public:
  explicit LatencyChart(const RunResult& run) : run_(run) {
    frame_.top = 12;
    frame_.bottom = 232;
    frame_.end = end_of_run(run);
    slices_ = slices_of(run, frame_);
    for (const Slice& slice : slices_) {
      if (slice.count == 0) continue;
      any_ = true;
      low_ = std::min(low_, std::log10(static_cast<double>(slice.p50)));
      high_ = std::max(high_, std::log10(static_cast<double>(slice.p99)));
    }
    low_ = std::floor(low_);
    high_ = std::max(std::ceil(high_), low_ + 1);
  }

  bool empty() const { return !any_; }

  std::string markup() {
    Svg svg(kChartWidth, frame_.bottom + 26, "Median and 99th percentile of latency over time");
    draw_fault_bands(svg, frame_, run_);
    for (double decade = low_; decade <= high_; ++decade) {
      draw_level(svg, frame_, y_of(std::pow(10.0, decade)), level_name(decade));
    }
    svg.path("p99", line_of(&Slice::p99));
    svg.path("p50", line_of(&Slice::p50));
    const double width = (frame_.right - frame_.left) / static_cast<double>(slices_.size());
    for (std::size_t i = 0; i < slices_.size(); ++i) {
      if (slices_[i].count == 0) continue;
      svg.rect(frame_.left + width * static_cast<double>(i), frame_.top, width, frame_.bottom - frame_.top,
               "hit",
               people_moment(frame_.end / static_cast<Nanos>(slices_.size()) * static_cast<Nanos>(i)) +
                   ": p50 " + people_time(slices_[i].p50) + ", p99 " + people_time(slices_[i].p99) + " of " +
                   with_thousands(static_cast<std::int64_t>(slices_[i].count)));
    }
    draw_time_axis(svg, frame_);
    return svg.finish();
  }

 private:
  static std::string level_name(double decade) {
    constexpr const char* kUnits[] = {"ns", "µs", "ms", "s"};
    const int power = static_cast<int>(decade);
    const int unit = std::clamp(power / 3, 0, 3);
    std::string number = "1" + std::string(static_cast<std::size_t>(std::max(0, power - 3 * unit)), '0');
    return number + " " + kUnits[unit];
  }

  double y_of(double nanos) const {
    return frame_.bottom - (std::log10(nanos) - low_) / (high_ - low_) * (frame_.bottom - frame_.top);
  }

  // Breaks where a slice has no sample; a lonely slice becomes a short dash.
  std::string line_of(Nanos Slice::*percentile_of) const {
    std::string data;
    const double width = (frame_.right - frame_.left) / static_cast<double>(slices_.size());
    bool open = false;
    for (std::size_t i = 0; i < slices_.size(); ++i) {
      if (slices_[i].count == 0) {
        open = false;
        continue;
      }
      const double x = frame_.left + width * (static_cast<double>(i) + 0.5);
      data += (open ? "L" : "M") + coordinate(x) + " " +
              coordinate(y_of(static_cast<double>(slices_[i].*percentile_of)));
      if (!open) data += "h1";
      open = true;
    }
    return data;
  }

  const RunResult& run_;
  Frame frame_;
  std::vector<Slice> slices_;
  bool any_ = false;
  double low_ = 99, high_ = -99;  // powers of ten
};

}  // namespace

std::string latency_section(const RunResult& run) {
  const std::string lede =
      run.plan.pace == Pace::closed_loop
          ? "Of ok operations. The loop was closed: both count from the invocation."
          : "Of ok operations. Response counts from when the plan wanted the operation, service "
            "from its invocation.";
  LatencyChart chart(run);
  std::string out;
  if (chart.empty()) {
    out = card("<p class=\"none\">No operation was ok.</p>\n");
  } else {
    out = card(
        "<div class=\"legend\"><span class=\"p50\">p50</span><span class=\"p99\">p99</span><span "
        "class=\"fault\">"
        "fault window</span></div>\n" +
        chart.markup());
  }
  if (!run.operations.empty()) out += percentiles_table(run);
  return section("latency", "Latency", lede, out);
}

}  // namespace assay::reports
