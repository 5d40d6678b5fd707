// Fault "restart": other ways to end and to come back than a kill (fault "kill") has.
//   graceful     SIGTERM, and a start at the end of the window, as in maintenance
//   loop:500ms   the database dies again and again, so far apart, and is started at once each time, as a supervisor does; the first
//                time at once
//   rolling      one node after the other ends in good order and is started at once; the next one follows when it serves again. All
//                nodes, unless others are chosen, at the beginning of the window
//   hang         it is killed and started, and stops in its first moments until the end of the window: a start that takes long
//
// Verified by the process: that it ended by itself, how often it died, or that it is a new one that does nothing, or serves. Healed when it
// runs as a new incarnation.
#include <array>
#include <string>
#include <utility>

#include "harness/core/units.h"
#include "nemesis/orders.h"
#include "nemesis/variant.h"

namespace assay::nemesis {

namespace {

constexpr Nanos kPatience = 5 * kSecond;
constexpr Nanos kLoopUnlessSaid = 500 * kMillisecond;
constexpr std::array<std::string_view, 4> kRestartKinds = {"graceful", "rolling", "loop", "hang"};

class Restart final : public Fault {
 public:
  Restart(std::string_view kind, Nanos period, NodeChoice choice)
      : kind_(kind), period_(period), choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override {
    std::optional<std::string> lacking;
    if (kind_ == "rolling" && target.administration() == nullptr)
      return "its nodes don't tell when they serve again";
    if (kind_ == "graceful" || kind_ == "rolling")
      lacking = target.processes()->lack(ProcessMeans::terminate);
    if (kind_ == "loop") lacking = target.processes()->lack(ProcessMeans::crash_loop);
    return lacking ? lacking : refuse_choice(target, choice_);
  }

  Injection inject(Target& target, Rng& rng) override {
    Processes& processes = *target.processes();
    Injection injection;
    for (const NodeId node : choose_nodes(target, rng, choice_)) {
      if (processes.state(node) != Processes::State::running) continue;
      restarted_.push_back({node, processes.incarnation(node)});
      injection.nodes.push_back(node);
      if (kind_ == "graceful") {
        by_themselves_ = processes.terminate(node, kPatience) && by_themselves_;
      } else if (kind_ == "rolling") {
        by_themselves_ = restart_in_good_order(target, node, {}) && by_themselves_;
      } else if (kind_ == "loop") {
        processes.crash_loop(node, period_);
      } else {
        processes.kill(node);
        processes.start(node);
        processes.pause(node);
      }
    }
    injection.value = {{"kind", Value::text(kind_)}};
    if (kind_ == "loop") injection.value.push_back({"period_ns", period_});
    return injection;
  }

  Evidence verify(Target& target) override {
    Processes& processes = *target.processes();
    Evidence evidence{.proved = !restarted_.empty(), .facts = {}};
    if (kind_ == "graceful") {
      evidence.proved = evidence.proved && by_themselves_;
      evidence.facts.push_back({"ended-by-themselves", Value::boolean(by_themselves_)});
    }
    if (kind_ == "rolling") {
      evidence.proved = evidence.proved && by_themselves_;
      evidence.facts.push_back({"ended-by-themselves-and-served-again", Value::boolean(by_themselves_)});
    }
    for (const Restarted& one : restarted_) {
      const Processes::State state = processes.state(one.node);
      const bool another = processes.incarnation(one.node) != one.incarnation;
      bool good = kind_ == "graceful" ? state == Processes::State::dead : another;
      if (kind_ == "hang") good = good && state == Processes::State::paused;
      if (kind_ == "loop") {
        const std::int64_t crashes = processes.crashes(one.node);
        good = good && crashes > 0;
        evidence.facts.push_back({name_of(target, one.node) + "_crashes", crashes});
      }
      evidence.proved = evidence.proved && good;
      evidence.facts.push_back(
          {name_of(target, one.node), Value::text(good ? "as wanted" : "not as wanted")});
    }
    return evidence;
  }

  Evidence heal(Target& target) override {
    Processes& processes = *target.processes();
    Evidence evidence{.proved = true, .facts = {}};
    for (const Restarted& one : restarted_) {
      if (kind_ == "loop")
        evidence.facts.push_back({name_of(target, one.node) + "_crashes", processes.crashes(one.node)});
      processes.resume(one.node);
      processes.start(one.node);
      const bool runs = processes.state(one.node) == Processes::State::running;
      evidence.proved = evidence.proved && runs && processes.incarnation(one.node) != one.incarnation;
      evidence.facts.push_back({name_of(target, one.node) + "_is", processes.incarnation(one.node)});
    }
    return evidence;
  }

 private:
  struct Restarted {
    NodeId node;
    std::int64_t incarnation;
  };

  static std::string name_of(Target& target, NodeId node) {
    return target.node_names()[static_cast<std::size_t>(node)];
  }

  std::string kind_;
  Nanos period_;
  NodeChoice choice_;
  std::vector<Restarted> restarted_;
  bool by_themselves_ = true;
};

constexpr std::array<std::string_view, 6> kRestartRotation = {
    "graceful-leader", "loop", "hang-leader", "graceful-all", "loop-minority", "hang"};

std::unique_ptr<Fault> make_restart(std::string_view variant) {
  const auto parts = read_variant(variant.empty() ? kRestartRotation.front() : variant, kRestartKinds);
  if (!parts) return nullptr;
  std::optional<Nanos> period = kLoopUnlessSaid;
  if (!parts->amount.empty()) period = parts->kind == "loop" ? parse_duration(parts->amount) : std::nullopt;
  if (!period || *period < 10 * kMillisecond) return nullptr;
  const NodeChoice nodes = variant == "rolling" ? NodeChoice{.selector = Selector::all} : parts->nodes;
  return std::make_unique<Restart>(parts->kind, *period, nodes);
}

}  // namespace

extern const FaultPlugin restart_plugin;
const FaultPlugin restart_plugin = {
    "restart",
    "the database on some nodes ends in good order, is restarted on one node after the other, dies again and "
    "again, or hangs while it starts; proved by what becomes of its process",
    "process",
    "graceful, rolling, loop, loop:200ms, hang; each also of chosen nodes: graceful-leader, "
    "rolling-followers, loop-minority:1s, hang-n1+n3",
    kRestartRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.processes() == nullptr) return "its processes can't be reached";
      return std::nullopt;
    },
    make_restart,
    true,
};

}  // namespace assay::nemesis
