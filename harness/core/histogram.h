// A histogram of durations with a relative error of at most 1/1000 (three significant digits) from 1 ns to one hour, after
// G. Tene's HdrHistogram: buckets whose width doubles with every power of two, 1024 sub-buckets in each. Two histograms
// merge exactly, so per-second and per-node ones add up to those of the whole run. Bucket for bucket the same as the Java
// and JavaScript ones made with (1, 3'600'000'000'000, 3); harness/formats/histogram_text.h reads and writes their encoding.
//
// Thread safety: none. Units: nanoseconds. Errors: a value above one hour is recorded as one hour, one below 0 as 0; max(),
// min() and mean() are of the values as they were recorded. Complexity: record() a few nanoseconds, merge() and percentiles
// linear in the number of buckets up to the largest value (about 34,000 at most, 8 bytes each, allocated as needed).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "harness/core/time.h"

namespace assay {

// Percentiles are whole thousandths of a percent, so that ranks are exact: 99'900 is the 99.9th.
inline constexpr std::int64_t kPercentileWhole = 100'000;

class Histogram {
 public:
  static constexpr Nanos kHighest = 3600 * kSecond;
  static constexpr std::size_t kBuckets = 33 * 1024;

  void record(Nanos value) { record(value, 1); }
  void record(Nanos value, std::uint64_t times) {
    value = std::clamp<Nanos>(value, 0, kHighest);
    const std::size_t index = index_of(value);
    if (index >= counts_.size()) [[unlikely]]
      grow(index);
    counts_[index] += times;
    count_ += times;
    sum_ += static_cast<unsigned __int128>(value) * times;
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }

  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  // Requires for these three: not empty.
  Nanos min() const { return min_; }
  Nanos max() const { return max_; }
  Nanos mean() const { return static_cast<Nanos>(sum_ / count_); }

  // The largest value of the bucket that holds the sample of that rank (HdrHistogram's getValueAtPercentile); 0 when empty.
  // Requires: 0 <= percentile <= kPercentileWhole.
  Nanos value_at(std::int64_t percentile) const;
  // The same, never above max(), and only where at least ten samples lie above that rank; nothing means "too few".
  std::optional<Nanos> percentile(std::int64_t percentile) const;
  // How many samples are in buckets up to that of `value`.
  std::uint64_t count_up_to(Nanos value) const;

  // Buckets 0 .. size of this; beyond it all are empty.
  const std::vector<std::uint64_t>& counts() const { return counts_; }
  // The bucket of a value. Requires: 0 <= value <= kHighest.
  static std::size_t index_of(Nanos value) {
    const auto bits = static_cast<std::uint64_t>(value);
    const int bucket = 53 - std::countl_zero(bits | 2047);
    return (static_cast<std::size_t>(bucket + 1) << 10) + static_cast<std::size_t>(bits >> bucket) - 1024;
  }
  // The smallest and largest value of a bucket. Requires: index < kBuckets.
  static Nanos lowest_of(std::size_t index);
  static Nanos highest_of(std::size_t index);

  friend bool operator==(const Histogram& a, const Histogram& b);

 private:
  friend class CompactHistogram;
  void grow(std::size_t index);

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  unsigned __int128 sum_ = 0;
  Nanos min_ = kNever;
  Nanos max_ = 0;
};

// The same in a few bytes a sample, for the many small ones of a run (a kind, an outcome, a node, a second). Immutable.
class CompactHistogram {
 public:
  struct Entry {
    std::uint32_t index = 0;
    std::uint32_t count = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  CompactHistogram() = default;
  // Of samples in any order; sorts them. Complexity: O(n log n).
  explicit CompactHistogram(std::vector<Nanos>& samples);

  const std::vector<Entry>& entries() const { return entries_; }  // in ascending order of index
  std::uint64_t count() const { return count_; }
  void add_to(Histogram& histogram) const;

  friend bool operator==(const CompactHistogram& a, const CompactHistogram& b);

 private:
  std::vector<Entry> entries_;
  std::uint64_t count_ = 0;
  unsigned __int128 sum_ = 0;
  Nanos min_ = kNever;
  Nanos max_ = 0;
};

}  // namespace assay
