// Performance over time: where the latencies lay (heat map), their percentiles, the rate by outcome, and operations in flight
// with the lag of the schedule. Every chart has the same axis and the fault windows behind.
#include <algorithm>
#include <array>
#include <cmath>

#include "reports/common/words.h"
#include "reports/page/chart.h"
#include "reports/page/html.h"
#include "reports/page/page.h"

namespace assay::reports {

namespace {

constexpr int kShades = 8;

std::string titled(std::string_view title, std::string_view legend, const std::string& chart) {
  return "<figure><figcaption><h3>" + std::string(title) + "</h3>" +
         (legend.empty() ? "" : "<div class=\"legend\">" + std::string(legend) + "</div>") + "</figcaption>" +
         chart + "</figure>\n";
}

double lowest_latency(const LatencyGrid& grid) {
  return std::pow(10.0, static_cast<double>(grid.first_step) / LatencyGrid::kStepsPerDecade);
}

double highest_latency(const LatencyGrid& grid) {
  return std::pow(10.0, static_cast<double>(grid.first_step + static_cast<int>(grid.counts[0].size())) /
                            LatencyGrid::kStepsPerDecade);
}

// Whole user units keep the page small.
void add_cell(std::string& data, double left, double top, double right, double bottom) {
  const auto whole = [](double number) { return std::to_string(std::lround(number)); };
  const long width = std::lround(right) - std::lround(left), height = std::lround(bottom) - std::lround(top);
  data += "M" + whole(left) + " " + whole(top) + "h" + std::to_string(width) + "v" + std::to_string(height) +
          "h-" + std::to_string(width) + "z";
}

int shade_of(std::uint32_t count, std::uint32_t most) {
  if (count == 0) return -1;
  const double share = std::log1p(count) / std::log1p(std::max<std::uint32_t>(most, 2));
  return std::clamp(static_cast<int>(share * kShades), 0, kShades - 1);
}

std::string heat_map(const RunResult& run, const TimeSlices& slices) {
  const LatencyGrid& grid = slices.grid;
  TimeChart chart(run, slices, "How often each latency occurred over time", 210);
  chart.logarithmic(lowest_latency(grid), highest_latency(grid));
  std::array<std::string, kShades> shades;
  for (std::size_t step = 0; step < grid.counts[0].size(); ++step) {
    const double power = static_cast<double>(grid.first_step + static_cast<int>(step));
    const double bottom = chart.y(std::pow(10.0, power / LatencyGrid::kStepsPerDecade));
    const double top = chart.y(std::pow(10.0, (power + 1) / LatencyGrid::kStepsPerDecade));
    for (std::size_t i = 0; i < grid.counts.size();) {
      const int shade = shade_of(grid.counts[i][step], grid.most);
      std::size_t end = i + 1;
      while (end < grid.counts.size() && shade_of(grid.counts[end][step], grid.most) == shade) ++end;
      if (shade >= 0) {
        add_cell(shades[static_cast<std::size_t>(shade)], chart.x(i), top, chart.x(end - 1) + chart.width(),
                 bottom);
      }
      i = end;
    }
  }
  for (std::size_t shade = 0; shade < kShades; ++shade)
    chart.svg().path("h" + std::to_string(shade), shades[shade]);
  std::string legend = "<span class=\"plain\">1 operation</span><span class=\"scale\">";
  for (int shade = 0; shade < kShades; ++shade) legend += "<i class=\"h" + std::to_string(shade) + "\"></i>";
  legend += "</span><span class=\"plain\">" + with_thousands(grid.most) +
            "</span><span class=\"fault\">fault window</span>";
  return titled("Where the latencies lay", legend, chart.finish());
}

std::string percentiles_over_time(const RunResult& run, const TimeSlices& slices) {
  TimeChart chart(run, slices, "Median, 90th percentile and maximum of latency over time", 190);
  chart.logarithmic(lowest_latency(slices.grid), highest_latency(slices.grid));
  chart.line("pmax", [](const TimeSlice& slice) { return static_cast<double>(slice.max); });
  chart.line("p90", [](const TimeSlice& slice) { return static_cast<double>(slice.p90); });
  chart.line("p50", [](const TimeSlice& slice) { return static_cast<double>(slice.p50); });
  return titled("Response time",
                "<span class=\"p50\">median</span><span class=\"p90\">p90</span><span class=\"pmax\">"
                "longest</span>",
                chart.finish());
}

std::string rate_by_outcome(const RunResult& run, const TimeSlices& slices) {
  const double seconds = static_cast<double>(slices.width()) / 1e9;
  double tallest = 0;
  for (const TimeSlice& slice : slices.slices)
    tallest = std::max(tallest, static_cast<double>(slice.completed.total()) / seconds);
  TimeChart chart(run, slices, "Completions per second by outcome", 150);
  chart.linear(tallest, [](double level) {
    return level < 10 ? coordinate(level) : with_thousands(static_cast<std::int64_t>(level));
  });
  std::array<std::string, 3> data;
  for (std::size_t i = 0; i < slices.slices.size(); ++i) {
    const OutcomeCounts& counts = slices.slices[i].completed;
    double rate = 0;
    const std::int64_t by_outcome[] = {counts.ok, counts.fail, counts.info};
    for (std::size_t outcome = 0; outcome < 3; ++outcome) {
      if (by_outcome[outcome] == 0) continue;
      const double bottom = chart.y(rate);
      rate += static_cast<double>(by_outcome[outcome]) / seconds;
      add_block(data[outcome], chart.x(i) + 0.2, chart.y(rate), chart.width() - 0.4, bottom - chart.y(rate));
    }
  }
  chart.svg().path("ok", data[0]);
  chart.svg().path("fail", data[1]);
  chart.svg().path("info", data[2]);
  return titled(
      "Completions per second",
      "<span class=\"ok\">ok</span><span class=\"fail\">fail</span><span class=\"info\">info</span>",
      chart.finish());
}

std::string in_flight(const RunResult& run, const TimeSlices& slices) {
  double most = 1;
  for (const TimeSlice& slice : slices.slices) most = std::max(most, static_cast<double>(slice.in_flight));
  TimeChart chart(run, slices, "Operations in flight", 90);
  chart.linear(most, [](double level) { return coordinate(level); });
  chart.area("flight", [](const TimeSlice& slice) { return static_cast<double>(slice.in_flight); });
  return titled("In flight at once, at most", {}, chart.finish());
}

std::string schedule_lag(const RunResult& run, const TimeSlices& slices) {
  Nanos most = 0;
  for (const TimeSlice& slice : slices.slices) most = std::max(most, slice.lag);
  if (run.plan.pace == Pace::closed_loop)
    return "<p class=\"none\">The loop was closed: there was no schedule that it could fall behind.</p>\n";
  if (most < kMicrosecond)
    return "<p class=\"none\">Every operation was sent at the moment that the schedule wanted it.</p>\n";
  TimeChart chart(run, slices, "How far operations were sent behind the schedule", 90);
  chart.linear(static_cast<double>(most),
               [](double level) { return people_time(static_cast<Nanos>(level)); });
  chart.area("flight", [](const TimeSlice& slice) { return static_cast<double>(slice.lag); });
  return titled("Sent behind the schedule by, at most", {}, chart.finish());
}

}  // namespace

std::string performance_section(const RunResult& run, const TimeSlices& slices) {
  const std::string lede =
      run.plan.pace == Pace::closed_loop
          ? "Latencies are of ok operations and count from the invocation: the loop was closed."
          : "Latencies are of ok operations and count from when the plan wanted them. Bands are fault "
            "windows.";
  if (run.history.empty())
    return section("performance", "Performance over time", {},
                   card("<p class=\"none\">Nothing completed.</p>\n"));
  std::string out = "<div class=\"readout\" hidden></div>\n";
  if (slices.grid.most == 0) {
    out += "<p class=\"none\">No operation was ok: there is no latency to show.</p>\n";
  } else {
    out += heat_map(run, slices) + percentiles_over_time(run, slices);
  }
  out += rate_by_outcome(run, slices) + in_flight(run, slices) + schedule_lag(run, slices);
  return section("performance", "Performance over time", lede, card(out));
}

}  // namespace assay::reports
