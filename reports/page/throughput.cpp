// Completions per second, stacked by outcome, with the fault windows behind.
#include <algorithm>
#include <array>

#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"
#include "reports/page/svg.h"

namespace assay::reports {

namespace {

constexpr std::int64_t kColumnsMax = 240;

struct Column {
  std::int64_t first = 0;    // second
  std::int64_t seconds = 1;  // how many
  OutcomeCounts completed;
};

// One column a second, or several seconds a column in a long run.
std::vector<Column> columns_of(const RunResult& run) {
  const std::int64_t last = run.rate.back().second;
  const std::int64_t seconds = last / kColumnsMax + 1;
  std::vector<Column> columns(static_cast<std::size_t>(last / seconds + 1));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    columns[i].first = static_cast<std::int64_t>(i) * seconds;
    columns[i].seconds = seconds;
  }
  for (const RatePoint& point : run.rate) {
    if (point.second < 0) continue;
    OutcomeCounts& counts = columns[static_cast<std::size_t>(point.second / seconds)].completed;
    counts.ok += point.completed.ok;
    counts.fail += point.completed.fail;
    counts.info += point.completed.info;
  }
  return columns;
}

std::string column_title(const Column& column) {
  return std::to_string(column.first) + " s: " + with_thousands(column.completed.ok) + " ok, " +
         with_thousands(column.completed.fail) + " fail, " + with_thousands(column.completed.info) + " info";
}

}  // namespace

std::string throughput_section(const RunResult& run) {
  if (run.rate.empty() || run.rate.back().second < 0) {
    return section("throughput", "Throughput", {}, card("<p class=\"none\">Nothing completed.</p>\n"));
  }
  const std::vector<Column> columns = columns_of(run);
  double tallest = 1;
  for (const Column& column : columns) {
    tallest = std::max(tallest,
                       static_cast<double>(column.completed.total()) / static_cast<double>(column.seconds));
  }
  Frame frame;
  frame.top = 12;
  frame.bottom = 212;
  frame.end = std::max(end_of_run(run), (run.rate.back().second + 1) * kSecond);
  const double step = std::max(1.0, nice_step(tallest, 4));
  const double most = std::max(tallest, step);
  const auto y_of = [&](double rate) { return frame.bottom - rate / most * (frame.bottom - frame.top); };
  Svg svg(kChartWidth, frame.bottom + 26, "Completions per second by outcome");
  draw_fault_bands(svg, frame, run);
  for (double level = step; level <= most * 1.001; level += step) {
    draw_level(svg, frame, y_of(level), with_thousands(static_cast<std::int64_t>(level)));
  }
  std::array<std::string, 3> data;
  for (const Column& column : columns) {
    const double x = frame.x(column.first * kSecond);
    const double width = frame.x((column.first + column.seconds) * kSecond) - x;
    const std::int64_t counts[] = {column.completed.ok, column.completed.fail, column.completed.info};
    double rate = 0;
    for (std::size_t outcome = 0; outcome < 3; ++outcome) {
      if (counts[outcome] == 0) continue;
      const double bottom = y_of(rate);
      rate += static_cast<double>(counts[outcome]) / static_cast<double>(column.seconds);
      const double gap = width > 5 ? 1.5 : 0.2;
      add_block(data[outcome], x + gap / 2, y_of(rate), width - gap, bottom - y_of(rate));
    }
  }
  svg.path("ok", data[0]);
  svg.path("fail", data[1]);
  svg.path("info", data[2]);
  for (const Column& column : columns) {
    const double x = frame.x(column.first * kSecond);
    svg.rect(x, frame.top, frame.x((column.first + column.seconds) * kSecond) - x, frame.bottom - frame.top,
             "hit", column_title(column));
  }
  draw_time_axis(svg, frame);
  return section(
      "throughput", "Throughput", "Completions per second.",
      card("<div class=\"legend\"><span class=\"ok\">ok</span><span class=\"fail\">fail</span><span "
           "class=\"info\">info</span><span class=\"fault\">fault window</span></div>\n" +
           svg.finish()));
}

}  // namespace assay::reports
