#include "harness/gate/slices.h"

#include <algorithm>
#include <cmath>

#include "harness/core/rng.h"
#include "harness/gate/decide.h"

namespace assay::gate {

namespace {

constexpr std::size_t kSliceReplicates = 2000;
constexpr double kSliceTail = 0.025;

struct Stretch {
  Nanos begin = 0;
  Nanos end = 0;
};

Stretch main_phase(const History& history) {
  Stretch stretch{0, -1};
  for (const FaultEvent& event : history.fault_events()) {
    const Value* name = event.fault == "phase" ? find_fact(event.value, "name") : nullptr;
    if (name == nullptr || name->kind() != Value::Kind::text) continue;
    if (name->as_text() == "main") stretch.begin = event.time;
    if (name->as_text() == "recovery") stretch.end = event.time;
  }
  if (stretch.end >= 0) return stretch;
  for (const Operation op : history.operations()) {
    stretch.end = std::max(stretch.end, op.outcome == Outcome::info ? op.invoked : op.completed);
  }
  return stretch;
}

double middle(std::vector<double>& values) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// Logarithms of what is there; a slice in which nothing succeeded counts as a thousandth of an operation a second.
std::vector<double> costs_of(const std::vector<BlockSample>& slices, GatedMetric metric) {
  std::vector<double> costs;
  for (const BlockSample& slice : slices) {
    const double value = slice.value(metric);
    if (metric == GatedMetric::throughput) {
      costs.push_back(-std::log(std::max(value, 1e-3)));
    } else if (value > 0) {
      costs.push_back(std::log(value));
    }
  }
  return costs;
}

double resampled_middle(const std::vector<double>& values, Rng& rng) {
  std::vector<double> drawn(values.size());
  for (double& value : drawn) value = values[rng.below(values.size())];
  return middle(drawn);
}

}  // namespace

BlockSample block_sample(std::vector<Nanos>& response, std::int64_t operations, std::int64_t late,
                         Nanos length) {
  BlockSample sample;
  sample.operations = operations;
  sample.late = late;
  sample.length_ns = static_cast<double>(length);
  const auto count = static_cast<std::int64_t>(response.size());
  sample.throughput = length > 0 ? static_cast<double>(count) * kSecond / sample.length_ns : 0;
  sample.achieved = length > 0 ? static_cast<double>(operations) * kSecond / sample.length_ns : 0;
  const auto at_rank = [&](std::int64_t rank) {
    const auto place = response.begin() + rank;
    std::nth_element(response.begin(), place, response.end());
    return static_cast<double>(*place);
  };
  if (count >= kBlockOperationsMin) sample.p50 = at_rank(count / 2);
  if (count >= kBlockP99OperationsMin) sample.p99 = at_rank(count - 1 - count / 100);
  return sample;
}

std::vector<BlockSample> slices_of(const History& history, std::size_t count) {
  const Stretch stretch = main_phase(history);
  const Nanos length = (stretch.end - stretch.begin) / static_cast<Nanos>(count);
  std::vector<BlockSample> slices;
  if (length <= 0) return slices;
  std::vector<std::vector<Nanos>> responses(count);
  std::vector<std::int64_t> operations(count, 0);
  for (const Operation op : history.operations()) {
    // By the end of an operation, so that a stall empties the slices that it lasts for.
    const Nanos at = (op.outcome == Outcome::info ? op.invoked : op.completed) - stretch.begin;
    if (at < 0 || at / length >= static_cast<Nanos>(count)) continue;
    const auto slice = static_cast<std::size_t>(at / length);
    ++operations[slice];
    if (op.outcome == Outcome::ok) responses[slice].push_back(op.completed - std::min(op.due, op.invoked));
  }
  for (std::size_t i = 0; i < count; ++i)
    slices.push_back(block_sample(responses[i], operations[i], 0, length));
  return slices;
}

std::optional<RatioEstimate> compare_slices(const std::vector<BlockSample>& before,
                                            const std::vector<BlockSample>& after, GatedMetric metric,
                                            std::uint64_t seed) {
  std::vector<double> first = costs_of(before, metric), second = costs_of(after, metric);
  if (first.empty() || second.empty() || first.size() * 2 < before.size() ||
      second.size() * 2 < after.size()) {
    return std::nullopt;
  }
  Rng rng = Rng(seed).fork("slices");
  std::vector<double> replicates;
  for (std::size_t i = 0; i < kSliceReplicates; ++i) {
    const double old_value = resampled_middle(first, rng);
    replicates.push_back(resampled_middle(second, rng) - old_value);
  }
  std::sort(replicates.begin(), replicates.end());
  const auto at = [&](double share) {
    return std::exp(replicates[static_cast<std::size_t>(share * static_cast<double>(kSliceReplicates - 1))]);
  };
  const double old_middle = middle(first);
  return RatioEstimate{"median of slices", std::exp(middle(second) - old_middle), at(kSliceTail),
                       at(1 - kSliceTail)};
}

}  // namespace assay::gate
