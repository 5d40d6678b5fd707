// The workloads "echo", "unique-ids" and "kafka" and their judges against stores that behave well and badly, one operation at a
// time.
#include <gtest/gtest.h>

#include <functional>

#include "workloads/testing/model.h"

namespace assay::workloads {
namespace {

using testing::verdicts;
using Said = std::map<std::string, std::string>;
// Fills in what was read; false: it failed.
using StoreUnderTest = std::function<bool(ProcessId, Request&)>;

History driven(Workload& workload, const StoreUnderTest& store, int operations, int processes = 3) {
  HistoryBuilder builder;
  Rng rng(7);
  Nanos now = 0;
  const auto ask = [&](ProcessId process, Phase phase) {
    auto request = workload.next(process, phase, rng);
    if (!request) return false;
    Operation op;
    op.process = process;
    op.node = static_cast<NodeId>(process);
    op.due = op.invoked = now += kMillisecond;
    op.mops = *request;
    const OpId id = builder.add(op);
    op.outcome = store(process, *request) ? Outcome::ok : Outcome::fail;
    op.completed = now += kMillisecond;
    op.mops = *request;
    builder.complete(id, op.outcome, op.completed, op.mops, "");
    workload.observe(op);
    return true;
  };
  for (int i = 0; i < operations; ++i) ask(static_cast<ProcessId>(i % processes), Phase::main);
  FaultEvent mark;
  mark.fault = "phase";
  mark.time = mark.began = ++now;
  mark.value = {{"name", Value::text("final-reads")}};
  builder.add_fault(std::move(mark));
  for (bool any = true; any;) {
    any = false;
    for (int process = 0; process < processes; ++process)
      any = ask(static_cast<ProcessId>(process), Phase::final_reads) || any;
  }
  return builder.build();
}

TEST(EchoWorkload, WhatComesBackIsWhatWasSent) {
  const auto judge = [](int spoiled) {
    const auto workload = testing::make("echo", {});
    int asked = 0;
    const History history = driven(
        *workload,
        [&](ProcessId, Request& request) {
          request[1].result = ++asked == spoiled ? Value::text("ohce") : request[0].argument;
          return true;
        },
        50);
    return verdicts(*workload, history);
  };
  EXPECT_EQ(judge(0), (Said{{"rw-register", "valid"}}));
  EXPECT_EQ(judge(20)["rw-register"].substr(0, 7), "invalid");
}

TEST(UniqueIdsWorkload, NoIdIsGivenTwice) {
  const auto judge = [](std::int64_t most) {
    const auto workload = testing::make("unique-ids", {});
    std::int64_t last = 0;
    const History history = driven(
        *workload,
        [&](ProcessId, Request& request) {
          request[0].result = Value(++last % most);
          return true;
        },
        100);
    return verdicts(*workload, history);
  };
  EXPECT_EQ(judge(1000), (Said{{"unique-ids", "valid"}}));
  EXPECT_EQ(judge(70), (Said{{"unique-ids", "invalid: duplicate-id"}}));
}

// Logs with the offsets of consumers and what they committed.
struct Logs {
  std::int64_t lose_one_in = 0;
  std::int64_t skip_one_in = 0;  // a consumer passes over an element
  std::map<Key, std::map<std::int64_t, Value>> logs;
  std::map<std::pair<ProcessId, Key>, std::int64_t> positions;
  std::map<Key, std::int64_t> committed;
  std::int64_t count = 0;

  bool serve(ProcessId process, Request& request) {
    for (Mop& mop : request) {
      auto& log = logs[mop.key];
      if (mop.fn == Fn::send) {
        const std::int64_t offset = log.empty() ? 0 : log.rbegin()->first + 1;
        log[offset] = mop.argument;
        mop.result = Value(offset);
        // It is gone, but its offset is not given again.
        if (lose_one_in > 0 && ++count % lose_one_in == 0) log[offset] = Value();
        continue;
      }
      const auto at = positions.try_emplace({process, mop.key}, committed[mop.key]).first;
      if (mop.argument.is_integer()) at->second = mop.argument == Value(0) ? 0 : committed[mop.key];
      std::vector<Value> polled;
      for (auto each = log.lower_bound(at->second); each != log.end() && polled.size() < 4; ++each) {
        at->second = each->first + 1;
        const bool skipped = skip_one_in > 0 && ++count % skip_one_in == 0;
        if (!each->second.is_nil() && !skipped) polled.push_back(Value::pair(each->first, each->second));
      }
      committed[mop.key] = std::max(committed[mop.key], at->second);
      mop.result = Value::list(std::move(polled));
    }
    return true;
  }
};

Said judged_logs(Logs logs) {
  const auto workload = testing::make("kafka", {});
  const History history = driven(
      *workload, [&](ProcessId process, Request& request) { return logs.serve(process, request); }, 400);
  return verdicts(*workload, history);
}

TEST(KafkaWorkload, LogsLoseNothingAndNobodySkips) {
  EXPECT_EQ(judged_logs({}), (Said{{"kafka", "valid"}}));
  EXPECT_NE(judged_logs({.lose_one_in = 30})["kafka"].find("lost-write"), std::string::npos);
  EXPECT_NE(judged_logs({.skip_one_in = 40})["kafka"].find("poll-skip"), std::string::npos);
}

// A store whose watches leave out every n-th change.
TEST(WatchWorkload, NoChangeIsLeftOut) {
  const auto judge = [](std::int64_t leaves_out) {
    const auto workload = testing::make("watch", {});
    std::map<Key, std::vector<Value>> changes;
    std::map<std::pair<ProcessId, Key>, std::size_t> stands;
    std::int64_t revision = 0, told = 0;
    const History history = driven(
        *workload,
        [&](ProcessId process, Request& request) {
          Mop& mop = request[0];
          if (mop.fn == Fn::write) {
            changes[mop.key].push_back(Value::pair(++revision, mop.argument));
            return true;
          }
          std::size_t& stand = stands[{process, mop.key}];
          const auto& all = changes[mop.key];
          if (mop.argument.is_integer()) {
            stand = 0;
            while (stand < all.size() && all[stand].first() < mop.argument) ++stand;
          }
          std::vector<Value> events;
          for (; stand < all.size(); ++stand) {
            if (++told % leaves_out != 0) events.push_back(all[stand]);
          }
          mop.result = Value::list(std::move(events));
          return true;
        },
        300);
    return verdicts(*workload, history);
  };
  EXPECT_EQ(judge(1'000'000), (Said{{"watch", "valid"}}));
  EXPECT_EQ(judge(40)["watch"].substr(0, 7), "invalid");
}

}  // namespace
}  // namespace assay::workloads
