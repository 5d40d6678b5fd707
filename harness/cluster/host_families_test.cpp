// The network of hosts with IPv6 addresses, and of hosts that have iptables and no nft.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "harness/cluster/deployment.h"
#include "harness/cluster/testing/least_late.h"
#include "harness/cluster/testing/test_hosts.h"

namespace assay::cluster {
namespace {

using ::testing::HasSubstr;

const std::vector<Link> kThere = {{0, 1}}, kBack = {{1, 0}}, kBothWays = {{0, 1}, {1, 0}};

// Whether a connection from one host to another's SSH server comes about.
bool connects(Cluster& cluster, NodeId from, const std::string& address) {
  const std::string open = "timeout 0.4 bash -c 'exec 3<>/dev/tcp/" + address + "/22'";
  return cluster.run(from, open).exit_status == 0;
}

// Rules of whatever kind on a host; empty tables are none.
std::string rules_left(Cluster& cluster, NodeId node) {
  return cluster
      .run(node,
           "/usr/sbin/nft list ruleset 2>/dev/null; iptables-save | grep ASSAY; ip6tables-save | grep ASSAY; "
           "true")
      .output;
}

std::string mechanism_in(const Evidence& evidence) {
  for (const Fact& fact : evidence.facts) {
    if (fact.name == "mechanism") return std::string(fact.value.as_text());
  }
  return {};
}

TEST(HostFamilies, HostsWithIpv6AreCutAndJoinedInEitherDirection) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2, LocalAddresses::ipv6);
  EXPECT_THAT(hosts.file().hosts[0].address, HasSubstr("fd55:a55a:"));
  Cluster cluster(hosts.file(), {});
  Network& network = *cluster.network();
  for (const auto& [cut, open] : {std::pair(kThere, kBack), std::pair(kBack, kThere)}) {
    network.cut(cut);
    EXPECT_TRUE(network.probe(cut, false).proved);
    // Neighbours who forgot each other find each other again.
    for (const NodeId node : {0, 1}) cluster.run(node, "ip -6 neigh flush all");
    EXPECT_TRUE(network.probe(open, true).proved);
    network.heal();
  }
  const std::vector<Link> clients = {{kClients, 0}, {0, kClients}};
  network.cut(clients);
  EXPECT_TRUE(network.probe(clients, false).proved);
  EXPECT_TRUE(network.probe(kBothWays, true).proved);
  network.heal();
  EXPECT_TRUE(network.probe(clients, true).proved);
  EXPECT_EQ(rules_left(cluster, 0), "");
}

TEST(HostFamilies, LinksOfIpv6AreMadeBad) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2, LocalAddresses::ipv6);
  Cluster cluster(hosts.file(), {});
  if (cluster.packets() == nullptr) GTEST_SKIP() << cluster.why_no_packets();
  Packets& packets = *cluster.packets();
  const ProbePlan plan{.count = 200, .interval = kMillisecond, .patience = kSecond};
  const auto before = least_late(packets, kBothWays, plan);
  packets.shape(std::vector<ShapedLink>{{kThere[0], *parse_packet_quality("delay:60ms")},
                                        {kBack[0], *parse_packet_quality("loss:40%")}});
  const auto during = least_late(packets, kBothWays, plan);
  EXPECT_EQ(during[0].arrived, 200);
  EXPECT_GE(during[0].delay_median - before[0].delay_median, 55 * kMillisecond);
  EXPECT_LE(during[0].delay_median - before[0].delay_median, 90 * kMillisecond);
  EXPECT_NEAR(static_cast<double>(during[1].arrived), 120, 40);
  packets.restore();
  EXPECT_EQ(packets.measure(kBothWays, plan)[1].arrived, 200);
  EXPECT_EQ(rules_left(cluster, 0) + rules_left(cluster, 1), "");
}

// What nodes are known by is of one family; a cut that forgot the other would be none.
TEST(HostFamilies, HostsWithBothFamiliesAreCutInBoth) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2, LocalAddresses::both);
  Cluster cluster(hosts.file(), {});
  const std::string subnet = std::to_string(hosts.options().subnet);
  const std::vector<std::string> second = {"10." + subnet + ".0.12", "fd55:a55a:" + subnet + "::12"};
  for (const std::string& address : second) EXPECT_TRUE(connects(cluster, 0, address)) << address;
  cluster.network()->cut(kBothWays);
  EXPECT_TRUE(cluster.network()->probe(kBothWays, false).proved);
  for (const std::string& address : second) EXPECT_FALSE(connects(cluster, 0, address)) << address;
  cluster.network()->heal();
  for (const std::string& address : second) EXPECT_TRUE(connects(cluster, 0, address)) << address;
  EXPECT_EQ(rules_left(cluster, 0), "");
}

// nft is hidden behind a file that can't be run, in the hosts' own mount namespaces.
void hide_nft(Cluster& cluster) {
  for (const NodeId node : {0, 1}) {
    ASSERT_EQ(cluster.run(node, "mount --bind /dev/null $(command -v nft || echo /usr/sbin/nft)").exit_status,
              0);
  }
}

// The address that the host gave itself on its one link; not before its neighbours have had time to object to it.
std::string link_address(Cluster& cluster, NodeId node) {
  const std::string ask = "ip -6 -o address show dev eth0 scope link ";
  for (int look = 0; look < 1000 && !cluster.run(node, ask + "tentative").output.empty(); ++look) {
  }
  return cluster.run(node, ask + "| sed 's/.*inet6 //; s,/.*,,' | tr -d '\\n'").output;
}

// Nobody listens there: who is reached refuses, who isn't says nothing.
bool refuses(Cluster& cluster, NodeId from, const std::string& address) {
  const std::string open = "timeout 0.4 bash -c 'exec 3<>/dev/tcp/" + address + "%eth0/9'";
  return cluster.run(from, open).error.find("refused") != std::string::npos;
}

// Programs find each other by these, too, when they look around on their link.
TEST(HostFamilies, NeighboursAreCutOffByTheirLinkLocalAddressesToo) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  std::vector<std::string> addresses;
  {
    Cluster cluster(hosts.file(), {});
    for (const NodeId node : {0, 1}) addresses.push_back(link_address(cluster, node));
  }
  if (addresses[0].empty() || addresses[1].empty()) GTEST_SKIP() << "no IPv6 on this machine";
  for (const bool with_nft : {true, false}) {
    if (!with_nft) hide_nft(*std::make_unique<Cluster>(hosts.file(), ClusterOptions()));
    Cluster cluster(hosts.file(), {});
    for (const NodeId node : {0, 1}) ASSERT_TRUE(refuses(cluster, node, addresses[1 - node])) << node;
    cluster.network()->cut(kThere);
    for (const NodeId node : {0, 1}) EXPECT_FALSE(refuses(cluster, node, addresses[1 - node])) << node;
    cluster.network()->heal();
    for (const NodeId node : {0, 1}) EXPECT_TRUE(refuses(cluster, node, addresses[1 - node])) << node;
    cluster.network()->play(std::vector<TimedCut>{{kThere[0], 0, 3600 * kSecond}}, 7200 * kSecond);
    EXPECT_FALSE(refuses(cluster, 0, addresses[1]));
    cluster.network()->heal();
  }
}

TEST(HostFamilies, WithoutNftTheNetworkIsCutByIptables) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2, LocalAddresses::both);
  hide_nft(*std::make_unique<Cluster>(hosts.file(), ClusterOptions()));
  Cluster cluster(hosts.file(), {});
  ASSERT_NE(cluster.network(), nullptr) << cluster.why_no_network();
  EXPECT_EQ(cluster.facts()[0].network_means, "iptables");
  Network& network = *cluster.network();
  const std::string other_family = "fd55:a55a:" + std::to_string(hosts.options().subnet) + "::12";
  network.cut(kThere);
  const Evidence cut = network.probe(kThere, false);
  EXPECT_TRUE(cut.proved);
  EXPECT_EQ(mechanism_in(cut), "iptables");
  EXPECT_TRUE(network.probe(kBack, true).proved);
  EXPECT_FALSE(connects(cluster, 0, other_family));
  const std::vector<Link> clients = {{kClients, 1}, {1, kClients}};
  network.cut(clients);
  EXPECT_TRUE(network.probe(clients, false).proved);
  EXPECT_TRUE(network.probe(kThere, false).proved) << "what was cut before stays cut";
  network.heal();
  EXPECT_TRUE(network.probe(kBothWays, true).proved && network.probe(clients, true).proved);
  EXPECT_TRUE(connects(cluster, 0, other_family));

  network.play(std::vector<TimedCut>{{kThere[0], 0, 200 * kMillisecond}}, 400 * kMillisecond);
  bool seen_cut = false, seen_open = false;
  for (int look = 0; look < 10'000 && !(seen_cut && seen_open && network.played() >= 3); ++look) {
    seen_cut = seen_cut || network.probe(kThere, false).proved;
    seen_open = seen_open || network.probe(kThere, true).proved;
  }
  EXPECT_TRUE(seen_cut && seen_open);
  network.heal();
  EXPECT_EQ(rules_left(cluster, 0) + rules_left(cluster, 1), "");
}

TEST(HostFamilies, WithoutNftConnectionsAreForgottenByIptables) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2, LocalAddresses::ipv6);
  hide_nft(*std::make_unique<Cluster>(hosts.file(), ClusterOptions()));
  Cluster cluster(hosts.file(), {});
  if (cluster.connections() == nullptr) GTEST_SKIP() << cluster.why_no_connections();
  const std::string hold = "exec 3<>/dev/tcp/" + cluster.address(1) + "/22; sleep 100";
  const auto established = [&](NodeId node, NodeId peer) {
    return cluster.run(node, "ss -H -t -n state established dst '[" + cluster.address(peer) + "]'").output;
  };
  for (const bool slowly : {false, true}) {
    cluster.deploy(
        {{.binary = "/bin/bash", .arguments = {"-c", hold}}, {.binary = "/bin/sleep", .arguments = {"100"}}});
    cluster.start_everything();
    for (int look = 0; look < 100 && established(0, 1).empty(); ++look) {
    }
    ASSERT_NE(established(0, 1), "");
    if (slowly) {
      cluster.connections()->close_slowly(kThere);
      EXPECT_GE(cluster.connections()->lingering().withheld, 1);
    } else {
      cluster.connections()->forget(kThere);
    }
    EXPECT_EQ(cluster.connections()->ended(), 1);
    EXPECT_EQ(cluster.connections()->mechanism(), slowly ? "pidfd_getfd,iptables" : "SOCK_DESTROY,iptables");
    EXPECT_EQ(established(0, 1), "");
    EXPECT_NE(established(1, 0), "") << "the other end still believes";
    cluster.connections()->heal();
    EXPECT_EQ(rules_left(cluster, 0), "");
  }
}

}  // namespace
}  // namespace assay::cluster
