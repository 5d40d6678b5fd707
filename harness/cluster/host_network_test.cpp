// The network of real hosts: cuts of clients, cuts by a script, links made bad and measured from outside, broken connections.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <fstream>
#include <sstream>
#include <string>

#include "harness/cluster/command.h"
#include "harness/cluster/deployment.h"
#include "harness/cluster/testing/least_late.h"
#include "harness/cluster/testing/test_hosts.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

PacketQuality asked(const char* text) { return *parse_packet_quality(text); }

// Tables and disciplines on a host.
std::string rules_of(Cluster& cluster, NodeId node) {
  return cluster.run(node, "nft list tables; tc qdisc show | grep -v noqueue").output;
}

// A process on that host by its name, as this machine numbers it; 0: none.
pid_t process_of(const TestHosts& hosts, int number, const std::string& name) {
  std::istringstream pids(run_program({"ip", "netns", "pids", hosts.network_namespace(number)}).output);
  for (pid_t pid = 0; pids >> pid;) {
    std::string found;
    std::ifstream comm("/proc/" + std::to_string(pid) + "/comm");
    std::getline(comm, found);
    if (found == name) return pid;
  }
  return 0;
}

TEST(HostNetwork, ClientsAreCutOffAndTheControllerIsNot) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Cluster cluster(hosts.file(), {});
  Network& network = *cluster.network();
  const std::vector<Link> clients = {{kClients, 0}, {0, kClients}};
  const std::vector<Link> others = {{0, 1}, {1, 0}, {kClients, 1}};
  EXPECT_TRUE(network.probe(clients, true).proved);
  for (const Link& one_way : clients) {
    network.cut(std::vector<Link>{one_way});
    EXPECT_TRUE(network.probe(clients, false).proved);
    EXPECT_TRUE(network.probe(others, true).proved);
    EXPECT_EQ(cluster.run(0, "echo here").output, "here\n") << "over a new channel";
    network.heal();
    EXPECT_TRUE(network.probe(clients, true).proved);
  }
  EXPECT_EQ(rules_of(cluster, 0), "");
}

TEST(HostNetwork, AScriptCutsAndLetsGo) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Cluster cluster(hosts.file(), {});
  Network& network = *cluster.network();
  const std::vector<Link> there = {{0, 1}}, back = {{1, 0}};
  const std::vector<TimedCut> script = {{there[0], 0, 400 * kMillisecond},
                                        {back[0], 400 * kMillisecond, 800 * kMillisecond}};
  network.play(script, 1200 * kMillisecond);
  bool seen_cut = false, seen_open = false;
  for (int look = 0; look < 10'000 && !(seen_cut && seen_open && network.played() >= 6); ++look) {
    seen_cut = seen_cut || network.probe(there, false).proved;
    seen_open = seen_open || network.probe(there, true).proved;
  }
  EXPECT_TRUE(seen_cut && seen_open);
  EXPECT_GE(network.played(), 6) << "more than one round";
  network.heal();
  const std::int64_t played = network.played();
  EXPECT_TRUE(network.probe(there, true).proved && network.probe(back, true).proved);
  EXPECT_EQ(rules_of(cluster, 0), "");
  EXPECT_EQ(network.played(), played) << "it has ended";
}

// Generous bounds: the machine is busy with other tests. bench/packets_accuracy measures to the percent.
TEST(HostNetwork, LinksAreAsBadAsAskedAndHealed) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(3);
  Cluster cluster(hosts.file(), {});
  if (cluster.packets() == nullptr) GTEST_SKIP() << cluster.why_no_packets();
  Packets& packets = *cluster.packets();
  EXPECT_EQ(rules_of(cluster, 0), "") << "asking what a host can do leaves nothing";
  ASSERT_EQ(cluster.run(0, "nft add table ip mangle; nft add chain ip mangle other").exit_status, 0)
      << "a table that somebody else uses";
  const std::vector<Link> links = {{0, 1}, {1, 0}, {1, 2}, {2, 0}};
  const ProbePlan plan{.count = 300, .interval = kMillisecond, .patience = kSecond};
  const auto before = least_late(packets, links, plan);
  for (const LinkMeasure& measure : before) EXPECT_EQ(measure.arrived, 300);
  packets.shape(std::vector<ShapedLink>{{links[0], asked("delay:60ms")},
                                        {links[1], asked("loss:30%+duplicate:20%")},
                                        {links[3], asked("corrupt:40%")}});
  const auto during = least_late(packets, links, plan);
  const auto added = [&](std::size_t i) { return during[i].delay_median - before[i].delay_median; };
  EXPECT_EQ(during[0].arrived, 300);
  EXPECT_GE(added(0), 55 * kMillisecond);
  EXPECT_LE(added(0), 90 * kMillisecond);
  EXPECT_NEAR(static_cast<double>(during[1].arrived), 210, 40);
  EXPECT_NEAR(static_cast<double>(during[1].duplicates), 42, 25);
  EXPECT_EQ(during[2].arrived, 300) << "nobody touched that one";
  EXPECT_NEAR(static_cast<double>(during[3].arrived), 180, 40) << "checksums find the damage";

  packets.shape(std::vector<ShapedLink>{{links[2], asked("rate:2mbit")}});
  const auto full =
      least_late(packets, links,
                 {.count = 60, .interval = 2 * kMillisecond, .size_bytes = 1242, .patience = 2 * kSecond});
  EXPECT_NEAR(static_cast<double>(full[2].rate), 2e6, 0.4e6);
  EXPECT_GE(full[0].delay_median - before[0].delay_median, 55 * kMillisecond) << "it stays as it was";

  packets.restore();
  packets.restore();
  const auto after = least_late(packets, links, plan);
  for (std::size_t i = 0; i < links.size(); ++i) {
    EXPECT_EQ(after[i].arrived, 300);
    EXPECT_EQ(after[i].duplicates, 0);
    EXPECT_LE(after[i].delay_median - before[i].delay_median, 20 * kMillisecond);
  }
  EXPECT_THAT(rules_of(cluster, 1), "");
  EXPECT_EQ(cluster.run(0, "nft list chain ip mangle other > /dev/null").exit_status, 0);
}

TEST(HostNetwork, LinksOfClientsAreMadeBadAndSshIsNot) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Cluster cluster(hosts.file(), {});
  if (cluster.packets() == nullptr) GTEST_SKIP() << cluster.why_no_packets();
  Packets& packets = *cluster.packets();
  const std::vector<Link> links = {{kClients, 0}, {0, kClients}, {kClients, 1}, {0, 1}};
  const ProbePlan plan{.count = 200, .interval = kMillisecond, .patience = kSecond};
  const auto before = least_late(packets, links, plan);
  for (const LinkMeasure& measure : before) EXPECT_EQ(measure.arrived, 200);
  packets.shape(
      std::vector<ShapedLink>{{links[0], asked("delay:400ms")}, {links[1], asked("loss:40%+delay:60ms")}});
  const auto during = least_late(packets, links, plan);
  const auto added = [&](std::size_t i) { return during[i].delay_median - before[i].delay_median; };
  EXPECT_EQ(during[0].arrived, 200);
  EXPECT_GE(added(0), 390 * kMillisecond);
  EXPECT_LE(added(0), 440 * kMillisecond);
  EXPECT_NEAR(static_cast<double>(during[1].arrived), 120, 40);
  EXPECT_GE(added(1), 55 * kMillisecond);
  for (const std::size_t i : {2, 3}) {
    EXPECT_EQ(during[i].arrived, 200) << "nobody touched that one";
    EXPECT_LE(added(i), 30 * kMillisecond);
  }
  const std::string rules = cluster.run(0, "iptables-save -t mangle | grep 'p tcp.*NFQUEUE'").output;
  for (const char* ssh : {"! --dport 22 ", "! --sport 22 "}) EXPECT_THAT(rules, HasSubstr(ssh));
  packets.restore();
  EXPECT_EQ(packets.measure(links, plan)[1].arrived, 200);
  EXPECT_EQ(rules_of(cluster, 0), "");
}

// The agent holds packets: when it is gone, they flow.
TEST(HostNetwork, BadLinksFailOpen) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Cluster cluster(hosts.file(), {});
  if (cluster.packets() == nullptr) GTEST_SKIP() << cluster.why_no_packets();
  const std::vector<ShapedLink> shaped = {{{0, 1}, asked("loss:90%+delay:5s")}};
  cluster.packets()->shape(shaped);
  if (cluster.packets()->mechanism() != "nfqueue") GTEST_SKIP() << "the kernel does it here";
  const std::string connect = "timeout 0.5 bash -c 'echo > /dev/tcp/" + cluster.address(1) + "/22'";
  EXPECT_EQ(cluster.run(0, connect).exit_status, 124);
  // The guardian is stopped, so that the rules stay, and the agent killed.
  const pid_t guardian = process_of(hosts, 2, "assay-guardian");
  const pid_t agent = process_of(hosts, 2, "assay-agent");
  ASSERT_TRUE(guardian > 1 && agent > 1);
  ::kill(guardian, SIGSTOP);
  ::kill(agent, SIGKILL);
  EXPECT_EQ(cluster.run(0, connect).exit_status, 0);
  EXPECT_THAT(rules_of(cluster, 1), HasSubstr("mangle"));
  ::kill(guardian, SIGCONT);
  for (int look = 0; look < 10'000 && !rules_of(cluster, 1).empty(); ++look) ::poll(nullptr, 0, 50);
  EXPECT_EQ(rules_of(cluster, 1), "");
}

// Empty, or with nothing but a chain that accepts: they are the host's all the same.
TEST(HostNetwork, AHostsOwnTablesStayAsTheyAre) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  const std::vector<Link> both_ways = {{0, 1}, {1, 0}};
  const std::vector<ShapedLink> shaped = {
      {{0, 1}, asked("delay:1ms")}, {{1, kClients}, asked("delay:1ms")}, {{1, 0}, asked("delay:1ms")}};
  const auto ruleset = [](Cluster& cluster, NodeId node) {
    return cluster.run(node, "nft list ruleset").output;
  };
  std::string before;
  {
    Cluster cluster(hosts.file(), {});
    if (cluster.packets() == nullptr) GTEST_SKIP() << cluster.why_no_packets();
    const std::string chain = "nft add chain ip mangle OUTPUT '{ type route hook output priority -150; }'";
    ASSERT_EQ(cluster.run(1, "nft add table ip mangle && nft add table ip6 mangle && " + chain).exit_status,
              0);
    before = ruleset(cluster, 1);
    cluster.network()->cut(both_ways);
    cluster.network()->heal();
    cluster.packets()->shape(shaped);
    const bool by_iptables = cluster.packets()->mechanism() == "nfqueue";
    if (by_iptables) {
      EXPECT_NE(ruleset(cluster, 1), before);
      // Somebody puts something into what iptables made for us.
      EXPECT_EQ(cluster.run(0, "nft add chain ip mangle other").exit_status, 0);
    }
    cluster.packets()->restore();
    EXPECT_EQ(ruleset(cluster, 1), before);
    if (by_iptables) {
      EXPECT_THAT(ruleset(cluster, 0), ::testing::AllOf(HasSubstr("other"), Not(HasSubstr("ASSAY"))));
      EXPECT_EQ(cluster.run(0, "nft delete table ip mangle").exit_status, 0);
    }
    cluster.network()->cut(both_ways);
    cluster.packets()->shape(shaped);
  }
  Cluster next(hosts.file(), {});
  EXPECT_EQ(ruleset(next, 1), before) << "after a run that ended with faults in force";
  EXPECT_EQ(ruleset(next, 0), "");
}

// Whoever heals may be killed between our chain and what iptables made around it; the state file still names that.
TEST(HostNetwork, WhatAnInterruptedHealingLeftGoesWithTheNext) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  const auto tables = [&] {
    return run_program({"ip", "netns", "exec", hosts.network_namespace(2), "nft", "list", "tables"}).output;
  };
  {
    Cluster cluster(hosts.file(), {});
    if (cluster.packets() == nullptr) GTEST_SKIP() << cluster.why_no_packets();
    cluster.packets()->shape(std::vector<ShapedLink>{{{0, 1}, asked("delay:1ms")}});
    if (cluster.packets()->mechanism() != "nfqueue") GTEST_SKIP() << "the kernel does it here";
    EXPECT_THAT(cluster.run(1, "cat " + cluster.home(1) + "/agent/faults").output,
                HasSubstr("\ntable ip mangle\n"));
    for (const char* name : {"assay-guardian", "assay-agent"}) {
      const pid_t pid = process_of(hosts, 2, name);
      ASSERT_GT(pid, 1);
      ::kill(pid, SIGKILL);
    }
    const std::string ours = "iptables -w 5 -t mangle ";
    EXPECT_EQ(cluster.run(1, ours + "-D INPUT -j ASSAY && " + ours + "-F ASSAY && " + ours + "-X ASSAY")
                  .exit_status,
              0);
    EXPECT_EQ(tables(), "table ip mangle\n");
  }
  heal_hosts(hosts.file(), {});
  EXPECT_EQ(tables(), "");
}

// n1 serves, n2 holds a connection to it and says what becomes of that.
std::vector<NodeProgram> talkers(const Cluster& cluster) {
  const std::string serve =
      "import socket\ns=socket.create_server(('', 7000))\nkept=[]\nwhile True:\n  kept.append(s.accept())\n  "
      "print('accepted', flush=True)\n";
  const std::string talk =
      "import socket,time\ns=None\nwhile s is None:\n  try: s=socket.create_connection(('" +
      cluster.address(0) +
      "', 7000))\n  except OSError: time.sleep(0.05)\nprint('connected', flush=True)\ntry:\n  while True:\n  "
      "  "
      "s.send(b'x'); time.sleep(0.02)\nexcept OSError as e: print('ended', flush=True)\ntime.sleep(1000)\n";
  return {{.binary = "/usr/bin/python3", .arguments = {"-c", serve}, .ready_port = 0},
          {.binary = "/usr/bin/python3", .arguments = {"-c", talk}}};
}

std::string talked(Cluster& cluster, NodeId node, const std::string& until, int looks = 400) {
  std::string log;
  for (int look = 0; look < looks && log.find(until) == std::string::npos; ++look) {
    ::poll(nullptr, 0, 50);
    log = cluster.run(node, "cat /var/lib/assay/logs/node.log").output;
  }
  return log;
}

TEST(HostNetwork, ConnectionsAreResetOrForgotten) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Cluster cluster(hosts.file(), {});
  if (cluster.connections() == nullptr) GTEST_SKIP() << cluster.why_no_connections();
  if (cluster.run(0, "test -x /usr/bin/python3").exit_status != 0) GTEST_SKIP() << "python3 is missing";
  Connections& connections = *cluster.connections();
  for (const bool half_open : {false, true}) {
    cluster.deploy(talkers(cluster));
    cluster.start_everything();
    EXPECT_THAT(talked(cluster, 1, "connected"), HasSubstr("connected"));
    const std::vector<Link> links = {{0, 1}};
    if (half_open) {
      connections.forget(links);
    } else {
      connections.reset(links, 0);
    }
    EXPECT_GE(connections.ended(), 1);
    const std::string state = "ss -H -t -n state established dst " + cluster.address(half_open ? 1 : 0);
    EXPECT_EQ(cluster.run(half_open ? 0 : 1, state).output, "") << "gone at its end";
    if (half_open) {
      // Not for long: what TCP sends again comes ever later.
      EXPECT_EQ(talked(cluster, 1, "ended", 10).find("ended"), std::string::npos)
          << "the other end still believes";
      connections.heal();
    }
    EXPECT_THAT(talked(cluster, 1, "ended"), HasSubstr("ended"));
    connections.heal();
    EXPECT_EQ(rules_of(cluster, 0), "");
  }
}

// n1 serves, n2 listens on a connection to it: nobody sends anything.
TEST(HostNetwork, ConnectionsEndSlowly) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  Cluster cluster(hosts.file(), {});
  if (cluster.connections() == nullptr) GTEST_SKIP() << cluster.why_no_connections();
  if (cluster.run(0, "test -x /usr/bin/python3").exit_status != 0) GTEST_SKIP() << "python3 is missing";
  Connections& connections = *cluster.connections();
  ASSERT_EQ(connections.lack_of_slow_close(), std::nullopt);
  std::vector<NodeProgram> programs = talkers(cluster);
  std::string& talk = programs[1].arguments[1];
  const std::string sending = "s.send(b'x'); time.sleep(0.02)";
  ASSERT_NE(talk.find(sending), std::string::npos);
  talk.replace(talk.find(sending), sending.size(), "assert s.recv(1)");
  talk.replace(talk.find("OSError as e"), 12, "AssertionError");
  cluster.deploy(programs);
  cluster.start_everything();
  EXPECT_THAT(talked(cluster, 0, "accepted"), HasSubstr("accepted"));
  EXPECT_THAT(talked(cluster, 1, "connected"), HasSubstr("connected"));
  const auto sockets = [&](NodeId node, const std::string& state) {
    return cluster.run(node, "ss -H -t -n state " + state + " dst " + cluster.address(1 - node)).output;
  };
  connections.close_slowly(std::vector<Link>{{0, 1}});
  EXPECT_EQ(connections.ended(), 1);
  const Connections::Lingering lingering = connections.lingering();
  EXPECT_GE(lingering.withheld, 1);
  EXPECT_EQ(lingering.closing, 1);
  EXPECT_EQ(connections.mechanism(), "pidfd_getfd,nftables");
  EXPECT_NE(sockets(0, "fin-wait-1"), "");
  EXPECT_NE(sockets(1, "established"), "") << "the other end still believes";
  EXPECT_THAT(talked(cluster, 1, "ended", 5), Not(HasSubstr("ended")));
  connections.heal();
  EXPECT_THAT(talked(cluster, 1, "ended"), HasSubstr("ended")) << "the end arrives at last";
  EXPECT_EQ(connections.lingering().withheld, 0);
  EXPECT_EQ(rules_of(cluster, 0), "");
}

}  // namespace
}  // namespace assay::cluster
