#include "harness/core/rates.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Rates, AreARangeOrAList) {
  using Numbers = std::vector<std::int64_t>;
  EXPECT_EQ(parse_rates("1000..3000:1000"), (Numbers{1000, 2000, 3000}));
  EXPECT_EQ(parse_rates("1000..3500:1000"), (Numbers{1000, 2000, 3000}));
  EXPECT_EQ(parse_rates("5,100,20"), (Numbers{5, 100, 20}));
  EXPECT_EQ(parse_rates("7"), (Numbers{7}));
  for (const char* bad :
       {"", "0", "1,,2", "1..5", "5..1:1", "1..5:0", "1..5:x", "1..1000:1", "1,2x", "-1", "99999999"})
    EXPECT_EQ(parse_rates(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace assay
