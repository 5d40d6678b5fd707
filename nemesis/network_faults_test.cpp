// What each variant of the faults of the network chooses, and when it counts as proved, against a target that only keeps books.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "nemesis/links.h"
#include "nemesis/registry.h"
#include "nemesis/testing/fault_named.h"
#include "nemesis/testing/numbered_nodes.h"

namespace assay::nemesis {
namespace {

using testing::NumberedNodes;
using testing::plugin_named;

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

// Five nodes in two datacenters, the third of which leads. Links are exactly as bad as they were made, times `truth`.
class Wires final : public NumberedNodes, private Network, private Packets, private Connections {
 public:
  Wires() : NumberedNodes(5, 2) {}
  std::vector<std::vector<NodeId>> datacenters() const override { return {{0, 1}, {2, 3, 4}}; }
  Network* network() override { return this; }
  Packets* packets() override { return this; }
  Connections* connections() override { return this; }

  std::set<Link> cuts;
  std::vector<TimedCut> script;
  Nanos period = 0;
  std::map<Link, PacketQuality> bad;
  double truth = 1;
  std::vector<Nanos>
      late;  // so much later than they were is all of a measurement noticed, the last one first
  std::optional<Rng> draws;  // each probe draws its delay, as packets do
  std::set<Link> was_reset;
  std::set<Link> forgotten;
  std::set<Link> closed;
  bool ends_are_withheld = true;
  std::optional<std::string> no_slow_close;
  Nanos reset_period = -1;

 private:
  void cut(std::span<const Link> links) override { cuts.insert(links.begin(), links.end()); }
  void play(std::span<const TimedCut> played, Nanos every) override {
    script.assign(played.begin(), played.end());
    period = every;
    for (const TimedCut& timed : played) {
      if (timed.begin == 0) cuts.insert(timed.link);
    }
  }
  std::int64_t played() override { return static_cast<std::int64_t>(script.size()); }
  // Also of Connections: nothing is left of either.
  void heal() override {
    cuts.clear();
    forgotten.clear();
    closed.clear();
  }
  Evidence probe(std::span<const Link> links, bool expect_open) override {
    Evidence evidence{true, {}};
    for (const Link& link : links) evidence.proved = evidence.proved && expect_open != cuts.contains(link);
    return evidence;
  }

  void shape(std::span<const ShapedLink> links) override {
    for (const ShapedLink& shaped : links) bad[shaped.link] = shaped.quality;
  }
  void restore() override { bad.clear(); }
  std::vector<LinkMeasure> measure(std::span<const Link> links, const ProbePlan& plan) override {
    std::vector<LinkMeasure> measures;
    Nanos noticed = 0;
    if (!late.empty()) {
      noticed = late.back();
      late.pop_back();
    }
    for (const Link& link : links) {
      const PacketQuality quality = bad.contains(link) ? bad[link] : PacketQuality();
      const auto share = [&](std::int64_t ppm) {
        return static_cast<std::int64_t>(truth * static_cast<double>(plan.count * ppm) / 1e6);
      };
      LinkMeasure measure{.link = link, .sent = plan.count};
      if (cuts.contains(link)) {
        measures.push_back(measure);
        continue;
      }
      measure.arrived = plan.count - share(quality.loss_ppm + quality.corrupt_ppm);
      measure.duplicates = share(quality.duplicate_ppm);
      measure.overtaken = share(quality.reorder_ppm);
      // The clocks of the two ends are far apart.
      const Nanos sending = quality.rate > 0 ? plan.size_bytes * 8 * kSecond / quality.rate : 0;
      const Nanos median = draws ? drawn_median(quality, plan.count) : quality.median_delay();
      measure.delay_median =
          noticed - kMinute + static_cast<Nanos>(truth * static_cast<double>(median + sending));
      measure.rate = static_cast<std::int64_t>(truth * static_cast<double>(quality.rate));
      measures.push_back(measure);
    }
    return measures;
  }
  std::string mechanism() const override { return "books"; }
  Nanos drawn_median(const PacketQuality& quality, int count) {
    PacketFates fates(quality, draws->fork("link", draws->next()));
    std::vector<Nanos> delays;
    for (int i = 0; i < count; ++i) delays.push_back(fates.next(0, 100).leaves[0]);
    std::nth_element(delays.begin(), delays.begin() + count / 2, delays.end());
    return delays[static_cast<std::size_t>(count / 2)];
  }

  void reset(std::span<const Link> links, Nanos every) override {
    was_reset.insert(links.begin(), links.end());
    reset_period = every;
  }
  void forget(std::span<const Link> links) override { forgotten.insert(links.begin(), links.end()); }
  std::optional<std::string> lack_of_slow_close() override { return no_slow_close; }
  void close_slowly(std::span<const Link> links) override { closed.insert(links.begin(), links.end()); }
  Lingering lingering() override {
    return {ends_are_withheld ? 3 : 0, static_cast<std::int64_t>(closed.size())};
  }
  std::int64_t ended() override {
    return static_cast<std::int64_t>(was_reset.size() + forgotten.size() + closed.size());
  }
};

// In force and proved, on these wires; healed when the caller says so.
std::unique_ptr<Fault> in_force(std::string_view name, std::string_view variant, Wires& wires,
                                std::uint64_t seed = 1) {
  auto fault = plugin_named(name).make(variant);
  EXPECT_NE(fault, nullptr) << name << " " << variant;
  if (fault == nullptr) return nullptr;
  EXPECT_EQ(fault->refusal(wires), std::nullopt) << variant;
  Rng rng(seed);
  EXPECT_FALSE(fault->inject(wires, rng).nodes.empty()) << variant;
  EXPECT_TRUE(fault->verify(wires).proved) << variant;
  return fault;
}

std::set<Link> cut_by(std::string_view variant, std::uint64_t seed = 1) {
  Wires wires;
  const auto fault = in_force("partition", variant, wires, seed);
  if (fault == nullptr) return {};
  const std::set<Link> cuts = wires.cuts;
  EXPECT_TRUE(fault->heal(wires).proved) << variant;
  EXPECT_TRUE(wires.cuts.empty()) << variant;
  return cuts;
}

TEST(NetworkFaults, PartitionsInOneDirection) {
  EXPECT_THAT(cut_by("deaf-leader"), UnorderedElementsAre(Link{0, 2}, Link{1, 2}, Link{3, 2}, Link{4, 2}));
  EXPECT_THAT(cut_by("mute-leader"), UnorderedElementsAre(Link{2, 0}, Link{2, 1}, Link{2, 3}, Link{2, 4}));
  EXPECT_EQ(cut_by("deaf-n1+n2").size(), 6u) << "the two hear each other";
  EXPECT_THAT(cut_by("links:n1>n2+n3>n1"), UnorderedElementsAre(Link{0, 1}, Link{2, 0}));
}

TEST(NetworkFaults, PartitionsOfClientsAndDatacenters) {
  EXPECT_THAT(cut_by("clients-n2"), UnorderedElementsAre(Link{kClients, 1}, Link{1, kClients}));
  const std::set<Link> apart = cut_by("datacenters");
  EXPECT_EQ(apart.size(), 12u);
  EXPECT_TRUE(apart.contains({0, 2}) && apart.contains({2, 0}) && !apart.contains({0, 1}));
}

TEST(NetworkFaults, RandomPartitionsFollowTheSeedAndTheChance) {
  std::set<std::set<Link>> seen;
  std::size_t all = 0, few = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    seen.insert(cut_by("random", seed));
    all += cut_by("random", seed).size();
    few += cut_by("random:10%", seed).size();
  }
  EXPECT_GT(seen.size(), 40u);
  EXPECT_NEAR(static_cast<double>(all) / 50, 10, 1.5);
  EXPECT_LT(few * 3, all);
}

TEST(NetworkFaults, FlappingLinksAreCutHalfOfTheTime) {
  Wires wires;
  const auto fault = in_force("partition", "flapping-leader:500ms", wires);
  EXPECT_EQ(wires.period, 500 * kMillisecond);
  ASSERT_EQ(wires.script.size(), 8u);
  for (const TimedCut& timed : wires.script) {
    EXPECT_TRUE(timed.link.from == 2 || timed.link.to == 2);
    EXPECT_EQ(timed.begin, 0);
    EXPECT_EQ(timed.end, 250 * kMillisecond);
  }
  EXPECT_TRUE(fault->heal(wires).proved);
}

// After step k, k + 1 nodes are cut off; at the end all are back.
TEST(NetworkFaults, ASwizzleCutsOneByOneAndHealsInAnotherOrder) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Wires wires;
    in_force("partition", "swizzle:200ms", wires, seed);
    ASSERT_EQ(wires.script.size(), 20u);
    EXPECT_EQ(wires.period, 11 * 200 * kMillisecond);
    const auto cut_links = [&](Nanos time) {
      std::size_t count = 0;
      for (const TimedCut& timed : wires.script) count += timed.begin <= time && time < timed.end ? 1 : 0;
      return count;
    };
    const std::size_t expected[] = {8, 14, 18, 20, 20, 20, 18, 14, 8, 0};
    std::vector<std::size_t> seen;
    for (Nanos step = 0; step < 10; ++step) seen.push_back(cut_links(step * 200 * kMillisecond));
    EXPECT_EQ(std::vector<std::size_t>(seen.begin(), seen.begin() + 4),
              std::vector<std::size_t>(expected, expected + 4));
    EXPECT_EQ(seen.back(), 0u);
    for (const TimedCut& timed : wires.script) EXPECT_LT(timed.end, wires.period);
  }
}

std::set<Link> made_bad_by(std::string_view variant, std::uint64_t seed = 1) {
  Wires wires;
  const auto fault = in_force("packets", variant, wires, seed);
  std::set<Link> links;
  for (const auto& [link, quality] : wires.bad) links.insert(link);
  if (fault == nullptr) return links;
  EXPECT_TRUE(fault->heal(wires).proved);
  EXPECT_TRUE(wires.bad.empty());
  return links;
}

TEST(NetworkFaults, BadLinksAreWhereTheyWereAsked) {
  EXPECT_EQ(made_bad_by("delay:50ms").size(), 20u);
  EXPECT_EQ(made_bad_by("leader-loss:20%").size(), 8u);
  EXPECT_EQ(made_bad_by("n1+n2-duplicate:20%").size(), 14u);
  EXPECT_THAT(made_bad_by("to:n1-rate:1mbit"),
              UnorderedElementsAre(Link{1, 0}, Link{2, 0}, Link{3, 0}, Link{4, 0}));
  EXPECT_EQ(made_bad_by("from:n1+n2-delay:5ms+loss:2%").size(), 8u);
  EXPECT_THAT(made_bad_by("n1>n3-corrupt:10%"), ElementsAre(Link{0, 2}));
  EXPECT_EQ(made_bad_by("one-way-reorder:20%").size(), 1u);
  EXPECT_EQ(made_bad_by("clients-delay:50ms").size(), 10u);
  EXPECT_THAT(made_bad_by("clients:n2-loss:20%"), UnorderedElementsAre(Link{kClients, 1}, Link{1, kClients}));
  std::set<std::set<Link>> pairs;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const std::set<Link> pair = made_bad_by("link-loss:60%", seed);
    ASSERT_EQ(pair.size(), 2u);
    EXPECT_EQ(pair.begin()->from, pair.rbegin()->to);
    pairs.insert(pair);
  }
  EXPECT_EQ(pairs.size(), 10u) << "every pair has its turn";
}

// Some forty probes don't show the median of a wide spread exactly.
TEST(NetworkFaults, JitterIsNoReasonToDoubtADelay) {
  for (const char* variant :
       {"delay:200ms~50ms~normal", "delay:100ms~100ms", "delay:20ms~40ms~exponential", "delay:100ms~20ms"}) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      Wires wires;
      wires.draws.emplace(seed);
      const auto fault = in_force("packets", variant, wires, seed);
      wires.truth = 0.2;
      EXPECT_FALSE(fault->verify(wires).proved) << variant;
    }
  }
}

TEST(NetworkFaults, ABadLinkIsOnlyProvedByWhatItDoes) {
  for (const char* variant : {"delay:100ms~20ms", "delay:40ms", "loss:20%", "loss:20%~4", "duplicate:20%",
                              "corrupt:20%", "leader-rate:1mbit", "delay:50ms+rate:100kbit"}) {
    Wires wires;
    const auto fault = in_force("packets", variant, wires);
    wires.truth = 0.2;
    EXPECT_FALSE(fault->verify(wires).proved) << variant;
    wires.truth = 2.5;
    EXPECT_FALSE(fault->verify(wires).proved) << variant;
  }
  Wires wires;
  const auto fault = in_force("packets", "reorder:20%", wires);
  wires.truth = 0;
  EXPECT_FALSE(fault->verify(wires).proved);
}

TEST(NetworkFaults, WhatABusyMachineDisturbedIsMeasuredAgain) {
  const auto looks = [](const Evidence& evidence) {
    for (const auto& [name, value] : evidence.facts) {
      if (name == "looks") return value.as_integer();
    }
    return std::int64_t{1};
  };
  Wires wires;
  const auto fault = in_force("packets", "delay:40ms", wires);
  EXPECT_EQ(looks(fault->verify(wires)), 1);
  wires.late = {25 * kMillisecond};
  EXPECT_EQ(looks(fault->verify(wires)), 2);
  wires.late = {8 * kMillisecond};
  EXPECT_EQ(looks(fault->verify(wires)), 1) << "later than asked, but by far not twice as late";
  wires.late = {-10 * kMillisecond};
  EXPECT_EQ(looks(fault->verify(wires)), 2) << "less than was asked";
  wires.late = std::vector<Nanos>(3, 30 * kMillisecond);
  const Evidence never = fault->verify(wires);
  EXPECT_FALSE(never.proved);
  EXPECT_EQ(looks(never), 3);
  wires.late = {10 * kMillisecond, 10 * kMillisecond};
  const Evidence healed = fault->heal(wires);
  EXPECT_TRUE(healed.proved);
  EXPECT_EQ(looks(healed), 3);
}

TEST(NetworkFaults, APartitionAtTheSameTimeHidesNothing) {
  for (const char* variant : {"delay:50ms", "loss:20%", "leader-rate:1mbit"}) {
    Wires wires;
    const auto fault = in_force("packets", variant, wires);
    wires.cuts = {{0, 1}, {1, 0}, {2, 0}, {0, 2}};
    EXPECT_TRUE(fault->verify(wires).proved) << variant;
    EXPECT_TRUE(fault->heal(wires).proved) << variant;
    for (const Link& link : every_link(5)) wires.cuts.insert(link);
    EXPECT_FALSE(fault->verify(wires).proved) << "nothing was seen";
  }
}

TEST(NetworkFaults, AWideAreaHasARoundTripBetweenEachTwoRegions) {
  Wires wires;
  const auto fault = in_force("wan", "rtt:80ms/150ms/220ms", wires);
  // Nodes 0 and 3 are of region 1, 1 and 4 of region 2, 2 of region 3.
  EXPECT_EQ(wires.bad.size(), 16u);
  const auto delay = [&](NodeId from, NodeId to) { return wires.bad[Link{from, to}].delay; };
  EXPECT_EQ(delay(0, 1), 40 * kMillisecond);
  EXPECT_EQ(delay(4, 3), 40 * kMillisecond);
  EXPECT_EQ(delay(2, 0), 75 * kMillisecond);
  EXPECT_EQ(delay(1, 2), 110 * kMillisecond);
  EXPECT_FALSE(wires.bad.contains(Link{0, 3}) && delay(0, 3) > 0);
  EXPECT_TRUE(fault->heal(wires).proved);
  for (const char* profile : {"", "continents", "america", "world", "zones"}) {
    EXPECT_NE(plugin_named("wan").make(profile), nullptr) << profile;
  }
}

TEST(NetworkFaults, ConnectionsAreBrokenWhereTheyWereAsked) {
  Wires wires;
  in_force("connections", "reset-leader:500ms", wires);
  EXPECT_EQ(wires.was_reset.size(), 8u);
  EXPECT_EQ(wires.reset_period, 500 * kMillisecond);
  Wires clients;
  in_force("connections", "clients", clients);
  EXPECT_EQ(clients.was_reset.size(), 5u);
  EXPECT_EQ(clients.reset_period, 0);
  Wires half;
  const auto fault = in_force("connections", "half-open-n1", half);
  EXPECT_THAT(half.forgotten, UnorderedElementsAre(Link{0, 1}, Link{0, 2}, Link{0, 3}, Link{0, 4}));
  EXPECT_TRUE(fault->heal(half).proved);
  EXPECT_TRUE(half.forgotten.empty());
  Wires half_clients;
  in_force("connections", "half-open-clients-leader", half_clients);
  EXPECT_THAT(half_clients.forgotten, ElementsAre(Link{2, kClients}));
}

TEST(NetworkFaults, ConnectionsAreClosedSlowlyWhereThatIsPossible) {
  Wires wires;
  const auto fault = in_force("connections", "slow-close-leader", wires);
  EXPECT_THAT(wires.closed, UnorderedElementsAre(Link{2, 0}, Link{2, 1}, Link{2, 3}, Link{2, 4}));
  EXPECT_TRUE(wires.was_reset.empty() && wires.forgotten.empty());
  wires.ends_are_withheld = false;
  EXPECT_FALSE(fault->verify(wires).proved) << "the other end has learned of it";
  EXPECT_TRUE(fault->heal(wires).proved);
  EXPECT_TRUE(wires.closed.empty());
  Wires clients;
  in_force("connections", "slow-close-clients-n2", clients);
  EXPECT_THAT(clients.closed, ElementsAre(Link{1, kClients}));
  Wires unable;
  unable.no_slow_close = "an old kernel";
  EXPECT_EQ(plugin_named("connections").make("slow-close")->refusal(unable), "an old kernel");
  EXPECT_EQ(plugin_named("connections").make("half-open")->refusal(unable), std::nullopt);
}

TEST(NetworkFaults, RefuseWhatIsNoVariant) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> refused = {
      {"partition",
       {"deaf", "deaf-", "deaf-x", "deaf-n1:1s", "links:", "links:n1", "links:n1>n1", "links:n1>leader",
        "random:0%", "random:x", "random-n1", "clients", "flapping:0", "flapping:1ms", "flapping-",
        "swizzle-n1", "swizzle:", "datacenter"}},
      {"packets",
       {"delay", "slow", "leader", "leader-", "-delay:5ms", "to:-delay:5ms", "n1>n1-loss:5%", "link-",
        "x-loss:5%", "loss:5%-leader"}},
      {"wan", {"moon", "rtt:", "rtt:80ms/150ms", "rtt:80ms/150ms/x", "rtt:0/1ms/1ms"}},
      {"connections",
       {"resets", "reset-", "reset-x", "reset:0", "reset:x", "half-open:1s", "half-open-", "clientsx",
        "half-openx", "half", "slow-close:1s", "slow-closed", "slow", "slow-close-"}}};
  for (const auto& [name, variants] : refused) {
    for (const char* variant : variants)
      EXPECT_EQ(plugin_named(name).make(variant), nullptr) << name << " " << variant;
  }
  Wires wires;
  EXPECT_EQ(plugin_named("partition").make("links:n1>n9")->refusal(wires), "it has no node n9");
  EXPECT_EQ(plugin_named("packets").make("n7-loss:5%")->refusal(wires), "it has no node n7");
  EXPECT_EQ(plugin_named("connections").make("reset-n7")->refusal(wires), "it has no node n7");
}

TEST(NetworkFaults, EveryVariantOfARotationExists) {
  for (const char* name : {"partition", "packets", "wan", "connections"}) {
    for (const std::string_view variant : plugin_named(name).rotation) {
      Wires wires;
      const auto fault = in_force(name, variant, wires);
      ASSERT_NE(fault, nullptr);
      EXPECT_TRUE(fault->heal(wires).proved);
    }
  }
}

}  // namespace
}  // namespace assay::nemesis
