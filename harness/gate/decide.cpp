#include "harness/gate/decide.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <optional>

#include "harness/core/assert.h"
#include "harness/gate/bootstrap.h"

namespace assay::gate {

namespace {

struct Judge {
  const char* name;
  const Distribution* distribution;
};

// A metric on its way to a decision.
struct Candidate {
  GatedMetric metric;
  std::optional<Distributions> distributions;  // none: figures are missing
  std::string missing;
  double p_value = 1;
  double baseline = -1, candidate = -1;

  std::vector<Judge> judges() const {
    const Judge calmest{"calmest tenth", &distributions->calmest};
    const Judge median{"median of pairs", &distributions->median};
    if (metric == GatedMetric::throughput) return {calmest};
    if (metric == GatedMetric::p50) return {median};
    return {calmest, median};
  }
};

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::string percent_text(double share) {
  char text[40];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  return text;
}

// One pair in ten: a machine may stand still for a block now and then, but not more often.
constexpr std::size_t kStandstillsShare = 10;

// Costs without a figure become greater than all others.
void count_as_slowest(std::vector<CostPair>& costs) {
  double most = 1;
  for (const CostPair& pair : costs) most = std::max({most, pair.baseline, pair.candidate});
  for (CostPair& pair : costs) {
    if (pair.baseline <= 0) pair.baseline = 2 * most;
    if (pair.candidate <= 0) pair.candidate = 2 * most;
  }
}

Candidate measured(const std::vector<BlockPair>& pairs, GatedMetric metric, const Resampling& resampling) {
  Candidate result{metric, {}, {}, 1, -1, -1};
  std::vector<CostPair> costs;
  std::vector<double> baseline, candidate;
  std::size_t without = 0;
  for (const BlockPair& pair : pairs) {
    const double before = pair.baseline.value(metric), after = pair.candidate.value(metric);
    if (before > 0) baseline.push_back(before);
    if (after > 0) candidate.push_back(after);
    if (before <= 0 || after <= 0) ++without;
    const bool rate = metric == GatedMetric::throughput;
    const auto cost = [&](double figure) { return rate && figure > 0 ? 1 / figure : figure; };
    costs.push_back({cost(before), cost(after)});
  }
  if (without > pairs.size() / kStandstillsShare) {
    result.missing = std::to_string(without) + " of " + std::to_string(pairs.size()) +
                     " pairs of blocks had too few operations";
    if (metric == GatedMetric::p99) {
      result.missing += " (a p99 takes " + std::to_string(kBlockP99OperationsMin) + " a block)";
    }
    return result;
  }
  count_as_slowest(costs);
  result.distributions = estimate_ratios(costs, resampling);
  result.baseline = median_of(std::move(baseline));
  result.candidate = median_of(std::move(candidate));
  result.p_value = 0;
  for (const Judge& judge : result.judges()) {
    result.p_value = std::max(result.p_value, judge.distribution->p_value());
  }
  return result;
}

std::string reason_for(const MetricDecision& decision) {
  const double margin = decision.margin;
  switch (decision.verdict) {
    case GateVerdict::regressed:
      return "worse by more than the margin of " + percent_text(margin);
    case GateVerdict::pass:
      return "not worse by the margin of " + percent_text(margin);
    case GateVerdict::inconclusive:
      break;
  }
  return "the interval leaves open whether it is worse by the margin of " + percent_text(margin);
}

// `tail`: the probability of either tail. `may_reject`: Holm's procedure has come to this metric.
MetricDecision concluded(const Candidate& candidate, const Options& options, double tail, bool rejected) {
  MetricDecision decision;
  decision.metric = candidate.metric;
  decision.margin = options.margin(candidate.metric);
  if (!candidate.distributions) {
    decision.reason = candidate.missing;
    return decision;
  }
  decision.baseline = candidate.baseline;
  decision.candidate = candidate.candidate;
  const double limit = 1 + decision.margin;
  bool above = true, below = true;
  for (const Judge& judge : candidate.judges()) {
    const Distribution& distribution = *judge.distribution;
    const RatioEstimate estimate{judge.name, std::exp(distribution.estimate),
                                 std::exp(distribution.quantile(tail)),
                                 std::exp(distribution.quantile(1 - tail))};
    above = above && estimate.ratio > limit;
    below = below && estimate.high < limit;
    decision.estimates.push_back(estimate);
  }
  if (rejected && above) decision.verdict = GateVerdict::regressed;
  if (below) decision.verdict = GateVerdict::pass;
  decision.reason = reason_for(decision);
  return decision;
}

}  // namespace

std::vector<GatedMetric> all_metrics() {
  return {GatedMetric::throughput, GatedMetric::p50, GatedMetric::p99};
}

double Options::margin(GatedMetric metric) const {
  switch (metric) {
    case GatedMetric::throughput:
      return throughput_margin;
    case GatedMetric::p50:
      return p50_margin;
    case GatedMetric::p99:
      break;
  }
  return p99_margin;
}

Decision decide(const std::vector<BlockPair>& pairs, const Options& options, int look) {
  ASSAY_ASSERT(!pairs.empty() && !options.metrics.empty());
  const Resampling resampling(pairs.size(), options.replicates,
                              Rng(options.seed).fork("bootstrap", static_cast<std::uint64_t>(look)));
  std::vector<Candidate> candidates;
  for (const GatedMetric metric : options.metrics) candidates.push_back(measured(pairs, metric, resampling));
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return candidates[a].p_value < candidates[b].p_value;
  });

  Decision decision;
  decision.metrics.resize(candidates.size());
  const double tail_of_look = options.level / 2 / options.looks_max;
  bool rejecting = true;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const Candidate& candidate = candidates[order[rank]];
    const double tail = tail_of_look / static_cast<double>(order.size() - rank);
    rejecting = rejecting && candidate.p_value <= tail;
    decision.metrics[order[rank]] = concluded(candidate, options, tail, rejecting);
  }
  decision.verdict = GateVerdict::pass;
  for (const MetricDecision& metric : decision.metrics) {
    decision.verdict = std::max(decision.verdict, metric.verdict);
  }
  return decision;
}

SequentialDecision decide_in_looks(const std::vector<BlockPair>& pairs, const Options& options) {
  SequentialDecision result;
  while (result.looks < options.looks_max) {
    const auto wanted = static_cast<std::size_t>((result.looks + 1) * options.pairs_per_look);
    if (wanted > pairs.size()) break;
    ++result.looks;
    const std::vector<BlockPair> seen(pairs.begin(), pairs.begin() + static_cast<std::ptrdiff_t>(wanted));
    result.decision = decide(seen, options, result.looks);
    if (result.decision.verdict != GateVerdict::inconclusive) break;
  }
  return result;
}

}  // namespace assay::gate
