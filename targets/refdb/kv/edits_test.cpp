#include "targets/refdb/kv/edits.h"

#include <gtest/gtest.h>

namespace assay::refdb {
namespace {

Value at(std::int64_t position, const Value& what) { return Value::pair(Value(position), what); }

TEST(Edits, TextsAreChangedWithinTheirBounds) {
  Value text = edited(Fn::insert, Value(), at(0, Value::text("Hello World"))).value();
  text = edited(Fn::erase, text, at(5, Value(6))).value();
  EXPECT_EQ(text, Value::text("Hello"));
  EXPECT_EQ(edited(Fn::insert, text, at(5, Value::text("!"))), Value::text("Hello!"));
  EXPECT_FALSE(edited(Fn::insert, text, at(6, Value::text("!"))).has_value());
  EXPECT_FALSE(edited(Fn::insert, text, at(-1, Value::text("!"))).has_value());
  EXPECT_FALSE(edited(Fn::insert, text, Value::text("!")).has_value());
  EXPECT_FALSE(edited(Fn::erase, text, at(3, Value(3))).has_value());
  EXPECT_FALSE(edited(Fn::erase, text, at(3, Value(-1))).has_value());
  EXPECT_FALSE(edited(Fn::erase, Value(7), at(0, Value(0))).has_value());
}

TEST(Edits, SetsHoldAnElementOnce) {
  const Value set = Value::list({Value::text("a")});
  EXPECT_EQ(edited(Fn::add, set, Value::text("a")), set);
  EXPECT_EQ(edited(Fn::remove, set, Value::text("a")), Value::list({}));
  EXPECT_FALSE(edited(Fn::remove, Value(1), Value::text("a")).has_value());
}

}  // namespace
}  // namespace assay::refdb
