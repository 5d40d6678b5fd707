// Latency of the whole run: the percentile curve, response beside service time, and the table per kind of operation.
#include <algorithm>
#include <cmath>

#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/chart.h"
#include "reports/page/html.h"
#include "reports/page/page.h"

namespace assay::reports {

namespace {

std::string percentiles_table(const RunResult& run) {
  HtmlTable table({"Operation", "Latency", ">Samples", ">Mean", ">p50", ">p90", ">p95", ">p99", ">p99.9",
                   ">p99.99", ">Max"});
  const auto time = [](Nanos value) {
    return value < 0 ? "<span class=\"quiet\">too few</span>" : people_time(value);
  };
  const auto row = [&](const std::string& kind, const char* what, const LatencySummary& latency,
                       const char* css) {
    table.add(
        {kind, what, with_thousands(latency.count), time(latency.mean), time(latency.p50), time(latency.p90),
         time(latency.p95), time(latency.p99), time(latency.p999), time(latency.p9999), time(latency.max)},
        css);
  };
  for (const OperationSummary& kind : run.operations) {
    row(escape(kind.kind), "response", kind.response, "");
    row("", "service", kind.service, "context");
  }
  return "<div class=\"card flush\">" + table.markup() + "</div>\n";
}

// The curve of all ok operations. Its horizontal axis is logarithmic in the share that took longer: the tail, where the two
// times part, gets as much room as the middle.
class PercentileCurve {
 public:
  explicit PercentileCurve(const RunResult& run) {
    for (const Operation operation : run.history.operations()) {
      if (operation.outcome != Outcome::ok) continue;
      response_.push_back(response_time(operation));
      service_.push_back(std::max<Nanos>(1, operation.completed - operation.invoked));
    }
    std::sort(response_.begin(), response_.end());
    std::sort(service_.begin(), service_.end());
  }

  bool empty() const { return response_.size() < 10; }

  std::string markup() const {
    Svg svg(kChartWidth, kBottom + 26, "Percentiles of response and service time");
    draw_levels(svg);
    for (double nines = 0; nines <= last_nines() + 1e-9; ++nines) {
      const std::string name = nines == 0   ? "min"
                               : nines == 1 ? "p90"
                               : nines == 2 ? "p99"
                                            : "p99." + std::string(static_cast<std::size_t>(nines) - 2, '9');
      svg.line(x(nines), kTop, x(nines), kBottom, "grid");
      svg.text(x(nines), kBottom + 18, "tick", "middle", name);
    }
    svg.line(x(kHalf), kTop, x(kHalf), kBottom, "grid");
    svg.text(x(kHalf), kBottom + 18, "tick", "middle", "p50");
    svg.path("service", line_of(service_));
    svg.path("response", line_of(response_));
    return svg.finish();
  }

 private:
  static constexpr double kTop = 12, kBottom = 222, kLeft = 60, kRight = 1000;
  static constexpr double kHalf = 0.30103;  // log10 of 2
  static constexpr int kPoints = 200;

  // Ten samples lie above the last percentile that is drawn.
  double last_nines() const { return std::log10(static_cast<double>(response_.size()) / 10); }
  double x(double nines) const { return kLeft + nines / std::max(0.31, last_nines()) * (kRight - kLeft); }
  double low() const {
    return std::floor(std::log10(static_cast<double>(std::min(response_.front(), service_.front()))));
  }
  double high() const {
    return std::max(low() + 1, std::ceil(std::log10(static_cast<double>(response_.back()))));
  }
  double y(double nanos) const {
    return kBottom - (std::log10(nanos) - low()) / (high() - low()) * (kBottom - kTop);
  }

  void draw_levels(Svg& svg) const {
    Frame frame;
    frame.left = kLeft, frame.right = kRight, frame.top = kTop, frame.bottom = kBottom;
    for (double decade = low(); decade <= high(); ++decade)
      draw_level(svg, frame, y(std::pow(10.0, decade)), decade_name(static_cast<int>(decade)));
  }

  std::string line_of(const std::vector<Nanos>& sorted) const {
    std::string data;
    const double last = std::max(0.31, last_nines());
    for (int i = 0; i <= kPoints; ++i) {
      const double nines = last * i / kPoints;
      const double share = 1 - std::pow(10.0, -nines);
      const auto rank = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
      data += (i == 0 ? "M" : "L") + coordinate(x(nines)) + " " +
              coordinate(y(static_cast<double>(sorted[std::min(rank, sorted.size() - 1)])));
    }
    return data;
  }

  std::vector<Nanos> response_, service_;
};

}  // namespace

std::string latency_section(const RunResult& run) {
  const std::string lede = run.plan.pace == Pace::closed_loop
                               ? "Of ok operations. The loop was closed: both times count from the "
                                 "invocation, and an operation that "
                                 "waits holds back those after it, so no percentile here says what a client "
                                 "at a steady rate would see."
                               : "Of ok operations. Response time counts from when the plan wanted the "
                                 "operation, service time from when it "
                                 "was sent: where they part, operations waited for a free process. The curve "
                                 "has every phase, the table the "
                                 "main one.";
  const PercentileCurve curve(run);
  std::string out;
  if (curve.empty()) {
    out = card("<p class=\"none\">Fewer than ten operations were ok: too few for percentiles.</p>\n");
  } else {
    out = card(
        "<div class=\"legend\"><span class=\"response\">response time</span><span class=\"service\">"
        "service time</span></div>\n<div class=\"scroll\">" +
        curve.markup() + "</div>\n");
  }
  if (!run.operations.empty()) out += percentiles_table(run);
  out += measured_markup(run);
  return section("latency", "Response against service time", lede, out);
}

}  // namespace assay::reports
