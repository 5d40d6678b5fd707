// The run beside another one. When both are sides of one gate, what the gate measured and decided: ratios over pairs of blocks, one
// right after the other, with its bootstrap intervals. Otherwise how the seconds of the two runs compare: how many times as fast,
// with an interval from a bootstrap over the seconds of each, seeded, so that the page is the same every time.
//
// Two runs at different times on one machine differ by more than the database (what the machine did meanwhile): seconds inform,
// pairs decide.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "harness/core/rng.h"
#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/html.h"
#include "reports/page/page.h"

namespace assay::reports {

namespace {

constexpr int kResamples = 400;

// One figure per second of a run.
using Seconds = std::vector<double>;

double median_of(Seconds values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double resampled_median(const Seconds& values, Rng& rng) {
  Seconds drawn(values.size());
  for (double& value : drawn) value = values[rng.below(values.size())];
  return median_of(std::move(drawn));
}

// By second of completion: throughput, and the median and 90th percentile of response time where there are samples.
struct PerSecond {
  Seconds throughput, median, p90;
};

PerSecond per_second(const RunResult& run) {
  std::vector<std::vector<Nanos>> samples(static_cast<std::size_t>(end_of_run(run) / kSecond) + 1);
  for (const Operation operation : run.history.operations()) {
    if (operation.outcome == Outcome::ok)
      samples[static_cast<std::size_t>(operation.completed / kSecond)].push_back(response_time(operation));
  }
  PerSecond out;
  // The first second and the unfinished last one are left out.
  for (std::size_t i = 1; i + 1 < samples.size(); ++i) {
    std::vector<Nanos>& second = samples[i];
    out.throughput.push_back(static_cast<double>(second.size()));
    if (second.size() < 20) continue;
    std::sort(second.begin(), second.end());
    out.median.push_back(static_cast<double>(second[second.size() / 2]));
    if (second.size() >= 100) out.p90.push_back(static_cast<double>(second[second.size() * 9 / 10]));
  }
  return out;
}

std::string ratio_text(double ratio) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", ratio);
  return text;
}

void add_ratio(HtmlTable& table, const char* name, const Seconds& here, const Seconds& there, bool is_time) {
  const auto words = [&](double value) {
    return is_time ? people_time(static_cast<Nanos>(value))
                   : with_thousands(static_cast<std::int64_t>(value)) + " /s";
  };
  if (here.size() < 5 || there.size() < 5 || median_of(there) <= 0) {
    table.add({name, "", "", "<span class=\"quiet\">too few seconds</span>", "", ""}, {});
    return;
  }
  Rng rng(4711);
  Seconds ratios;
  for (int i = 0; i < kResamples; ++i) {
    const double below = resampled_median(there, rng);
    if (below > 0) ratios.push_back(resampled_median(here, rng) / below);
  }
  std::sort(ratios.begin(), ratios.end());
  const double low = ratios[ratios.size() * 25 / 1000], high = ratios[ratios.size() * 975 / 1000];
  const bool clear = low > 1 || high < 1;
  const bool better = is_time ? high < 1 : low > 1;
  table.add({name, words(median_of(there)), words(median_of(here)),
             "<span class=\"strong\">" + ratio_text(median_of(here) / median_of(there)) + "</span>",
             ratio_text(low) + " to " + ratio_text(high),
             !clear ? pill("p-fail", "no clear difference")
                    : pill(better ? "p-good" : "p-bad", better ? "better" : "worse")});
}

const char* speed_pill(GateVerdict verdict) {
  return verdict == GateVerdict::pass ? "p-good" : verdict == GateVerdict::regressed ? "p-bad" : "p-warn";
}

// What the gate compared, where it has an estimate: a row for each way of estimating.
std::string gated_table(const GatedComparison& gated) {
  HtmlTable table({"Median over blocks", ">Baseline", ">This run", ">Times as bad", ">Interval", "~By the",
                   ">Margin", ""});
  for (const MetricDecision& metric : gated.metrics) {
    const auto figure = [&](double value) {
      if (value < 0) return std::string("-");
      return metric.metric == GatedMetric::throughput
                 ? with_thousands(static_cast<std::int64_t>(value)) + " /s"
                 : people_time(static_cast<Nanos>(value));
    };
    const std::string name(gated_metric_name(metric.metric));
    const std::string verdict = pill(speed_pill(metric.verdict), gate_verdict_name(metric.verdict));
    const std::string margin = ratio_text(1 + metric.margin);
    if (metric.estimates.empty())
      table.add({name, figure(metric.baseline), figure(metric.candidate), "", "", escape(metric.reason),
                 margin, verdict});
    for (const RatioEstimate& estimate : metric.estimates) {
      table.add({name, figure(metric.baseline), figure(metric.candidate),
                 "<span class=\"strong\">" + ratio_text(estimate.ratio) + "</span>",
                 ratio_text(estimate.low) + " to " + ratio_text(estimate.high), escape(estimate.method),
                 margin, verdict});
    }
  }
  return "<div class=\"card flush\">" + table.markup() + "</div>\n";
}

}  // namespace

std::string baseline_section(const RunResult& run, const PageExtras& extras) {
  if (extras.baseline == nullptr) {
    return section(
        "baseline", "Comparison with a baseline", {},
        card("<p class=\"none\">No baseline was given (assay report RUN --baseline OTHER_RUN). For a "
             "decision, use assay gate.</p>\n"));
  }
  const std::string against = "Against " + extras.baseline_name + " (" + run_title(*extras.baseline) + ", " +
                              std::string(headline_word(headline_of(*extras.baseline))) + "). ";
  if (extras.gated) {
    return section(
        "baseline", "Comparison with a baseline",
        against + "Measured by one gate in " + std::to_string(extras.gated->pairs) + " pairs of blocks of " +
            people_time(extras.gated->block_length) +
            ", in turns, so that both sides saw the same machine; intervals are the gate's, a bootstrap over "
            "the pairs at the level of its decision. Above 1 is worse, for throughput too.",
        gated_table(*extras.gated));
  }
  const PerSecond here = per_second(run), there = per_second(*extras.baseline);
  HtmlTable table(
      {"Per second of the run, median", ">Baseline", ">This run", ">Ratio", ">95 % interval", ""});
  add_ratio(table, "ok operations", here.throughput, there.throughput, false);
  add_ratio(table, "median response time", here.median, there.median, true);
  add_ratio(table, "p90 of response time", here.p90, there.p90, true);
  return section(
      "baseline", "Comparison with a baseline",
      against +
          "This compares the seconds of two runs that were made one after the other, and the interval is a "
          "bootstrap over "
          "those seconds. It tells how surely the runs differ, not why: whatever else changed on the machine "
          "between them "
          "is in the ratio, too. For a decision about the database, assay gate measures both in turns.",
      "<div class=\"card flush\">" + table.markup() + "</div>\n");
}

}  // namespace assay::reports
