#include "workloads/common/final_reads.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

namespace assay::workloads {
namespace {

// Asks one process of each node in turn, and answers what `value` says; nil with an outcome of fail when it says so.
struct Asker {
  FinalReads reads;
  int nodes;
  std::function<std::optional<Value>(int node, Key key)> value;
  Nanos step = kMillisecond;
  Nanos now = 0;
  std::string log;  // "node:key" of what was answered

  // The number of reads until nobody has anything more to ask.
  int run(int most = 10'000) {
    int asked = 0;
    for (bool any = true; any && asked < most;) {
      any = false;
      for (ProcessId process = 0; process < nodes; ++process) {
        const std::optional<Request> request = reads.next(process);
        if (!request) continue;
        any = true;
        ++asked;
        answer(process, request->front());
      }
    }
    return asked;
  }

  void answer(ProcessId process, Mop mop) {
    const std::optional<Value> found = value(process % nodes, mop.key);
    Operation op;
    op.process = process;
    op.outcome = found ? Outcome::ok : Outcome::fail;
    op.invoked = now;
    op.completed = now += step;
    mop.result = found.value_or(Value());
    op.mops = {&mop, 1};
    if (found) log += std::to_string(process % nodes) + ":" + std::to_string(mop.key) + " ";
    reads.observe(op);
  }
};

TEST(FinalReads, EveryKeyFromEveryNodeOnceWhenTheyAgree) {
  Asker asker{FinalReads({.nodes = 3}), 3, [](int, Key key) { return Value(key); }, kMillisecond, 0, {}};
  asker.reads.ask_every_node({7, 8});
  EXPECT_TRUE(asker.reads.begun());
  EXPECT_EQ(asker.run(), 6);
  EXPECT_TRUE(asker.reads.done());
  EXPECT_EQ(asker.log, "0:7 1:7 2:7 0:8 1:8 2:8 ");
  EXPECT_EQ(*asker.reads.answer(8), Value(8));
  EXPECT_EQ(asker.reads.answer(9), nullptr);
}

TEST(FinalReads, SomeNodeIsEnoughWhereThatIsAsked) {
  Asker asker{FinalReads({.nodes = 3}), 3, [](int, Key key) { return Value(key); }, kMillisecond, 0, {}};
  asker.reads.ask_some_node({1, 2, 3, 4});
  EXPECT_EQ(asker.run(), 4);
  EXPECT_EQ(asker.log, "0:1 1:2 2:3 0:4 ");
}

TEST(FinalReads, WhatDiffersIsReadAgainUntilAllAgree) {
  Asker asker{FinalReads({.nodes = 2}), 2, {}, kMillisecond, 0, {}};
  asker.value = [&asker](int node, Key key) {
    return Value(key == 1 && node == 1 && asker.now < 9 * kMillisecond ? 0 : 5);
  };
  asker.reads.ask_every_node({1, 2});
  asker.run();
  EXPECT_EQ(asker.log, "0:1 1:1 0:2 1:2 0:1 1:1 0:1 1:1 0:1 1:1 ");
}

TEST(FinalReads, ValuesThatLackSomethingAreReadAgainThoughTheyAgree) {
  Asker asker{FinalReads({.nodes = 2, .complete = [](Key, const Value& value) { return value == Value(5); }}),
              2,
              {},
              kMillisecond,
              0,
              {}};
  asker.value = [&asker](int, Key) { return Value(asker.now < 4 * kMillisecond ? 4 : 5); };
  asker.reads.ask_every_node({1});
  asker.run();
  EXPECT_EQ(asker.log, "0:1 1:1 0:1 1:1 0:1 1:1 ");
}

TEST(FinalReads, PatienceEnds) {
  Asker asker{FinalReads({.nodes = 2, .patience = 50 * kMillisecond}),
              2,
              [](int node, Key) { return Value(node); },
              kMillisecond,
              0,
              {}};
  asker.reads.ask_every_node({1});
  const int asked = asker.run();
  EXPECT_GE(asked, 48);
  EXPECT_LE(asked, 54);
  EXPECT_TRUE(asker.reads.done());
}

TEST(FinalReads, FailuresAreRepeatedUpToALimit) {
  Asker asker{FinalReads({.nodes = 2}), 2, {}, kMillisecond, 0, {}};
  int failures = 0;
  asker.value = [&](int node, Key) {
    return node == 1 && failures++ < 3 ? std::nullopt : std::optional(Value(1));
  };
  asker.reads.ask_every_node({1});
  EXPECT_EQ(asker.run(), 5);
  EXPECT_EQ(asker.log, "0:1 1:1 ");

  Asker dead{FinalReads({.nodes = 2}),
             2,
             [](int node, Key) { return node == 1 ? std::nullopt : std::optional(Value(1)); },
             kMillisecond,
             0,
             {}};
  dead.reads.ask_every_node({1});
  EXPECT_EQ(dead.run(), 11);
  EXPECT_TRUE(dead.reads.done());
}

TEST(FinalReads, ListsAgreeInAnyOrderWhereThatIsAsked) {
  for (const bool unordered : {true, false}) {
    Asker asker{FinalReads({.nodes = 2, .patience = 20 * kMillisecond, .unordered = unordered}),
                2,
                [](int node, Key) {
                  return node == 0 ? Value::list({1, 2}) : Value::list({2, 1});
                },
                kMillisecond,
                0,
                {}};
    asker.reads.ask_every_node({1});
    EXPECT_EQ(asker.run() == 2, unordered);
  }
}

}  // namespace
}  // namespace assay::workloads
