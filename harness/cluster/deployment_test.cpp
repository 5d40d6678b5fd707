#include "harness/cluster/deployment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "harness/cluster/ssh_state.h"
#include "harness/cluster/testing/test_hosts.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<NodeProgram> programs(std::size_t count, const std::string& script) {
  return std::vector<NodeProgram>(count, {.binary = "/bin/sh", .arguments = {"-c", script}});
}

std::vector<Link> all_links(int count) {
  std::vector<Link> links;
  for (NodeId from = 0; from < count; ++from) {
    for (NodeId to = 0; to < count; ++to) {
      if (from != to) links.push_back({from, to});
    }
  }
  return links;
}

std::vector<Link> without(std::vector<Link> links, const std::vector<Link>& removed) {
  std::erase_if(links, [&](const Link& link) {
    return std::find(removed.begin(), removed.end(), link) != removed.end();
  });
  return links;
}

TEST(Cluster, CutsAreExactDirectedAdditiveAndHealed) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(4);
  Cluster cluster(hosts.file(), {});
  Network& network = *cluster.network();
  const std::vector<Link> all = all_links(4);
  EXPECT_TRUE(network.probe(all, true).proved);
  EXPECT_FALSE(network.probe(all, false).proved) << "an open network is no cut one";
  // A rule of somebody else's that must survive.
  ASSERT_EQ(cluster.run(0, "nft add table inet other").exit_status, 0);

  const std::vector<Link> one_way = {{0, 1}};
  network.cut(one_way);
  EXPECT_TRUE(network.probe(one_way, false).proved);
  EXPECT_TRUE(network.probe(without(all, one_way), true).proved) << "the way back is open";
  EXPECT_FALSE(network.probe(all, true).proved);

  const std::vector<Link> halves = {{0, 2}, {2, 0}, {0, 3}, {3, 0}, {1, 2}, {2, 1}, {1, 3}, {3, 1}};
  network.cut(halves);
  std::vector<Link> both = halves;
  both.push_back({0, 1});
  EXPECT_TRUE(network.probe(both, false).proved);
  EXPECT_TRUE(network.probe(without(all, both), true).proved);

  network.heal();
  network.heal();
  EXPECT_TRUE(network.probe(all, true).proved);
  EXPECT_EQ(cluster.run(0, "nft list tables").output, "table inet other\n");
}

TEST(Cluster, TcpCannotCrossACut) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Cluster cluster(hosts.file(), {});
  const std::string connect = "timeout 0.3 bash -c 'echo > /dev/tcp/" + cluster.address(1) + "/22'";
  EXPECT_EQ(cluster.run(0, connect).exit_status, 0);
  const std::vector<Link> links = {{0, 1}, {1, 0}};
  cluster.network()->cut(links);
  EXPECT_EQ(cluster.run(0, connect).exit_status, 124);
  cluster.network()->heal();
  EXPECT_EQ(cluster.run(0, connect).exit_status, 0);
}

TEST(Cluster, ProgramsBesideANodeShareItsFateAndReadinessIsAskedByCommand) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Cluster cluster(hosts.file(), {});
  std::vector<NodeProgram> wanted = programs(2, "touch begun; exec sleep 7655");
  wanted[0].ready_command = "test -e " + cluster.data_folder(0) + "/begun";
  wanted[0].beside = {{"/bin/sh", {"-c", "echo beside in $PWD; exec sleep 7656"}, "logs/beside.log"}};
  wanted[1].ready_command = "echo not yet; false";
  wanted[1].ready_timeout = 200 * kMillisecond;
  cluster.deploy(wanted);
  Processes& processes = *cluster.processes();
  cluster.start_nodes({0});
  EXPECT_EQ(processes.state(1), Processes::State::dead);
  try {
    cluster.start_nodes({1});
    ADD_FAILURE() << "it is never ready";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), HasSubstr("is not ready in time, says echo not yet; false: not yet"));
  }
  const auto states = [&] {
    return cluster.run(0, "ps -e -o stat=,args= | grep '[s]leep 765' | cut -c1 | tr -d '\\n'").output;
  };
  EXPECT_EQ(states(), "SS");
  processes.pause(0);
  EXPECT_EQ(states(), "TT");
  processes.resume(0);
  EXPECT_EQ(states(), "SS");
  processes.kill(0);
  EXPECT_EQ(states(), "");
  EXPECT_EQ(processes.state(0), Processes::State::dead);
  processes.start(0);
  EXPECT_EQ(states(), "SS");
  const std::vector<CommandResult> results = cluster.run_on_each({"exit 3", ""});
  EXPECT_EQ(results[0].exit_status, 3);
  EXPECT_EQ(results[1].exit_status, 0);
  EXPECT_FALSE(cluster.listens(0, 7655));
  const std::string folder = hosts.path() + ".logs";
  cluster.collect_logs(folder);
  std::ifstream log(folder + "/" + cluster.names()[0] + "/beside.log");
  std::string line;
  EXPECT_TRUE(std::getline(log, line)) << "its log is collected";
  EXPECT_EQ(line, "beside in " + cluster.data_folder(0));
}

TEST(Cluster, ProcessesWithTheirChildrenAreKilledPausedResumedAndStarted) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Cluster cluster(hosts.file(), {});
  cluster.deploy(programs(
      2, "echo started in $PWD as $NAME; sleep 7654 & while :; do echo x >> ticks; sleep 0.01; done"));
  Processes& processes = *cluster.processes();
  EXPECT_EQ(processes.state(0), Processes::State::dead);
  EXPECT_EQ(processes.incarnation(0), 0);
  cluster.start_everything();
  const std::int64_t first = processes.incarnation(0);
  EXPECT_NE(first, 0);
  EXPECT_EQ(processes.state(0), Processes::State::running);
  processes.start(0);
  EXPECT_EQ(processes.incarnation(0), first) << "starting a running node does nothing";

  processes.pause(0);
  EXPECT_EQ(processes.state(0), Processes::State::paused);
  EXPECT_EQ(processes.incarnation(0), first);
  const std::string count = "wc -l < " + cluster.data_folder(0) + "/ticks";
  const std::string before = cluster.run(0, count).output;
  EXPECT_EQ(cluster.run(0, "sleep 0.1; " + count).output, before) << "a paused node does nothing";
  processes.resume(0);
  EXPECT_EQ(processes.state(0), Processes::State::running);
  EXPECT_NE(cluster.run(0, "sleep 0.2; " + count).output, before);

  processes.pause(0);
  processes.kill(0);
  EXPECT_EQ(processes.state(0), Processes::State::dead);
  EXPECT_EQ(cluster.run(0, "ps -e -o args= | grep -c '^[s]leep 7654'").output, "0\n")
      << "its child is gone too";
  EXPECT_EQ(cluster.run(1, "ps -e -o args= | grep -c '^[s]leep 7654'").output, "1\n");
  processes.kill(0);
  processes.pause(0);
  EXPECT_EQ(processes.state(0), Processes::State::dead) << "nobody is there to be paused";
  processes.start(0);
  EXPECT_NE(processes.incarnation(0), first);
  EXPECT_NE(processes.incarnation(0), 0);
  cluster.stop();
  cluster.stop();
}

// As those of PostgreSQL are, which refuses to run as root, too.
TEST(Cluster, ChildrenInSessionsOfTheirOwnAndProgramsOfAnotherUserAreHurtAlike) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  Cluster cluster(hosts.file(), {});
  std::vector<NodeProgram> program =
      programs(1, "echo runs as $(id -un); setsid sh -c 'while :; do echo tick; sleep 0.01; done' & wait");
  program[0].user = "nobody";
  cluster.deploy(program);
  cluster.start_everything();
  Processes& processes = *cluster.processes();
  const std::string count = "sleep 0.2; wc -l < " + cluster.home(0) + "/logs/node.log";
  EXPECT_NE(cluster.run(0, count).output, cluster.run(0, count).output);
  processes.pause(0);
  EXPECT_EQ(cluster.run(0, count).output, cluster.run(0, count).output);
  processes.resume(0);
  EXPECT_NE(cluster.run(0, count).output, cluster.run(0, count).output);
  processes.kill(0);
  EXPECT_EQ(cluster.run(0, "ps -e -o args= | grep -c '[e]cho tick'").output, "0\n");
  EXPECT_EQ(cluster.run(0, count).output, cluster.run(0, count).output);
  EXPECT_EQ(cluster.run(0, "head -n 1 " + cluster.home(0) + "/logs/node.log").output, "runs as nobody\n");
  program[0].user = "somebody-else";
  cluster.deploy(program);
  EXPECT_THROW(cluster.start_everything(), HarnessError);
}

TEST(Cluster, ANodeEndsInGoodOrderBySignalOrCommand) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  Cluster cluster(hosts.file(), {});
  const std::string script =
      "trap '' TERM; for s in INT QUIT; do trap \"echo $s > ended; exit 0\" $s; done; echo $$ > pid; "
      "while :; do sleep 0.01; done";
  const std::string data = cluster.data_folder(0);
  const auto end_by = [&](const NodeProgram& how) {
    std::vector<NodeProgram> all = programs(1, script);
    all[0].stop_signal = how.stop_signal;
    all[0].stop_command = how.stop_command;
    cluster.deploy(std::move(all));
    cluster.start_everything();
    while (cluster.run(0, "test -s " + data + "/pid").exit_status != 0) {
    }
    const bool by_itself = cluster.processes()->terminate(0, 2 * kSecond);
    EXPECT_EQ(cluster.processes()->state(0), Processes::State::dead);
    return (by_itself ? "by itself " : "killed ") + cluster.run(0, "cat " + data + "/ended").output;
  };
  EXPECT_EQ(end_by({.stop_signal = SIGINT}), "by itself INT\n");
  EXPECT_EQ(end_by({.stop_command = "kill -QUIT $(cat " + data + "/pid)"}), "by itself QUIT\n");
  EXPECT_EQ(end_by({}), "killed ") << "it does not listen to SIGTERM";
  EXPECT_EQ(end_by({.stop_command = "sleep 60"}), "killed ") << "whoever orders it may hang";
}

TEST(Cluster, ANodeThatDiesByItselfIsDead) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  Cluster cluster(hosts.file(), {});
  std::vector<NodeProgram> dying = programs(1, "echo cannot go on; exit 3");
  dying[0].ready_port = 1234;
  cluster.deploy(dying);
  try {
    cluster.start_everything();
    FAIL() << "ready without listening";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("n1: the node ended while starting"), HasSubstr("cannot go on")));
  }
  EXPECT_EQ(cluster.processes()->state(0), Processes::State::dead);
  std::vector<NodeProgram> missing = {{.binary = "bin/nothing"}};
  cluster.deploy(missing);
  EXPECT_THROW(cluster.start_everything(), HarnessError);
  EXPECT_EQ(cluster.processes()->state(0), Processes::State::dead);
}

// One line of clock_main.cpp; the last whole one in the log.
struct ClockLine {
  long long clock_gettime = -1;
  long long gettimeofday = -1;
  long long time = -1;
  long long monotonic = -1;
};

ClockLine last_line(Cluster& cluster, NodeId node) {
  // Two lines later than now, so that it was printed after what was done before.
  cluster.run(node, "sleep 0.05");
  std::istringstream words(
      cluster.run(node, "tail -n 2 " + cluster.home(node) + "/logs/node.log | head -n 1").output);
  ClockLine line;
  words >> line.clock_gettime >> line.gettimeofday >> line.time >> line.monotonic;
  return line;
}

void expect_offset(const ClockLine& line, long long microseconds) {
  constexpr long long kTolerance = 200'000;  // between the program's calls; the machine may be busy
  EXPECT_NEAR(static_cast<double>(line.clock_gettime), static_cast<double>(microseconds), kTolerance);
  EXPECT_NEAR(static_cast<double>(line.gettimeofday), static_cast<double>(microseconds), kTolerance);
  EXPECT_NEAR(static_cast<double>(line.time), static_cast<double>(microseconds) / 1e6, 1.2);
  EXPECT_NEAR(static_cast<double>(line.monotonic), 0, kTolerance) << "monotonic time is never touched";
}

// As where a store that stands still is looked after while the run comes to its end.
TEST(Cluster, ThreadsThatAskAHostAtOnceGetTheirOwnAnswers) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  Cluster cluster(hosts.file(), {.command_timeout = 10 * kSecond});
  cluster.deploy(programs(1, "exec sleep 60"));
  cluster.start_everything();
  std::vector<std::string> troubles(3);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < troubles.size(); ++i) {
    threads.emplace_back([&, i] {
      try {
        for (int turn = 0; turn < 200 && troubles[i].empty(); ++turn) {
          if (cluster.processes()->state(0) != Processes::State::running) troubles[i] = "another's answer";
        }
      } catch (const HarnessError& error) {
        troubles[i] = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(troubles, Each(IsEmpty()));
}

TEST(Cluster, ClocksOfDynamicAndStaticProgramsMoveLive) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Cluster cluster(hosts.file(), {});
  if (cluster.clocks() == nullptr) GTEST_SKIP() << cluster.why_no_clocks();
  cluster.upload_everywhere(ASSAY_CLOCK_DYNAMIC, "bin/dynamic", 0755);
  cluster.upload_everywhere(ASSAY_CLOCK_STATIC, "bin/static", 0755);
  cluster.deploy({{.binary = "bin/dynamic"}, {.binary = "bin/static"}});
  cluster.start_everything();
  Clocks& clocks = *cluster.clocks();
  EXPECT_EQ(clocks.mechanism(), "vdso");
  for (const NodeId node : {NodeId{0}, NodeId{1}}) {
    expect_offset(last_line(cluster, node), 0);
    for (const Nanos offset :
         {3600 * kSecond, -1500 * kMillisecond, Nanos{-1}, 999'999'999L, -86'400 * kSecond}) {
      clocks.set_offset(node, offset);
      EXPECT_NEAR(static_cast<double>(clocks.measure_offset(node)), static_cast<double>(offset),
                  static_cast<double>(clocks.precision()));
      expect_offset(last_line(cluster, node), offset / 1000);
    }
    // The other one's clock is its own.
    clocks.set_offset(node, 0);
    expect_offset(last_line(cluster, node), 0);
  }
  // A restart keeps the offset; a strobe shows both values.
  clocks.set_offset(0, 60 * kSecond);
  cluster.processes()->kill(0);
  cluster.processes()->start(0);
  expect_offset(last_line(cluster, 0), 60'000'000);
  clocks.strobe(0, 10 * kSecond, 20 * kMillisecond);
  bool low = false;
  bool high = false;
  for (int attempt = 0; attempt < 500 && !(low && high); ++attempt) {
    const Nanos measured = clocks.measure_offset(0) / kSecond;
    low |= measured >= 59 && measured <= 61;
    high |= measured >= 69 && measured <= 71;
  }
  EXPECT_TRUE(low && high);
  clocks.set_offset(0, 0);
  expect_offset(last_line(cluster, 0), 0);
}

// Another fault may have killed it: that is no trouble of the clock's.
TEST(Cluster, TheClockOfAProcessThatIsJustDyingCanBeMeasured) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  Cluster cluster(hosts.file(), {});
  if (cluster.clocks() == nullptr) GTEST_SKIP() << cluster.why_no_clocks();
  cluster.upload_everywhere(ASSAY_CLOCK_DYNAMIC, "bin/dynamic", 0755);
  cluster.deploy({{.binary = "bin/dynamic", .arguments = {"ends"}}});
  cluster.start_everything();
  Clocks& clocks = *cluster.clocks();
  clocks.set_offset(0, 60 * kSecond);
  // It may take a while until its end begins.
  do {
    EXPECT_NEAR(static_cast<double>(clocks.measure_offset(0)), 60e9, static_cast<double>(clocks.precision()));
  } while (cluster.processes()->state(0) != Processes::State::dead);
}

TEST(Cluster, PowerLossKeepsSyncedAndLosesUnsyncedData) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Cluster cluster(hosts.file(), {.power_loss = true, .disk_size_bytes = 64 << 20});
  if (!cluster.disks()->can_lose_power()) GTEST_SKIP() << cluster.why_no_disks();
  cluster.deploy(programs(2, "echo precious > kept; sync kept; sync .; echo fleeting > lost; sleep 1000"));
  cluster.start_everything();
  const std::string here = "cd " + cluster.data_folder(0) + " && ";
  ASSERT_EQ(cluster.run(0, here + "while ! [ -s lost ]; do sleep 0.01; done; cat kept lost").output,
            "precious\nfleeting\n");
  const Evidence evidence = cluster.disks()->power_loss(0);
  EXPECT_TRUE(evidence.proved);
  EXPECT_EQ(cluster.processes()->state(0), Processes::State::dead);
  EXPECT_EQ(cluster.processes()->state(1), Processes::State::running);
  EXPECT_EQ(cluster.run(0, here + "cat kept").output, "precious\n");
  EXPECT_NE(cluster.run(0, here + "cat lost").output, "fleeting\n");
  cluster.processes()->start(0);
  EXPECT_EQ(cluster.processes()->state(0), Processes::State::running);
  EXPECT_TRUE(cluster.disks()->power_loss(0).proved) << "and again";
  cluster.stop();
  EXPECT_EQ(cluster.run(0, "grep -c /var/lib/assay/disk /proc/mounts").output, "0\n");
}

TEST(Cluster, FilesArgumentsAndLogs) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Cluster cluster(hosts.file(), {});
  for (NodeId node = 0; node < 2; ++node)
    cluster.write_file(node, "conf/node.conf", "i am " + cluster.names()[static_cast<std::size_t>(node)]);
  std::vector<NodeProgram> all(
      2, {.binary = "/bin/sh",
          .arguments = {"-c", "cat $CONF; echo \" $0 $1\"; echo more > $HOME/extra.log; sleep 1000", "{data}",
                        "{address}"},
          .environment = {{"CONF", "{home}/conf/node.conf"}},
          .more_logs = {"disk/data/extra.log", "disk/data/none.log"}});
  cluster.deploy(all);
  cluster.start_everything();
  cluster.run(0, "sleep 0.2");
  const std::string folder = hosts.path() + ".logs";
  cluster.collect_logs(folder);
  std::ifstream stream(folder + "/n2/node.log");
  std::string line;
  std::getline(stream, line);
  EXPECT_EQ(line, "i am n2 /var/lib/assay/disk/data " + cluster.address(1));
  EXPECT_TRUE(std::filesystem::exists(folder + "/n1/extra.log"));
  EXPECT_FALSE(std::filesystem::exists(folder + "/n1/none.log"));
}

TEST(Cluster, HostsInTroubleAreEachNamed) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(3);
  HostsFile file = hosts.file();
  file.hosts[0].known_hosts = "/dev/null";
  file.hosts[2].port = 2;
  try {
    Cluster cluster(file, {});
    FAIL() << "connected";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("n1 ("), HasSubstr("host key is unknown"), HasSubstr("n3 ("),
                                    HasSubstr("connection refused")));
    EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("n2")));
  }
}

}  // namespace
}  // namespace assay::cluster
