// Fault "wipe": some nodes lose their process and all their data, and start again with nothing at the end of the window, as
// when a machine is replaced by a new one of the same name.
//
// Verified by the process being gone and its data folder being empty; healed when each node runs again as a new incarnation.
#include <array>
#include <utility>

#include "harness/core/fault.h"

namespace assay::nemesis {

namespace {

class Wipe final : public Fault {
 public:
  explicit Wipe(NodeChoice choice) : choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override { return refuse_choice(target, choice_); }

  Injection inject(Target& target, Rng& rng) override {
    Injection injection;
    injection.nodes = choose_nodes(target, rng, choice_);
    for (const NodeId node : injection.nodes) {
      wiped_.push_back({node, target.processes()->incarnation(node)});
      const Evidence lost = target.disks()->wipe(node);
      empty_ = empty_ && lost.proved;
      for (const Fact& fact : lost.facts)
        lost_.push_back({target.node_names()[node] + "_" + fact.name, fact.value});
    }
    return injection;
  }

  Evidence verify(Target& target) override {
    Evidence evidence{.proved = !wiped_.empty() && empty_, .facts = lost_};
    for (const Wiped& wiped : wiped_) {
      const bool dead = target.processes()->state(wiped.node) == Processes::State::dead;
      evidence.proved = evidence.proved && dead;
      evidence.facts.push_back({target.node_names()[wiped.node], Value::text(dead ? "dead" : "still there")});
    }
    return evidence;
  }

  Evidence heal(Target& target) override {
    Evidence evidence{.proved = true, .facts = {}};
    for (const Wiped& wiped : wiped_) {
      target.processes()->start(wiped.node);
      const std::int64_t now = target.processes()->incarnation(wiped.node);
      const bool runs = target.processes()->state(wiped.node) == Processes::State::running;
      evidence.proved = evidence.proved && runs && now != wiped.incarnation;
      evidence.facts.push_back({target.node_names()[wiped.node] + "_is", now});
    }
    return evidence;
  }

 private:
  struct Wiped {
    NodeId node;
    std::int64_t incarnation;
  };

  NodeChoice choice_;
  std::vector<Wiped> wiped_;
  bool empty_ = true;
  Facts lost_;
};

constexpr std::array<std::string_view, 3> kWipeRotation = {"follower", "leader", "one"};

}  // namespace

extern const FaultPlugin wipe_plugin;
const FaultPlugin wipe_plugin = {
    "wipe",
    "some nodes lose their process and all their data, and start again with nothing; proved by an empty data "
    "folder",
    "process",
    "one, minority, majority, leader, follower, followers, all, 2 (so many), n1+n3 (these), role:NAME",
    kWipeRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.disks() == nullptr || target.processes() == nullptr) return "its disks can't be reached";
      return std::nullopt;
    },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      const auto choice = node_choice(variant);
      return choice ? std::make_unique<Wipe>(*choice) : nullptr;
    },
    true,
};

}  // namespace assay::nemesis
