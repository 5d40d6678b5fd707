// The run beside another one: how many times as fast, and how sure that is. The interval comes from a bootstrap over the
// seconds of the main phase, seeded, so that the page is the same every time.
//
// Two runs at different times on one machine differ by more than the database (what the machine did meanwhile): this
// informs, `assay gate` decides.
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

}  // namespace

std::string baseline_section(const RunResult& run, const PageExtras& extras) {
  if (extras.baseline == nullptr) {
    return section(
        "baseline", "Comparison with a baseline", {},
        card("<p class=\"none\">No baseline was given (assay report RUN --baseline OTHER_RUN). For a "
             "decision, use assay gate.</p>\n"));
  }
  const PerSecond here = per_second(run), there = per_second(*extras.baseline);
  HtmlTable table(
      {"Per second of the run, median", ">Baseline", ">This run", ">Ratio", ">95 % interval", ""});
  add_ratio(table, "ok operations", here.throughput, there.throughput, false);
  add_ratio(table, "median response time", here.median, there.median, true);
  add_ratio(table, "p90 of response time", here.p90, there.p90, true);
  return section(
      "baseline", "Comparison with a baseline",
      "Against " + extras.baseline_name + " (" + run_title(*extras.baseline) + ", " +
          std::string(headline_word(headline_of(*extras.baseline))) +
          "). The interval is a bootstrap over seconds. Runs at different times differ by what the "
          "machine did, too: this informs, assay gate decides.",
      "<div class=\"card flush\">" + table.markup() + "</div>\n");
}

}  // namespace assay::reports
