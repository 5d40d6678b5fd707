// Fault "pause": SIGSTOP to the database on some nodes, SIGCONT at the end of the window. The node keeps its
// connections and its memory, and wakes up believing that no time has passed. "pause-freezer-leader": by the kernel's freezer of
// groups of processes, which sends no signal and which the process can't learn of.
//
// Verified by the state that the kernel reports for the process.
#include <algorithm>
#include <array>
#include <utility>

#include "harness/core/fault.h"

namespace assay::nemesis {

namespace {

class Pause final : public Fault {
 public:
  Pause(bool freezer, NodeChoice choice) : freezer_(freezer), choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override {
    if (freezer_) {
      if (auto reason = target.processes()->lack(ProcessMeans::freeze)) return reason;
    }
    return refuse_choice(target, choice_);
  }

  Injection inject(Target& target, Rng& rng) override {
    for (const NodeId node : choose_nodes(target, rng, choice_)) {
      if (target.processes()->state(node) != Processes::State::running) continue;
      paused_.push_back(node);
      if (freezer_) {
        target.processes()->freeze(node);
      } else {
        target.processes()->pause(node);
      }
    }
    return {paused_, {{freezer_ ? "by" : "signal", Value::text(freezer_ ? "freezer" : "STOP")}}};
  }

  Evidence verify(Target& target) override {
    Evidence evidence = all_in(target, Processes::State::paused, "paused", "runs");
    evidence.proved = evidence.proved && !paused_.empty();
    return evidence;
  }

  Evidence heal(Target& target) override {
    for (const NodeId node : paused_) {
      if (freezer_) {
        target.processes()->thaw(node);
      } else {
        target.processes()->resume(node);
      }
    }
    return all_in(target, Processes::State::running, "running", "not running");
  }

 private:
  Evidence all_in(Target& target, Processes::State wanted, const char* yes, const char* no) const {
    Evidence evidence{.proved = true, .facts = {}};
    for (const NodeId node : paused_) {
      const bool as_wanted = target.processes()->state(node) == wanted;
      evidence.proved = evidence.proved && as_wanted;
      evidence.facts.push_back({target.node_names()[node], Value::text(as_wanted ? yes : no)});
    }
    return evidence;
  }

  bool freezer_;
  NodeChoice choice_;
  std::vector<NodeId> paused_;
};

constexpr std::array<std::string_view, 5> kPauseRotation = {"leader", "minority", "majority", "one", "all"};

}  // namespace

extern const FaultPlugin pause_plugin;
const FaultPlugin pause_plugin = {
    "pause",
    "SIGSTOP to the database on some nodes, SIGCONT at the end, or the kernel's freezer; proved by the state "
    "of the process",
    "process",
    "one, minority, majority, leader, follower, followers, all, 2 (so many), n1+n3 (these), role:NAME; each "
    "also after "
    "freezer-: freezer-leader",
    kPauseRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.processes() == nullptr) return "its processes can't be reached";
      return std::nullopt;
    },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      const bool freezer = variant == "freezer" || variant.starts_with("freezer-");
      if (freezer) variant.remove_prefix(std::min<std::size_t>(variant.size(), 8));
      const auto choice = node_choice(variant);
      return choice ? std::make_unique<Pause>(freezer, *choice) : nullptr;
    },
    true,
};

}  // namespace assay::nemesis
