#include "harness/core/history.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

Operation write_operation(ProcessId process, Nanos invoked, Nanos completed, const Mop& mop) {
  Operation operation;
  operation.process = process;
  operation.due = operation.invoked = invoked;
  operation.completed = completed;
  operation.outcome = completed == kNever ? Outcome::info : Outcome::ok;
  operation.mops = {&mop, 1};
  return operation;
}

TEST(History, GivesBackWhatWasAdded) {
  HistoryBuilder builder;
  builder.set_node_names({"n1", "n2"});
  const Mop mop{Fn::cas, 4, Value::pair(1, 2), Value()};
  Operation added = write_operation(3, 10, kNever, mop);
  added.error = "timeout";
  added.node = 1;
  const OpId id = builder.add(added);
  const History history = builder.build();
  const Operation got = history.at(id);
  EXPECT_EQ(got.process, 3);
  EXPECT_EQ(got.mops[0], mop);
  EXPECT_EQ(got.error, "timeout");
  EXPECT_EQ(history.node_name(got.node), "n2");
  EXPECT_EQ(describe(got), "process 3: cas key 4 (1 -> 2) -> info (timeout)");
}

TEST(History, CompletesAnOperationInPlace) {
  HistoryBuilder builder;
  Mop mop{Fn::read, 1, Value(), Value()};
  const OpId id = builder.add(write_operation(0, 5, kNever, mop));
  mop.result = 9;
  builder.complete(id, Outcome::ok, 8, {&mop, 1}, "");
  const History history = builder.build();
  EXPECT_EQ(history.at(id).mops[0].result, Value(9));
  EXPECT_EQ(history.at(id).completed, 8);
}

TEST(History, HoldsManyOperationsAndLongTransactions) {
  HistoryBuilder builder;
  std::vector<Mop> mops(100'000);
  for (std::size_t i = 0; i < mops.size(); ++i) mops[i].key = static_cast<Key>(i);
  for (int i = 0; i < 70'000; ++i) {
    builder.add(write_operation(i, i, i + 1, mops[i]));
    if (i == 60'000) {
      Operation large = write_operation(1, i, i + 1, mops[0]);
      large.mops = mops;
      builder.add(large);
    }
  }
  const History history = builder.build();
  EXPECT_EQ(history.at(5).mops[0].key, 5);
  EXPECT_EQ(history.at(60'001).mops.size(), mops.size());
  EXPECT_EQ(history.at(60'001).mops[99'999].key, 99'999);
  EXPECT_EQ(history.at(70'000).mops[0].key, 69'999);
}

// A first request of 17 to 63 mops once made the first chunk longer than offsets of 16 bits reach.
TEST(History, KeepsRequestsOfOddLengthApart) {
  HistoryBuilder builder;
  std::vector<Mop> mops(19);
  for (int i = 0; i < 8000; ++i) {
    for (Mop& mop : mops) mop.key = i;
    Operation operation = write_operation(1, i, i, mops[0]);
    operation.mops = mops;
    builder.add(operation);
  }
  const History history = builder.build();
  for (const Operation operation : history.operations()) {
    for (const Mop& mop : operation.mops) ASSERT_EQ(mop.key, operation.id);
  }
}

TEST(History, SinglekeyOperationsFitTheirBudget) {
  HistoryBuilder builder;
  constexpr int kCount = 1 << 17;
  for (int i = 0; i < kCount; ++i) {
    const Mop mop{i % 2 == 0 ? Fn::write : Fn::cas, i % 5, i % 2 == 0 ? Value(i) : Value::pair(i, i + 1),
                  Value()};
    builder.add(write_operation(i % 10, i, i + 1, mop));
  }
  const History history = builder.build();
  EXPECT_LE(history.memory_bytes() / kCount, (std::size_t{1} << 30) / 10'000'000);
}

TEST(History, DigestSeesEveryField) {
  const auto digest = [](auto change) {
    HistoryBuilder builder;
    Mop mop{Fn::write, 1, 2, Value()};
    Operation operation = write_operation(0, 5, 6, mop);
    FaultEvent event{
        .time = 3, .began = 2, .stage = FaultEvent::Stage::start, .fault = "kill", .verified = true};
    change(operation, mop, event);
    builder.add(operation);
    builder.add_fault(event);
    return builder.build().digest();
  };
  std::vector<std::uint64_t> digests = {
      digest([](Operation&, Mop&, FaultEvent&) {}),
      digest([](Operation& op, Mop&, FaultEvent&) { op.process = 1; }),
      digest([](Operation& op, Mop&, FaultEvent&) { op.completed = 7; }),
      digest([](Operation& op, Mop&, FaultEvent&) { op.due = 4; }),
      digest([](Operation& op, Mop&, FaultEvent&) { op.error = "x"; }),
      digest([](Operation&, Mop& mop, FaultEvent&) { mop.argument = 3; }),
      digest([](Operation&, Mop& mop, FaultEvent&) { mop.fn = Fn::read; }),
      digest([](Operation&, Mop&, FaultEvent& event) { event.verified = false; }),
      digest([](Operation&, Mop&, FaultEvent& event) {
        event.evidence = {{"pid", 1}};
      }),
  };
  std::sort(digests.begin(), digests.end());
  EXPECT_EQ(std::adjacent_find(digests.begin(), digests.end()), digests.end());
}

TEST(History, PairsFaultWindows) {
  HistoryBuilder builder;
  FaultEvent start{.time = 12,
                   .began = 10,
                   .stage = FaultEvent::Stage::start,
                   .fault = "pause",
                   .window = 1,
                   .nodes = {2},
                   .verified = true};
  FaultEvent other = start;
  other.window = 2;
  other.began = 11;
  FaultEvent stop = start;
  stop.stage = FaultEvent::Stage::stop;
  stop.time = 20;
  builder.add_fault(start);
  builder.add_fault(other);
  builder.add_fault(stop);
  const auto windows = builder.build().fault_windows();
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_EQ(windows[0].begin, 10);
  EXPECT_EQ(windows[0].end, 20);
  EXPECT_TRUE(windows[0].healed);
  EXPECT_EQ(windows[1].end, kNever);
  EXPECT_FALSE(windows[1].healed);
}

TEST(History, ManyDistinctErrorsAreBounded) {
  HistoryBuilder builder;
  const Mop mop{};
  for (int i = 0; i < 70'000; ++i) {
    Operation operation = write_operation(0, i, kNever, mop);
    const std::string error = "error " + std::to_string(i);
    operation.error = error;
    builder.add(operation);
  }
  const History history = builder.build();
  EXPECT_EQ(history.at(1).error, "error 1");
  EXPECT_FALSE(history.at(69'999).error.empty());
}

}  // namespace
}  // namespace assay
