#include "harness/cli/gate_series.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "harness/cli/stored_baseline.h"
#include "harness/core/error.h"
#include "harness/gate/change_points.h"

namespace assay::cli {

namespace {

using Json = nlohmann::ordered_json;

template <class... Arguments>
std::string printed(const char* format, Arguments... arguments) {
  char text[240];
  std::snprintf(text, sizeof text, format, arguments...);
  return text;
}

std::string figure_text(GatedMetric metric, double value) {
  if (metric == GatedMetric::throughput) return printed("%.6g/s", value);
  return printed("%.4g ms", value / kMillisecond);
}

// One metric of the series, with the commits that have it.
struct Series {
  std::vector<double> logarithms;
  std::vector<std::size_t> places;
};

Series series_of(const std::vector<StoredFigures>& figures, GatedMetric metric) {
  Series series;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const double value = figures[i].value(metric);
    if (value <= 0) continue;
    series.logarithms.push_back(std::log(value));
    series.places.push_back(i);
  }
  return series;
}

}  // namespace

std::string self_test_text(const SelfTestReport& report) {
  const gate::SelfTest& test = report.test;
  std::string out = "SELF-TEST  " + report.target + "\n" + report.command + "\n";
  if (!report.host.empty()) out += report.host + "\n";
  out += printed(
      "\n%zu pairs of blocks of the same program on both sides, compared %d times with names drawn anew:\n",
      report.pairs, test.comparisons);
  out += printed("  false alarms  %d (%.1f %%)\n", test.false_alarms,
                 100.0 * test.false_alarms / test.comparisons);
  out += printed("  pass          %d\n  inconclusive  %d\n", test.passes, test.inconclusive);
  out +=
      "The two databases as they are: " + std::string(gate_verdict_name(test.direct.decision.verdict)) + "\n";
  for (const MetricDecision& metric : test.direct.decision.metrics) {
    if (metric.estimates.empty()) {
      out += "  " + std::string(gated_metric_name(metric.metric)) + ": " + metric.reason + "\n";
    }
    for (const RatioEstimate& estimate : metric.estimates) {
      out += printed("  %-10s %.3f [%.3f, %.3f] by the %s\n",
                     std::string(gated_metric_name(metric.metric)).c_str(), estimate.ratio, estimate.low,
                     estimate.high, estimate.method.c_str());
    }
  }
  out += printed("Smallest slowdown that is caught at least %.0f %% of the time here:\n",
                 gate::kCaughtMin * 100);
  for (const gate::DetectableEffect& effect : test.effects) {
    const std::string name(gated_metric_name(effect.metric));
    out +=
        effect.effect
            ? printed("  %-10s %.3g %% (caught %.0f %%)\n", name.c_str(), *effect.effect * 100,
                      effect.caught * 100)
            : printed("  %-10s none up to twice as slow: too few operations in a block, or too much noise\n",
                      name.c_str());
  }
  return out;
}

std::string self_test_json(const SelfTestReport& report) {
  const gate::SelfTest& test = report.test;
  Json effects = Json::object();
  for (const gate::DetectableEffect& effect : test.effects) {
    effects[std::string(gated_metric_name(effect.metric))] = {
        {"smallest", effect.effect ? Json(*effect.effect) : Json(nullptr)}, {"caught", effect.caught}};
  }
  const Json json = {{"schema_version", 1},
                     {"target", report.target},
                     {"command", report.command},
                     {"host", report.host},
                     {"pairs", report.pairs},
                     {"comparisons", test.comparisons},
                     {"false_alarms", test.false_alarms},
                     {"pass", test.passes},
                     {"inconclusive", test.inconclusive},
                     {"direct", gate_verdict_name(test.direct.decision.verdict)},
                     {"effects", std::move(effects)}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

int show_trend(const std::string& path, bool json) {
  std::vector<StoredFigures> figures = read_series(path);
  if (figures.size() > gate::kSeriesMax) {
    std::fprintf(stderr, "assay: %s: only the last %zu of %zu measurements are looked at\n", path.c_str(),
                 gate::kSeriesMax, figures.size());
    figures.erase(figures.begin(), figures.end() - static_cast<std::ptrdiff_t>(gate::kSeriesMax));
  }
  std::fprintf(stderr, "%zu measurements\n", figures.size());
  Json changes = Json::array();
  for (const GatedMetric metric : gate::all_metrics()) {
    const Series series = series_of(figures, metric);
    const std::string name(gated_metric_name(metric));
    const auto found = gate::find_change_points(series.logarithms, {});
    if (found.empty()) std::fprintf(stderr, "%-10s no change in %zu\n", name.c_str(), series.places.size());
    for (const ChangePoint& change : found) {
      const StoredFigures& first = figures[series.places[change.index]];
      const double before = std::exp(change.before), after = std::exp(change.after);
      std::fprintf(stderr, "%-10s from %s to %s (%+.1f %%) at number %zu%s%s, p %.3f\n", name.c_str(),
                   figure_text(metric, before).c_str(), figure_text(metric, after).c_str(),
                   (after / before - 1) * 100, series.places[change.index] + 1,
                   first.label.empty() ? "" : ", ", first.label.c_str(), change.p_value);
      changes.push_back({{"metric", name},
                         {"index", series.places[change.index]},
                         {"label", first.label},
                         {"before", before},
                         {"after", after},
                         {"p_value", change.p_value}});
    }
  }
  if (json) std::printf("%s\n", changes.dump(1, ' ', false, Json::error_handler_t::replace).c_str());
  return kExitValid;
}

}  // namespace assay::cli
