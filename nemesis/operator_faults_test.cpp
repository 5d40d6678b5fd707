// What faults that act as an operator choose, prove and heal, against a database that only keeps books.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "nemesis/registry.h"
#include "nemesis/testing/fault_named.h"
#include "nemesis/testing/numbered_nodes.h"

namespace assay::nemesis {
namespace {

using testing::fault_named;
using testing::NumberedNodes;

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Five nodes that do what they are told, unless a test says otherwise; the third leads first.
class Operated final : public NumberedNodes, private Administration, private Processes, private Disks {
 public:
  Operated() : NumberedNodes(5, 2) {}
  std::optional<NodeId> leader() override { return leads; }
  Processes* processes() override { return this; }
  Disks* disks() override { return has_disks ? this : nullptr; }
  Administration* administration() override { return is_operated ? this : nullptr; }

  bool is_operated = true;
  bool has_disks = true;
  bool obeys = true;      // false: orders are taken, and nothing comes of them
  bool ends_well = true;  // false: whoever is asked to end has to be killed
  bool only_leader_knows = false;
  NodeId leads = 2;
  std::int64_t term = 1;
  std::set<NodeId> members = {0, 1, 2, 3, 4};
  std::map<NodeId, bool> newer;
  std::set<NodeId> dead, wiped;
  std::vector<std::string> log;

 private:
  std::optional<std::string> lack(AdminMeans) override { return std::nullopt; }
  NodeViews views() override {
    NodeViews views(5);
    for (NodeId node = 0; node < 5; ++node) {
      NodeView& view = views[static_cast<std::size_t>(node)];
      view.answered = !dead.contains(node);
      view.leader = leads;
      view.term = term;
      view.members = {members.begin(), members.end()};
      if (only_leader_knows && node != leads) view.members = {0, 1, 2, 3, 4};
      view.version = runs_newer_[node] ? "2" : "1";
    }
    return views;
  }
  NodeViews await(const std::function<bool(const NodeViews&)>&, Nanos) override { return views(); }
  std::string transfer(NodeId to) override {
    if (!obeys) return "not now";
    leads = to;
    ++term;
    return {};
  }
  std::string set_member(NodeId node, bool member) override {
    log.push_back((member ? "add " : "remove ") + node_names()[static_cast<std::size_t>(node)]);
    if (!obeys) return "not now";
    member ? void(members.insert(node)) : void(members.erase(node));
    if (node == leads && !member) leads = *members.begin();
    return {};
  }
  std::string set_build(NodeId node, bool to_newer) override {
    log.push_back((to_newer ? "newer " : "older ") + node_names()[static_cast<std::size_t>(node)]);
    newer[node] = to_newer;
    return to_newer ? "2" : "1";
  }
  void kill(NodeId node) override { dead.insert(node); }
  using NumberedNodes::start;
  void start(NodeId node) override {
    if (dead.erase(node) == 0) return;
    ++lives_[node];
    runs_newer_[node] = obeys && newer[node];
    log.push_back("start " + node_names()[static_cast<std::size_t>(node)]);
  }
  void pause(NodeId) override {}
  void resume(NodeId) override {}
  State state(NodeId node) override { return dead.contains(node) ? State::dead : State::running; }
  std::int64_t incarnation(NodeId node) override { return dead.contains(node) ? 0 : 1 + lives_[node]; }
  std::optional<std::string> lack(ProcessMeans) override { return std::nullopt; }
  bool terminate(NodeId node, Nanos) override {
    log.push_back("end " + node_names()[static_cast<std::size_t>(node)]);
    return kill(node), ends_well;
  }
  Evidence power_loss(NodeId node) override { return kill(node), Evidence{true, {}}; }
  Evidence wipe(NodeId node) override {
    kill(node);
    wiped.insert(node);
    log.push_back("wipe " + node_names()[static_cast<std::size_t>(node)]);
    return {true, {}};
  }

  std::map<NodeId, std::int64_t> lives_;
  std::map<NodeId, bool> runs_newer_;
};

struct Window {
  std::vector<NodeId> nodes;
  bool proved = false;
  bool healed = false;
};

Window window(Operated& target, std::string_view name, std::string_view variant,
              const std::function<void()>& meanwhile = {}) {
  const auto fault = fault_named(name, variant);
  EXPECT_NE(fault, nullptr) << name << " " << variant;
  EXPECT_EQ(fault->refusal(target), std::nullopt);
  Rng rng(1);
  Window result;
  result.nodes = fault->inject(target, rng).nodes;
  result.proved = fault->verify(target).proved;
  if (meanwhile) meanwhile();
  fault->heal(target);
  result.healed = fault->heal(target).proved;
  return result;
}

TEST(OperatorFaults, ATransferIsProvedByWhomTheNodesName) {
  Operated target;
  const Window given = window(target, "transfer", "n5", [&] { EXPECT_EQ(target.leads, 4); });
  EXPECT_THAT(given.nodes, ElementsAre(2, 4));
  EXPECT_TRUE(given.proved);
  EXPECT_TRUE(given.healed);
  EXPECT_EQ(target.leads, 2) << "the leadership was given back";
  EXPECT_EQ(target.term, 3);
  EXPECT_THAT(window(target, "transfer", "n3").nodes, IsEmpty()) << "it leads already";
  target.obeys = false;
  EXPECT_FALSE(window(target, "transfer", "n5").proved);
  EXPECT_EQ(fault_named("transfer", "leader"), nullptr);
}

TEST(OperatorFaults, ATransferFromANodeThatDiedSinceIsHealedByAnybody) {
  Operated target;
  EXPECT_TRUE(window(target, "transfer", "n5", [&] { target.processes()->kill(2); }).healed);
  EXPECT_EQ(target.leads, 4);
}

TEST(OperatorFaults, MembersAreRemovedOneAfterTheOtherAndAddedAgain) {
  Operated target;
  const Window removed = window(target, "membership", "remove-n4+n5",
                                [&] { EXPECT_THAT(target.members, ElementsAre(0, 1, 2)); });
  EXPECT_THAT(removed.nodes, ElementsAre(3, 4));
  EXPECT_TRUE(removed.proved);
  EXPECT_TRUE(removed.healed);
  EXPECT_THAT(target.members, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(target.log,
              ElementsAre("remove n4", "remove n5", "add n1", "add n2", "add n3", "add n4", "add n5"));
  EXPECT_THAT(target.wiped, IsEmpty());
}

TEST(OperatorFaults, AMembershipThatOnlyTheLeaderTellsIsNotProved) {
  Operated target;
  target.only_leader_knows = true;
  EXPECT_FALSE(window(target, "membership", "remove-n4").proved);
  Operated idle;
  idle.obeys = false;
  EXPECT_FALSE(window(idle, "membership", "remove-n4").proved);
  // Whoever was left out by an earlier window is taken back.
  Operated smaller;
  smaller.members = {0, 1, 2, 3};
  EXPECT_TRUE(window(smaller, "membership", "remove-n1").healed);
  EXPECT_THAT(smaller.members, ElementsAre(0, 1, 2, 3, 4));
}

TEST(OperatorFaults, AReplacedNodeIsRemovedBeforeItLosesItsData) {
  Operated target;
  const Window replaced =
      window(target, "membership", "replace-n4", [&] { EXPECT_THAT(target.dead, ElementsAre(3)); });
  EXPECT_TRUE(replaced.proved);
  EXPECT_TRUE(replaced.healed);
  const auto all_added = [&](std::vector<std::string> first) {
    for (const char* node : {"n1", "n2", "n3", "n4", "n5"}) first.push_back(std::string("add ") + node);
    return first;
  };
  EXPECT_EQ(target.log, all_added({"remove n4", "wipe n4", "start n4"}));
  target.log.clear();
  EXPECT_TRUE(window(target, "membership", "add-n2", [&] {
                EXPECT_THAT(target.members, ElementsAre(0, 1, 2, 3, 4));
              }).proved);
  EXPECT_EQ(target.log, all_added({"remove n2", "wipe n2", "start n2"}));
  target.obeys = false;
  target.wiped.clear();
  EXPECT_FALSE(window(target, "membership", "replace-n4").proved);
  EXPECT_THAT(target.wiped, IsEmpty()) << "a member does not lose its data";
  target.has_disks = false;
  EXPECT_EQ(fault_named("membership", "replace")->refusal(target), "its disks can't be reached");
  EXPECT_EQ(fault_named("membership", "remove")->refusal(target), std::nullopt);
}

TEST(OperatorFaults, AnUpgradeIsProvedByTheVersionsThatAreTold) {
  Operated target;
  const Window mixed = window(target, "upgrade", "mixed-n1+n2");
  EXPECT_TRUE(mixed.proved);
  EXPECT_TRUE(mixed.healed);
  EXPECT_THAT(target.log, ElementsAre("end n1", "newer n1", "start n1", "end n2", "newer n2", "start n2",
                                      "end n1", "older n1", "start n1", "end n2", "older n2", "start n2"));
  EXPECT_THAT(window(target, "upgrade", "rolling").nodes, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(window(target, "upgrade", "mixed").nodes.size(), 2u);
  target.obeys = false;
  EXPECT_FALSE(window(target, "upgrade", "rolling").proved);
}

TEST(OperatorFaults, ARollingRestartTakesOneNodeAfterTheOther) {
  Operated target;
  const Window rolled = window(target, "restart", "rolling");
  EXPECT_TRUE(rolled.proved);
  EXPECT_TRUE(rolled.healed);
  EXPECT_THAT(target.log, ElementsAre("end n1", "start n1", "end n2", "start n2", "end n3", "start n3",
                                      "end n4", "start n4", "end n5", "start n5"));
  EXPECT_THAT(window(target, "restart", "rolling-followers").nodes, ElementsAre(0, 1, 3, 4));
  target.ends_well = false;
  EXPECT_FALSE(window(target, "restart", "rolling-n1").proved);
  target.is_operated = false;
  EXPECT_EQ(fault_named("restart", "rolling")->refusal(target), "its nodes don't tell when they serve again");
}

TEST(OperatorFaults, RefuseWhatIsNoVariantAndNoOperator) {
  for (const char* variant : {"remove-", "remove:3", "shrink", "replace-x"})
    EXPECT_EQ(fault_named("membership", variant), nullptr) << variant;
  for (const char* variant : {"mixed:2", "half", "rolling-"})
    EXPECT_EQ(fault_named("upgrade", variant), nullptr) << variant;
  Operated target;
  target.is_operated = false;
  for (const FaultPlugin* plugin : all_plugins()) {
    if (plugin->name == "transfer" || plugin->name == "membership" || plugin->name == "upgrade") {
      EXPECT_EQ(plugin->unavailable(target), "it takes no orders of an operator");
    }
  }
}

}  // namespace
}  // namespace assay::nemesis
