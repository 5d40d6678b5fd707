#include "harness/core/rng.h"

#include <gtest/gtest.h>

#include <set>

namespace assay {
namespace {

TEST(Rng, IsTheSameSequenceOnEveryPlatform) {
  Rng rng(7);
  EXPECT_EQ(rng.next(), Rng(7).next());
  Rng again(7);
  for (int i = 0; i < 1000; ++i) again.next();
  EXPECT_EQ(again.fork("network").next(), [] {
    Rng third(7);
    for (int i = 0; i < 1000; ++i) third.next();
    return third.fork("network").next();
  }());
}

TEST(Rng, BelowCoversItsRangeEvenly) {
  Rng rng(1);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts[rng.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

TEST(Rng, BetweenAcceptsTheWholeRange) {
  Rng rng(1);
  rng.between(INT64_MIN, INT64_MAX);
  EXPECT_EQ(rng.between(5, 5), 5);
  for (int i = 0; i < 1000; ++i) {
    const auto x = rng.between(-3, 3);
    EXPECT_GE(x, -3);
    EXPECT_LE(x, 3);
  }
}

TEST(Rng, ExponentialHasItsMeanAndTail) {
  Rng rng(3);
  const std::int64_t mean = 1'000'000;
  double sum = 0;
  int above = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto x = rng.exponential(mean);
    sum += static_cast<double>(x);
    above += x > mean ? 1 : 0;
  }
  EXPECT_NEAR(sum / 200'000, mean, mean * 0.02);
  EXPECT_NEAR(above / 200'000.0, 0.3679, 0.01);  // P(X > mean) = 1/e
}

TEST(Rng, ForksAreIndependentOfEachOtherAndOfDraws) {
  const Rng rng(9);
  std::set<std::uint64_t> firsts;
  for (int i = 0; i < 1000; ++i) firsts.insert(rng.fork("seed", i).next());
  EXPECT_EQ(firsts.size(), 1000u);
  EXPECT_NE(rng.fork("a").next(), rng.fork("b").next());
}

TEST(Rng, ShuffleReachesEveryOrder) {
  std::set<std::vector<int>> orders;
  Rng rng(2);
  for (int i = 0; i < 1000; ++i) {
    std::vector<int> items = {1, 2, 3, 4};
    rng.shuffle(items);
    orders.insert(items);
  }
  EXPECT_EQ(orders.size(), 24u);
}

}  // namespace
}  // namespace assay
