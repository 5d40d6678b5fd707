// See sessions.h: additions to data types that merge.
#include <gtest/gtest.h>

#include <optional>

#include "targets/refdb/simulated/testing/sessions.h"

namespace assay::refdb {

namespace {

constexpr Key kCounter = 1, kSet = 2;

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

// What the node itself has.
std::optional<Value> own_value(SimTarget& target, NodeId node, Key key) {
  const std::unique_ptr<Client> client = target.connect(node, 1'000'000 + node);
  client->stay_on_node();
  std::optional<Completion> answer;
  client->invoke({Mop{Fn::read, key, {}, {}}}, kSecond,
                 [&](Completion completion) { answer = std::move(completion); });
  for (int i = 0; i < 300 && !answer; ++i) target.world().wait(target.world().now() + 10 * kMillisecond);
  if (!answer || answer->outcome != Outcome::ok) return std::nullopt;
  return answer->mops.at(0).result;
}

}  // namespace

std::uint64_t add_under_faults(std::unique_ptr<SimTarget> target, std::uint64_t seed) {
  const auto nodes = static_cast<NodeId>(target->node_names().size());
  target->start();
  Rng rng(seed + 1);
  std::vector<std::unique_ptr<Adder>> adders;
  for (NodeId node = 0; node < nodes; ++node) {
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
  const std::optional<Value> count = own_value(*target, 0, kCounter), set = own_value(*target, 0, kSet);
  EXPECT_TRUE(count && set) << "seed " << seed;
  if (!count || !set) return 0;
  EXPECT_GE(count->as_integer(), least) << "seed " << seed;
  EXPECT_LE(count->as_integer(), most) << "seed " << seed;
  EXPECT_GE(static_cast<std::int64_t>(set->as_list().size()), elements) << "seed " << seed;
  for (NodeId node = 1; node < nodes; ++node) {
    EXPECT_EQ(own_value(*target, node, kCounter), count) << "node " << node << " seed " << seed;
    EXPECT_EQ(own_value(*target, node, kSet), set) << "node " << node << " seed " << seed;
  }
  return target->event_digest();
}

}  // namespace assay::refdb
