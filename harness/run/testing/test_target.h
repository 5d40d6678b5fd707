// A target with virtual time whose answers take as long as a test says, so that the loop's rules can be checked exactly.
//
// Thread safety: none needed; for tests.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "harness/run/loop.h"
#include "harness/run/recorders.h"

namespace assay::testing {

class TestWorld final : public World {
 public:
  Nanos now() const override { return now_; }
  void post(Task task) override { at(now_, std::move(task)); }
  void at(Nanos time, Task task) { events_.push({time, sequence_++, std::move(task)}); }
  void wait(Nanos deadline) override {
    if (!events_.empty() && events_.top().time <= deadline) {
      Event event = events_.top();
      events_.pop();
      now_ = std::max(now_, event.time);
      event.task();
    } else {
      now_ = std::max(now_, deadline);
    }
  }
  void run_blocking(Task work, Task done) override {
    work();
    post(std::move(done));
  }
  bool simulated() const override { return true; }

 private:
  struct Event {
    Nanos time;
    std::uint64_t sequence;
    Task task;
    bool operator<(const Event& other) const {
      return std::tie(time, sequence) > std::tie(other.time, other.sequence);
    }
  };
  Nanos now_ = 77 * kSecond;
  std::uint64_t sequence_ = 0;
  std::priority_queue<Event> events_;
};

// Answers after a latency that the test chooses; kNever: not at all.
struct Service {
  std::function<Nanos(Nanos now)> latency = [](Nanos) { return kMillisecond; };
  std::function<Outcome(Nanos now)> outcome = [](Nanos) { return Outcome::ok; };
};

// Nodes that are there or not, as a test says.
class TestProcesses final : public Processes {
 public:
  void kill(NodeId node) override { dead.insert(node); }
  void start(NodeId node) override { dead.erase(node); }
  void pause(NodeId) override {}
  void resume(NodeId) override {}
  State state(NodeId node) override { return dead.contains(node) ? State::dead : State::running; }
  std::int64_t incarnation(NodeId node) override { return dead.contains(node) ? 0 : 1; }

  std::set<NodeId> dead;
};

class TestTarget final : public Target {
 public:
  explicit TestTarget(Service service) : service_(std::move(service)) {}
  World& world() override { return world_; }
  const std::vector<std::string>& node_names() const override { return names_; }
  TargetDescription describe() const override { return {}; }
  void start() override {}
  void stop() override { ++stopped; }
  std::optional<NodeId> leader() override { return leads ? leads(world_.now()) : std::nullopt; }
  std::optional<std::int64_t> log_lines_with(const std::string& text) override {
    return text == "boom" && booms ? std::optional(booms(world_.now())) : std::nullopt;
  }
  Facts counters() override {
    Facts counters = {{"elections", stopped == 0 ? 3 : 0}};
    if (snapshots) counters.push_back({"snapshots_sent", snapshots(world_.now())});
    return counters;
  }
  void collect_logs(const std::string&) override {}
  std::unique_ptr<Client> connect(NodeId node, ProcessId process) override {
    connections.push_back({node, process});
    return std::make_unique<TestClient>(*this);
  }

  Processes* processes() override { return &processes_; }
  std::string last_words(NodeId node) override { return "node " + std::to_string(node) + " has a bad file"; }
  void observe(Nanos at) override { observed.push_back(at); }
  std::vector<ReplicationSample> replication() override {
    std::vector<ReplicationSample> samples;
    for (const Nanos at : observed)
      samples.push_back({.at = at, .positions = {at, at / 2, -1}, .pending = {}});
    return samples;
  }
  std::vector<NodeResources> resources(Nanos now) override {
    NodeResources node;
    node.node = 1;
    node.samples.resize(1);
    node.samples[0].at = now / 2;
    node.samples[0].cpu_percent = 12;
    return {node};
  }

  TestWorld world_;
  TestProcesses processes_;
  std::vector<Nanos> observed;
  std::vector<std::pair<NodeId, ProcessId>> connections;
  int stopped = 0;
  int stayed = 0;  // clients that were asked to stay on their node
  Service service_;
  std::function<std::optional<NodeId>(Nanos now)> leads;
  std::function<std::int64_t(Nanos now)> snapshots;
  std::function<std::int64_t(Nanos now)> booms;  // lines with "boom" in the logs

 private:
  class TestClient final : public Client {
   public:
    explicit TestClient(TestTarget& target) : target_(target), alive_(std::make_shared<bool>(true)) {}
    ~TestClient() override { *alive_ = false; }
    void stay_on_node() override { ++target_.stayed; }
    void invoke(const Request& request, Nanos, Reply reply) override {
      TestWorld& world = target_.world_;
      const Nanos latency = target_.service_.latency(world.now());
      if (latency == kNever) return;
      world.at(world.now() + latency, [this, alive = alive_, request, reply] {
        if (*alive) reply({target_.service_.outcome(target_.world_.now()), request, "", kNoNode});
      });
    }

   private:
    TestTarget& target_;
    std::shared_ptr<bool> alive_;
  };

  std::vector<std::string> names_ = {"n1", "n2", "n3"};
};

class ReadWorkload final : public Workload {
 public:
  std::optional<Request> next(ProcessId, Phase phase, Rng&) override {
    if (phase == Phase::final_reads) {
      if (finals == 3) return std::nullopt;
      ++finals;
    }
    return Request{{Fn::read, 1, {}, {}}};
  }
  void observe(const Operation&) override { ++observed; }
  std::vector<CheckerSpec> checkers() const override { return {{"any", {}}}; }
  int observed = 0;
  int finals = 0;
};

inline Plan short_plan() {
  Plan plan;
  plan.nodes = 3;
  plan.concurrency = 4;
  plan.rate = 1000;
  plan.pace = Pace::constant;
  plan.warm_up = 0;
  plan.time_limit = 2 * kSecond;
  plan.operation_timeout = kSecond;
  return plan;
}

struct LoopRun {
  LoopOutcome outcome;
  History history;
};

inline LoopRun run_loop(const Plan& plan, TestTarget& target, Workload& workload, LoopHooks hooks = {}) {
  HistoryRecorder recorder(target.node_names());
  RunLoop loop(plan, target, workload, {}, recorder, std::move(hooks));
  LoopOutcome outcome = loop.run();
  return {std::move(outcome), recorder.build()};
}

}  // namespace assay::testing
