#include "harness/core/value.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Value, KeepsWhatItWasGiven) {
  EXPECT_TRUE(Value().is_nil());
  EXPECT_EQ(Value(-5).as_integer(), -5);
  EXPECT_TRUE(Value::boolean(true).as_boolean());
  EXPECT_EQ(Value::text("ab").as_text(), "ab");
  EXPECT_EQ(Value::list({1, 2}).as_list().size(), 2u);
}

TEST(Value, PairsOfAnySizeReadTheSame) {
  for (const Value& first : {Value(), Value(1), Value(INT64_MAX), Value(INT32_MIN), Value::text("x")}) {
    const Value pair = Value::pair(first, INT64_MIN);
    EXPECT_EQ(pair.first(), first);
    EXPECT_EQ(pair.second(), Value(INT64_MIN));
    EXPECT_EQ(pair, Value::pair(first, INT64_MIN));
    EXPECT_EQ(pair.hash(), Value::pair(first, INT64_MIN).hash());
  }
}

TEST(Value, CopiesShareAndOutliveTheOriginal) {
  Value copy;
  {
    const Value original = Value::list({Value::text("long enough to be allocated on the heap"), 2});
    copy = original;
  }
  EXPECT_EQ(copy.to_string(), "[\"long enough to be allocated on the heap\" 2]");
  const Value& self = copy;
  copy = self;
  EXPECT_EQ(copy.as_list().size(), 2u);
  Value moved = std::move(copy);
  EXPECT_EQ(moved.as_list().size(), 2u);
}

TEST(Value, OrderIsTotal) {
  const std::vector<Value> sorted = {Value(),           Value::boolean(false), Value(-1),
                                     Value(3),          Value::text("a"),      Value::text("b"),
                                     Value::list({}),   Value::list({1}),      Value::list({1, 2}),
                                     Value::pair(1, 2), Value::pair(1, 3)};
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t j = 0; j < sorted.size(); ++j) {
      EXPECT_EQ(sorted[i] < sorted[j], i < j) << sorted[i].to_string() << " " << sorted[j].to_string();
      EXPECT_EQ(sorted[i] == sorted[j], i == j);
    }
  }
}

}  // namespace
}  // namespace assay
