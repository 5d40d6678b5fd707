#include "harness/core/predicate.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

Value list(std::vector<Value> elements) { return Value::list(std::move(elements)); }

TEST(Predicate, MatchesWhatItSays) {
  const Value equal = list({Value::text("="), 3});
  const Value odd = list({Value::text("mod"), 2, 1});
  const Value keys = list({Value::text("keys"), 5, 7});
  EXPECT_TRUE(matches({}, 1, 4));
  EXPECT_TRUE(matches(equal, 1, 3));
  EXPECT_FALSE(matches(equal, 1, 4));
  EXPECT_TRUE(matches(odd, 1, -3));
  EXPECT_FALSE(matches(odd, 1, 4));
  EXPECT_FALSE(matches(odd, 1, Value::text("3")));
  EXPECT_TRUE(matches(keys, 5, 0));
  EXPECT_TRUE(matches(keys, 7, 0));
  EXPECT_FALSE(matches(keys, 8, 0));
  for (const Value& predicate : {Value(), equal, odd, keys}) EXPECT_FALSE(matches(predicate, 6, {}));
}

TEST(Predicate, KnowsWhatIsOne) {
  EXPECT_TRUE(is_predicate({}));
  EXPECT_TRUE(is_predicate(list({Value::text("="), Value::text("x")})));
  EXPECT_FALSE(is_predicate(3));
  EXPECT_FALSE(is_predicate(list({})));
  EXPECT_FALSE(is_predicate(list({Value::text("mod"), 0, 0})));
  EXPECT_FALSE(is_predicate(list({Value::text("mod"), 3})));
  EXPECT_FALSE(is_predicate(list({Value::text("keys"), 3, Value::text("x")})));
  EXPECT_EQ(predicate_text({}), "every row");
  EXPECT_EQ(predicate_text(list({Value::text("keys"), 3, 4})), "rows of keys 3 to 4");
}

TEST(Predicate, KnowsRows) {
  EXPECT_TRUE(are_rows({}));
  EXPECT_TRUE(are_rows(list({Value::pair(1, Value::text("x"))})));
  EXPECT_FALSE(are_rows(3));
  EXPECT_FALSE(are_rows(list({3})));
  EXPECT_FALSE(are_rows(list({Value::pair(Value::text("x"), 1)})));
}

}  // namespace
}  // namespace assay
