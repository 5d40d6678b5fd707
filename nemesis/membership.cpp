// Fault "membership": an operator changes who belongs to the database while it serves, one node after the other.
//   remove    nodes are removed, and go on running as what does not belong; added again at the end of the window
//   replace   nodes are removed, and lose their process and their data, as machines that are given up; at the end of the window they
//             start with nothing and are added, as new machines are
//   add       the same at once: at the beginning of the window they are replaced by nodes with nothing, which join under load
//
// Verified by the nodes: most of those that are left tell exactly the members that were wanted. Healed when all nodes are members
// again, as at the beginning.
#include <algorithm>
#include <array>
#include <utility>

#include "nemesis/orders.h"
#include "nemesis/variant.h"

namespace assay::nemesis {

namespace {

constexpr Nanos kRemovePatience = 3 * kSecond;
constexpr Nanos kAddPatience = 5 * kSecond;
constexpr std::array<std::string_view, 3> kMembershipKinds = {"remove", "replace", "add"};

class Membership final : public Fault {
 public:
  Membership(std::string_view kind, NodeChoice choice) : kind_(kind), choice_(std::move(choice)) {}

  std::optional<std::string> refusal(Target& target) const override {
    if (kind_ != "remove" && (target.disks() == nullptr || target.processes() == nullptr))
      return "its disks can't be reached";
    return refuse_choice(target, choice_);
  }

  Injection inject(Target& target, Rng& rng) override {
    const std::vector<NodeId> before = members_now(target.administration()->views());
    Injection injection;
    for (const NodeId node : choose_nodes(target, rng, choice_)) {
      const bool belongs = std::binary_search(before.begin(), before.end(), node);
      if (belongs && injection.nodes.size() + 1 < before.size()) injection.nodes.push_back(node);
    }
    chosen_ = injection.nodes;
    members_ = before;
    std::erase_if(members_, [&](NodeId node) { return is_chosen(node); });
    injection.value = {{"kind", Value::text(kind_)},
                       {"members", Value::text(names_of_nodes(target, members_))}};
    // An operator gives up a machine only once it does not belong any more.
    const bool removed = change(target, chosen_, false);
    if (kind_ != "remove" && removed) lose_chosen(target);
    if (kind_ == "add") bring_back_all(target);
    return injection;
  }

  Evidence verify(Target& target) override {
    Evidence evidence = told(target);
    evidence.proved = evidence.proved && !chosen_.empty() && lost_everything_;
    if (kind_ == "replace") {
      for (const NodeId node : chosen_)
        evidence.proved = evidence.proved && target.processes()->state(node) == Processes::State::dead;
    }
    return evidence;
  }

  // Also whoever an earlier window could not bring back.
  Evidence heal(Target& target) override {
    bring_back_all(target);
    return told(target);
  }

 private:
  bool is_chosen(NodeId node) const {
    return std::find(chosen_.begin(), chosen_.end(), node) != chosen_.end();
  }

  // Orders it for each of these nodes, one after the other, and again whatever was refused, until members_ are those that there
  // should be.
  bool change(Target& target, const std::vector<NodeId>& nodes, bool member) {
    Administration& administration = *target.administration();
    const Shows shows = [this](const NodeViews& views) { return are_members_by_most(views, members_); };
    const auto order = [&] {
      std::string refusal;
      for (const NodeId node : nodes) {
        if (std::string said = administration.set_member(node, member); !said.empty()) refusal = said;
      }
      return refusal;
    };
    const Nanos patience = member ? kAddPatience : kRemovePatience;
    return shows(order_until(administration, order, shows, patience, refusal_));
  }

  void lose_chosen(Target& target) {
    for (const NodeId node : chosen_)
      lost_everything_ = target.disks()->wipe(node).proved && lost_everything_;
    lost_ = chosen_;
  }

  void bring_back_all(Target& target) {
    for (const NodeId node : std::exchange(lost_, {})) target.processes()->start(node);
    members_.clear();
    for (std::size_t node = 0; node < target.node_names().size(); ++node)
      members_.push_back(static_cast<NodeId>(node));
    change(target, members_, true);
  }

  // What each node tells, and whether that is what is wanted.
  Evidence told(Target& target) const {
    const NodeViews views = target.administration()->views();
    Evidence evidence{.proved = are_members_by_most(views, members_), .facts = {}};
    for (std::size_t node = 0; node < views.size(); ++node) {
      const std::string text =
          views[node].answered ? "tells " + names_of_nodes(target, views[node].members) : "no answer";
      evidence.facts.push_back({name_of_node(target, static_cast<NodeId>(node)), Value::text(text)});
    }
    if (!evidence.proved && !refusal_.empty())
      evidence.facts.push_back({"last refusal", Value::text(refusal_)});
    return evidence;
  }

  std::string kind_;
  NodeChoice choice_;
  std::vector<NodeId> members_;  // wanted now
  std::vector<NodeId> chosen_;
  std::vector<NodeId> lost_;  // are dead and have nothing
  bool lost_everything_ = true;
  std::string refusal_;
};

constexpr std::array<std::string_view, 5> kMembershipRotation = {
    "remove-leader", "replace-follower", "remove-minority", "add-follower", "remove-follower"};

}  // namespace

extern const FaultPlugin membership_plugin;
const FaultPlugin membership_plugin = {
    "membership",
    "nodes are removed from the database and added again, as they are or replaced by empty ones; proved by "
    "whom the nodes tell as members",
    "membership",
    "remove, replace, add; each also of chosen nodes: remove-leader, replace-n1+n3, add-minority",
    kMembershipRotation,
    [](Target& target) { return lacks_means(target, AdminMeans::membership); },
    [](std::string_view variant) -> std::unique_ptr<Fault> {
      const auto parts =
          read_variant(variant.empty() ? kMembershipRotation.front() : variant, kMembershipKinds);
      if (!parts || !parts->amount.empty()) return nullptr;
      return std::make_unique<Membership>(parts->kind, parts->nodes);
    },
};

}  // namespace assay::nemesis
