// Fault "power": a power failure on some nodes. The database dies and every write that it had not fsynced is
// lost; it is started again at the end of the window.
//
// Verified by what was really lost: see Disks::power_loss().
#include "harness/core/fault.h"

namespace assay::nemesis {

namespace {

class PowerLoss final : public Fault {
 public:
  explicit PowerLoss(Selector selector) : selector_(selector) {}

  Injection inject(Target& target, Rng& rng) override {
    for (const NodeId node : choose_nodes(target, rng, selector_)) {
      if (target.processes()->state(node) == Processes::State::dead) continue;
      off_.push_back(node);
      const Evidence lost = target.disks()->power_loss(node);
      lost_.proved = lost_.proved && lost.proved;
      for (const Fact& fact : lost.facts)
        lost_.facts.push_back({target.node_names()[node] + "_" + fact.name, fact.value});
    }
    return {off_, {}};
  }

  Evidence verify(Target& target) override {
    Evidence evidence = lost_;
    evidence.proved = evidence.proved && !off_.empty();
    for (const NodeId node : off_) {
      evidence.proved = evidence.proved && target.processes()->state(node) == Processes::State::dead;
    }
    return evidence;
  }

  Evidence heal(Target& target) override {
    Evidence evidence{.proved = true, .facts = {}};
    for (const NodeId node : off_) {
      target.processes()->start(node);
      const bool runs = target.processes()->state(node) == Processes::State::running;
      evidence.proved = evidence.proved && runs;
      evidence.facts.push_back({target.node_names()[node], Value::text(runs ? "running" : "not running")});
    }
    return evidence;
  }

 private:
  Selector selector_;
  std::vector<NodeId> off_;
  Evidence lost_{.proved = true, .facts = {}};
};

}  // namespace

extern const FaultPlugin power_plugin;
const FaultPlugin power_plugin = {
    "power",
    "power failure: the database dies and loses every write that was not fsynced; proved by marker files",
    "process",
    "one, minority, majority, leader, all",
    [](Target& target) -> std::optional<std::string> {
      if (target.disks() == nullptr || target.processes() == nullptr) return "its disks can't lose power";
      return std::nullopt;
    },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      const auto selector = selector_variant(variant);
      return selector ? std::make_unique<PowerLoss>(*selector) : nullptr;
    },
};

}  // namespace assay::nemesis
