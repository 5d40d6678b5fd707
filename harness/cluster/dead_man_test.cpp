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

#include "harness/cluster/command.h"
#include "harness/cluster/deployment.h"
#include "harness/cluster/ssh_state.h"
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
  if (run_program({"/bin/cat", "/proc/" + first + "/mounts"}).output.find("/dev/loop") != std::string::npos) {
    found += "disk\n";
  }
  return found;
}

bool all_free_within(const TestHosts& hosts, Nanos patience, std::string& left) {
  const Nanos deadline = deadline_after(patience);
  while (true) {
    left = in_force(hosts, 1) + in_force(hosts, 2);
    if (left.empty()) return true;
    if (monotonic_now() > deadline) return false;
    ::poll(nullptr, 0, 50);
  }
}

TEST(DeadMan, AKilledControllersFaultsAndNodesEndAndTheNextRunStarts) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Controller controller(hosts.path(), 10);
  ASSERT_EQ(controller.said(), "ready\n");
  const std::string before = in_force(hosts, 1);
  for (const char* word : {"table inet assay", "table ip mangle", "table inet assay_connections",
                           "sleep 1000", "assay-agent serve", "disk"}) {
    EXPECT_NE(before.find(word), std::string::npos) << word << " in " << before;
  }
  controller.end();
  std::string left;
  EXPECT_TRUE(all_free_within(hosts, 15 * kSecond, left)) << left;
  Cluster next(hosts.file(), {});
  EXPECT_TRUE(next.network()->probe(std::vector<Link>{{0, 1}, {1, 0}}, true).proved);
}

TEST(DeadMan, ASilentControllersFaultsAndNodesEnd) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Controller controller(hosts.path(), 2);
  ASSERT_EQ(controller.said(), "ready\n");
  // It lives and its connections stay open, but nothing more is heard.
  controller.signal(SIGSTOP);
  std::string left;
  EXPECT_TRUE(all_free_within(hosts, 15 * kSecond, left)) << left;
}

TEST(DeadMan, AHeartbeatKeepsFaultsInForce) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Controller controller(hosts.path(), 2);
  ASSERT_EQ(controller.said(), "ready\n");
  std::string left;
  EXPECT_FALSE(all_free_within(hosts, 4 * kSecond, left));
  EXPECT_NE(in_force(hosts, 1), "");
  EXPECT_NE(in_force(hosts, 2), "");
}

TEST(DeadMan, KilledAgentsAreUndoneByTheirGuardians) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
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
  std::string left;
  EXPECT_TRUE(all_free_within(hosts, 15 * kSecond, left)) << left;
}

TEST(DeadMan, HealUndoesWhatAnAgentWithoutGuardianLeft) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
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
  EXPECT_NE(report[0].find("n1: ended the process node"), std::string::npos) << report[0];
  std::string left;
  EXPECT_TRUE(all_free_within(hosts, kSecond, left)) << left;
  EXPECT_EQ(heal_hosts(hosts.file(), {})[1], "n2: nothing to undo");
}

}  // namespace
}  // namespace assay::cluster
