// Fault "pause": SIGSTOP to the database on some nodes, SIGCONT at the end of the window. The node keeps its
// connections and its memory, and wakes up believing that no time has passed.
//
// Verified by the state that the kernel reports for the process.
#include <array>
#include <utility>

#include "harness/core/fault.h"

namespace assay::nemesis {

namespace {

class Pause final : public Fault {
 public:
  explicit Pause(NodeChoice choice) : choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override { return refuse_choice(target, choice_); }

  Injection inject(Target& target, Rng& rng) override {
    for (const NodeId node : choose_nodes(target, rng, choice_)) {
      if (target.processes()->state(node) != Processes::State::running) continue;
      paused_.push_back(node);
      target.processes()->pause(node);
    }
    return {paused_, {{"signal", Value::text("STOP")}}};
  }

  Evidence verify(Target& target) override {
    Evidence evidence = all_in(target, Processes::State::paused, "paused", "runs");
    evidence.proved = evidence.proved && !paused_.empty();
    return evidence;
  }

  Evidence heal(Target& target) override {
    for (const NodeId node : paused_) target.processes()->resume(node);
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

  NodeChoice choice_;
  std::vector<NodeId> paused_;
};

constexpr std::array<std::string_view, 5> kPauseRotation = {"leader", "minority", "majority", "one", "all"};

}  // namespace

extern const FaultPlugin pause_plugin;
const FaultPlugin pause_plugin = {
    "pause",
    "SIGSTOP to the database on some nodes, SIGCONT at the end; proved by the state of the process",
    "process",
    "one, minority, majority, leader, follower, followers, all, 2 (so many), n1+n3 (these), role:NAME",
    kPauseRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.processes() == nullptr) return "its processes can't be reached";
      return std::nullopt;
    },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      const auto choice = node_choice(variant);
      return choice ? std::make_unique<Pause>(*choice) : nullptr;
    },
    true,
};

}  // namespace assay::nemesis
