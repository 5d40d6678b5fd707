// Fault "kill": the database on some nodes dies and is started again at the end of the window. Two ways to die:
//   signal  SIGKILL; what the operating system had not yet written to disk survives;
//   power   a power failure; every write that was not fsynced is lost (where the target's disks can do that);
//   torn    a power failure in the middle of a write, of which a part is on the disk. Only where it is asked for.
// Without a choice, one of the two is drawn. A target without such disks gets SIGKILL.
//
// Verified by the process being gone (and, after a power failure, by what was really lost: see Disks::power_loss());
// healed when each node runs again as a new incarnation.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "harness/core/fault.h"

namespace assay::nemesis {

namespace {

enum class Death : std::uint8_t { any, signal, power, torn };

class Kill final : public Fault {
 public:
  Kill(Death death, NodeChoice choice) : death_(death), choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override {
    if (death_ == Death::power && !can_lose_power(target)) return "its disks can't lose power";
    if (death_ == Death::torn && (!can_lose_power(target) || !target.disks()->can_tear()))
      return "its disks can't tear a write";
    return refuse_choice(target, choice_);
  }

  Injection inject(Target& target, Rng& rng) override {
    const bool power =
        death_ == Death::power || death_ == Death::torn || (death_ == Death::any && rng.chance(1, 2));
    by_power_ = power && can_lose_power(target);
    for (const NodeId node : choose_nodes(target, rng, choice_)) {
      if (target.processes()->state(node) == Processes::State::dead) continue;
      killed_.push_back({node, target.processes()->incarnation(node)});
    }
    Injection injection;
    for (const Killed& killed : killed_) injection.nodes.push_back(killed.node);
    if (by_power_) {
      for (const NodeId node : injection.nodes) cut_power(target, node);
    } else {
      target.processes()->kill_together(injection.nodes);
    }
    injection.value = {{"death", Value::text(by_power_ ? "power failure" : "SIGKILL")}};
    if (death_ == Death::torn) injection.value.push_back({"torn", Value::boolean(true)});
    return injection;
  }

  Evidence verify(Target& target) override {
    Evidence evidence{.proved = !killed_.empty() && loss_proved_, .facts = lost_};
    for (const Killed& killed : killed_) {
      const bool dead = target.processes()->state(killed.node) == Processes::State::dead;
      evidence.proved = evidence.proved && dead;
      evidence.facts.push_back(
          {target.node_names()[killed.node], Value::text(dead ? "dead" : "still there")});
    }
    return evidence;
  }

  Evidence heal(Target& target) override {
    Evidence evidence{.proved = true, .facts = {}};
    for (const Killed& killed : killed_) {
      target.processes()->start(killed.node);
      const std::int64_t now = target.processes()->incarnation(killed.node);
      const bool runs = target.processes()->state(killed.node) == Processes::State::running;
      evidence.proved = evidence.proved && runs && now != killed.incarnation;
      evidence.facts.push_back({target.node_names()[killed.node] + "_was", killed.incarnation});
      evidence.facts.push_back({target.node_names()[killed.node] + "_is", now});
    }
    return evidence;
  }

 private:
  struct Killed {
    NodeId node;
    std::int64_t incarnation;
  };

  static bool can_lose_power(Target& target) {
    return target.disks() != nullptr && target.disks()->can_lose_power();
  }

  void cut_power(Target& target, NodeId node) {
    Disks& disks = *target.disks();
    const Evidence lost = death_ == Death::torn ? disks.torn_power_loss(node) : disks.power_loss(node);
    loss_proved_ = loss_proved_ && lost.proved;
    for (const Fact& fact : lost.facts)
      lost_.push_back({target.node_names()[node] + "_" + fact.name, fact.value});
  }

  Death death_;
  NodeChoice choice_;
  bool by_power_ = false;
  std::vector<Killed> killed_;
  bool loss_proved_ = true;
  Facts lost_;
};

constexpr std::array<std::string_view, 9> kKillRotation = {
    "power-all",       "signal-leader",  "power-all",  "power-minority", "power-leader",
    "signal-majority", "power-majority", "signal-one", "signal-all"};

// "power-leader", "signal", "all" ...
std::unique_ptr<Fault> make_kill(std::string_view variant) {
  Death death = Death::any;
  for (const auto& [name, meant] : {std::pair<std::string_view, Death>{"signal", Death::signal},
                                    {"power", Death::power},
                                    {"torn", Death::torn}}) {
    if (!variant.starts_with(name)) continue;
    death = meant;
    variant.remove_prefix(name.size());
    if (variant.starts_with("-")) variant.remove_prefix(1);
  }
  const auto choice = node_choice(variant);
  return choice ? std::make_unique<Kill>(death, *choice) : nullptr;
}

}  // namespace

extern const FaultPlugin kill_plugin;
const FaultPlugin kill_plugin = {
    "kill",
    "the database dies on some nodes, by SIGKILL or by a power failure that loses what was not fsynced, and "
    "is "
    "restarted at the end; proved by the process being gone, the loss by marker files",
    "process",
    "one, minority, majority, leader, follower, followers, all, 2 (so many), n1+n3 (these), role:NAME; each "
    "also after signal-, power- or torn- (in the middle of a write): power-leader",
    kKillRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.processes() == nullptr) return "its processes can't be reached";
      return std::nullopt;
    },
    make_kill,
    true,
};

}  // namespace assay::nemesis
