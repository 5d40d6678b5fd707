// refdb on real hosts (network namespaces of this machine, reached over SSH): every fault proved, bugs caught, and
// nothing left behind whatever happens to the controller. Needs root; skips visibly without.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/program.h"

extern char** environ;

namespace assay::project {
namespace {

constexpr const char* kPlan =
    "run --target refdb --mode raft --workload register --cluster local --nodes 5 --nemesis "
    "partition,kill,pause,clock ";

class Hosts : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "local hosts need root";
  }

  // What this machine shows of the hosts of a run: namespaces, links, mounts, loop devices.
  std::string traces() const {
    return folder_
        .run(
            "(ip netns list; ip -o link; mount; losetup -a) | grep -E 'assay-run|assay/local/run' | sort; "
            "true")
        .out;
  }
  // Processes of the database and tables of rules on the hosts.
  std::string faults_and_nodes() const {
    return folder_
        .run(
            "for ns in $(ip netns list | cut -d' ' -f1 | grep '^assay-run-'); do "
            "for p in $(ip netns pids $ns); do tr '\\0' ' ' </proc/$p/cmdline | grep 'refdb serve'; done; "
            "ip netns exec $ns nft list tables; done; true")
        .out;
  }

  // Starts a run in the background and returns its process id.
  pid_t start(const std::string& arguments) {
    std::string command =
        "cd " + folder_.path().string() + " && exec " ASSAY_PROGRAM " " + arguments + " >run.out 2>run.error";
    const char* argv[] = {"sh", "-c", command.c_str(), nullptr};
    pid_t pid = 0;
    EXPECT_EQ(::posix_spawn(&pid, "/bin/sh", nullptr, nullptr, const_cast<char**>(argv), environ), 0);
    return pid;
  }

  // Until the history shows a fault in force and the nodes run. False when that takes too long.
  bool wait_for_fault() const {
    for (int i = 0; i < 400; ++i) {
      if (content_of(folder_.path() / "store" / "latest" / "history.jsonl").find("\"start-") !=
          std::string::npos)
        return true;
      pause(100);
    }
    return false;
  }

  std::string said() const { return content_of(folder_.path() / "run.error"); }

  // A valid run with so many windows of faults, each of which took effect and was undone. Its results.
  static nlohmann::json expect_all_proved_and_healed(const Printed& printed, std::size_t windows) {
    EXPECT_EQ(printed.exit_code, 0) << printed.error;
    nlohmann::json results = nlohmann::json::parse(printed.out, nullptr, false);
    EXPECT_TRUE(results.is_object()) << printed.error;
    if (!results.is_object()) return nlohmann::json::object();
    EXPECT_EQ(results["faults"].size(), windows) << printed.error;
    for (const auto& fault : results["faults"]) {
      EXPECT_TRUE(fault["verified"].get<bool>()) << fault;
      EXPECT_TRUE(fault["healed"].get<bool>()) << fault;
    }
    return results;
  }

  static void pause(int milliseconds) { ::usleep(static_cast<useconds_t>(milliseconds) * 1000); }

  WorkFolder folder_;
};

TEST_F(Hosts, EveryFaultTakesEffectAndRefdbStaysLinearizable) {
  const Printed printed = folder_.assay(std::string(kPlan) + "--time-limit 15s --json");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  const auto results = nlohmann::json::parse(printed.out, nullptr, false);
  ASSERT_TRUE(results.is_object()) << printed.error;
  std::set<std::string> proved;
  std::istringstream history(content_of(folder_.path() / "store" / "latest" / "history.jsonl"));
  for (std::string line; std::getline(history, line);) {
    if (line.find("\"nemesis\"") == std::string::npos) continue;
    const auto event = nlohmann::json::parse(line);
    if (event["verified"].get<bool>()) proved.insert(event["f"].get<std::string>());
  }
  for (const char* fault : {"partition", "kill", "pause", "clock"}) {
    EXPECT_TRUE(proved.contains(std::string("start-") + fault)) << fault << " was never proved";
    EXPECT_TRUE(proved.contains(std::string("stop-") + fault)) << fault << " was never proved to be healed";
  }
  for (int node = 1; node <= 5; ++node) {
    const auto log =
        folder_.path() / "store" / "latest" / "nodes" / ("n" + std::to_string(node)) / "refdb.log";
    EXPECT_GT(content_of(log).size(), 100u) << log;
  }
  EXPECT_EQ(traces(), "");
}

// Every kind of choice that a schedule can make, at its moment, and what the dead had counted.
TEST_F(Hosts, ScheduledFaultsAreProvedAndHealed) {
  const Printed printed = folder_.assay(
      "run --cluster local --nodes 5 --time-limit 16s --rate 200 --json --schedule '1s clock-skew-n2:-5s 2s; "
      "2s partition-groups:n1+n2/n3+n4+n5 2s; 5s kill-leader 2s; 6s pause-follower 2s; 9s kill-n1+n2 2s; "
      "12s wipe-follower 2s'");
  const auto results = nlohmann::json::parse(printed.out, nullptr, false);
  ASSERT_TRUE(results.is_object()) << printed.error;
  ASSERT_EQ(results["faults"].size(), 6u) << printed.error;
  for (const auto& fault : results["faults"]) {
    EXPECT_TRUE(fault["verified"].get<bool>()) << fault;
    EXPECT_TRUE(fault["healed"].get<bool>()) << fault;
  }
  EXPECT_GE(results["counters"]["elections_won"], 2) << results["counters"];
  EXPECT_EQ(traces(), "");
}

// Whoever leads: the file says whom the faults found leading. The last two begin after something that happens because of them.
TEST_F(Hosts, AFaultPlanIsGivenBackAndTriggersFire) {
  folder_.write("faults.json", R"({"windows": [
    {"at": "1s", "fault": "pause-leader", "for": "1s", "seen.leader": "n2"},
    {"at": "3s", "fault": "kill-signal-leader", "for": "1s", "seen.leader": "n3", "draw": "0123456789abcdef"},
    {"when": "then", "at": "1s", "fault": "kill-leader", "for": "3s"},
    {"when": "leader-changed", "at": "500ms", "fault": "clock-skew-n4:-2s", "for": "1s"}]})");
  const Printed printed = folder_.assay(
      "run --cluster local --nodes 5 --time-limit 14s --rate 200 --nemesis-budget minority --nemesis-plan "
      "faults.json");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  const auto carried =
      nlohmann::json::parse(content_of(folder_.path() / "store" / "latest" / "nemesis.json"), nullptr, false);
  ASSERT_TRUE(carried.is_object());
  std::map<std::string, nlohmann::json> nodes;
  for (const auto& window : carried["windows"]) nodes[window["fault"]] = window["nodes"];
  EXPECT_EQ(nodes["pause-leader"], nlohmann::json({"n2"}));
  EXPECT_EQ(nodes["kill-signal-leader"], nlohmann::json({"n3"}));
  EXPECT_TRUE(nodes.contains("kill-leader"));
  EXPECT_EQ(nodes["clock-skew-n4:-2s"], nlohmann::json({"n4"})) << "killing the leader changes the leader";
}

// The faults of the network, measured from outside while the database runs.
TEST_F(Hosts, BadNetworksAreProvedAndHealed) {
  const Printed printed = folder_.assay(
      "run --cluster local --nodes 3 --time-limit 26s --rate 200 --json --schedule '1s partition-deaf-leader "
      "1s; "
      "3s partition-clients-n1 1s; 5s partition-flapping:1s 2s; 8s packets-delay:20ms~5ms 1s; "
      "10s packets-link-loss:30% 1s; 12s packets-leader-rate:20mbit 1s; 15s packets-duplicate:20%+corrupt:5% "
      "1s; "
      "17s wan-rtt:20ms/30ms/40ms 1s; 18s connections-reset 1s; 20s connections-half-open-leader 1s; "
      "21s partition-random 1s; 23s packets-clients:leader-delay:20ms+loss:5% 1s'");
  expect_all_proved_and_healed(printed, 12);
  EXPECT_EQ(traces(), "");
}

// Hosts that have IPv6 addresses only: the database talks over them, and is cut off.
TEST_F(Hosts, BadNetworksOfIpv6AreProvedAndHealed) {
  ASSERT_EQ(folder_.assay("cluster up --nodes 3 --addresses ipv6 --hosts-file hosts.json").exit_code, 0);
  const auto found =
      nlohmann::json::parse(folder_.assay("cluster doctor hosts.json --json").out, nullptr, false);
  ASSERT_EQ(found.size(), 3u);
  for (const auto& [fault, available] : found[2]["faults"].items())
    EXPECT_EQ(available, nlohmann::json(true)) << fault;
  const Printed printed = folder_.assay(
      "run --cluster hosts.json --nodes 3 --time-limit 6s --rate 200 --json --schedule '500ms "
      "partition-leader "
      "500ms; 2s partition-mute-one 300ms; 3s packets-delay:20ms 300ms; 5s connections-half-open-leader "
      "300ms'");
  EXPECT_EQ(folder_.assay("cluster down").exit_code, 0);
  const auto results = expect_all_proved_and_healed(printed, 4);
}

// Nodes find each other by name, by the C library's resolver, until it finds nothing, nobody or somebody else; and connections whose
// end is learned of late.
TEST_F(Hosts, NamesAndSlowEndsAreProvedAndHealed) {
  const Printed printed = folder_.assay(
      "run --cluster local --nodes 3 --time-limit 9s --rate 200 --json --option addressing=name --schedule "
      "'500ms names-missing-leader:reset 1s; 2s names-silent-at-n1 100ms; 4s names-wrong-n2:reset 500ms; "
      "5s names-nowhere 200ms; 6s connections-slow-close-leader 500ms; "
      "8s connections-slow-close-clients 300ms'");
  const auto results = expect_all_proved_and_healed(printed, 6);
  // The node that was lost to the others had to be looked up, which the agents counted.
  EXPECT_GT(results["faults"][0]["heal_evidence"]["questions-of-the-database"].get<int>(), 0);
  EXPECT_EQ(traces(), "");
}

// The faults of machines: disks, files, processes and their share of the machine, clocks.
TEST_F(Hosts, BrokenMachinesAreProvedAndHealed) {
  const Printed printed = folder_.assay(
      "run --cluster local --nodes 3 --time-limit 16s --rate 200 --json --schedule '500ms disk-full-one "
      "100ms; "
      "1300ms disk-stuck-leader 100ms; 2s disk-slow-leader:20ms 100ms; 3s disk-lost-sync-one 100ms; "
      "4s disk-errors-one 100ms; 4700ms disk-read-only-one 100ms; 5400ms damage-flip-log-one 300ms; "
      "6s kill-torn-leader 100ms; 7s restart-graceful-leader 100ms; 7500ms restart-loop-one:200ms 300ms; "
      "8s restart-hang-one 100ms; 8700ms limit-cpu-one:20% 100ms; 10s limit-memory-one 100ms; "
      "11s limit-files-one 100ms; 11500ms limit-tasks-one 100ms; 12s pause-freezer-leader 100ms; "
      "1s clock-drift-one:5% 500ms; 4s clock-freeze-one 500ms; 7s clock-leap-one 500ms; 9s clock-back-one "
      "500ms'");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  const auto results = nlohmann::json::parse(printed.out, nullptr, false);
  ASSERT_TRUE(results.is_object()) << printed.error;
  ASSERT_EQ(results["faults"].size(), 20u) << printed.error;
  for (const auto& fault : results["faults"]) {
    const bool torn = fault.dump().find("\"torn\"") != std::string::npos;
    // Nothing may have been un-synced at that moment.
    EXPECT_TRUE(torn || fault["verified"].get<bool>()) << fault;
    EXPECT_TRUE(fault["healed"].get<bool>()) << fault;
  }
  EXPECT_EQ(folder_.run("find /sys/fs/cgroup -maxdepth 2 -name 'assay-*'").out, "");
  EXPECT_EQ(traces(), "");
}

// Calls on the log and on other files fail, wait, and are torn, while the database makes them.
TEST_F(Hosts, ChosenFilesAreHurtAndHealed) {
  if (folder_.run("test -r /dev/fuse -a -w /dev/fuse").exit_code != 0)
    GTEST_SKIP() << "/dev/fuse can't be used";
  const Printed printed = folder_.assay(
      "run --cluster local --nodes 3 --time-limit 8s --rate 200 --json --schedule "
      "'500ms disk-torn-log-leader 100ms; 1500ms disk-errors-log-leader:sync 100ms; "
      "2500ms disk-stuck-log-one 100ms; 3500ms disk-slow-log-leader:10ms 100ms; "
      "4500ms disk-lost-sync-log-one 100ms; 5500ms disk-full-log-one 100ms; "
      "6500ms disk-short-reads-data-one 100ms; 7500ms disk-errors-log-one:read 100ms'");
  expect_all_proved_and_healed(printed, 8);
  EXPECT_EQ(traces(), "");
}

// What an operator does to a database that serves: the nodes say that it took effect, and that all is as it was.
TEST_F(Hosts, OperatorsAreObeyedAndProved) {
  const Printed printed = folder_.assay(
      "run --cluster local --nodes 5 --time-limit 18s --rate 200 --json --schedule '500ms transfer 500ms; "
      "2s restart-rolling 100ms; 6s membership-remove-leader 500ms; 8s membership-replace-follower 500ms; "
      "10s upgrade-mixed-minority 500ms; 14s membership-add-n3 100ms; 16s transfer-n2+n4 500ms'");
  const auto results = expect_all_proved_and_healed(printed, 7);
  EXPECT_GT(results["counters"]["newer_format_messages"], 0) << "builds were mixed, but spoke alike";
  EXPECT_EQ(traces(), "");
}

// Two programs, and the older one again at the end.
TEST_F(Hosts, UpgradesBringAnotherProgram) {
  const Printed printed = folder_.assay(
      "run --cluster local --nodes 3 --time-limit 8s --rate 200 --json --schedule '500ms upgrade-mixed-n2 "
      "500ms; "
      "4s upgrade-rolling 500ms' --option newer_program=" REFDB_NEXT);
  expect_all_proved_and_healed(printed, 2);
  const std::string history = content_of(folder_.path() / "store" / "latest" / "history.jsonl");
  EXPECT_NE(history.find("-next+format-2"), std::string::npos) << "the nodes told another version";
  EXPECT_EQ(traces(), "");
}

// Everything is put back to what it was before, while clients write and a leader is killed.
TEST_F(Hosts, BackupsAreMadeAndRestoredUnderLoad) {
  const Printed printed = folder_.assay(
      "run --mode single-leader --workload backup-restore --cluster local --nodes 3 --time-limit 8s --json "
      "--schedule "
      "'2s kill-leader 1s'");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  EXPECT_EQ(traces(), "");
}

TEST_F(Hosts, QuickExperimentsComeOutAsExpected) {
  const Printed printed =
      folder_.assay("run " + std::string(ASSAY_SOURCE_DIR) + "/experiments --quick --cluster local");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  EXPECT_EQ(traces(), "");
}

TEST_F(Hosts, UnsyncedWritesThatWereAcknowledgedAreMissed) {
  const Printed printed = folder_.assay(
      "run --cluster local --nodes 5 --nemesis kill-power-all --time-limit 10s --bug ack-before-fsync");
  EXPECT_EQ(printed.exit_code, 1) << printed.error;
  EXPECT_NE(printed.error.find("SEEDED BUGS IN FORCE: ack-before-fsync"), std::string::npos);
  EXPECT_EQ(traces(), "");
}

TEST_F(Hosts, ALeaderThatAnswersWithoutAskingIsCaught) {
  const Printed printed = folder_.assay(
      "run --cluster local --nodes 5 --nemesis partition-leader --time-limit 15s --bug stale-reads");
  EXPECT_EQ(printed.exit_code, 1) << printed.error;
  EXPECT_EQ(traces(), "");
}

TEST_F(Hosts, AKilledControllerLeavesNoFaultAndNoNodeBehind) {
  const pid_t pid = start(std::string(kPlan) + "--time-limit 60s");
  EXPECT_TRUE(wait_for_fault()) << said();
  // All nodes may be down by a fault just now: wait until there is something to leave behind.
  std::string running;
  for (int i = 0; i < 100 && running.find("refdb serve") == std::string::npos; ++i) {
    running = faults_and_nodes();
    pause(100);
  }
  EXPECT_NE(running.find("refdb serve"), std::string::npos) << said();
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  pause(15'000);
  EXPECT_EQ(faults_and_nodes(), "");
  // The history is there up to the end, and the next run needs no help.
  EXPECT_EQ(folder_.assay("check store/latest/history.jsonl").exit_code, 0);
  EXPECT_EQ(folder_.assay("run --cluster local --nodes 5 --nemesis kill --time-limit 4s").exit_code, 0);
  EXPECT_EQ(traces(), "");
}

// Emulated where there is no KVM: minutes. Groups of processes are those of version 2 there, clocks are set, links are netem's.
TEST_F(Hosts, FaultsOnVirtualMachinesAreProvedAndHealed) {
  if (std::getenv("ASSAY_NIGHTLY") == nullptr) GTEST_SKIP() << "only with ASSAY_NIGHTLY";
  if (folder_.run("command -v qemu-system-x86_64 && command -v mmdebstrap").exit_code != 0)
    GTEST_SKIP() << "qemu or mmdebstrap is not installed";
  const Printed up = folder_.assay("cluster up --kind vm --nodes 3 --hosts-file hosts.json");
  ASSERT_EQ(up.exit_code, 0) << up.error;
  const Printed printed = folder_.assay(
      "run --cluster hosts.json --nodes 3 --rate 20 --operation-timeout 10s --time-limit 160s --json "
      "--schedule '5s partition-leader 3s; then+2s packets-loss:50% 3s; then+2s connections-reset 2s; "
      "then+2s kill-leader 3s; then+3s pause-freezer-one 3s; then+2s clock-skew-one:10s 3s; "
      "then+2s limit-cpu-one:50% 3s; then+2s limit-memory-one 3s; then+3s restart-graceful-one 3s; "
      "then+3s disk-full-one 2s; then+3s disk-lost-sync-one 2s; then+3s damage-flip-log-one 3s; "
      "then+3s wipe-one 3s; then+3s disk-slow-one:50ms 3s'");
  const Printed operators = folder_.assay(
      "run --cluster hosts.json --nodes 3 --rate 20 --operation-timeout 10s --time-limit 80s --json "
      "--schedule '5s transfer 3s; then+3s membership-remove-follower 3s; then+3s upgrade-mixed-one 3s; "
      "then+3s restart-rolling 3s'");
  const Printed names = folder_.assay(
      "run --cluster hosts.json --nodes 3 --rate 20 --operation-timeout 10s --time-limit 50s --json "
      "--option addressing=name --schedule '5s names-missing-one:reset 3s; then+3s names-silent-one 3s; "
      "then+3s connections-slow-close-one 3s; then+3s names-wrong-one:reset 3s'");
  const Printed links = folder_.assay(
      "run --cluster hosts.json --nodes 3 --rate 20 --operation-timeout 10s --time-limit 90s --json "
      "--schedule '5s packets-delay:100ms~20ms 3s; then+1s packets-reorder:25%~20ms 3s; then+1s "
      "packets-duplicate:20% 3s; then+1s packets-leader-rate:1mbit 3s; then+1s clock-strobe 3s; then+1s "
      "clock-drift-one 3s; then+1s clock-freeze-one 3s; then+1s clock-leap-one 3s; then+1s clock-back-one "
      "3s'");
  EXPECT_EQ(folder_.assay("cluster down").exit_code, 0);
  for (const auto& [run, windows] :
       {std::pair(printed, 14U), std::pair(operators, 4U), std::pair(names, 4U), std::pair(links, 9U)}) {
    EXPECT_EQ(run.exit_code, 0) << run.error;
    const auto results = nlohmann::json::parse(run.out, nullptr, false);
    ASSERT_TRUE(results.is_object()) << run.error;
    ASSERT_EQ(results["faults"].size(), windows) << run.error;
    for (const auto& fault : results["faults"]) {
      EXPECT_TRUE(fault["verified"].get<bool>()) << fault;
      EXPECT_TRUE(fault["healed"].get<bool>()) << fault;
    }
  }
}

// At moments and with faults that are drawn; bench/killed_controllers runs a hundred rounds of it.
TEST_F(Hosts, WhateverEndsARunLeavesNothingBehind) {
  if (std::getenv("ASSAY_NIGHTLY") == nullptr) GTEST_SKIP() << "only with ASSAY_NIGHTLY";
  if (!std::filesystem::exists(ASSAY_KILLED_CONTROLLERS)) GTEST_SKIP() << "the benchmarks are not built";
  const Printed printed = folder_.run(ASSAY_KILLED_CONTROLLERS " --rounds 5 --seed 11");
  EXPECT_EQ(printed.exit_code, 0) << printed.out << printed.error;
}

// The example of docs/adding-a-store.md: what memcached held is gone when it is restarted.
TEST_F(Hosts, ADescribedStoreThatForgetsIsCaught) {
  if (std::system("command -v memcached python3 >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "memcached or python3 is not installed";
  const Printed printed = folder_.assay(
      "run --target " ASSAY_SOURCE_DIR
      "/examples/memcached/target.json --cluster local --nodes 3 --rate 300 --json "
      "--time-limit 9s --schedule '2s kill-all 1s; 4s kill-all 1s; 6s kill-all 1s' --workload-option cas=no");
  EXPECT_EQ(printed.exit_code, 1) << printed.error;
  const auto results = nlohmann::json::parse(printed.out, nullptr, false);
  ASSERT_TRUE(results.is_object()) << printed.error;
  EXPECT_EQ(results["verdict"], "invalid");
  EXPECT_EQ(results["target"]["target"], "memcached");
  EXPECT_GT(results["counts"]["ok"], 500) << printed.error;
  EXPECT_EQ(traces(), "");
}

// A store with a built-in client: what a node that is cut off answers by itself is old.
TEST_F(Hosts, RedisWithSentinelServesUnderItsPrimary) {
  if (std::system("command -v redis-server >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "redis-server is not installed";
  const Printed printed = folder_.assay(
      "run --target redis --mode sentinel --wait 1 --cluster local --nodes 3 --rate 200 --json --warm-up "
      "200ms "
      "--time-limit 2s");
  EXPECT_EQ(printed.exit_code, 0) << printed.error;
  const auto results = nlohmann::json::parse(printed.out, nullptr, false);
  ASSERT_TRUE(results.is_object()) << printed.error;
  EXPECT_EQ(results["target"]["mode"], "sentinel");
  EXPECT_GT(results["counts"]["ok"], 200) << printed.error;
  EXPECT_EQ(traces(), "");
}

TEST_F(Hosts, EtcdAnswersSerializableReadsFromWhatOneNodeHas) {
  if (std::system("command -v etcd >/dev/null 2>&1") != 0) GTEST_SKIP() << "etcd is not installed";
  // So many clients that some of the follower's still read when others wait for their writes.
  const std::string run =
      "run --target etcd --cluster local --nodes 3 --rate 500 --concurrency 60 --keys 2 --json --warm-up "
      "200ms "
      "--time-limit 4s "
      "--schedule '500ms partition-nodes-follower 2s";
  // Its resolver, which is not the C library's, asks for names, too.
  const Printed strong = folder_.assay(
      run + "; 3s names-missing-leader:reset 900ms' --option addressing=name --mode linearizable");
  EXPECT_EQ(strong.exit_code, 0) << strong.error;
  const auto named = nlohmann::json::parse(strong.out, nullptr, false);
  ASSERT_TRUE(named.is_object() && named["faults"].size() == 2) << strong.error;
  EXPECT_TRUE(named["faults"][1]["verified"].get<bool>() && named["faults"][1]["healed"].get<bool>());
  EXPECT_GT(named["faults"][1]["heal_evidence"]["questions-of-the-database"].get<int>(), 0);
  const Printed local = folder_.assay(run + "' --mode serializable");
  EXPECT_EQ(local.exit_code, 1) << local.error;
  const auto results = nlohmann::json::parse(local.out, nullptr, false);
  ASSERT_TRUE(results.is_object()) << local.error;
  EXPECT_EQ(results["target"]["target"], "etcd");
  EXPECT_EQ(results["target"]["mode"], "serializable");
  EXPECT_TRUE(results["faults"][0]["verified"].get<bool>()) << local.error;
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "store" / "etcd-serializable-register"));
  EXPECT_EQ(traces(), "");
}

TEST_F(Hosts, CtrlCEndsCleanlyAndASecondRunDoesNotDisturb) {
  const pid_t pid = start(std::string(kPlan) + "--time-limit 60s");
  EXPECT_TRUE(wait_for_fault()) << said();
  const Printed second = folder_.assay("run --cluster local --store other");
  EXPECT_EQ(second.exit_code, 255);
  EXPECT_NE(second.error.find("another run with --cluster local is under way"), std::string::npos)
      << second.error;
  ::kill(pid, SIGINT);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ASSERT_TRUE(WIFEXITED(status)) << said();
  EXPECT_TRUE(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 2) << WEXITSTATUS(status) << "\n" << said();
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "store" / "latest" / "report.html"));
  EXPECT_EQ(traces(), "");
}

}  // namespace
}  // namespace assay::project
