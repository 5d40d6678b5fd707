#include "harness/core/histogram.h"

#include "harness/core/assert.h"

namespace assay {

namespace {
// A percentile says something about the samples above it: with fewer than these it is chance.
constexpr std::uint64_t kSamplesAbove = 10;

// Which of `count` samples in order the percentile is, from 1.
std::uint64_t rank_of(std::uint64_t count, std::int64_t percentile) {
  const auto wanted = static_cast<unsigned __int128>(count) * static_cast<std::uint64_t>(percentile);
  const auto rank = static_cast<std::uint64_t>((wanted + kPercentileWhole - 1) / kPercentileWhole);
  return std::max<std::uint64_t>(rank, 1);
}
}  // namespace

void Histogram::grow(std::size_t index) {
  // A power of two's worth at a time: latencies of one run lie close together.
  counts_.resize(std::min(kBuckets, (index / 1024 + 1) * 1024), 0);
}

void Histogram::merge(const Histogram& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size(), 0);
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

Nanos Histogram::value_at(std::int64_t percentile) const {
  ASSAY_ASSERT(percentile >= 0 && percentile <= kPercentileWhole);
  if (empty()) return 0;
  const std::uint64_t rank = rank_of(count_, percentile);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) return percentile == 0 ? lowest_of(i) : highest_of(i);
  }
  return max_;
}

std::optional<Nanos> Histogram::percentile(std::int64_t percentile) const {
  if (empty() || count_ - rank_of(count_, percentile) < kSamplesAbove) return std::nullopt;
  return std::min(value_at(percentile), max_);
}

std::uint64_t Histogram::count_up_to(Nanos value) const {
  const std::size_t last = index_of(std::clamp<Nanos>(value, 0, kHighest));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i <= last && i < counts_.size(); ++i) seen += counts_[i];
  return seen;
}

Nanos Histogram::lowest_of(std::size_t index) {
  ASSAY_ASSERT(index < kBuckets);
  const std::size_t row = index >> 10;
  if (row == 0) return static_cast<Nanos>(index);
  return static_cast<Nanos>((index & 1023) + 1024) << (row - 1);
}

Nanos Histogram::highest_of(std::size_t index) {
  const std::size_t row = index >> 10;
  return lowest_of(index) + (row == 0 ? 0 : (Nanos{1} << (row - 1)) - 1);
}

bool operator==(const Histogram& a, const Histogram& b) {
  if (a.count_ != b.count_ || a.sum_ != b.sum_ || a.min_ != b.min_ || a.max_ != b.max_) return false;
  const auto& longer = a.counts_.size() >= b.counts_.size() ? a.counts_ : b.counts_;
  const auto& shorter = a.counts_.size() >= b.counts_.size() ? b.counts_ : a.counts_;
  return std::equal(shorter.begin(), shorter.end(), longer.begin()) &&
         std::all_of(longer.begin() + static_cast<std::ptrdiff_t>(shorter.size()), longer.end(),
                     [](std::uint64_t count) { return count == 0; });
}

CompactHistogram::CompactHistogram(std::vector<Nanos>& samples) {
  std::sort(samples.begin(), samples.end());
  for (const Nanos sample : samples) {
    const Nanos value = std::clamp<Nanos>(sample, 0, Histogram::kHighest);
    const auto index = static_cast<std::uint32_t>(Histogram::index_of(value));
    if (entries_.empty() || entries_.back().index != index) entries_.push_back({index, 0});
    ++entries_.back().count;
    sum_ += static_cast<std::uint64_t>(value);
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }
  count_ = samples.size();
}

void CompactHistogram::add_to(Histogram& histogram) const {
  if (entries_.empty()) return;
  if (entries_.back().index >= histogram.counts_.size()) histogram.grow(entries_.back().index);
  for (const Entry& entry : entries_) histogram.counts_[entry.index] += entry.count;
  histogram.count_ += count_;
  histogram.sum_ += sum_;
  histogram.min_ = std::min(histogram.min_, min_);
  histogram.max_ = std::max(histogram.max_, max_);
}

bool operator==(const CompactHistogram& a, const CompactHistogram& b) {
  return a.entries_ == b.entries_ && a.sum_ == b.sum_ && a.min_ == b.min_ && a.max_ == b.max_;
}

}  // namespace assay
