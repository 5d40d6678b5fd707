// Random clusters under random faults: nodes crash and lose what was not stored, links are cut, messages are lost, doubled and
// reordered, clocks are apart. In the end everything is healed, and all nodes must show the same; nothing acknowledged may be
// missing where the data type keeps it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "targets/refdb/multi_leader/testing/mini_cluster.h"

namespace assay::refdb::multi_leader {
namespace {

using testing::MiniCluster;
using testing::NetworkOptions;

constexpr Key kCounter = 1, kSet = 2, kText = 3, kRegister = 4;

class Trial {
 public:
  Trial(const Facts& options, std::uint64_t seed, std::vector<std::string> bugs = {})
      : rng_(Rng(seed).fork("trial")),
        nodes_(static_cast<PeerId>(3 + rng_.below(3))),
        cluster_(nodes_, options, seed, NetworkOptions{10, 10, 20, 10}, std::move(bugs)) {
    for (PeerId node = 0; node < nodes_; ++node) {
      cluster_.set_clock_offset(node, rng_.between(-5, 5) * 1'000'000'000);
    }
  }

  // Nodes also lose their data now and then.
  void allow_wipes() { wipes_ = true; }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      const auto node = static_cast<PeerId>(rng_.below(nodes_));
      const std::uint64_t dice = rng_.below(100);
      if (dice < 70) {
        update(node, step);
      } else if (dice < 76) {
        cluster_.cut(node, static_cast<PeerId>((node + 1) % nodes_));
      } else if (dice < 79) {
        cluster_.heal();
      } else if (dice < 82 && cluster_.up(node)) {
        cluster_.crash(node);
        if (wipes_ && rng_.chance(1, 3)) cluster_.wipe(node);
      } else if (dice < 88 && !cluster_.up(node)) {
        cluster_.start(node);
      }
      cluster_.run(rng_.between(0, 30));
    }
    cluster_.heal();
    for (PeerId node = 0; node < nodes_; ++node) {
      if (!cluster_.up(node)) cluster_.start(node);
    }
  }

  // What is wrong; empty when nothing is.
  std::string verdict() {
    if (!cluster_.settle(30'000)) return "the nodes never had the same updates";
    cluster_.run(200);  // answers
    for (Key key = kCounter; key <= kRegister; ++key) {
      for (PeerId node = 1; node < nodes_; ++node) {
        if (cluster_.read(node, key) != cluster_.read(0, key))
          return "key " + std::to_string(key) + " differs";
      }
    }
    return {};
  }
  // Of data types that merge.
  std::string loss() {
    std::int64_t least = 0, most = 0;
    std::set<Value> added, removed;
    for (const auto& [id, request] : asked_) {
      const bool acknowledged =
          cluster_.answers().contains(id) && cluster_.answers()[id].status == wire::Status::ok;
      const Mop& mop = request[0];
      if (mop.key == kCounter) {
        most += mop.argument.as_integer();
        least += acknowledged ? mop.argument.as_integer() : 0;
      } else if (mop.fn == Fn::add && acknowledged) {
        added.insert(mop.argument);
      } else if (mop.fn == Fn::remove) {
        removed.insert(mop.argument);
      }
    }
    const Value counter = cluster_.read(0, kCounter), set = cluster_.read(0, kSet);
    const std::int64_t count = counter.is_nil() ? 0 : counter.as_integer();
    if (count < least || count > most) return "the counter is " + std::to_string(count);
    for (const Value& element : added) {
      const auto elements = set.as_list();
      if (removed.contains(element)) continue;
      if (std::find(elements.begin(), elements.end(), element) == elements.end()) return "an element is lost";
    }
    return {};
  }
  MiniCluster& cluster() { return cluster_; }

 private:
  void update(PeerId node, int step) {
    Mop mop;
    switch (rng_.below(4)) {
      case 0:
        mop = {Fn::add, kCounter, Value(rng_.between(1, 9)), {}};
        break;
      case 1:
        mop = {rng_.chance(2, 3) ? Fn::add : Fn::remove,
               kSet,
               Value::text(std::to_string(rng_.chance(1, 2) ? 100 + step : static_cast<int>(rng_.below(12)))),
               {}};
        break;
      case 2:
        mop = {Fn::insert, kText, Value::pair(Value(0), Value::text(std::to_string(step))), {}};
        break;
      default:
        mop = {Fn::write, kRegister, Value(step), {}};
    }
    if (const auto id = cluster_.ask(node, {mop})) asked_[*id] = {mop};
  }

  Rng rng_;
  bool wipes_ = false;
  PeerId nodes_;
  MiniCluster cluster_;
  std::map<std::uint64_t, Request> asked_;
};

Facts options_of(std::string_view resolver, std::string_view topology, std::string_view clock = "hlc") {
  return {{"resolver", Value::text(resolver)},
          {"topology", Value::text(topology)},
          {"clock", Value::text(clock)}};
}

TEST(RandomMultiLeader, EveryResolverConvergesInEveryTopology) {
  std::uint64_t seed = 1;
  for (const char* resolver : {"lww", "fww", "siblings", "merge", "crdt", "flag"}) {
    for (const char* topology : {"all-to-all", "ring", "star"}) {
      for (int round = 0; round < 4; ++round, ++seed) {
        Trial trial(options_of(resolver, topology, round % 2 == 0 ? "hlc" : "wall"), seed);
        trial.run(150);
        ASSERT_EQ(trial.verdict(), "") << resolver << " " << topology << " seed " << seed;
        const std::string loss = std::string_view(resolver) == "crdt" ? trial.loss() : "";
        ASSERT_EQ(loss, "") << topology << " seed " << seed;
        EXPECT_EQ(trial.cluster().sum("future_dropped"), 0);
        EXPECT_EQ(trial.cluster().sum("nonsense_dropped"), 0);
        EXPECT_GT(trial.cluster().sum("conflicts"), std::string_view(resolver) == "crdt" ? -1 : 0);
      }
    }
  }
}

TEST(RandomMultiLeader, DatacentersConverge) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Facts options = options_of("crdt", seed % 2 == 0 ? "ring" : "all-to-all");
    options.push_back({"datacenters", Value(2)});
    Trial trial(options, seed);
    trial.run(150);
    ASSERT_EQ(trial.verdict(), "") << "seed " << seed;
    ASSERT_EQ(trial.loss(), "") << "seed " << seed;
  }
}

// Acknowledged updates that only the node itself had are gone with its data, but all agree about the rest.
TEST(RandomMultiLeader, NodesThatLoseTheirDataConverge) {
  std::uint64_t seed = 100;
  for (const char* topology : {"all-to-all", "ring", "star"}) {
    for (int round = 0; round < 6; ++round, ++seed) {
      Trial trial(options_of(round % 2 == 0 ? "crdt" : "siblings", topology), seed);
      trial.allow_wipes();
      trial.run(150);
      ASSERT_EQ(trial.verdict(), "") << topology << " seed " << seed;
    }
  }
}

// How many of some seeds show the bug.
int shown(const char* bug, const Facts& options, bool wipes = false) {
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Trial trial(options, seed, {bug});
    if (wipes) trial.allow_wipes();
    trial.run(150);
    found += trial.verdict().empty() && trial.loss().empty() ? 0 : 1;
  }
  return found;
}

TEST(RandomMultiLeader, SeededBugsShow) {
  EXPECT_GT(shown("set-remove-wins", options_of("crdt", "all-to-all")), 5);
  EXPECT_GT(shown("counter-adds-again", options_of("crdt", "all-to-all")), 5);
  EXPECT_GT(shown("forwarding-loses-origin", options_of("crdt", "ring")), 5);
  EXPECT_GT(shown("tie-keeps-newcomer", options_of("lww", "all-to-all")), 0);
  EXPECT_GT(shown("numbers-used-again", options_of("crdt", "all-to-all"), true), 5);
}

}  // namespace
}  // namespace assay::refdb::multi_leader
