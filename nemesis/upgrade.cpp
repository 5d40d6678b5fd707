// Fault "upgrade": nodes are restarted in good order, one after the other, and come back with a newer build of the database; at the
// end of the window they get the build again that they had.
//   rolling   all nodes
//   mixed     some of them: the others stay what they are while the window lasts
//
// Verified by the version that each process tells; healed when all tell the one that they told before.
#include <array>
#include <utility>

#include "nemesis/orders.h"
#include "nemesis/variant.h"

namespace assay::nemesis {

namespace {

constexpr std::array<std::string_view, 2> kUpgradeKinds = {"rolling", "mixed"};

class Upgrade final : public Fault {
 public:
  Upgrade(std::string_view kind, NodeChoice choice) : kind_(kind), choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override {
    if (const auto lacking = target.processes()->lack(ProcessMeans::terminate)) return lacking;
    return refuse_choice(target, choice_);
  }

  Injection inject(Target& target, Rng& rng) override {
    const NodeViews before = target.administration()->views();
    Injection injection;
    for (const NodeId node : choose_nodes(target, rng, choice_)) {
      const NodeView& view = before[static_cast<std::size_t>(node)];
      if (!view.answered || target.processes()->state(node) != Processes::State::running) continue;
      upgraded_.push_back({node, view.version, {}});
      injection.nodes.push_back(node);
    }
    for (Upgraded& one : upgraded_) {
      went_well_ =
          restart_in_good_order(target, one.node,
                                [&] { one.newer = target.administration()->set_build(one.node, true); }) &&
          went_well_;
    }
    injection.value = {{"kind", Value::text(kind_)}};
    return injection;
  }

  Evidence verify(Target& target) override {
    Evidence evidence = versions(target, [](const Upgraded& one) { return one.newer; });
    for (const Upgraded& one : upgraded_) evidence.proved = evidence.proved && one.newer != one.older;
    evidence.proved = evidence.proved && went_well_ && !upgraded_.empty();
    return evidence;
  }

  Evidence heal(Target& target) override {
    const NodeViews views = target.administration()->views();
    for (const Upgraded& one : upgraded_) {
      if (views[static_cast<std::size_t>(one.node)].version == one.older) continue;
      restart_in_good_order(target, one.node, [&] { target.administration()->set_build(one.node, false); });
    }
    return versions(target, [](const Upgraded& one) { return one.older; });
  }

 private:
  struct Upgraded {
    NodeId node;
    std::string older, newer;
  };

  // What every node tells; proved: the changed ones what is wanted.
  Evidence versions(Target& target, const std::function<std::string(const Upgraded&)>& wanted) const {
    const NodeViews views = target.administration()->views();
    Evidence evidence{.proved = true, .facts = {}};
    for (const Upgraded& one : upgraded_) {
      const NodeView& view = views[static_cast<std::size_t>(one.node)];
      evidence.proved = evidence.proved && view.answered && view.version == wanted(one);
    }
    for (std::size_t node = 0; node < views.size(); ++node) {
      evidence.facts.push_back({name_of_node(target, static_cast<NodeId>(node)),
                                Value::text(views[node].answered ? views[node].version : "no answer")});
    }
    return evidence;
  }

  std::string kind_;
  NodeChoice choice_;
  std::vector<Upgraded> upgraded_;
  bool went_well_ = true;
};

constexpr std::array<std::string_view, 4> kUpgradeRotation = {"mixed-minority", "rolling", "mixed-leader",
                                                              "mixed-majority"};

std::unique_ptr<Fault> make_upgrade(std::string_view variant) {
  if (variant.empty()) variant = kUpgradeRotation.front();
  auto parts = read_variant(variant, kUpgradeKinds);
  if (!parts || !parts->amount.empty()) return nullptr;
  if (variant == "rolling") parts->nodes = {.selector = Selector::all};
  if (variant == "mixed") parts->nodes = {.selector = Selector::minority};
  return std::make_unique<Upgrade>(parts->kind, parts->nodes);
}

}  // namespace

extern const FaultPlugin upgrade_plugin;
const FaultPlugin upgrade_plugin = {
    "upgrade",
    "nodes are restarted one after the other with a newer build of the database, all or some of them, and "
    "with "
    "the older one at the end; proved by the version that each process tells",
    "process",
    "rolling, mixed; each also of chosen nodes: mixed-leader, mixed-majority, rolling-n1+n3",
    kUpgradeRotation,
    [](Target& target) -> std::optional<std::string> {
      if (target.processes() == nullptr) return "its processes can't be reached";
      return lacks_means(target, AdminMeans::builds);
    },
    make_upgrade,
};

}  // namespace assay::nemesis
