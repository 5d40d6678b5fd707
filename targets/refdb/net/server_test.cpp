#include "targets/refdb/net/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "targets/refdb/net/testing/test_support.h"

namespace assay::refdb {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Server, AnswersAfterItKeptAndKeepsAcrossRestart) {
  TemporaryFolder folder;
  const auto ports = free_ports(1);
  for (int life = 0; life < 3; ++life) {
    const RunningServer server(ports, 0, folder.path("data"));
    RawConnection client(server.port());
    client.hello();
    EXPECT_EQ(client.ask("count"), std::to_string(life * 20));
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(client.ask("put " + std::to_string(i)), "kept " + std::to_string(i));
    }
  }
}

TEST(Server, ServesManyPipelinedRequestsInFewTurnsAndSyncs) {
  TemporaryFolder folder;
  const RunningServer server(free_ports(1), 0, folder.path("data"));
  RawConnection client(server.port());
  client.hello();
  std::string all;
  for (int i = 0; i < 2'000; ++i) append_frame(all, FrameKind::message, "put x" + std::to_string(i));
  client.write(all);
  for (int i = 0; i < 2'000; ++i) ASSERT_EQ(client.receive(), "kept x" + std::to_string(i));
  EXPECT_EQ(server.status("net.client_requests"), 2'000);
  EXPECT_LT(server.status("storage.syncs"), 1'000);
  EXPECT_GT(server.status("storage.syncs"), 0);
}

TEST(Server, PeersTalkAndFindEachOtherAgain) {
  TemporaryFolder folder;
  const auto ports = free_ports(2);
  const RunningServer first(ports, 0, folder.path("1"));
  auto second = std::make_unique<RunningServer>(ports, 1, folder.path("2"));
  RawConnection client(first.port());
  client.hello({Hello::Role::client, cluster_id_of("test"), kAnyNode, 0});
  ASSERT_TRUE(eventually([&] { return first.status("peers_connected") == 1; }));
  ASSERT_TRUE(eventually([&] { return second->status("peers_connected") == 1; }));
  EXPECT_EQ(client.ask("ask 1 hello"), "node 1 says hello");

  second.reset();
  ASSERT_TRUE(eventually([&] { return first.status("peers_connected") == 0; }));
  client.message("ask 1 lost");
  EXPECT_EQ(client.ask("count"), "0");
  EXPECT_EQ(first.status("net.peer_messages_dropped"), 1);

  second = std::make_unique<RunningServer>(ports, 1, folder.path("2"));
  ASSERT_TRUE(eventually([&] { return first.status("peers_connected") == 1; }));
  ASSERT_TRUE(eventually([&] { return second->status("peers_connected") == 1; }));
  EXPECT_EQ(client.ask("ask 1 again"), "node 1 says again");
}

TEST(Server, RefusesAndCountsWhoeverDoesNotBelong) {
  TemporaryFolder folder;
  const auto ports = free_ports(2);
  const RunningServer server(ports, 0, folder.path("data"));
  const std::uint64_t cluster = cluster_id_of("test");
  const std::vector<Hello> refused = {
      {Hello::Role::client, cluster + 1, kAnyNode, 0},
      {Hello::Role::client, cluster, kAnyNode, 1},
      {Hello::Role::peer, cluster + 1, 1, 0},
      {Hello::Role::peer, 0, 1, 0},
      {Hello::Role::peer, cluster, 1, 1},
      {Hello::Role::peer, cluster, 0, 0},
      {Hello::Role::peer, cluster, 2, 0},
      {Hello::Role::peer, cluster, kAnyNode, 0},
  };
  for (const Hello& hello : refused) {
    RawConnection stranger(server.port());
    stranger.hello(hello);
    EXPECT_TRUE(stranger.closed_by_peer());
  }
  RawConnection hasty(server.port());
  hasty.message("count");
  EXPECT_TRUE(hasty.closed_by_peer());
  RawConnection repetitive(server.port());
  repetitive.hello();
  repetitive.hello();
  EXPECT_TRUE(repetitive.closed_by_peer());
  EXPECT_EQ(server.status("net.connections_foreign"), static_cast<std::int64_t>(refused.size()) + 2);
}

TEST(Server, OrdersAreGivenOnByPostOnly) {
  TemporaryFolder folder;
  const RunningServer server(free_ports(2), 0, folder.path("data"), ", \"format_level\": 2");
  const auto post = [&](const std::string& path) {
    return http_raw(server.http_port(), "POST " + path + " HTTP/1.0\r\n\r\n");
  };
  EXPECT_THAT(post("/orders/transfer/n2"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(body_of(post("/orders/transfer/n2")), "");
  EXPECT_THAT(post("/orders/remove/n1"), StartsWith("HTTP/1.1 409 Conflict\r\n"));
  EXPECT_EQ(body_of(post("/orders/add/n1")), "it only echoes");
  EXPECT_EQ(body_of(post("/orders/add/n9")), "there is no such node");
  EXPECT_THAT(post("/orders/dance/n1"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(post("/status"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(http_get(server.http_port(), "/orders/transfer/n2"), StartsWith("HTTP/1.1 404 "));
  const auto json = nlohmann::json::parse(body_of(http_get(server.http_port(), "/status")));
  EXPECT_THAT(json["version"].get<std::string>(), ::testing::EndsWith("+format-2"));
}

TEST(Server, SurvivesGarbageOnBothPortsAndCountsIt) {
  TemporaryFolder folder;
  const RunningServer server(free_ports(1), 0, folder.path("data"));
  Rng rng(11);
  for (int round = 0; round < 60; ++round) {
    std::string garbage(static_cast<std::size_t>(rng.between(1, 3'000)), '\0');
    for (char& c : garbage) c = static_cast<char>(rng.below(256));
    garbage[0] = 'x';
    RawConnection vandal(server.port());
    if (round % 3 == 1) vandal.hello();
    vandal.write(garbage);
    EXPECT_TRUE(vandal.closed_by_peer());
    http_raw(server.http_port(), garbage + "\r\n\r\n");
  }
  EXPECT_EQ(server.status("net.garbage_bad_magic"), 60);
  EXPECT_GE(server.status("net.http_refused"), 60);

  std::string frame;
  append_frame(frame, FrameKind::message, "count");
  const auto send_broken = [&](std::size_t at, char byte) {
    std::string bytes = frame;
    bytes[at] = byte;
    RawConnection vandal(server.port());
    vandal.hello();
    vandal.write(bytes);
    EXPECT_TRUE(vandal.closed_by_peer());
  };
  send_broken(2, 9);
  send_broken(3, 9);
  send_broken(6, 0x7f);
  send_broken(12, 'C');
  EXPECT_EQ(server.status("net.garbage_bad_version"), 1);
  EXPECT_EQ(server.status("net.garbage_bad_kind"), 1);
  EXPECT_EQ(server.status("net.garbage_too_long"), 1);
  EXPECT_EQ(server.status("net.garbage_bad_checksum"), 1);

  RawConnection client(server.port());
  client.hello();
  EXPECT_EQ(client.ask("put still here"), "kept still here");
}

TEST(Server, ClosesAClientThatDoesNotReadAndServesTheOthers) {
  TemporaryFolder folder;
  const RunningServer server(free_ports(1), 0, folder.path("data"));
  RawConnection slow(server.port()), other(server.port());
  slow.hello();
  other.hello();
  for (int i = 0; i < 64; ++i) slow.message("large 1000000");
  EXPECT_EQ(other.ask("count"), "0");
  EXPECT_TRUE(eventually([&] { return server.status("net.connections_slow") == 1; }));
  EXPECT_TRUE(eventually([&] { return server.status("clients") == 1; }));
  EXPECT_EQ(other.ask("count"), "0");
}

TEST(Server, SendsAnAnswerThatIsLargerThanTheKernelTakesAtOnce) {
  TemporaryFolder folder;
  const RunningServer server(free_ports(1), 0, folder.path("data"));
  RawConnection client(server.port());
  client.hello();
  EXPECT_EQ(client.ask("large 4000000").size(), 4'000'000u);
  EXPECT_EQ(client.ask("count"), "0");
}

TEST(Server, RefusesMoreConnectionsThanConfigured) {
  TemporaryFolder folder;
  const RunningServer server(free_ports(1), 0, folder.path("data"), ", \"connections\": 2");
  RawConnection first(server.port()), second(server.port());
  first.hello();
  second.hello();
  EXPECT_EQ(first.ask("count"), "0");
  EXPECT_EQ(second.ask("count"), "0");
  RawConnection third(server.port());
  EXPECT_TRUE(third.closed_by_peer());
  EXPECT_EQ(server.status("net.connections_refused"), 1);
}

TEST(Server, TellsTheReplicaThatAClientIsGone) {
  TemporaryFolder folder;
  const RunningServer server(free_ports(1), 0, folder.path("data"));
  {
    RawConnection client(server.port());
    client.hello();
    EXPECT_EQ(client.ask("count"), "0");
  }
  EXPECT_TRUE(eventually([&] { return server.status("counters.clients gone") == 1; }));
}

TEST(Server, StatusHasTheFieldsThatOthersRelyOn) {
  TemporaryFolder folder;
  const RunningServer server(free_ports(1), 0, folder.path("data"), ", \"bugs\": [\"some-bug\"]");
  EXPECT_THAT(http_get(server.http_port(), "/health"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(http_get(server.http_port(), "/other"), StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_EQ(body_of(http_raw(server.http_port(), "HEAD /status HTTP/1.0\r\n\r\n")), "");
  EXPECT_THAT(http_raw(server.http_port(), "DELETE /status HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  const auto json = nlohmann::json::parse(body_of(http_get(server.http_port(), "/status?x=1")));
  EXPECT_EQ(json["node"], "n1");
  EXPECT_EQ(json["cluster"], "test");
  EXPECT_EQ(json["role"], "leader");
  EXPECT_EQ(json["leader"], "n1");
  EXPECT_EQ(json["term"], 7);
  EXPECT_EQ(json["commit"], 5);
  EXPECT_EQ(json["applied"], 4);
  EXPECT_EQ(json["last"], 6);
  EXPECT_EQ(json["bugs"], nlohmann::json::array({"some-bug"}));
  EXPECT_EQ(json["counters"]["kept"], 0);
}

// Prometheus text format 0.0.4: comments, or a name, perhaps labels, and a number; each name's type is said once.
TEST(Server, MetricsParse) {
  TemporaryFolder folder;
  const RunningServer server(free_ports(1), 0, folder.path("data"));
  RawConnection client(server.port());
  client.hello();
  EXPECT_EQ(client.ask("put x"), "kept x");
  std::istringstream lines(body_of(http_get(server.http_port(), "/metrics")));
  std::map<std::string, double> values;
  std::map<std::string, int> types;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      const std::string rest = line.substr(7);
      types[rest.substr(0, rest.find(' '))] += 1;
      continue;
    }
    const std::size_t space = line.rfind(' ');
    ASSERT_NE(space, std::string::npos) << line;
    const std::string name = line.substr(0, space);
    for (const char c : name.substr(0, name.find('{'))) {
      EXPECT_TRUE((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') << line;
    }
    std::size_t used = 0;
    values[name] = std::stod(line.substr(space + 1), &used);
    EXPECT_EQ(used, line.size() - space - 1) << line;
  }
  for (const auto& [name, count] : types) EXPECT_EQ(count, 1) << name;
  EXPECT_EQ(values.at("refdb_role{role=\"leader\"}"), 1);
  EXPECT_EQ(values.at("refdb_commit_index"), 5);
  EXPECT_EQ(values.at("refdb_lag_unapplied"), 1);
  EXPECT_EQ(values.at("refdb_replica_clients_gone"), 0);
  EXPECT_EQ(values.at("refdb_net_client_requests_total"), 1);
  EXPECT_EQ(values.at("refdb_storage_sync_seconds_count"), 1);
  EXPECT_EQ(values.at("refdb_storage_sync_seconds_bucket{le=\"+Inf\"}"), 1);
}

template <typename Error>
std::string sentence_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

TEST(Server, SaysWhatIsTaken) {
  TemporaryFolder folder;
  const auto ports = free_ports(1);
  const RunningServer server(ports, 0, folder.path("data"));
  const Log log(2, "test");
  const auto start = [&](std::uint16_t port, std::uint16_t http_port, const std::string& data,
                         const char* extra) {
    Server second(parse_server_config(config_text({port}, 0, http_port, data, extra), "n1.json"),
                  echo_protocol(), log, "0.0.test");
  };
  const std::string port = std::to_string(server.port()), http = std::to_string(server.http_port());
  EXPECT_EQ(sentence_of<HarnessError>([&] { start(server.port(), 0, folder.path("2"), ""); }),
            "node n1: can't listen on 127.0.0.1:" + port + ": Address already in use");
  EXPECT_EQ(sentence_of<HarnessError>([&] { start(0, server.http_port(), folder.path("2"), ""); }),
            "node n1: can't listen on 127.0.0.1:" + http + ": Address already in use");
  EXPECT_THAT(sentence_of<HarnessError>([&] { start(0, 0, folder.path("data"), ", \"mode\": \"echo\""); }),
              HasSubstr("is locked by another refdb process"));
  EXPECT_EQ(sentence_of<InputError>([&] { start(0, 0, folder.path("3"), ", \"bugs\": [\"refused\"]"); }),
            "n1.json: that bug is refused");
}

}  // namespace
}  // namespace assay::refdb
