#include "harness/cluster/local_hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/cluster/command.h"
#include "harness/cluster/deployment.h"
#include "harness/cluster/local_network.h"
#include "harness/cluster/ssh.h"
#include "harness/cluster/testing/test_hosts.h"

namespace assay::cluster {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

std::string lines_with(const std::string& text, const std::string& word) {
  std::istringstream lines(text);
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(word) != std::string::npos) found += line + "\n";
  }
  return found;
}

// Everything of an instance that can be found on this machine by its name.
std::string listing(const std::string& instance) {
  const std::string name = "assay-" + instance;
  std::string found = lines_with(run_program({"ip", "netns"}).output, name);
  found += lines_with(run_program({"ip", "-brief", "link"}).output, name);
  found += lines_with(run_program({"ip", "route"}).output, name);
  found += lines_with(run_program({"/bin/cat", "/proc/mounts"}).output, "/local/" + instance);
  found += lines_with(run_program({"/bin/ls", "/var/lib/assay/local"}).output, instance);
  found += lines_with(run_program({"/bin/ps", "-e", "-o", "args"}).output, "/local/" + instance + "/");
  return found;
}

// Every process of the hosts, seen from this machine.
std::vector<pid_t> processes_of(const TestHosts& hosts, int count) {
  std::vector<pid_t> all;
  for (int i = 1; i <= count; ++i) {
    const std::vector<pid_t> some = processes_in_namespace(hosts.network_namespace(i));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

// A zombie that this machine's first process hasn't collected yet is dead.
bool lives(pid_t pid) {
  std::ifstream stream("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stream, text);
  const std::size_t name_end = text.rfind(") ");
  return name_end != std::string::npos && text[name_end + 2] != 'Z';
}

std::string first_process(const TestHosts& hosts) {
  std::ifstream stream("/var/lib/assay/local/" + hosts.options().instance + "/n1/pid");
  std::string pid;
  stream >> pid;
  return pid;
}

TEST(LocalHosts, ImpossibleNamesAndCounts) {
  EXPECT_THROW(LocalHosts({.instance = "UPPER"}), InputError);
  EXPECT_THROW(LocalHosts({.instance = "toolong"}), InputError);
  EXPECT_THROW(LocalHosts({.instance = ""}), InputError);
  EXPECT_THROW(LocalHosts({.instance = "../x"}), InputError);
  EXPECT_THROW(LocalHosts({.subnet = 256}), InputError);
  EXPECT_THROW(LocalHosts().up(0), InputError);
  EXPECT_THROW(LocalHosts().up(101), InputError);
}

TEST(LocalHosts, WithoutRootOneSentenceSaysWhatIsNeeded) {
  if (::geteuid() == 0) GTEST_SKIP() << "this is root";
  try {
    LocalHosts().up(3);
    FAIL() << "hosts without root";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("local hosts"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("root"));
  }
}

TEST(LocalHosts, UpIsIdempotentAndDownLeavesNothing) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  std::string instance;
  {
    TestHosts hosts(3);
    instance = hosts.options().instance;
    const std::string first = first_process(hosts);
    LocalHosts local(hosts.options());
    const LocalStatus status = local.status();
    EXPECT_TRUE(status.up);
    EXPECT_THAT(status.leftovers, IsEmpty());
    ASSERT_EQ(status.hosts.size(), 3u);
    EXPECT_GE(status.hosts[2].process_count, 2);
    EXPECT_GE(processes_of(hosts, 3).size(), 6u);
    EXPECT_NE(listing(instance), "");

    EXPECT_EQ(local.up(3), hosts.path());
    EXPECT_EQ(first_process(hosts), first) << "up() again must not start anew";
    local.up(2);
    EXPECT_EQ(local.status().hosts.size(), 2u);
    EXPECT_NE(first_process(hosts), first);
    local.up(3);
    // A process that would outlive its session, and one with a namespace of its own.
    SshSession session(hosts.file().hosts[0], 10 * kSecond);
    EXPECT_EQ(session
                  .run("setsid sleep 1000 >/dev/null 2>&1 & setsid unshare -m sleep 1000 >/dev/null 2>&1 &",
                       10 * kSecond)
                  .exit_status,
              0);
    const std::vector<pid_t> inside = processes_of(hosts, 3);
    EXPECT_GE(inside.size(), 9u);

    EXPECT_THAT(local.down(), Not(IsEmpty()));
    EXPECT_EQ(std::count_if(inside.begin(), inside.end(), lives), 0);
    EXPECT_FALSE(local.status().up);
    EXPECT_THAT(local.status().leftovers, IsEmpty());
    EXPECT_EQ(listing(instance), "");
    EXPECT_THAT(local.down(), IsEmpty()) << "down() again finds nothing";
  }
  EXPECT_EQ(listing(instance), "");
}

// `assay cluster up` writes it where its user is; who asks how the hosts are doesn't say where.
TEST(LocalHosts, TheirHostsFileMayBeAnywhere) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  const std::string path = "/tmp/assay-" + hosts.options().instance + ".json";
  LocalOptions elsewhere = hosts.options();
  elsewhere.hosts_file = "/tmp/../tmp/assay-" + hosts.options().instance + ".json";
  LocalHosts(elsewhere).up(1);
  const std::string first = first_process(hosts);
  const LocalHosts asked(hosts.options());
  EXPECT_TRUE(asked.status().up);
  EXPECT_THAT(asked.status().leftovers, IsEmpty());
  EXPECT_EQ(asked.status().hosts_file, path);
  LocalHosts(elsewhere).up(1);
  EXPECT_EQ(first_process(hosts), first) << "it is the same one";
  std::filesystem::remove(path);
  EXPECT_TRUE(asked.status().up) << "the hosts run without it";
  EXPECT_THAT(asked.status().leftovers, IsEmpty());
  EXPECT_EQ(asked.status().hosts_file, "");
  LocalHosts(elsewhere).up(1);
  EXPECT_EQ(asked.status().hosts_file, path);
  EXPECT_THAT(LocalHosts(elsewhere).down(), Contains("hosts file " + path));
  EXPECT_FALSE(std::filesystem::exists(path)) << "its hosts are gone";
  LocalHosts(elsewhere).up(1);
  std::ofstream(path) << "{\"hosts\": []}";
  LocalHosts(elsewhere).down();
  EXPECT_TRUE(std::filesystem::exists(path)) << "somebody else wrote that one";
  std::filesystem::remove(path);
}

TEST(LocalHosts, HostsAreSeparateAndHideThisMachinesKeys) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(2);
  SshSession one(hosts.file().hosts[0], 10 * kSecond);
  SshSession two(hosts.file().hosts[1], 10 * kSecond);
  const Nanos limit = 10 * kSecond;
  EXPECT_EQ(
      one.run("echo 1 > /etc/assay-test; echo 1 > /var/assay-test; echo 1 > /root/x", limit).exit_status, 0);
  EXPECT_NE(two.run("cat /etc/assay-test || cat /var/assay-test || cat /root/x", limit).exit_status, 0);
  EXPECT_FALSE(std::filesystem::exists("/etc/assay-test"));
  EXPECT_FALSE(std::filesystem::exists("/var/assay-test"));
  EXPECT_EQ(two.run("ls -A /root; ls -A /home; ls -A /var/lib/assay", limit).output, "");
  EXPECT_EQ(one.run("getent hosts n2", limit).exit_status, 0);
  EXPECT_EQ(one.run("ps -e -o comm= | grep -c sshd", limit).exit_status, 0);
  EXPECT_EQ(one.run("cat /proc/1/comm", limit).output, "assay-host\n");
  EXPECT_EQ(one.run("ip route get 192.0.2.1", limit).exit_status, 2) << "no way out";
}

TEST(LocalHosts, WhatACrashLeftIsFoundAndRemoved) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(3);
  LocalHosts local(hosts.options());
  const std::string instance = hosts.options().instance;
  // One host lost its first process, and the state of the others is gone.
  EXPECT_GE(kill_namespace(hosts.network_namespace(2)), 2);
  EXPECT_FALSE(local.status().up);
  EXPECT_THAT(local.status().leftovers, Not(IsEmpty()));
  for (const char* file : {"/n1/pid", "/n3/pid", "/HOSTS.json", "/id_ed25519"}) {
    std::filesystem::remove("/var/lib/assay/local/" + instance + file);
  }
  EXPECT_FALSE(local.status().up);
  const std::string path = local.up(3);
  EXPECT_TRUE(local.status().up);
  EXPECT_NO_THROW(SshSession(read_hosts_file(path).hosts[1], 10 * kSecond));
}

TEST(LocalHosts, DataIsInMemoryOrOnDiskAsAsked) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  const std::string folder_type = "stat -f -c %T /var/lib/assay";
  EXPECT_EQ(SshSession(hosts.file().hosts[0], 10 * kSecond).run(folder_type, 10 * kSecond).output, "tmpfs\n");
  LocalOptions on_disk = hosts.options();
  on_disk.data_on_disk = true;
  const HostsFile file = read_hosts_file(LocalHosts(on_disk).up(1));
  const std::string here = run_program({"stat", "-f", "-c", "%T", "/var/lib"}).output;
  EXPECT_EQ(SshSession(file.hosts[0], 10 * kSecond).run(folder_type, 10 * kSecond).output, here);
}

// More neighbours than the kernel remembers by its own limits.
TEST(LocalHosts, FiftyReachEachOther) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  if (std::getenv("ASSAY_NIGHTLY") == nullptr) GTEST_SKIP() << "only with ASSAY_NIGHTLY";
  const std::string limit = "/proc/sys/net/ipv4/neigh/default/gc_thresh3";
  const std::string before = run_program({"/bin/cat", limit}).output;
  {
    TestHosts hosts(50);
    Cluster cluster(hosts.file(), {});
    std::vector<Link> links;
    for (NodeId from = 0; from < 50; ++from) {
      for (NodeId to = 0; to < 50; ++to) {
        if (from != to) links.push_back({from, to});
      }
    }
    EXPECT_TRUE(cluster.network()->probe(links, true).proved);
  }
  EXPECT_EQ(run_program({"/bin/cat", limit}).output, before);
}

TEST(LocalHosts, TwoInstancesDoNotMeet) {
  ASSAY_NEEDS_LOCAL_HOSTS();
  TestHosts hosts(1);
  LocalOptions same_subnet{.instance = "z" + hosts.options().instance.substr(1),
                           .subnet = hosts.options().subnet};
  EXPECT_GT(LocalHosts::free_subnet(same_subnet), same_subnet.subnet);
  EXPECT_EQ(LocalHosts::free_subnet(hosts.options()), same_subnet.subnet)
      << "its own bridge is not in its way";
  try {
    LocalHosts(same_subnet).up(1);
    FAIL() << "two instances in one subnet";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("is used by the interface assay-t"));
  }
  LocalHosts(same_subnet).down();
  EXPECT_EQ(listing(same_subnet.instance), "");
  EXPECT_TRUE(LocalHosts(hosts.options()).status().up);
}

}  // namespace
}  // namespace assay::cluster
