#include "workloads/common/zipf.h"

#include <algorithm>
#include <cmath>

#include "harness/core/assert.h"

namespace assay::workloads {

namespace {
constexpr double kZipfExponent = 0.99;
constexpr double kZipfScale = 4294967296.0;  // the weight of the first item
}  // namespace

std::size_t Zipf::draw(std::size_t count, Rng& rng) {
  ASSAY_ASSERT(count > 0);
  for (std::size_t i = cumulative_.size(); i < count; ++i) {
    const auto weight = static_cast<std::uint64_t>(
        std::llround(kZipfScale / std::pow(static_cast<double>(i + 1), kZipfExponent)));
    cumulative_.push_back((i == 0 ? 0 : cumulative_.back()) + weight);
  }
  const std::uint64_t point = rng.below(cumulative_[count - 1]);
  const auto end = cumulative_.begin() + static_cast<std::ptrdiff_t>(count);
  return static_cast<std::size_t>(std::upper_bound(cumulative_.begin(), end, point) - cumulative_.begin());
}

}  // namespace assay::workloads
