// Fault "kill": SIGKILL to the database on some nodes, started again at the end of the window. What the
// operating system had not yet written to disk survives (see fault "power" for the opposite).
//
// Verified by the process being gone; healed when each runs again as a new incarnation.
#include "harness/core/fault.h"

namespace assay::nemesis {

namespace {

class Kill final : public Fault {
 public:
  explicit Kill(Selector selector) : selector_(selector) {}

  Injection inject(Target& target, Rng& rng) override {
    for (const NodeId node : choose_nodes(target, rng, selector_)) {
      if (target.processes()->state(node) == Processes::State::dead) continue;
      before_.push_back({node, target.processes()->incarnation(node)});
      target.processes()->kill(node);
    }
    Injection injection;
    for (const auto& [node, incarnation] : before_) injection.nodes.push_back(node);
    injection.value = {{"signal", Value::text("KILL")}};
    return injection;
  }

  Evidence verify(Target& target) override {
    Evidence evidence{.proved = !before_.empty(), .facts = {}};
    for (const auto& [node, incarnation] : before_) {
      const bool dead = target.processes()->state(node) == Processes::State::dead;
      evidence.proved = evidence.proved && dead;
      evidence.facts.push_back({target.node_names()[node], Value::text(dead ? "dead" : "still there")});
    }
    return evidence;
  }

  Evidence heal(Target& target) override {
    Evidence evidence{.proved = true, .facts = {}};
    for (const auto& [node, incarnation] : before_) {
      target.processes()->start(node);
      const std::int64_t now = target.processes()->incarnation(node);
      const bool restarted =
          target.processes()->state(node) == Processes::State::running && now != incarnation;
      evidence.proved = evidence.proved && restarted;
      evidence.facts.push_back({target.node_names()[node] + "_was", incarnation});
      evidence.facts.push_back({target.node_names()[node] + "_is", now});
    }
    return evidence;
  }

 private:
  struct Before {
    NodeId node;
    std::int64_t incarnation;
  };
  Selector selector_;
  std::vector<Before> before_;
};

}  // namespace

extern const FaultPlugin kill_plugin;
const FaultPlugin kill_plugin = {
    "kill",
    "SIGKILL to the database on some nodes, restarted at the end; proved by the process being gone and "
    "coming back",
    "process",
    "one, minority, majority, leader, all",
    [](Target& target) -> std::optional<std::string> {
      if (target.processes() == nullptr) return "its processes can't be reached";
      return std::nullopt;
    },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      const auto selector = selector_variant(variant);
      return selector ? std::make_unique<Kill>(*selector) : nullptr;
    },
};

}  // namespace assay::nemesis
