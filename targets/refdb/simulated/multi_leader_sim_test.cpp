// Mode multi-leader in the simulated world under every fault: whatever happens, nodes that were healed come to show the same,
// and counters have every acknowledged increment.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "harness/core/plan.h"
#include "targets/refdb/simulated/make_simulated.h"
#include "targets/refdb/simulated/sim_target.h"

namespace assay::refdb {
namespace {

constexpr int kNodes = 4;
constexpr Key kCounter = 1, kSet = 2;

std::unique_ptr<SimTarget> make_target(std::uint64_t seed, const char* topology) {
  Plan plan;
  plan.mode = "multi-leader";
  plan.seed = seed;
  plan.nodes = kNodes;
  plan.options = {{"resolver", Value::text("crdt")}, {"topology", Value::text(topology)}};
  return std::unique_ptr<SimTarget>(static_cast<SimTarget*>(make_simulated(plan).release()));
}

// A client that adds one to the counter, again and again, at its node.
class Adder {
 public:
  Adder(SimTarget& target, NodeId node, Rng rng)
      : target_(target), node_(node), rng_(rng), client_(target.connect(node, 1000 * node)) {}

  void step() {
    if (busy_ || target_.world().now() < due_) return;
    busy_ = true;
    ++asked;
    const bool set = rng_.chance(1, 2);
    const Mop mop = set ? Mop{Fn::add, kSet, Value::text(std::to_string(node_ * 100'000 + asked)), {}}
                        : Mop{Fn::add, kCounter, Value(1), {}};
    if (!set) ++increments_asked;
    client_->invoke({mop}, kSecond, [this, set](const Completion& completion) {
      busy_ = false;
      due_ = target_.world().now() + rng_.exponential(20 * kMillisecond);
      if (completion.outcome == Outcome::ok) ++(set ? elements_done : increments_done);
      if (completion.outcome == Outcome::info) client_ = target_.connect(node_, 1000 * node_ + ++connects_);
    });
  }

  std::int64_t asked = 0, increments_asked = 0, increments_done = 0, elements_done = 0;

 private:
  SimTarget& target_;
  NodeId node_;
  Rng rng_;
  std::unique_ptr<Client> client_;
  ProcessId connects_ = 0;
  bool busy_ = false;
  Nanos due_ = 0;
};

std::optional<Value> read(SimTarget& target, NodeId node, Key key) {
  const std::unique_ptr<Client> client = target.connect(node, 1'000'000 + node);
  std::optional<Completion> answer;
  client->invoke({Mop{Fn::read, key, {}, {}}}, kSecond,
                 [&](Completion completion) { answer = std::move(completion); });
  for (int i = 0; i < 300 && !answer; ++i) target.world().wait(target.world().now() + 10 * kMillisecond);
  if (!answer || answer->outcome != Outcome::ok) return std::nullopt;
  return answer->mops.at(0).result;
}

std::function<void()> random_fault(SimTarget& target, Rng& rng) {
  const auto node = static_cast<NodeId>(rng.below(kNodes));
  switch (rng.below(5)) {
    case 0: {
      std::vector<Link> links;
      for (NodeId other = 0; other < kNodes; ++other) {
        if (other != node) links.insert(links.end(), {{node, other}, {other, node}});
      }
      target.network()->cut(links);
      return [&target] { target.network()->heal(); };
    }
    case 1:
      target.processes()->kill(node);
      return [&target, node] { target.processes()->start(node); };
    case 2:
      target.processes()->pause(node);
      return [&target, node] { target.processes()->resume(node); };
    case 3:
      target.clocks()->set_offset(node, rng.between(-5, 5) * kSecond);
      return [&target, node] { target.clocks()->set_offset(node, 0); };
    default:
      target.disks()->power_loss(node);
      return [&target, node] { target.processes()->start(node); };
  }
}

std::uint64_t run_with_faults(std::uint64_t seed, const char* topology) {
  const std::unique_ptr<SimTarget> target = make_target(seed, topology);
  target->start();
  Rng rng(seed + 1);
  std::vector<std::unique_ptr<Adder>> adders;
  for (NodeId node = 0; node < kNodes; ++node) {
    adders.push_back(
        std::make_unique<Adder>(*target, node, rng.fork("adder", static_cast<std::uint64_t>(node))));
  }
  const auto run = [&](Nanos duration) {
    const Nanos end = target->world().now() + duration;
    while (target->world().now() < end) {
      for (const auto& adder : adders) adder->step();
      target->world().wait(target->world().now() + 5 * kMillisecond);
    }
  };
  for (int i = 0; i < 10; ++i) {
    const auto heal = random_fault(*target, rng);
    run(rng.between(300, 800) * kMillisecond);
    heal();
    run(rng.between(100, 500) * kMillisecond);
  }
  std::int64_t least = 0, most = 0, elements = 0;
  for (const auto& adder : adders) {
    least += adder->increments_done;
    most += adder->increments_asked;
    elements += adder->elements_done;
    EXPECT_GT(adder->increments_done, 10) << "seed " << seed;
  }
  adders.clear();
  target->world().run_for(10 * kSecond);
  const std::optional<Value> count = read(*target, 0, kCounter), set = read(*target, 0, kSet);
  EXPECT_TRUE(count && set) << "seed " << seed;
  if (!count || !set) return 0;
  EXPECT_GE(count->as_integer(), least) << "seed " << seed;
  EXPECT_LE(count->as_integer(), most) << "seed " << seed;
  EXPECT_GE(static_cast<std::int64_t>(set->as_list().size()), elements) << "seed " << seed;
  for (NodeId node = 1; node < kNodes; ++node) {
    EXPECT_EQ(read(*target, node, kCounter), count) << topology << " seed " << seed;
    EXPECT_EQ(read(*target, node, kSet), set) << topology << " seed " << seed;
  }
  return target->event_digest();
}

TEST(MultiLeaderSim, ConvergesAfterAllFaultsInEveryTopology) {
  for (const char* topology : {"all-to-all", "ring", "star"}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) run_with_faults(seed, topology);
  }
}

TEST(MultiLeaderSim, OneSeedGivesOneRun) {
  EXPECT_EQ(run_with_faults(7, "all-to-all"), run_with_faults(7, "all-to-all"));
  EXPECT_NE(run_with_faults(7, "ring"), run_with_faults(8, "ring"));
}

}  // namespace
}  // namespace assay::refdb
