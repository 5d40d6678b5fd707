#include "harness/run/block_session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace assay {
namespace {

// A store with a clock of its own that answers every request after a millisecond.
class SlowStore final : public Target, public World {
 public:
  World& world() override { return *this; }
  const std::vector<std::string>& node_names() const override { return names_; }
  TargetDescription describe() const override { return {"slow", "memory", "1", "linearizable", "", {}, {}}; }
  void start() override { ++starts; }
  void stop() override { ++stops; }
  void collect_logs(const std::string&) override {}
  std::unique_ptr<Client> connect(NodeId node, ProcessId process) override {
    EXPECT_EQ(process % 3, node);
    EXPECT_TRUE(processes.insert(process).second) << "process " << process << " connected twice";
    return std::make_unique<StoreClient>(*this);
  }

  Nanos now() const override { return now_; }
  void post(Task task) override { queue_.emplace(now_, std::move(task)); }
  void wait(Nanos deadline) override {
    if (queue_.empty() || queue_.begin()->first > deadline) {
      now_ = std::max(now_, deadline);
      return;
    }
    auto first = queue_.extract(queue_.begin());
    now_ = std::max(now_, first.key());
    first.mapped()();
  }
  void run_blocking(Task work, Task done) override {
    work();
    post(std::move(done));
  }
  bool simulated() const override { return true; }
  void idle(Nanos time) { now_ += time; }

  std::set<ProcessId> processes;
  int starts = 0, stops = 0;

 private:
  class StoreClient final : public Client {
   public:
    explicit StoreClient(SlowStore& store) : store_(store) {}
    void invoke(const Request& request, Nanos, Reply reply) override {
      store_.queue_.emplace(store_.now_ + kMillisecond, [&store = store_, request, reply = std::move(reply)] {
        Request answer = request;
        for (Mop& mop : answer) {
          if (mop.fn == Fn::write) store.values_[mop.key] = mop.argument;
          if (mop.fn == Fn::read) mop.result = store.values_[mop.key];
        }
        reply({Outcome::ok, answer, {}, kNoNode});
      });
    }

   private:
    SlowStore& store_;
  };

  std::vector<std::string> names_ = {"n1", "n2", "n3"};
  std::multimap<Nanos, Task> queue_;
  std::map<Key, Value> values_;
  Nanos now_ = 12345;
};

class Counting final : public Workload {
 public:
  std::optional<Request> next(ProcessId, Phase phase, Rng&) override {
    if (phase == Phase::final_reads && ++final_reads > 4) return std::nullopt;
    Mop mop;
    mop.fn = phase == Phase::final_reads ? Fn::read : Fn::write;
    mop.argument = phase == Phase::final_reads ? Value() : Value(++written);
    return Request{mop};
  }
  void observe(const Operation& operation) override { processes.insert(operation.process); }
  std::vector<CheckerSpec> checkers() const override { return {}; }
  std::int64_t written = 0;
  int final_reads = 0;
  std::set<ProcessId> processes;
};

struct BlockSessionTest : testing::Test {
  BlockSessionTest() {
    plan.concurrency = 4;
    plan.pace = Pace::closed_loop;
  }
  Plan plan;
  SlowStore store;
  Counting workload;
  RunInputs inputs{.plan = plan, .target = store, .workload = workload};
};

TEST_F(BlockSessionTest, BlocksAreOneHistory) {
  BlockSession session(inputs);
  session.start();
  for (int i = 0; i < 3; ++i) {
    store.idle(kSecond);
    const BlockFigures figures = session.run_block(
        {.seed = 1, .settle = 10 * kMillisecond, .length = 100 * kMillisecond, .last = i == 2});
    EXPECT_NEAR(static_cast<double>(figures.ok_in_time), 400, 8);
    EXPECT_NEAR(static_cast<double>(figures.operations), 400, 8);
    EXPECT_NEAR(static_cast<double>(figures.length), 100 * kMillisecond, kMillisecond);
    for (const Nanos time : figures.response) EXPECT_NEAR(static_cast<double>(time), kMillisecond, 10'000);
  }
  EXPECT_EQ(store.processes, workload.processes);
  EXPECT_EQ(store.processes.size(), 12u) << "four in each block";
  const RunResult result = session.finish();
  EXPECT_EQ(store.starts, 1);
  EXPECT_EQ(store.stops, 1);
  EXPECT_TRUE(result.recovered);
  std::int64_t writes = 0, reads = 0;
  Nanos before = 0;
  for (const Operation op : result.history.operations()) {
    EXPECT_EQ(op.outcome, Outcome::ok);
    EXPECT_GT(op.invoked, before);
    before = op.invoked;
    (op.mops[0].fn == Fn::write ? writes : reads) += 1;
  }
  EXPECT_EQ(writes, workload.written);
  EXPECT_EQ(reads, 4) << "final reads, once";
  EXPECT_GT(before, 2 * kSecond) << "pauses are in the history's time";
  ASSERT_EQ(result.history.fault_events().size(), 4u) << "one mark for each phase";
}

TEST_F(BlockSessionTest, AnOpenLoopCountsFromWhenOperationsWereDue) {
  // Four processes manage 4,000 operations a second; 5,000 are wanted.
  plan.pace = Pace::constant;
  plan.rate = 5000;
  BlockSession session(inputs);
  session.start();
  const BlockFigures figures = session.run_block({.seed = 1, .settle = 0, .length = 100 * kMillisecond});
  EXPECT_NEAR(static_cast<double>(figures.ok_in_time), 400, 8);
  EXPECT_GT(*std::max_element(figures.response.begin(), figures.response.end()), 15 * kMillisecond);
  EXPECT_GT(figures.late, 300);
}

}  // namespace
}  // namespace assay
