// Target "instant": registers in this program's memory that answer at once. What a run against it costs is the harness's
// own cost (bench/loop_bench.cpp), and a run that shows an anomaly here has found a fault of the harness.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/option_reader.h"
#include "harness/core/target_plugin.h"
#include "harness/run/real_world.h"

namespace assay::targets {

namespace {

using Registers = std::map<Key, Value>;

Completion apply(Registers& registers, Request request) {
  Registers changed;
  const auto current = [&](Key key) -> Value {
    if (const auto found = changed.find(key); found != changed.end()) return found->second;
    const auto found = registers.find(key);
    return found == registers.end() ? Value() : found->second;
  };
  for (Mop& mop : request) {
    switch (mop.fn) {
      case Fn::read:
        mop.result = current(mop.key);
        break;
      case Fn::write:
        changed[mop.key] = mop.argument;
        break;
      case Fn::cas:
        if (current(mop.key) != mop.argument.first())
          return {Outcome::fail, {}, "expectation unmet", kNoNode};
        changed[mop.key] = mop.argument.second();
        break;
      default:
        return {Outcome::fail, {}, "not supported: " + std::string(fn_name(mop.fn)), kNoNode};
    }
  }
  for (auto& [key, value] : changed) registers[key] = std::move(value);
  return {Outcome::ok, std::move(request), {}, kNoNode};
}

class InstantClient final : public Client {
 public:
  InstantClient(World& world, Registers& registers, Nanos work)
      : world_(world), registers_(registers), work_(work), alive_(std::make_shared<bool>(true)) {}
  ~InstantClient() override { *alive_ = false; }

  void invoke(const Request& request, Nanos, Reply reply) override {
    // Processor time, as a server would take it: operations wait for one another.
    for (const Nanos end = world_.now() + work_; work_ > 0 && world_.now() < end;) {
    }
    world_.post(
        [alive = alive_, completion = apply(registers_, request), reply = std::move(reply)]() mutable {
          if (*alive) reply(std::move(completion));
        });
  }

 private:
  World& world_;
  Registers& registers_;
  const Nanos work_;
  std::shared_ptr<bool> alive_;
};

class InstantTarget final : public Target {
 public:
  InstantTarget(int nodes, Facts options) : options_(std::move(options)) {
    OptionReader read("--option", "target instant", options_);
    work_ = read.duration("work", 0);
    read.done();
    for (int i = 1; i <= nodes; ++i) names_.push_back("n" + std::to_string(i));
  }

  World& world() override { return world_; }
  const std::vector<std::string>& node_names() const override { return names_; }
  TargetDescription describe() const override {
    return {"instant", "memory", "1", "linearizable", "in process", {}, options_};
  }
  void start() override {}
  void stop() override {}
  void collect_logs(const std::string&) override {}
  std::unique_ptr<Client> connect(NodeId, ProcessId) override {
    return std::make_unique<InstantClient>(world_, registers_, work_);
  }

 private:
  const Facts options_;
  Nanos work_ = 0;  // of each operation
  RealWorld world_;
  Registers registers_;
  std::vector<std::string> names_;
};

}  // namespace

extern const TargetPlugin instant_plugin;
const TargetPlugin instant_plugin = {
    "instant",
    "registers in memory that answer at once: measures the harness itself",
    [] {
      return std::vector<ModeInfo>{
          {"memory",
           "registers in this program's memory",
           "linearizable",
           "",
           {{"work", "0s", "a duration", "processor time that each operation takes"}},
           {}}};
    },
    true,
    [](const Plan& plan, const std::string&) -> std::unique_ptr<Target> {
      if (!plan.bugs.empty())
        throw InputError("--bug " + plan.bugs.front() + ": target instant has no seeded bugs");
      return std::make_unique<InstantTarget>(plan.nodes, plan.options);
    },
};

}  // namespace assay::targets
