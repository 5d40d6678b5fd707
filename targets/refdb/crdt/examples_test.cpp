// The worked examples of the literature that the project tests.
#include <gtest/gtest.h>

#include <vector>

#include "targets/refdb/crdt/counters.h"
#include "targets/refdb/crdt/or_map.h"
#include "targets/refdb/crdt/registers.h"
#include "targets/refdb/crdt/sets.h"

namespace assay::refdb::crdt {
namespace {

TEST(GCounter, ThreeNodesAlwaysCountTen) {
  std::vector<GCounter> nodes(3);
  nodes[0].increment(0, 5);
  nodes[1].increment(1, 3);
  nodes[2].increment(2, 2);
  const std::vector<std::vector<std::size_t>> orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                                        {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (const auto& order : orders) {
    GCounter sum;
    for (const std::size_t node : order) sum.merge(nodes[node]);
    EXPECT_EQ(sum.value(), 10u);
  }
}

TEST(GCounter, AnIncrementMergesWithAConcurrentOne) {
  GCounter start;
  start.increment(1, 3);
  start.increment(2, 1);
  start.increment(3, 2);
  EXPECT_EQ(start.value(), 6u);
  GCounter one = start, two = start;
  one.increment(1);
  EXPECT_EQ(one.value(), 7u);
  two.increment(2);
  one.merge(two);
  EXPECT_EQ(one.value(), 8u);
}

TEST(PnCounter, CountsDownToo) {
  PnCounter a, b;
  a.add(0, 10);
  b.merge(a);
  b.add(1, -4);
  a.add(0, INT64_MIN);
  a.add(0, INT64_MAX);
  a.merge(b);
  EXPECT_EQ(a.value(), 5);
}

TEST(LwwRegister, TheHighestTimestampWins) {
  LwwRegister a(Value::text("Alice"), {{1000, 0}, {0, 1}});
  LwwRegister b(Value::text("Bob"), {{1005, 0}, {1, 1}});
  LwwRegister at_a = a, at_b = b;
  EXPECT_TRUE(at_a.merge(b));
  EXPECT_FALSE(at_b.merge(a));
  EXPECT_EQ(at_a, at_b);
  EXPECT_EQ(at_a.value(), Value::text("Bob"));
}

TEST(LwwRegister, EqualTimestampsHaveOneWinnerEverywhere) {
  LwwRegister a(Value::text("a"), {{7, 0}, {0, 1}}), b(Value::text("b"), {{7, 0}, {1, 1}});
  LwwRegister ab = a, ba = b;
  ab.merge(b);
  ba.merge(a);
  EXPECT_EQ(ab, ba);
}

TEST(MvRegister, KeepsBothNamesUntilSomeoneResolves) {
  MvRegister a, b;
  a.assign(0, Value::text("Alice"));
  b.merge(a);
  b.assign(1, Value::text("Alice B."));
  a.assign(0, Value::text("Alice A."));
  a.merge(b);
  EXPECT_EQ(a.versions().size(), 2u);
  b.merge(a.assign(0, Value::text("Alice, B.")));
  ASSERT_EQ(b.versions().size(), 1u);
  EXPECT_EQ(b.versions().begin()->second.value, Value::text("Alice, B."));
}

TEST(OrSet, AConcurrentAdditionWinsOverTheRemoval) {
  OrSet a, b;
  const Value item = Value::text("item1");
  a.add(0, item);
  b.merge(a);
  a.add(0, item);
  b.remove(item);
  a.merge(b);
  b.merge(a);
  EXPECT_TRUE(a.contains(item));
  EXPECT_EQ(a, b);
}

// add(x, tag1), add(x, tag2) at two nodes; a removal that saw tag1 alone leaves tag2.
TEST(OrSet, ARemovalCancelsTheTagsItSaw) {
  OrSet a, b;
  const Value x = Value::text("x");
  const OrSet tag1 = a.add(0, x);
  const OrSet tag2 = b.add(1, x);
  OrSet remover;
  remover.merge(tag1);
  const OrSet removal = remover.remove(x);
  a.merge(tag2);
  a.merge(removal);
  EXPECT_TRUE(a.contains(x));
  a.remove(x);
  EXPECT_FALSE(a.contains(x));
}

// The cart: quantity 2 from the mobile, changed to 3 from the web, which had seen it; meanwhile another item.
TEST(OrMap, TheCartKeepsTheNewerQuantityAndTheOtherItem) {
  constexpr ActorId kMobile = 0, kWeb = 1;
  OrMap mobile, web;
  const Value book = Value::text("book"), pen = Value::text("pen");
  mobile.assign(kMobile, book, Value(2));
  web.merge(mobile);
  web.assign(kWeb, book, Value(3));
  mobile.assign(kMobile, pen, Value(1));
  mobile.merge(web);
  web.merge(mobile);
  EXPECT_EQ(mobile, web);
  EXPECT_EQ(mobile.values(book), std::vector<Value>{Value(3)});
  EXPECT_EQ(mobile.keys(), (std::vector<Value>{book, pen}));
}

TEST(OrMap, AnUpdateWinsOverAConcurrentRemovalOfTheKey) {
  OrMap a, b;
  const Value key(1);
  a.add_element(0, key, Value(10));
  a.count(0, key, 5);
  b.merge(a);
  a.remove(key);
  EXPECT_TRUE(a.keys().empty());
  b.add_element(1, key, Value(20));
  a.merge(b);
  b.merge(a);
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.elements(key), std::vector<Value>{Value(20)});
  EXPECT_EQ(a.counted(key), 0);
}

}  // namespace
}  // namespace assay::refdb::crdt
