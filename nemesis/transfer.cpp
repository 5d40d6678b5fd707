// Fault "transfer": the node that leads is asked to hand over to another one, as an operator does before maintenance, and gets the
// leadership back at the end of the window.
//
// Verified by the nodes: most of them name the other one as their leader, and it says so itself. Healed when they name the first
// again, or, when that does not run any more, anybody.
#include <array>
#include <utility>

#include "harness/core/fault.h"
#include "nemesis/orders.h"

namespace assay::nemesis {

namespace {

constexpr Nanos kTransferPatience = 3 * kSecond;

class Transfer final : public Fault {
 public:
  explicit Transfer(NodeChoice choice) : choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override { return refuse_choice(target, choice_); }

  Injection inject(Target& target, Rng& rng) override {
    const NodeViews before = target.administration()->views();
    from_ = leader_by_most(before);
    std::vector<NodeId> chosen = choose_nodes(target, rng, choice_);
    if (from_) {
      term_ = before[static_cast<std::size_t>(*from_)].term;
      std::erase(chosen, *from_);
    }
    Injection injection;
    // Nobody is hurt in a way that a budget counts.
    injection.counted = std::vector<NodeId>();
    if (chosen.empty() || !from_) return injection;
    to_ = chosen[rng.below(chosen.size())];
    hand_to(target, *to_);
    injection.nodes = {*from_, *to_};
    std::sort(injection.nodes.begin(), injection.nodes.end());
    injection.value = {{"from", Value::text(name_of_node(target, *from_))},
                       {"to", Value::text(name_of_node(target, *to_))}};
    return injection;
  }

  Evidence verify(Target& target) override {
    Evidence evidence;
    if (!to_) return evidence;
    const NodeViews views = target.administration()->views();
    const std::int64_t term = views[static_cast<std::size_t>(*to_)].term;
    evidence.proved = leader_by_most(views) == to_ && term > term_;
    evidence.facts = {{"term_before", term_}, {"term_after", term}};
    add_names(target, views, evidence.facts);
    return evidence;
  }

  Evidence heal(Target& target) override {
    Evidence evidence{.proved = true, .facts = {}};
    if (!to_) return evidence;
    const bool can_lead =
        target.processes() == nullptr || target.processes()->state(*from_) == Processes::State::running;
    const NodeViews views = can_lead ? hand_to(target, *from_) : target.administration()->views();
    const std::optional<NodeId> leader = leader_by_most(views);
    evidence.proved = can_lead ? leader == from_ : leader.has_value();
    add_names(target, views, evidence.facts);
    return evidence;
  }

 private:
  NodeViews hand_to(Target& target, NodeId node) {
    Administration& administration = *target.administration();
    return order_until(
        administration, [&] { return administration.transfer(node); },
        [node](const NodeViews& views) { return leader_by_most(views) == node; }, kTransferPatience,
        refusal_);
  }

  // Whom each node names.
  void add_names(const Target& target, const NodeViews& views, Facts& facts) const {
    for (std::size_t node = 0; node < views.size(); ++node) {
      const std::optional<NodeId> leader = views[node].leader;
      const std::string named = !views[node].answered ? "no answer"
                                : leader              ? "names " + name_of_node(target, *leader)
                                                      : "names nobody";
      facts.push_back({name_of_node(target, static_cast<NodeId>(node)), Value::text(named)});
    }
    if (!refusal_.empty()) facts.push_back({"last refusal", Value::text(refusal_)});
  }

  NodeChoice choice_;
  std::optional<NodeId> from_, to_;
  std::int64_t term_ = 0;
  std::string refusal_;
};

constexpr std::array<std::string_view, 1> kTransferRotation = {"follower"};

}  // namespace

extern const FaultPlugin transfer_plugin;
const FaultPlugin transfer_plugin = {
    "transfer",
    "the leader hands over to another node, and that back to it at the end; proved by whom the nodes name as "
    "leader",
    "leadership",
    "follower, one of followers, n3 (to this one), n1+n3 (to one of these), role:NAME",
    kTransferRotation,
    [](Target& target) { return lacks_means(target, AdminMeans::transfer); },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      auto choice = node_choice(variant.empty() ? kTransferRotation.front() : variant);
      if (!choice || choice->selector == Selector::leader) return nullptr;
      return std::make_unique<Transfer>(std::move(*choice));
    },
};

}  // namespace assay::nemesis
