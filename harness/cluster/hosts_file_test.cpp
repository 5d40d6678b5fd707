#include "harness/cluster/hosts_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/error.h"

namespace assay::cluster {
namespace {

using ::testing::HasSubstr;

std::string complaint_about(const std::string& text) {
  try {
    parse_hosts_file(text, "/etc/hosts.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(HostsFile, DefaultsAndComments) {
  const HostsFile file = parse_hosts_file(R"({
    // two machines
    "user": "tester", "identity": "keys/id", "known_hosts": "/k",
    "hosts": [{"address": "10.0.0.1"},
              /* the second differs */
              {"name": "db2", "address": "host.example", "port": 2222, "user": "root", "agent": true,
               "sudo": true, "data": "/srv/assay/", "node_address": "192.168.0.2"}]
  })",
                                          "/somewhere/HOSTS.json");
  ASSERT_EQ(file.hosts.size(), 2u);
  EXPECT_EQ(file.hosts[0], (Host{.name = "n1",
                                 .address = "10.0.0.1",
                                 .node_address = "10.0.0.1",
                                 .user = "tester",
                                 .identity = "/somewhere/keys/id",
                                 .known_hosts = "/k"}));
  EXPECT_EQ(file.hosts[1], (Host{.name = "db2",
                                 .address = "host.example",
                                 .node_address = "192.168.0.2",
                                 .port = 2222,
                                 .user = "root",
                                 .use_agent = true,
                                 .known_hosts = "/k",
                                 .sudo = true,
                                 .data = "/srv/assay"}));
}

TEST(HostsFile, AddressesOfBothFamiliesMayHaveTheirPort) {
  const HostsFile file = parse_hosts_file(R"({"agent": true, "port": 23, "hosts": [
    {"address": "fd00::1"}, {"address": "[fd00::2]"}, {"address": "[fd00::3]:2222"}, {"address": "db4:2200"},
    {"address": "10.0.0.5:22", "node_address": "fd00::5"}]})",
                                          "/etc/hosts.json");
  const std::vector<std::pair<std::string, int>> expected = {
      {"fd00::1", 23}, {"fd00::2", 23}, {"fd00::3", 2222}, {"db4", 2200}, {"10.0.0.5", 22}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(file.hosts[i].address, expected[i].first);
    EXPECT_EQ(file.hosts[i].port, expected[i].second);
  }
  EXPECT_EQ(file.hosts[2].node_address, "fd00::3");
  EXPECT_EQ(file.hosts[4].node_address, "fd00::5");
  for (const char* bad : {"[fd00::1", "[fd00::1]22", "[fd00::1]:", "[fd00::1]:0", "[fd00::1]:70000",
                          "[db1]:22", "db1:", "db1:x", ":22", "[]:22"}) {
    EXPECT_THAT(complaint_about(R"({"agent": true, "hosts": [{"address": ")" + std::string(bad) + "\"}]}"),
                HasSubstr("hosts[0].address: expected an IP address or a host name, alone or with a port"))
        << bad;
  }
  EXPECT_THAT(complaint_about(R"({"agent": true, "hosts": [{"address": "[::1]:22", "port": 23}]})"),
              HasSubstr("hosts[0].port: expected one port"));
}

TEST(HostsFile, EveryMistakeNamesFileAndField) {
  EXPECT_THAT(complaint_about("{\n\"hosts\": [,]}"), HasSubstr("/etc/hosts.json: not valid JSON at line 2"));
  EXPECT_THAT(complaint_about("{\"port\": 99e9999}"),
              HasSubstr("/etc/hosts.json: a number in it is too large"));
  EXPECT_THAT(complaint_about("[]"), HasSubstr("expected an object with \"hosts\""));
  EXPECT_THAT(complaint_about("{}"), HasSubstr("hosts: expected a list of at least one host"));
  EXPECT_THAT(complaint_about(R"({"hosts": []})"), HasSubstr("at least one host"));
  EXPECT_THAT(complaint_about(R"({"hosts": [1]})"), HasSubstr("hosts[0]: expected an object, found 1"));
  EXPECT_THAT(
      complaint_about(R"({"hosts": [{"address": "a", "agent": true}, {"agent": true}]})"),
      HasSubstr(
          "/etc/hosts.json: hosts[1].address: expected an IP address or a host name, but it is missing"));
  EXPECT_THAT(complaint_about(R"({"hosts": [{"address": "a"}]})"),
              HasSubstr("hosts[0].identity: expected the path"));
  EXPECT_THAT(complaint_about(R"({"hosts": [{"address": "a", "agent": true, "port": 0}]})"),
              HasSubstr("hosts[0].port: expected a whole number from 1 to 65535, found 0"));
  EXPECT_THAT(complaint_about(R"({"hosts": [{"address": "a", "agent": true, "port": "22"}]})"),
              HasSubstr("found \"22\""));
  EXPECT_THAT(complaint_about(R"({"hosts": [{"address": "a", "agent": 1}]})"),
              HasSubstr("expected true or false"));
  EXPECT_THAT(complaint_about(R"({"hosts": [{"address": "a", "agent": true, "identity": "x"}]})"),
              HasSubstr("not both"));
  EXPECT_THAT(complaint_about(R"({"hosts": [{"adress": "a"}]})"),
              HasSubstr("hosts[0].adress: no such field"));
  EXPECT_THAT(complaint_about(R"({"host": []})"), HasSubstr("host: no such field"));
  EXPECT_THAT(complaint_about(R"({"hosts": [{"address": "a", "agent": true, "data": "/"}]})"),
              HasSubstr("hosts[0].data: expected an absolute folder"));
  EXPECT_THAT(complaint_about(R"({"hosts": [{"address": "a", "agent": true, "name": "../x"}]})"),
              HasSubstr("hosts[0].name"));
  EXPECT_THAT(complaint_about(R"({"hosts": [{"address": "a", "agent": true, "node_address": "b"}]})"),
              HasSubstr("hosts[0].node_address: expected an IP address"));
  EXPECT_THAT(
      complaint_about(
          R"({"agent": true, "hosts": [{"address": "a", "name": "x"}, {"address": "b", "name": "x"}]})"),
      HasSubstr("hosts[1].name: another host is named \"x\""));
  EXPECT_THAT(complaint_about(R"({"agent": true, "hosts": [{"address": "a"}, {"address": "a"}]})"),
              HasSubstr("hosts[1].address: another host has a port 22"));
}

TEST(HostsFile, AFileThatIsNotThere) { EXPECT_THROW(read_hosts_file("/no/such/file.json"), InputError); }

TEST(HostsFile, WhatIsWrittenReadsTheSame) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("assay-hosts-" + std::to_string(::getpid()) + ".json"))
          .string();
  HostsFile file;
  file.hosts.push_back({.name = "n1",
                        .address = "10.0.0.1",
                        .node_address = "10.1.0.1",
                        .port = 23,
                        .identity = "/id",
                        .known_hosts = "/k",
                        .sudo = true,
                        .own_clock = true});
  file.hosts.push_back(
      {.name = "n2", .address = "::1", .node_address = "::1", .use_agent = true, .known_hosts = "/k"});
  file.machine = "/home/me/.local/state/assay/machine";
  write_hosts_file(file, path);
  EXPECT_EQ(read_hosts_file(path).hosts, file.hosts);
  EXPECT_EQ(read_hosts_file(path).machine, file.machine);
  std::filesystem::remove(path);
  EXPECT_THROW(write_hosts_file(file, "/no/such/folder/x.json"), HarnessError);
}

}  // namespace
}  // namespace assay::cluster
