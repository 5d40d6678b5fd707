#include "harness/core/shape.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Shape, CountsWhatDidNotFail) {
  HistoryBuilder builder;
  const auto add = [&](Outcome outcome, std::vector<Mop> mops) {
    Operation op;
    op.invoked = op.due = static_cast<Nanos>(builder.size()) * 10;
    op.completed = outcome == Outcome::info ? kNever : op.invoked + 5;
    op.outcome = outcome;
    op.mops = mops;
    builder.add(op);
  };
  add(Outcome::ok, {{Fn::write, 1, Value(3), {}}, {Fn::read, 1, {}, Value(3)}});
  add(Outcome::ok, {{Fn::read, 2, {}, Value::list({Value(1)})}});
  add(Outcome::ok, {{Fn::read, 2, {}, {}}});
  add(Outcome::info, {{Fn::append, 2, Value(2), {}}});
  add(Outcome::fail, {{Fn::cas, 2, Value::pair(Value(1), Value(2)), {}}});
  const HistoryShape shape = shape_of(builder.build());
  EXPECT_EQ(shape.operations, 5u);
  EXPECT_EQ(shape.ok, 3u);
  EXPECT_EQ(shape.transactions, 1u);
  EXPECT_EQ(shape.count(Fn::read), 3u);
  EXPECT_EQ(shape.count(Fn::cas), 0u);
  EXPECT_EQ(shape.integer_reads, 1u);
  EXPECT_EQ(shape.list_reads, 1u);
  EXPECT_TRUE(shape.only(Fn::read, Fn::write, Fn::append));
  EXPECT_FALSE(shape.only(Fn::read, Fn::write));
}

}  // namespace
}  // namespace assay
