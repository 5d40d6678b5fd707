// The checker "unique-ids" on the anomalies that its name stands for.
#include <gtest/gtest.h>

#include "checkers/testing/datatype_fixture.h"

namespace assay::checkers {
namespace {

using testing::failed;
using testing::judged;

Mop id(Value value, Key key = 0) { return {Fn::generate, key, {}, std::move(value)}; }

TEST(UniqueIds, NoTwoAreEqual) {
  EXPECT_EQ(judged("unique-ids", {{1, 2, id(1)}, {1, 2, id(2)}, {1, 2, id(Value::text("1"))}}), "valid");
  EXPECT_EQ(judged("unique-ids", {{1, 2, id(1)}, {3, 4, id(1)}}), "invalid: duplicate-id");
  EXPECT_EQ(judged("unique-ids", {{1, 2, id(1, 0)}, {3, 4, id(1, 7)}}), "invalid: duplicate-id");
  EXPECT_EQ(judged("unique-ids", {{1, 2, {id(1), id(1)}}}), "invalid: duplicate-id");
  EXPECT_EQ(judged("unique-ids", {{1, 2, id({})}}), "invalid: no-id");
}

TEST(UniqueIds, OnlyAcknowledgedOnesCount) {
  EXPECT_EQ(judged("unique-ids", {{1, 2, id(1)}, failed({3, 4, id(1)}), {3, kNever, id(1)}}), "valid");
  EXPECT_EQ(judged("unique-ids", {failed({3, 4, id(1)}), {3, kNever, id(1)}}), "unknown");
}

}  // namespace
}  // namespace assay::checkers
