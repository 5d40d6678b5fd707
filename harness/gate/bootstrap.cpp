#include "harness/gate/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/core/assert.h"

namespace assay::gate {

namespace {

// Values in rising order with the pair that each belongs to: a resample is then a walk, without sorting again.
class Ranked {
 public:
  explicit Ranked(std::vector<double> values) : values_(std::move(values)), order_(values_.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::sort(order_.begin(), order_.end(), [this](std::size_t a, std::size_t b) {
      return values_[a] != values_[b] ? values_[a] < values_[b] : a < b;
    });
  }

  // The mean of the lowest `wanted` values, each as often as it was drawn.
  double mean_of_lowest(const std::vector<std::uint16_t>& draw, std::size_t wanted) const {
    double sum = 0;
    std::size_t left = wanted;
    for (const std::size_t pair : order_) {
      const std::size_t taken = std::min<std::size_t>(left, draw[pair]);
      sum += static_cast<double>(taken) * values_[pair];
      left -= taken;
      if (left == 0) break;
    }
    return sum / static_cast<double>(wanted);
  }

  double median(const std::vector<std::uint16_t>& draw) const {
    const std::size_t lower = at_rank(draw, (order_.size() - 1) / 2);
    const std::size_t upper = at_rank(draw, order_.size() / 2);
    return (values_[lower] + values_[upper]) / 2;
  }

 private:
  std::size_t at_rank(const std::vector<std::uint16_t>& draw, std::size_t rank) const {
    std::size_t seen = 0;
    for (const std::size_t pair : order_) {
      seen += draw[pair];
      if (seen > rank) return pair;
    }
    return order_.back();
  }

  std::vector<double> values_;
  std::vector<std::size_t> order_;
};

}  // namespace

double Distribution::quantile(double share) const {
  ASSAY_ASSERT(!replicates.empty());
  const auto last = static_cast<double>(replicates.size() - 1);
  const auto rank = static_cast<std::size_t>(std::clamp(std::floor(share * (last + 1)), 0.0, last));
  return replicates[rank];
}

double Distribution::p_value() const {
  const auto no_worse = std::upper_bound(replicates.begin(), replicates.end(), 0.0) - replicates.begin();
  return (static_cast<double>(no_worse) + 1) / (static_cast<double>(replicates.size()) + 1);
}

Resampling::Resampling(std::size_t pairs, std::size_t replicates, Rng rng) {
  ASSAY_ASSERT(pairs >= 1 && pairs < 65'536);
  const auto run = static_cast<std::size_t>(std::lround(std::cbrt(static_cast<double>(pairs))));
  draws_.resize(replicates);
  for (std::vector<std::uint16_t>& draw : draws_) {
    draw.assign(pairs, 0);
    std::size_t drawn = 0;
    while (drawn < pairs) {
      std::size_t pair = rng.below(pairs);
      for (std::size_t i = 0; i < run && drawn < pairs; ++i, ++drawn) {
        ++draw[pair];
        if (++pair == pairs) pair = 0;
      }
    }
  }
}

Distributions estimate_ratios(const std::vector<CostPair>& pairs, const Resampling& resampling) {
  std::vector<double> baseline, candidate, ratios;
  for (const CostPair& pair : pairs) {
    ASSAY_ASSERT(pair.baseline > 0 && pair.candidate > 0);
    baseline.push_back(std::log(pair.baseline));
    candidate.push_back(std::log(pair.candidate));
    ratios.push_back(candidate.back() - baseline.back());
  }
  const Ranked of_baseline(std::move(baseline)), of_candidate(std::move(candidate)),
      of_ratios(std::move(ratios));
  const std::size_t tenth = (pairs.size() + 9) / 10;
  const auto calmest = [&](const std::vector<std::uint16_t>& draw) {
    return of_candidate.mean_of_lowest(draw, tenth) - of_baseline.mean_of_lowest(draw, tenth);
  };
  const std::vector<std::uint16_t> each_once(pairs.size(), 1);
  Distributions result;
  result.calmest.estimate = calmest(each_once);
  result.median.estimate = of_ratios.median(each_once);
  for (std::size_t i = 0; i < resampling.size(); ++i) {
    result.calmest.replicates.push_back(calmest(resampling.draw(i)));
    result.median.replicates.push_back(of_ratios.median(resampling.draw(i)));
  }
  std::sort(result.calmest.replicates.begin(), result.calmest.replicates.end());
  std::sort(result.median.replicates.begin(), result.median.replicates.end());
  return result;
}

}  // namespace assay::gate
