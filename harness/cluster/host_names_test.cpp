// Names of nodes on real hosts: found by the hosts' own programs, in trouble, and gone without a trace.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <fstream>
#include <sstream>
#include <string>

#include "harness/cluster/command.h"
#include "harness/cluster/deployment.h"
#include "harness/cluster/testing/test_hosts.h"
#include "harness/core/error.h"

namespace assay::cluster {
namespace {

using ::testing::HasSubstr;

// The file, what is bound over it, and who listens for questions.
std::string resolver_of(Cluster& cluster, NodeId node) {
  return cluster
      .run(node, "cat /etc/resolv.conf; grep resolv.conf /proc/mounts; ss -H -u -l -n | grep ':53 '")
      .output;
}

// As a program sees it that is no agent's: the first address, or nothing.
std::string found_by_a_program(Cluster& cluster, NodeId node, const std::string& name) {
  const std::string output = cluster.run(node, "getent ahosts " + name).output;
  return output.substr(0, output.find(' '));
}

class NamedHosts : public testing::Test {
 protected:
  void SetUp() override { ASSAY_NEEDS_LOCAL_HOSTS(); }
};

TEST_F(NamedHosts, FindEachOtherUntilTheirNamesAreInTrouble) {
  TestHosts hosts(3);
  std::string before;
  {
    Cluster cluster(hosts.file(), {});
    before = resolver_of(cluster, 0);
    EXPECT_EQ(found_by_a_program(cluster, 0, cluster.name_of_node(1)), "");
    ASSERT_NE(cluster.names_of_nodes(), nullptr) << cluster.why_no_names();
    EXPECT_EQ(resolver_of(cluster, 0), before) << "asking what a host can do changes nothing";
    cluster.find_by_name();
    Names& names = *cluster.names_of_nodes();
    const std::vector<Link> links = {{0, 1}, {0, 2}, {1, 0}, {1, 2}, {2, 2}};
    EXPECT_TRUE(names.look_up(links).proved);
    EXPECT_EQ(names.misled(), 0);
    const std::vector<TroubledName> troubled = {{links[0], NameTrouble::missing},
                                                {links[1], NameTrouble::wrong, 1},
                                                {links[2], NameTrouble::silent},
                                                {links[3], NameTrouble::nowhere}};
    EXPECT_FALSE(names.look_up_troubled(troubled).proved) << "not yet";
    names.trouble(troubled);
    EXPECT_TRUE(names.look_up_troubled(troubled).proved);
    EXPECT_TRUE(names.look_up(std::vector<Link>{links[4]}).proved) << "nobody hurt that";
    for (const TroubledName& name : troubled) {
      if (name.trouble == NameTrouble::silent) continue;  // which takes its time
      EXPECT_FALSE(names.look_up({&name.link, 1}).proved);
      TroubledName other = name;
      other.trouble = name.trouble == NameTrouble::missing ? NameTrouble::silent : NameTrouble::missing;
      EXPECT_FALSE(names.look_up_troubled({&other, 1}).proved) << "one trouble is not another";
    }
    EXPECT_EQ(found_by_a_program(cluster, 0, "N1.Assay.Test"), cluster.address(0)) << "in any letters";
    EXPECT_EQ(found_by_a_program(cluster, 0, cluster.name_of_node(1)), "");
    EXPECT_EQ(found_by_a_program(cluster, 0, cluster.name_of_node(2)), cluster.address(1));
    EXPECT_EQ(found_by_a_program(cluster, 1, cluster.name_of_node(2)), "192.0.2.1");
    EXPECT_GE(names.misled(), 4);
    names.heal();
    EXPECT_EQ(names.misled(), 0);
    EXPECT_TRUE(names.look_up(links).proved);
    EXPECT_EQ(found_by_a_program(cluster, 0, cluster.name_of_node(1)), cluster.address(1));
  }
  Cluster cluster(hosts.file(), {});
  EXPECT_EQ(resolver_of(cluster, 0), before);
}

TEST_F(NamedHosts, OfIpv6AreFound) {
  TestHosts hosts(2, LocalAddresses::ipv6);
  Cluster cluster(hosts.file(), {});
  cluster.find_by_name();
  EXPECT_EQ(found_by_a_program(cluster, 0, cluster.name_of_node(1)), cluster.address(1));
  const std::vector<TroubledName> nowhere = {{{0, 1}, NameTrouble::nowhere}};
  cluster.names_of_nodes()->trouble(nowhere);
  EXPECT_TRUE(cluster.names_of_nodes()->look_up_troubled(nowhere).proved);
  EXPECT_EQ(found_by_a_program(cluster, 0, cluster.name_of_node(1)), "2001:db8::1");
}

// A host that has no resolv.conf, as small machines do, has none again afterwards.
TEST_F(NamedHosts, WithoutAResolvConfHaveNoneAfterwards) {
  TestHosts hosts(1);
  {
    Cluster cluster(hosts.file(), {});
    ASSERT_EQ(cluster.run(0, "rm -f /etc/resolv.conf").exit_status, 0);
    cluster.find_by_name();
    EXPECT_EQ(found_by_a_program(cluster, 0, cluster.name_of_node(0)), cluster.address(0));
  }
  Cluster cluster(hosts.file(), {});
  EXPECT_NE(cluster.run(0, "test -e /etc/resolv.conf").exit_status, 0);
}

// Other names are asked for where the host asked before: here, at a server that knows no names.
TEST_F(NamedHosts, PassOnWhatTheyDontKnow) {
  TestHosts hosts(1);
  Cluster cluster(hosts.file(), {});
  if (cluster.run(0, "test -x /usr/bin/python3").exit_status != 0) GTEST_SKIP() << "python3 is missing";
  ASSERT_EQ(cluster.run(0, "echo nameserver 127.0.0.99 > /etc/resolv.conf").exit_status, 0);
  const std::string serve =
      "import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind(('127.0.0.99',53))\n"
      "print('listens',flush=True)\nwhile True:\n  q,a=s.recvfrom(999)\n  "
      "r=q[:2]+b'\\x85\\x80\\0\\1'+(b'\\0\\1' if q[-3]==1 else b'\\0\\0')+bytes(4)+q[12:]\n  "
      "s.sendto(r+(b'\\xc0\\x0c\\0\\1\\0\\1'+bytes(5)+b'\\4'+bytes([10,1,2,3]) if q[-3]==1 else b''),a)\n";
  cluster.deploy({{.binary = "/usr/bin/python3", .arguments = {"-c", serve}}});
  cluster.start_everything();
  cluster.find_by_name();
  std::string found;
  for (int look = 0; look < 30 && found.empty(); ++look) found = found_by_a_program(cluster, 0, "other.test");
  EXPECT_EQ(found, "10.1.2.3");
  EXPECT_EQ(found_by_a_program(cluster, 0, cluster.name_of_node(0)), cluster.address(0));
}

TEST_F(NamedHosts, SayWhyTheyCantBe) {
  TestHosts hosts(1);
  const std::string taken =
      "import socket,time\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind(('0.0.0.0',53))\n"
      "print('listens',flush=True)\ntime.sleep(1000)\n";
  Cluster cluster(hosts.file(), {});
  if (cluster.run(0, "test -x /usr/bin/python3").exit_status != 0) GTEST_SKIP() << "python3 is missing";
  cluster.deploy({{.binary = "/usr/bin/python3",
                   .arguments = {"-c", taken},
                   .ready_command = "grep -q listens /var/lib/assay/logs/node.log"}});
  cluster.start_everything();
  EXPECT_EQ(cluster.names_of_nodes(), nullptr);
  EXPECT_THAT(cluster.why_no_names(), HasSubstr("127.0.0.77:53: Address already in use"));
  EXPECT_THROW(cluster.find_by_name(), HarnessError);
}

// Their programs ask somebody else than resolv.conf says.
TEST_F(NamedHosts, AreFoundByTheirOwnProgramsOrNotAtAll) {
  TestHosts hosts(1);
  Cluster cluster(hosts.file(), {});
  ASSERT_EQ(cluster.run(0, "echo hosts: files > /etc/nsswitch.conf").exit_status, 0);
  ASSERT_NE(cluster.names_of_nodes(), nullptr) << cluster.why_no_names();
  try {
    cluster.find_by_name();
    FAIL() << "nobody finds it";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), HasSubstr("nsswitch.conf"));
    EXPECT_THAT(error.what(), HasSubstr("n1.assay.test at n1: nothing"));
  }
}

// By the dead-man switch: agent and controller are gone, the guardian is left.
TEST_F(NamedHosts, GetTheirResolverBackWhenTheAgentDies) {
  TestHosts hosts(1);
  Cluster cluster(hosts.file(), {});
  const std::string before = resolver_of(cluster, 0);
  cluster.find_by_name();
  const std::string during = resolver_of(cluster, 0);
  EXPECT_THAT(during, HasSubstr("nameserver 127.0.0.77"));
  std::istringstream pids(run_program({"ip", "netns", "pids", hosts.network_namespace(1)}).output);
  for (pid_t pid = 0; pids >> pid;) {
    std::string name;
    std::ifstream comm("/proc/" + std::to_string(pid) + "/comm");
    std::getline(comm, name);
    if (name == "assay-agent") ::kill(pid, SIGKILL);
  }
  for (int look = 0; look < 2'000 && resolver_of(cluster, 0) != before; ++look) ::poll(nullptr, 0, 20);
  EXPECT_EQ(resolver_of(cluster, 0), before);
}

}  // namespace
}  // namespace assay::cluster
