#include "targets/refdb/net/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/time.h"

namespace assay::refdb {
namespace {

// A good file with `extra` fields; '@' stands for the quote, to keep the tables readable.
std::string file_with(std::string extra) {
  std::string text = R"({@node@: @n1@, @cluster@: @demo@, @data@: @/d@,
    @peers@: [{@name@: @n1@, @address@: @10.0.0.1:7000@}, {@name@: @n2@, @address@: @[::1]:7000@}])" +
                     std::string(extra.empty() ? "" : ", ") + extra + "}";
  for (char& c : text) c = c == '@' ? '"' : c;
  return text;
}

std::string sentence_for(std::string text) {
  for (char& c : text) c = c == '@' ? '"' : c;
  try {
    parse_server_config(text, "n1.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "(accepted)";
}

TEST(ServerConfig, DefaultsComeFromTheReplica) {
  const ServerConfig config = parse_server_config(file_with(""), "n1.json");
  EXPECT_EQ(config.node, "n1");
  EXPECT_EQ(config.mode, "raft");
  EXPECT_EQ(config.listen, (Address{"10.0.0.1", 7000}));
  EXPECT_FALSE(config.http);
  EXPECT_TRUE(config.fsync);
  EXPECT_FALSE(config.seed);
  EXPECT_EQ(config.peers[1].address, (Address{"::1", 7000}));
  EXPECT_EQ(config.replica.self, 0);
  EXPECT_EQ(config.replica.cluster_size, 2);
  EXPECT_EQ(config.replica.heartbeat_interval, ReplicaConfig().heartbeat_interval);
  EXPECT_EQ(config.replica.election_timeout_max, ReplicaConfig().election_timeout_max);
  EXPECT_EQ(config.replica.cluster_id, cluster_id_of("demo"));
}

TEST(ServerConfig, EveryFieldIsRead) {
  const ServerConfig config = parse_server_config(file_with(R"(@mode@: @other@, @listen@: @0.0.0.0:1@,
      // a comment
      @http@: @0.0.0.0:2@, @options@: {@reads@: @lease@, @n@: 3, @repair@: true}, @bugs@: [@b1@, @b2@], @fsync@: false, @log_entries_kept@: 7,
      @heartbeat_ms@: 10, @election_ms@: [100, 200], @clock_drift_ppm@: 5, @client_queue@: 8, @connections@: 9,
      @seed@: 11, @format_level@: 2)"),
                                                  "n1.json");
  EXPECT_EQ(config.mode, "other");
  EXPECT_EQ(config.listen.to_string(), "0.0.0.0:1");
  EXPECT_EQ(config.http->to_string(), "0.0.0.0:2");
  EXPECT_EQ(config.options,
            (Facts{{"reads", Value::text("lease")}, {"n", Value(3)}, {"repair", Value::boolean(true)}}));
  EXPECT_THAT(config.replica.bugs, ::testing::ElementsAre("b1", "b2"));
  EXPECT_FALSE(config.fsync);
  EXPECT_EQ(config.replica.log_entries_kept, 7u);
  EXPECT_EQ(config.replica.heartbeat_interval, 10 * kMillisecond);
  EXPECT_EQ(config.replica.election_timeout_min, 100 * kMillisecond);
  EXPECT_EQ(config.replica.election_timeout_max, 200 * kMillisecond);
  EXPECT_EQ(config.replica.clock_drift_ppm_max, 5);
  EXPECT_EQ(config.replica.client_queue_max, 8u);
  EXPECT_EQ(config.connections_max, 9u);
  EXPECT_EQ(config.replica.format_level, 2);
  EXPECT_EQ(config.seed, 11u);
}

TEST(ServerConfig, ClusterIsANameOrANumber) {
  EXPECT_EQ(cluster_id_of("17"), 17u);
  EXPECT_EQ(cluster_id_of("0"), 1u);
  EXPECT_NE(cluster_id_of("a"), cluster_id_of("b"));
  EXPECT_NE(cluster_id_of("7a"), 7u);
}

TEST(ServerConfig, EachMistakeIsOneSentence) {
  const std::string peers = R"(@peers@: [{@name@: @n1@, @address@: @10.0.0.1:1@}])";
  const std::string number = ": a whole number from ";
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "n1.json:1: this is no valid JSON"},
      {"{@node@: @n1@,\n  @cluster@ @demo@}", "n1.json:2: this is no valid JSON"},
      {"{@seed@: 1e999}", "n1.json: a number in it is too large"},
      {"[]", "n1.json: an object is expected"},
      {"{}", "n1.json: field \"peers\": a list of 1 to 64 objects with name and address is expected"},
      {"{@peers@: []}",
       "n1.json: field \"peers\": a list of 1 to 64 objects with name and address is expected"},
      {"{@peers@: [7]}", "n1.json: field \"peers[0]\": an object is expected"},
      {"{@peers@: [{@name@: 7}]}", "n1.json: field \"peers[0].name\": a text is expected"},
      {"{@peers@: [{@name@: @@}]}", "n1.json: field \"peers[0].name\": a text that is not empty is expected"},
      {"{@peers@: [{@name@: @a@}]}",
       "n1.json: field \"peers[0].address\": it is missing; a text is expected"},
      {"{@peers@: [{@name@: @a@, @address@: @ho st:1@}]}",
       "n1.json: field \"peers[0].address\": an IP address or a name, and a port are expected, such as "
       "10.0.0.1:7000 or n1.example:7000"},
      {"{@peers@: [{@name@: @a@, @address@: @1.1.1.1:1@, @port@: 7}]}",
       "n1.json: field \"peers[0].port\": there is no such field; known are address, name"},
      {"{@peers@: [{@name@: @a@, @address@: @1.1.1.1:1@}, {@name@: @a@, @address@: @1.1.1.1:2@}]}",
       "n1.json: field \"peers[1].name\": \"a\" is the name of another peer too"},
      {"{@peers@: [{@name@: @a@, @address@: @1.1.1.1:1@}, {@name@: @b@, @address@: @1.1.1.1:1@}]}",
       "n1.json: field \"peers[1].address\": 1.1.1.1:1 is the address of another peer too"},
      {"{" + peers + "}", "n1.json: field \"node\": it is missing; a text is expected"},
      {"{@node@: @n7@, " + peers + "}", "n1.json: field \"node\": \"n7\" is not among the peers"},
      {"{@node@: @n1@, " + peers + "}", "n1.json: field \"cluster\": it is missing; a text is expected"},
      {"{@node@: @n1@, @cluster@: 1, " + peers + "}",
       "n1.json: field \"data\": it is missing; a text is expected"},
      {"{@node@: @n1@, @node@: @n1@, " + peers + "}", "n1.json: field \"node\": it is given twice"},
      {file_with("@cluster_name@: 7"),
       "n1.json: field \"cluster_name\": there is no such field; known are bugs, client_queue, "
       "clock_drift_ppm, "
       "cluster, connections, data, election_ms, format_level, fsync, heartbeat_ms, http, listen, "
       "log_entries_kept, mode, "
       "node, "
       "options, peers, seed"},
      {file_with("@http@: @10.0.0.1:7000@"),
       "n1.json: field \"http\": 10.0.0.1:7000 is where the node listens for peers and clients"},
      {file_with("@listen@: @10.0.0.1:70000@"),
       "n1.json: field \"listen\": an IP address and a port are expected, such as 10.0.0.1:7000"},
      {file_with("@fsync@: 1"), "n1.json: field \"fsync\": true or false is expected"},
      {file_with("@options@: 7"), "n1.json: field \"options\": an object is expected"},
      {file_with("@bugs@: @all@"), "n1.json: field \"bugs\": a list of names is expected"},
      {file_with("@bugs@: [1]"), "n1.json: field \"bugs\": a list of names is expected"},
      {file_with("@heartbeat_ms@: 0"), "n1.json: field \"heartbeat_ms\"" + number + "1 to 60000 is expected"},
      {file_with("@heartbeat_ms@: 1.5"),
       "n1.json: field \"heartbeat_ms\"" + number + "1 to 60000 is expected"},
      {file_with("@election_ms@: 300"),
       "n1.json: field \"election_ms\": a list of two numbers is expected: the shortest and the longest "
       "timeout"},
      {file_with("@election_ms@: [400, 300]"),
       "n1.json: field \"election_ms\": the first number must not be greater than the second"},
      {file_with("@election_ms@: [50, 300]"),
       "n1.json: field \"election_ms\": the first number must be greater than heartbeat_ms"},
      {file_with("@log_entries_kept@: 18446744073709551615"),
       "n1.json: field \"log_entries_kept\"" + number + "1 to 100000000 is expected"},
      {file_with("@seed@: -1"), "n1.json: field \"seed\"" + number + "0 to 9223372036854775807 is expected"},
  };
  for (const auto& [text, sentence] : table) EXPECT_EQ(sentence_for(text), sentence) << text;
}

TEST(ServerConfig, SaysThatTheFileCantBeRead) {
  try {
    read_server_config("/nowhere/n1.json");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "/nowhere/n1.json: can't read the configuration: No such file or directory");
  }
}

TEST(Address, ParsesOnlyNumericAddressesWithAPort) {
  EXPECT_EQ(parse_address("127.0.0.1:0"), (Address{"127.0.0.1", 0}));
  EXPECT_EQ(parse_address("[fe80::1]:65535")->to_string(), "[fe80::1]:65535");
  for (const char* bad : {"", ":1", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:1x",
                          "1.2.3:1", "n1:7000", "::1:7000", "[::1]7000", "[1.2.3.4]:1"}) {
    EXPECT_FALSE(parse_address(bad)) << bad;
  }
}

}  // namespace
}  // namespace assay::refdb
