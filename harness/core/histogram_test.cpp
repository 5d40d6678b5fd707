#include "harness/core/histogram.h"

#include <gtest/gtest.h>

#include "harness/core/rng.h"

namespace assay {
namespace {

std::vector<Nanos> latencies(int count, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<Nanos> values;
  for (int i = 0; i < count; ++i) {
    values.push_back(rng.exponential(Nanos{1} << rng.below(41)));
  }
  return values;
}

TEST(Histogram, EveryBucketBeginsAfterTheOneBefore) {
  Nanos next = 0;
  for (std::size_t i = 0; i < Histogram::kBuckets && next <= Histogram::kHighest; ++i) {
    ASSERT_EQ(Histogram::lowest_of(i), next);
    ASSERT_EQ(Histogram::index_of(next), i);
    const Nanos last = std::min(Histogram::highest_of(i), Histogram::kHighest);
    ASSERT_EQ(Histogram::index_of(last), i);
    // Three significant digits.
    ASSERT_LE((Histogram::highest_of(i) - next) * 1000, std::max<Nanos>(next, 1));
    next = Histogram::highest_of(i) + 1;
  }
  EXPECT_LT(Histogram::index_of(Histogram::kHighest), Histogram::kBuckets);
}

TEST(Histogram, APercentileIsTheBucketOfTheSampleOfThatRank) {
  std::vector<Nanos> values = latencies(30'000, 1);
  Histogram histogram;
  for (const Nanos value : values) histogram.record(value);
  for (Nanos& value : values) value = std::min(value, Histogram::kHighest);
  std::sort(values.begin(), values.end());
  for (const std::int64_t percentile : {1'000, 50'000, 90'000, 99'000, 99'900, 99'950, 100'000}) {
    const std::size_t rank = (values.size() * static_cast<std::size_t>(percentile) + 99'999) / 100'000;
    EXPECT_EQ(histogram.value_at(percentile), Histogram::highest_of(Histogram::index_of(values[rank - 1])))
        << percentile;
  }
  EXPECT_EQ(histogram.value_at(0), Histogram::lowest_of(Histogram::index_of(values[0])));
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.min(), values.front());
  EXPECT_EQ(histogram.count_up_to(values[15'000]) >= 15'001, true);
}

TEST(Histogram, PercentilesNeedTenSamplesAbove) {
  Histogram histogram;
  for (int i = 1; i <= 19; ++i) histogram.record(i);
  EXPECT_EQ(histogram.percentile(50'000), std::nullopt);
  histogram.record(20);
  EXPECT_EQ(histogram.percentile(50'000), 10);
  EXPECT_EQ(histogram.percentile(51'000), std::nullopt);
  EXPECT_EQ(Histogram().percentile(50'000), std::nullopt);
}

TEST(Histogram, APercentileIsNeverAboveTheGreatestValue) {
  Histogram histogram;
  histogram.record(1'000'001, 1000);
  EXPECT_GT(histogram.value_at(50'000), 1'000'001);
  EXPECT_EQ(histogram.percentile(50'000), 1'000'001);
}

TEST(Histogram, PartsMergeExactly) {
  const std::vector<Nanos> values = latencies(20'000, 2);
  Histogram whole, merged, from_compact;
  for (const Nanos value : values) whole.record(value);
  for (std::size_t part = 0; part < 7; ++part) {
    Histogram piece;
    std::vector<Nanos> samples;
    for (std::size_t i = part; i < values.size(); i += 7) {
      piece.record(values[i]);
      samples.push_back(values[i]);
    }
    merged.merge(piece);
    const CompactHistogram compact(samples);
    EXPECT_EQ(compact.count(), piece.count());
    compact.add_to(from_compact);
  }
  EXPECT_TRUE(merged == whole);
  EXPECT_TRUE(from_compact == whole);
  merged.record(5);
  EXPECT_FALSE(merged == whole);
}

TEST(Histogram, WhatIsOutOfRangeIsRecordedAtTheEnd) {
  Histogram histogram;
  histogram.record(-5);
  histogram.record(2 * Histogram::kHighest);
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.max(), Histogram::kHighest);
  EXPECT_EQ(histogram.mean(), Histogram::kHighest / 2);
  EXPECT_EQ(histogram.count(), 2u);
}

}  // namespace
}  // namespace assay
