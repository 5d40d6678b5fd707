#include "harness/gate/quality.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "harness/core/error.h"

namespace assay::gate {

namespace {

std::string share_text(double share) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3g %%", share * 100);
  return text;
}

QualityFinding at_most(std::string name, double measured, double limit) {
  return {std::move(name), share_text(measured), "at most " + share_text(limit), measured <= limit};
}

double middle_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

// The median of log throughput in the last third against the first.
double drift_of(const std::vector<BlockPair>& pairs, BlockSample BlockPair::*side) {
  const std::size_t third = pairs.size() / 3;
  std::vector<double> first, last;
  for (std::size_t i = 0; i < third; ++i) {
    const double before = (pairs[i].*side).throughput;
    const double after = (pairs[pairs.size() - 1 - i].*side).throughput;
    if (before > 0) first.push_back(std::log(before));
    if (after > 0) last.push_back(std::log(after));
  }
  if (first.empty() || last.empty()) return 0;
  return std::exp(std::abs(middle_of(last) - middle_of(first))) - 1;
}

void judge_schedule(const std::vector<BlockPair>& pairs, double intended_rate, const QualityLimits& limits,
                    std::vector<QualityFinding>& findings) {
  double operations = 0, late = 0, per_second = 0;
  for (const BlockPair& pair : pairs) {
    operations += static_cast<double>(pair.baseline.operations);
    late += static_cast<double>(pair.baseline.late);
    per_second += pair.baseline.achieved;
  }
  const double achieved =
      per_second / static_cast<double>(std::max<std::size_t>(pairs.size(), 1)) / intended_rate;
  findings.push_back({"achieved rate of the baseline", share_text(achieved),
                      "at least " + share_text(limits.achieved_min), achieved >= limits.achieved_min});
  findings.push_back(
      at_most("late operations of the baseline", operations > 0 ? late / operations : 1, limits.late_max));
}

void judge_noise(const HostNoise& noise, const QualityLimits& limits, std::vector<QualityFinding>& findings) {
  if (!noise.recorded) return;
  findings.push_back(at_most("stolen processor time", noise.mean.steal_percent / 100, limits.steal_max));
  if (!noise.pressure_known) return;
  findings.push_back(
      at_most("processor pressure", noise.mean.cpu_pressure_percent / 100, limits.pressure_max));
}

struct NamedLimit {
  std::string_view name;
  double QualityLimits::*field;
};
constexpr std::array<NamedLimit, 5> kLimits = {{{"achieved", &QualityLimits::achieved_min},
                                                {"late", &QualityLimits::late_max},
                                                {"drift", &QualityLimits::drift_max},
                                                {"steal", &QualityLimits::steal_max},
                                                {"pressure", &QualityLimits::pressure_max}}};

}  // namespace

std::vector<QualityFinding> judge_quality(const std::vector<BlockPair>& pairs, double intended_rate,
                                          const HostNoise& noise, const QualityLimits& limits) {
  std::vector<QualityFinding> findings;
  if (intended_rate > 0) judge_schedule(pairs, intended_rate, limits, findings);
  findings.push_back(
      at_most("drift of the baseline", drift_of(pairs, &BlockPair::baseline), limits.drift_max));
  findings.push_back(
      at_most("drift of the candidate", drift_of(pairs, &BlockPair::candidate), limits.drift_max));
  judge_noise(noise, limits, findings);
  return findings;
}

std::vector<QualityFinding> judge_quality(const Measurements& measured, bool had_faults,
                                          const QualityLimits& limits) {
  std::vector<QualityFinding> findings;
  const LoadSummary& load = measured.load;
  if (load.open_loop() && load.due > 0) {
    const auto due = static_cast<double>(load.due);
    const double sent = 1 - static_cast<double>(load.dropped) / due;
    findings.push_back({"achieved rate", share_text(sent), "at least " + share_text(limits.achieved_min),
                        sent >= limits.achieved_min});
    if (!had_faults) {
      findings.push_back(at_most("late operations", static_cast<double>(load.late) / due, limits.late_max));
    }
  }
  if (measured.stationarity.checked) {
    const double drift =
        std::max(std::abs(measured.stationarity.rate_change), std::abs(measured.stationarity.latency_change));
    // A change that a test can't tell from noise is none.
    findings.push_back(at_most("drift", measured.stationarity.stationary ? 0 : drift, limits.drift_max));
  }
  judge_noise(measured.host, limits, findings);
  return findings;
}

std::string limit_names() {
  std::string names;
  for (const NamedLimit& limit : kLimits) names += (names.empty() ? "" : ", ") + std::string(limit.name);
  return names;
}

void set_limit(QualityLimits& limits, const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const auto known = std::find_if(kLimits.begin(), kLimits.end(),
                                  [&](const NamedLimit& limit) { return limit.name == name; });
  const std::string share = equals == std::string::npos ? "" : text.substr(equals + 1);
  const bool digits =
      share.size() > 1 && share.ends_with('%') && share.find_first_not_of("0123456789.") == share.size() - 1;
  if (known == kLimits.end() || !digits) {
    throw InputError("--limit " + text + ": expected NAME=SHARE% with one of " + limit_names() +
                     ", such as drift=30%");
  }
  limits.*known->field = std::atof(share.c_str()) / 100;
}

}  // namespace assay::gate
