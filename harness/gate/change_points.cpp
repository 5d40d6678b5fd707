#include "harness/gate/change_points.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "harness/core/assert.h"
#include "harness/core/rng.h"

namespace assay::gate {

namespace {

struct Split {
  std::size_t at = 0;  // the first value of the second part
  double statistic = -1;
};

// Sums of distances between values, of any two ranges, in constant time.
class DistanceSums {
 public:
  explicit DistanceSums(const std::vector<double>& values)
      : size_(values.size() + 1), sums_(size_ * size_, 0) {
    for (std::size_t i = 1; i < size_; ++i) {
      double row = 0;
      for (std::size_t j = 1; j < size_; ++j) {
        row += std::abs(values[i - 1] - values[j - 1]);
        sums_[i * size_ + j] = sums_[(i - 1) * size_ + j] + row;
      }
    }
  }
  // Between [a, b) and [c, d).
  double between(std::size_t a, std::size_t b, std::size_t c, std::size_t d) const {
    return at(b, d) - at(a, d) - at(b, c) + at(a, c);
  }

 private:
  double at(std::size_t i, std::size_t j) const { return sums_[i * size_ + j]; }
  std::size_t size_;
  std::vector<double> sums_;
};

// How unlike [begin, at) and [at, end) are: the scaled energy distance Q of the paper's equation (7).
double unlikeness(const DistanceSums& sums, std::size_t begin, std::size_t at, std::size_t end) {
  const auto n = static_cast<double>(at - begin), m = static_cast<double>(end - at);
  const double across = sums.between(begin, at, at, end) * 2 / (n * m);
  const double in_first = sums.between(begin, at, begin, at) / (n * (n - 1));
  const double in_second = sums.between(at, end, at, end) / (m * (m - 1));
  return n * m / (n + m) * (across - in_first - in_second);
}

// The second part may end early, so that a change and a change back do not hide each other.
Split best_split(const std::vector<double>& values, std::size_t segment_min) {
  Split best;
  if (values.size() < 2 * segment_min) return best;
  const DistanceSums sums(values);
  for (std::size_t at = segment_min; at + segment_min <= values.size(); ++at) {
    for (std::size_t end = at + segment_min; end <= values.size(); ++end) {
      const double statistic = unlikeness(sums, 0, at, end);
      if (statistic > best.statistic) best = {at, statistic};
    }
  }
  return best;
}

double median_between(const std::vector<double>& series, std::size_t begin, std::size_t end) {
  std::vector<double> part(series.begin() + static_cast<std::ptrdiff_t>(begin),
                           series.begin() + static_cast<std::ptrdiff_t>(end));
  std::sort(part.begin(), part.end());
  return (part[(part.size() - 1) / 2] + part[part.size() / 2]) / 2;
}

// The most unlike split of all parts, were they shuffled within themselves.
double shuffled_statistic(const std::vector<double>& series, const std::vector<std::size_t>& borders,
                          std::size_t segment_min, Rng& rng) {
  double statistic = -1;
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
    std::vector<double> part(series.begin() + static_cast<std::ptrdiff_t>(borders[i]),
                             series.begin() + static_cast<std::ptrdiff_t>(borders[i + 1]));
    rng.shuffle(part);
    statistic = std::max(statistic, best_split(part, segment_min).statistic);
  }
  return statistic;
}

}  // namespace

std::vector<ChangePoint> find_change_points(const std::vector<double>& series,
                                            const ChangePointOptions& options) {
  ASSAY_ASSERT(series.size() <= kSeriesMax && options.segment_min >= 2);
  std::vector<std::size_t> borders = {0, series.size()};
  std::vector<std::pair<std::size_t, double>> accepted;
  Rng rng = Rng(options.seed).fork("change-points");
  for (;;) {
    Split best;
    for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
      const std::vector<double> part(series.begin() + static_cast<std::ptrdiff_t>(borders[i]),
                                     series.begin() + static_cast<std::ptrdiff_t>(borders[i + 1]));
      const Split split = best_split(part, options.segment_min);
      if (split.statistic > best.statistic) best = {borders[i] + split.at, split.statistic};
    }
    if (best.statistic <= 0) break;
    int as_unlike = 0;
    for (int i = 0; i < options.permutations; ++i) {
      if (shuffled_statistic(series, borders, options.segment_min, rng) >= best.statistic) ++as_unlike;
    }
    const double p_value = (as_unlike + 1.0) / (options.permutations + 1.0);
    if (p_value > options.p_max) break;
    accepted.emplace_back(best.at, p_value);
    borders.insert(std::upper_bound(borders.begin(), borders.end(), best.at), best.at);
  }
  std::sort(accepted.begin(), accepted.end());
  std::vector<ChangePoint> changes;
  for (std::size_t i = 0; i < accepted.size(); ++i) {
    const auto [at, p_value] = accepted[i];
    changes.push_back(
        {at, median_between(series, borders[i], at), median_between(series, at, borders[i + 2]), p_value});
  }
  return changes;
}

}  // namespace assay::gate
