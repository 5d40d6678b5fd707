#include "harness/core/link_gauge.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(LinkGauge, CountsWhatComes) {
  LinkGauge gauge(Link{0, 1}, 5);
  for (std::size_t probe = 0; probe < 5; ++probe) gauge.left(probe, static_cast<Nanos>(probe) * 10);
  gauge.came(0, 3);   // after 3
  gauge.came(2, 24);  // after 4
  gauge.came(1, 25);  // after 15, overtaken
  gauge.came(2, 26);  // once more
  gauge.came(4, 103);
  const LinkMeasure measure = gauge.result(125);
  EXPECT_EQ(measure.sent, 5);
  EXPECT_EQ(measure.arrived, 4);
  EXPECT_EQ(gauge.arrived(), 4);
  EXPECT_EQ(measure.duplicates, 1);
  EXPECT_EQ(measure.overtaken, 1);
  EXPECT_EQ(measure.delay_median, 15);
  EXPECT_EQ(measure.rate, 3 * 1000 * kSecond / 100);  // three more in 100 ns
  EXPECT_EQ(measure.link.to, 1);
}

TEST(LinkGauge, NothingCame) {
  LinkGauge gauge(Link{0, 1}, 2);
  gauge.left(0, 5);
  const LinkMeasure measure = gauge.result(100);
  EXPECT_EQ(measure.sent, 1);
  EXPECT_EQ(measure.arrived, 0);
  EXPECT_EQ(measure.delay_median, 0);
  EXPECT_EQ(measure.rate, 0);
}

}  // namespace
}  // namespace assay
