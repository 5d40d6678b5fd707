// Every seeded bug is seen by clients under the faults that it names, and the same seeds hold without it.
#include "targets/refdb/raft/bugs.h"

#include <gtest/gtest.h>

#include <set>

#include "targets/refdb/raft/testing/nemesis.h"
#include "targets/refdb/raft/testing/simulation.h"

namespace assay::refdb::raft::testing {
namespace {

struct BugCase {
  const char* name;
  Faults faults;
  SimulationOptions options;
  std::uint64_t first_seed = 1;            // spares seeds that are known to show nothing
  void (*operate)(Simulation&) = nullptr;  // instead of random faults
};

// The one who leads and the next one on one side, all others on the other.
void split(Simulation& simulation, PeerId leader) {
  const PeerId nodes = simulation.options().nodes;
  const auto near = [&](PeerId id) { return id == leader || id == (leader + 1) % nodes; };
  for (PeerId from = 0; from < nodes; ++from) {
    for (PeerId to = 0; to < nodes; ++to) simulation.block(from, to, near(from) != near(to));
  }
}

void heal_and_wait(Simulation& simulation, Nanos split_for) {
  simulation.run_for(split_for);
  simulation.heal_network();
  simulation.run_for(3 * kSecond);
}

void remove_two(Simulation& simulation, PeerId leader, Nanos between) {
  for (int i = 0; i < 2; ++i) {
    const auto node = static_cast<PeerId>((leader + 3 + i) % simulation.options().nodes);
    simulation.order({Order::Kind::remove_member, node});
    simulation.run_for(between);
  }
}

void remove_two_in_a_minority(Simulation& simulation) {
  simulation.run_for(2 * kSecond);
  const PeerId leader = simulation.leader().value();
  split(simulation, leader);
  remove_two(simulation, leader, 0);
  heal_and_wait(simulation, 3 * kSecond);
}

void remove_two_then_split(Simulation& simulation) {
  simulation.run_for(2 * kSecond);
  const PeerId leader = simulation.leader().value();
  remove_two(simulation, leader, 200 * kMillisecond);
  split(simulation, leader);
  heal_and_wait(simulation, 3 * kSecond);
}

// The one who handed over hears of nothing any more, and that soon.
void transfer_and_go_deaf(Simulation& simulation) {
  for (int i = 0; i < 6; ++i) {
    simulation.run_for(2 * kSecond);
    const std::optional<PeerId> leader = simulation.leader();
    if (!leader) continue;
    const PeerId nodes = simulation.options().nodes;
    simulation.order({Order::Kind::transfer, static_cast<PeerId>((*leader + 1) % nodes)});
    simulation.run_for((2 + 2 * i) * kMillisecond);
    for (PeerId id = 0; id < nodes; ++id) simulation.block(id, *leader, id != *leader);
    simulation.run_for(kSecond);
    simulation.heal_network();
  }
}

// Two nodes of the newer build among three of the older one, and each leads for a while.
void mix_builds(Simulation& simulation) {
  simulation.run_for(kSecond);
  for (const PeerId node : {PeerId{0}, PeerId{1}}) {
    simulation.set_format_level(node, 2);
    simulation.kill(node);
    simulation.restart(node);
    simulation.run_for(kSecond);
  }
  for (const PeerId to : {PeerId{0}, PeerId{4}, PeerId{1}, PeerId{3}}) {
    simulation.order({Order::Kind::transfer, to});
    simulation.run_for(kSecond);
  }
}

SimulationOptions base() {
  SimulationOptions options;
  options.clients = 10;
  options.keys = 5;
  options.think_time = 20 * kMillisecond;
  options.drop_per_mille = 5;
  options.duplicate_per_mille = 5;
  options.drift_ppm = 20'000;
  return options;
}

SimulationOptions with(void (*change)(SimulationOptions&)) {
  SimulationOptions options = base();
  change(options);
  return options;
}

const std::vector<BugCase>& cases() {
  static const std::vector<BugCase> all = {
      {"stale-reads", {.partition = true, .pause = true}, base()},
      {"lease-ignores-skew",
       {.partition = true, .pause = true, .clock = true},
       with([](SimulationOptions& o) { o.reads = "lease"; })},
      {"vote-not-persisted", {.partition = true, .kill = true}, base(), 13},
      {"ack-before-fsync", {.partition = true, .power = true}, base()},
      {"commit-older-term", {.partition = true, .kill = true}, base(), 7},
      {"no-term-check", {.partition = true, .pause = true}, base()},
      {"truncate-committed", {.partition = true, .kill = true, .pause = true}, base(), 11},
      {"duplicate-apply", {.partition = true, .kill = true}, base()},
      {"lost-update-cas", {.partition = true}, base()},
      {"snapshot-drops-keys", {.partition = true, .kill = true}, with([](SimulationOptions& o) {
         o.log_entries_kept = 100;
         o.keys = 30;
       })},
      {"changes-overlap", {}, base(), 1, &remove_two_in_a_minority},
      {"removed-node-votes", {}, base(), 1, &remove_two_then_split},
      {"transfer-keeps-lease",
       {},
       with([](SimulationOptions& o) { o.reads = "lease"; }),
       1,
       &transfer_and_go_deaf},
      {"new-commands-early", {}, base(), 1, &mix_builds},
  };
  return all;
}

std::string run_once(const BugCase& bug_case, std::uint64_t seed, bool with_bug) {
  SimulationOptions options = bug_case.options;
  options.seed = seed;
  options.check_invariants = !with_bug;
  if (with_bug) options.bugs = {bug_case.name};
  Simulation simulation(options);
  if (bug_case.operate != nullptr) {
    bug_case.operate(simulation);
  } else {
    Nemesis(simulation, bug_case.faults).run(30 * kSecond, 5 * kSecond);
  }
  if (!simulation.broken_invariant().empty()) return simulation.broken_invariant();
  return find_violation(simulation.history());
}

class SeededBug : public ::testing::TestWithParam<std::size_t> {};

TEST_P(SeededBug, IsSeenByClientsAndOnlyWithTheBug) {
  const BugCase& bug_case = cases()[GetParam()];
  const std::uint64_t end = bug_case.first_seed + 100;
  for (std::uint64_t seed = bug_case.first_seed; seed < end; ++seed) {
    if (run_once(bug_case, seed, true).empty()) continue;
    EXPECT_EQ(run_once(bug_case, seed, false), "") << "seed " << seed;
    return;
  }
  FAIL() << bug_case.name << " was not found in 100 seeds";
}

INSTANTIATE_TEST_SUITE_P(All, SeededBug, ::testing::Range<std::size_t>(0, 14), [](const auto& parameter) {
  std::string name = cases()[parameter.param].name;
  std::erase(name, '-');
  return name;
});

TEST(SeededBugs, AllHaveACase) {
  std::set<std::string_view> covered;
  for (const BugCase& bug_case : cases()) covered.insert(bug_case.name);
  for (const auto& bug : known_bugs()) EXPECT_TRUE(covered.count(bug.name)) << bug.name;
  EXPECT_EQ(covered.size(), known_bugs().size());
}

}  // namespace
}  // namespace assay::refdb::raft::testing
