// The dead-man switch: what becomes of the hosts when the controller dies, or lives and says nothing.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "harness/cluster/command.h"
#include "harness/cluster/deployment.h"
#include "harness/cluster/ssh_state.h"
#include "harness/cluster/testing/host_listing.h"
#include "harness/cluster/testing/test_hosts.h"

extern char** environ;

namespace assay::cluster {
namespace {

// cluster_test_controller, with every fault in force.
class Controller {
 public:
  Controller(const std::string& hosts_path, int dead_man_seconds) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    std::string program = ASSAY_TEST_CONTROLLER;
    std::string path = hosts_path;
    std::string seconds = std::to_string(dead_man_seconds);
    char* arguments[] = {program.data(), path.data(), seconds.data(), nullptr};
    ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    FILE* stream = ::fdopen(ends[0], "r");
    char line[1024] = {};
    said_ = std::fgets(line, sizeof line, stream) == nullptr ? "" : line;
    std::fclose(stream);
  }
  ~Controller() { end(); }
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  const std::string& said() const { return said_; }
  void signal(int number) const { ::kill(pid_, number); }
  void end() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  std::string said_;
};

// What is still in force on a host, seen from this machine.
std::string in_force(const TestHosts& hosts, int number) {
  const std::string name = hosts.network_namespace(number);
  std::string found = run_program({"ip", "netns", "exec", name, "nft", "list", "tables"}).output;
  const std::string pids = run_program({"ip", "netns", "pids", name}).output;
  std::string list;
  for (const char c : pids) list += c == '\n' ? ',' : c;
  if (!list.empty()) list.pop_back();
  const std::string processes =
      run_program({"/bin/ps", "-o", "args=", "-p", list.empty() ? "1" : list}).output;
  for (const char* word : {"sleep 1000", "assay-agent serve"}) {
    if (processes.find(word) != std::string::npos) found += std::string(word) + "\n";
  }
  // A mounted disk is seen by the host's first process.
  const std::string first = pids.substr(0, pids.find('\n'));
  const std::string mounts = run_program({"/bin/cat", "/proc/" + first + "/mounts"}).output;
  if (mounts.find("fuse.assay") != std::string::npos) found += "layer\n";
  if (mounts.find("/dev/loop") != std::string::npos) {
    found += "disk\n";
  }
  return found;
}

// Two hosts, and what can be found on them before anything happens: to be found again, line by line.
class WatchedHosts {
 public:
  WatchedHosts() : listing_(hosts_.options(), 2), before_(listing_.lines()) {}

  TestHosts& hosts() { return hosts_; }
  HostListing& listing() { return listing_; }
  // What is not as before after that time; empty as soon as nothing is.
  std::string left_after(Nanos patience) {
    const Nanos deadline = deadline_after(patience);
    while (true) {
      std::string left;
      for (const std::string& line : HostListing::differences(before_, listing_.lines())) {
        // An SSH connection that still stands is no fault.
        if (line.find(" process: sshd: root") == std::string::npos) left += line + "\n";
      }
      if (left.empty() || monotonic_now() > deadline) return left;
      ::poll(nullptr, 0, 50);
    }
  }

 private:
  TestHosts hosts_{2};
  HostListing listing_;
  std::vector<std::string> before_;
};

TEST(DeadMan, AKilledControllersFaultsAndNodesEndAndTheNextRunStarts) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  WatchedHosts watched;
  TestHosts& hosts = watched.hosts();
  Controller controller(hosts.path(), 10);
  ASSERT_EQ(controller.said(), "ready\n");
  const std::string before = in_force(hosts, 1);
  for (const char* word : {"table inet assay", "table ip mangle", "table inet assay_connections",
                           "sleep 1000", "assay-agent serve", "disk", "layer"}) {
    EXPECT_NE(before.find(word), std::string::npos) << word << " in " << before;
  }
  controller.end();
  EXPECT_EQ(watched.left_after(15 * kSecond), "");
  Cluster next(hosts.file(), {});
  EXPECT_TRUE(next.network()->probe(std::vector<Link>{{0, 1}, {1, 0}}, true).proved);
}

TEST(DeadMan, ASilentControllersFaultsAndNodesEnd) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  WatchedHosts watched;
  TestHosts& hosts = watched.hosts();
  Controller controller(hosts.path(), 2);
  ASSERT_EQ(controller.said(), "ready\n");
  // It lives and its connections stay open, but nothing more is heard.
  controller.signal(SIGSTOP);
  EXPECT_EQ(watched.left_after(15 * kSecond), "");
}

TEST(DeadMan, AHeartbeatKeepsFaultsInForce) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  WatchedHosts watched;
  TestHosts& hosts = watched.hosts();
  Controller controller(hosts.path(), 2);
  ASSERT_EQ(controller.said(), "ready\n");
  EXPECT_NE(watched.left_after(4 * kSecond), "");
  EXPECT_NE(in_force(hosts, 1), "");
  EXPECT_NE(in_force(hosts, 2), "");
}

TEST(DeadMan, KilledAgentsAreUndoneByTheirGuardians) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  WatchedHosts watched;
  TestHosts& hosts = watched.hosts();
  Controller controller(hosts.path(), 10);
  ASSERT_EQ(controller.said(), "ready\n");
  for (int number : {1, 2}) {
    std::string pids = run_program({"ip", "netns", "pids", hosts.network_namespace(number)}).output;
    for (char& c : pids) c = c == '\n' ? ' ' : c;
    // The agent, not its guardian: the one that has the probe's socket.
    const std::string agent =
        run_program({"/bin/sh", "-c",
                     "for p in " + pids +
                         "; do case $(cat /proc/$p/comm) in assay-agent) echo $p;; esac; done | head -n 1"})
            .output;
    ASSERT_NE(agent, "");
    ::kill(std::stoi(agent), SIGKILL);
  }
  EXPECT_EQ(watched.left_after(15 * kSecond), "");
}

TEST(DeadMan, HealUndoesWhatAnAgentWithoutGuardianLeft) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  WatchedHosts watched;
  TestHosts& hosts = watched.hosts();
  Controller controller(hosts.path(), 10);
  ASSERT_EQ(controller.said(), "ready\n");
  // Guardians first, then agents: nobody is left to undo anything.
  for (int number : {1, 2}) {
    std::string pids = run_program({"ip", "netns", "pids", hosts.network_namespace(number)}).output;
    for (char& c : pids) c = c == '\n' ? ' ' : c;
    run_program({"/bin/sh", "-c",
                 "for name in assay-guardian assay-agent; do for p in " + pids +
                     "; do [ \"$(cat /proc/$p/comm 2>/dev/null)\" = $name ] && kill -9 $p; done; done"});
  }
  controller.end();
  EXPECT_NE(in_force(hosts, 1), "");
  const std::vector<std::string> report = heal_hosts(hosts.file(), {});
  ASSERT_EQ(report.size(), 2u);
  EXPECT_NE(report[0].find("ended the process node"), std::string::npos) << report[0];
  EXPECT_EQ(watched.left_after(kSecond), "");
  EXPECT_EQ(heal_hosts(hosts.file(), {})[1], "n2: nothing to undo");
}

// Groups of processes and a frozen disk belong to this machine's kernel: they would stay when a host's processes are all killed.
TEST(DeadMan, HostsThatDieWithTheirFaultsLeaveNothingToThisMachine) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  WatchedHosts watched;
  TestHosts& hosts = watched.hosts();
  Controller controller(hosts.path(), 10);
  ASSERT_EQ(controller.said(), "ready\n");
  for (const int number : {1, 2}) watched.listing().kill_host(number);
  controller.end();
  LocalHosts(hosts.options()).up(2);
  watched.listing().look_up_hosts();
  EXPECT_EQ(watched.left_after(0), "");
}

}  // namespace
}  // namespace assay::cluster
