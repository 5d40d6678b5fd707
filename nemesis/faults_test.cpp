// What each variant chooses, proves and heals, against a target that only keeps books.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "nemesis/registry.h"
#include "nemesis/testing/fault_named.h"
#include "nemesis/testing/numbered_nodes.h"

namespace assay::nemesis {
namespace {

using testing::NumberedNodes;
using testing::plugin_named;

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using State = Processes::State;

// Five nodes, the third of which leads and the fifth of which is a synchronous follower.
class Books final : public NumberedNodes, private Network, private Processes, private Clocks, private Disks {
 public:
  Books() : NumberedNodes(5, 2) {
    for (NodeId node = 0; node < 5; ++node) lives_[node] = 1;
  }
  std::vector<NodeId> nodes_in_role(const std::string& role) override {
    return role == "sync-follower" ? std::vector<NodeId>{4} : std::vector<NodeId>{};
  }
  Network* network() override { return this; }
  Processes* processes() override { return this; }
  Clocks* clocks() override { return this; }
  Disks* disks() override { return has_disks ? this : nullptr; }

  bool has_disks = true;
  bool can_lose = true;
  bool wipe_works = true;
  std::set<NodeId> wiped;
  std::map<NodeId, Nanos> offsets;
  std::set<Link> cuts;

 private:
  void cut(std::span<const Link> links) override { cuts.insert(links.begin(), links.end()); }
  void play(std::span<const TimedCut>, Nanos) override {}
  std::int64_t played() override { return 0; }
  void heal() override { cuts.clear(); }
  Evidence probe(std::span<const Link> links, bool expect_open) override {
    Evidence evidence{true, {}};
    for (const Link& link : links) evidence.proved = evidence.proved && expect_open != cuts.contains(link);
    return evidence;
  }
  void kill(NodeId node) override { states_[node] = State::dead; }
  using NumberedNodes::start;
  void start(NodeId node) override {
    if (states_[node] != State::dead) return;
    states_[node] = State::running;
    ++lives_[node];
  }
  void pause(NodeId node) override { states_[node] = State::paused; }
  void resume(NodeId node) override { states_[node] = State::running; }
  State state(NodeId node) override { return states_[node]; }
  std::int64_t incarnation(NodeId node) override { return states_[node] == State::dead ? 0 : lives_[node]; }
  void set_offset(NodeId node, Nanos offset) override { offsets[node] = offset; }
  Nanos measure_offset(NodeId node) override { return offsets[node]; }
  void strobe(NodeId, Nanos, Nanos) override {}
  std::string mechanism() const override { return "books"; }
  Nanos precision() const override { return kMillisecond; }
  bool can_lose_power() const override { return can_lose; }
  Evidence power_loss(NodeId node) override { return kill(node), Evidence{true, {}}; }
  Evidence wipe(NodeId node) override {
    kill(node);
    if (wipe_works) wiped.insert(node);
    return {wipe_works, {{"files-lost", 3}}};
  }

  std::map<NodeId, State> states_;
  std::map<NodeId, std::int64_t> lives_;
};

// Which nodes a variant hurts; proved and healed on the way.
std::vector<NodeId> hurt(std::string_view name, std::string_view variant, Books& books,
                         std::uint64_t seed = 1) {
  const auto fault = plugin_named(name).make(variant);
  EXPECT_NE(fault, nullptr) << name << " " << variant;
  if (fault == nullptr) return {};
  EXPECT_EQ(fault->refusal(books), std::nullopt);
  Rng rng(seed);
  const Injection injection = fault->inject(books, rng);
  EXPECT_EQ(fault->verify(books).proved, !injection.nodes.empty()) << name << " " << variant;
  EXPECT_TRUE(fault->heal(books).proved);
  EXPECT_TRUE(fault->heal(books).proved) << "healing twice does no harm";
  return injection.nodes;
}

std::vector<NodeId> hurt(std::string_view name, std::string_view variant) {
  Books books;
  return hurt(name, variant, books);
}

TEST(Faults, VariantsChooseNodes) {
  for (const char* name : {"kill", "pause", "wipe"}) {
    EXPECT_THAT(hurt(name, "leader"), ElementsAre(2)) << name;
    EXPECT_THAT(hurt(name, "followers"), ElementsAre(0, 1, 3, 4)) << name;
    EXPECT_THAT(hurt(name, "n4"), ElementsAre(3)) << name;
    EXPECT_THAT(hurt(name, "n5+n1"), ElementsAre(0, 4)) << name;
    EXPECT_THAT(hurt(name, "role:sync-follower"), ElementsAre(4)) << name;
    EXPECT_THAT(hurt(name, "role:hub"), IsEmpty()) << name;
    EXPECT_EQ(hurt(name, "3").size(), 3u) << name;
    EXPECT_EQ(hurt(name, "follower").size(), 1u) << name;
    EXPECT_NE(hurt(name, "follower").front(), 2) << name;
    EXPECT_THAT(hurt(name, "all"), ElementsAre(0, 1, 2, 3, 4)) << name;
  }
  EXPECT_THAT(hurt("kill", "power-leader"), ElementsAre(2));
  EXPECT_THAT(hurt("kill", "signal-n1+n2"), ElementsAre(0, 1));
}

TEST(Faults, AFollowerIsOneThatRuns) {
  Books books;
  for (const NodeId dead : {0, 1, 4}) books.processes()->kill(dead);
  EXPECT_THAT(hurt("pause", "follower", books), ElementsAre(3));
  EXPECT_THAT(hurt("pause", "followers", books), ElementsAre(3));
}

TEST(Faults, RandomChoicesFollowTheSeed) {
  std::set<std::vector<NodeId>> chosen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Books books;
    chosen.insert(hurt("kill", "2", books, seed));
  }
  EXPECT_EQ(chosen.size(), 10u) << "every pair has its turn";
}

TEST(Faults, RefuseWhatIsNoVariant) {
  for (const char* name : {"kill", "pause", "wipe"}) {
    for (const char* variant : {"n", "n1+", "n1+leader", "0", "-1", "2x", "role:", "leaders"}) {
      EXPECT_EQ(plugin_named(name).make(variant), nullptr) << name << " " << variant;
    }
  }
  for (const char* variant :
       {"skew", "skew:", "skew:0s", "skew:fast", "skew-:1s", "skew-x:1s", "skewer:1s"}) {
    EXPECT_EQ(plugin_named("clock").make(variant), nullptr) << variant;
  }
  for (const char* variant :
       {"groups:", "groups:n1/", "groups:leader", "groups:n1//n2", "nodes-", "nodes-x"}) {
    EXPECT_EQ(plugin_named("partition").make(variant), nullptr) << variant;
  }
}

TEST(Faults, RefuseNodesThatThereAreNot) {
  Books books;
  EXPECT_EQ(plugin_named("kill").make("n6")->refusal(books), "it has no node n6");
  EXPECT_EQ(plugin_named("pause").make("6")->refusal(books), "it has only 5 nodes");
  EXPECT_EQ(plugin_named("wipe").make("n1+n9")->refusal(books), "it has no node n9");
  EXPECT_EQ(plugin_named("clock").make("skew-n7:1s")->refusal(books), "it has no node n7");
  EXPECT_EQ(plugin_named("partition").make("groups:n1/n8")->refusal(books), "it has no node n8");
  books.can_lose = false;
  EXPECT_EQ(plugin_named("kill").make("power-leader")->refusal(books), "its disks can't lose power");
  EXPECT_EQ(plugin_named("wipe").unavailable(books), std::nullopt);
  EXPECT_EQ(plugin_named("disk").unavailable(books), "its disks can't be brought into trouble");
  books.has_disks = false;
  EXPECT_EQ(plugin_named("kill").make("power-leader")->refusal(books), "its disks can't lose power");
  EXPECT_EQ(plugin_named("kill").make("leader")->refusal(books), std::nullopt);
}

TEST(Faults, AWipeIsOnlyProvedByAnEmptyDisk) {
  Books books;
  hurt("wipe", "n2", books);
  EXPECT_THAT(books.wiped, ElementsAre(1));
  books.wipe_works = false;
  const auto fault = plugin_named("wipe").make("n1");
  Rng rng(1);
  fault->inject(books, rng);
  EXPECT_FALSE(fault->verify(books).proved);
}

TEST(Faults, AClockIsSkewedByWhatIsGiven) {
  for (const auto& [variant, node, offset] :
       std::vector<std::tuple<const char*, NodeId, Nanos>>{{"skew-leader:10s", 2, 10 * kSecond},
                                                           {"skew-n1:-500ms", 0, -500 * kMillisecond},
                                                           {"skew-n2:+1s", 1, kSecond}}) {
    Books books;
    const auto fault = plugin_named("clock").make(variant);
    ASSERT_NE(fault, nullptr) << variant;
    Rng rng(1);
    EXPECT_THAT(fault->inject(books, rng).nodes, ElementsAre(node));
    EXPECT_EQ(books.offsets[node], offset);
    EXPECT_TRUE(fault->verify(books).proved);
    books.offsets[node] = offset / 2;
    EXPECT_FALSE(fault->verify(books).proved);
    EXPECT_TRUE(fault->heal(books).proved);
    EXPECT_EQ(books.offsets[node], 0);
  }
  EXPECT_EQ(hurt("clock", "skew:1s").size(), 1u);
}

// Links between the nodes of one letter stay.
std::set<Link> links_cut(std::string_view variant, std::string* trouble = nullptr) {
  Books books;
  const auto fault = plugin_named("partition").make(variant);
  if (fault == nullptr) return {};
  Rng rng(1);
  fault->inject(books, rng);
  if (trouble != nullptr && !fault->verify(books).proved) *trouble = "not proved";
  return books.cuts;
}

std::set<Link> between(const std::vector<int>& group_of) {
  std::set<Link> links;
  for (NodeId from = 0; from < 5; ++from) {
    for (NodeId to = 0; to < 5; ++to) {
      if (group_of[static_cast<std::size_t>(from)] != group_of[static_cast<std::size_t>(to)])
        links.insert({from, to});
    }
  }
  return links;
}

TEST(Faults, PartitionsBetweenGivenGroups) {
  std::string trouble;
  EXPECT_EQ(links_cut("groups:n1+n2/n3+n4+n5", &trouble), between({1, 1, 2, 2, 2}));
  EXPECT_EQ(trouble, "");
  EXPECT_EQ(links_cut("groups:n1/n2/n3"), between({1, 2, 3, 0, 0}));
  EXPECT_EQ(links_cut("nodes-n2+n4"), between({0, 1, 0, 1, 0}));
  EXPECT_EQ(links_cut("leader"), between({0, 0, 1, 0, 0}));
  EXPECT_EQ(links_cut("nodes-2").size(), 12u);
}

TEST(Faults, APartitionCostsTheFewestNodesWithoutWhichAllReachEachOther) {
  const auto both = [](NodeId a, NodeId b) { return std::vector<Link>{{a, b}, {b, a}}; };
  EXPECT_THAT(fewest_to_spare({}, 5), IsEmpty());
  EXPECT_THAT(fewest_to_spare(both(1, 3), 5), ::testing::SizeIs(1));
  EXPECT_THAT(fewest_to_spare({{0, 2}, {1, 2}, {3, 2}}, 5), ElementsAre(2));
  std::vector<Link> ring;
  for (NodeId node = 0; node < 5; ++node) ring.push_back({node, static_cast<NodeId>((node + 1) % 5)});
  EXPECT_THAT(fewest_to_spare(ring, 5), ::testing::SizeIs(3));
  std::vector<Link> star;
  for (NodeId node = 1; node < 40; ++node) star.push_back({0, node});
  EXPECT_THAT(fewest_to_spare(star, 40), ElementsAre(0));
}

TEST(Faults, KeepToABudgetOfNodes) {
  for (const char* variant :
       {"halves", "leader", "one", "majorities-ring", "bridge", "one-way", "nodes-n1+n2+n3"}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      Books books;
      ChoiceTerms terms{.hurt_max = 2, .hurt = {4}};
      books.set_choice_terms(&terms);
      const auto fault = plugin_named("partition").make(variant);
      Rng rng(seed);
      const Injection injection = fault->inject(books, rng);
      const std::vector<Link> cut(books.cuts.begin(), books.cuts.end());
      ASSERT_TRUE(injection.counted.has_value());
      std::vector<Link> left = cut;
      std::erase_if(left, [](const Link& link) { return link.from == 4 || link.to == 4; });
      EXPECT_LE(fewest_to_spare(left, 5).size(), 1u) << variant << ": with the one that is hurt already two";
      EXPECT_TRUE(fault->verify(books).proved);
      EXPECT_FALSE(cut.empty());
    }
  }
  Books books;
  ChoiceTerms terms{.hurt_max = 3, .hurt = {0, 1}};
  books.set_choice_terms(&terms);
  EXPECT_THAT(hurt("kill", "all", books), ElementsAre(0, 1, ::testing::Gt(1)));
  EXPECT_THAT(hurt("pause", "n4+n5", books), ElementsAre(3));
}

TEST(Faults, AreToldWhatTheyWereToldBefore) {
  Books books;
  ChoiceTerms terms;
  books.set_choice_terms(&terms);
  EXPECT_THAT(hurt("kill", "leader", books), ElementsAre(2));
  EXPECT_EQ(terms.told, (Facts{{"leader", Value::text("n3")}}));
  terms = {.again = true,
           .told = {{"leader", Value::text("n1")}, {"role:sync-follower", Value::list({Value::text("n2")})}}};
  EXPECT_THAT(hurt("kill", "leader", books), ElementsAre(0));
  EXPECT_THAT(hurt("pause", "role:sync-follower", books), ElementsAre(1));
  EXPECT_THAT(hurt("wipe", "followers", books), ElementsAre(1, 2, 3, 4));
}

}  // namespace
}  // namespace assay::nemesis
