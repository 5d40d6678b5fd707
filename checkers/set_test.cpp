// The checker "set" on the anomalies that its name stands for.
#include <gtest/gtest.h>

#include "checkers/testing/datatype_fixture.h"

namespace assay::checkers {
namespace {

using testing::failed;
using testing::judged;

Mop add(Value element, Key key = 0) { return {Fn::add, key, std::move(element), {}}; }
Mop all(std::vector<Value> elements, Key key = 0) {
  return {Fn::read, key, {}, Value::list(std::move(elements))};
}

TEST(Set, TheLastReadCounts) {
  EXPECT_EQ(judged("set", {{1, 2, add(1)}, {3, 4, add(2)}, {5, 6, all({2, 1})}}), "valid");
  EXPECT_EQ(judged("set", {{1, 2, add(1)}, {3, 4, all({})}, {5, 6, all({1})}}), "valid");
  EXPECT_EQ(judged("set", {{1, 2, add(1)}, {3, 4, all({1})}, {5, 6, all({})}}), "invalid: lost");
  EXPECT_EQ(judged("set", {{1, 2, add(1)}, {5, 6, Mop{Fn::read, 0, {}, {}}}}), "invalid: lost");
  EXPECT_EQ(judged("set", {{1, 2, add(1, 3)}, {3, 4, all({}, 3)}, {5, 6, all({1}, 4)}}),
            "invalid: lost, unexpected");
}

TEST(Set, ElementsUnderWayMayBeMissing) {
  EXPECT_EQ(judged("set", {{1, 5, add(1)}, {5, 6, all({})}}), "valid");
  EXPECT_EQ(judged("set", {{1, kNever, add(1)}, {2, 3, add(2)}, {5, 6, all({2})}}), "valid");
  EXPECT_EQ(judged("set", {{1, kNever, add(1)}, {2, 3, add(2)}, {5, 6, all({1, 2})}}), "valid");
}

TEST(Set, NothingComesFromNowhere) {
  EXPECT_EQ(judged("set", {{1, 2, add(1)}, {5, 6, all({1, 7})}}), "invalid: unexpected");
  EXPECT_EQ(judged("set", {{1, 2, add(1)}, {5, 6, all({1, 7})}, {8, 9, add(7)}}), "invalid: unexpected");
  EXPECT_EQ(judged("set", {failed({1, 2, add(1)}), {5, 6, all({1})}}), "invalid: aborted-read");
  EXPECT_EQ(judged("set", {failed({1, 2, add(1)}), {5, 6, all({})}}), "valid");
}

TEST(Set, DuplicatesAreAFault) {
  EXPECT_EQ(judged("set", {{1, 2, add(1)}, {5, 6, all({1, 1})}}), "invalid: duplicate");
  EXPECT_EQ(judged("set", {{1, 2, add(Value::list({0, 1}))}, {5, 6, all({Value::list({0, 1})})}}), "valid");
}

TEST(Set, NothingIsProvedWithoutReads) {
  EXPECT_EQ(judged("set", {{1, 2, add(1)}}), "unknown");
  EXPECT_EQ(judged("set", {{1, 2, add(1)}, {3, kNever, all({})}}), "unknown");
  EXPECT_EQ(judged("set", {{1, 2, add(1)}, {3, 4, {Fn::enqueue, 0, 1, {}}}}), "unknown");
}

}  // namespace
}  // namespace assay::checkers
