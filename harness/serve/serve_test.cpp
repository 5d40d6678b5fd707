// The server answers its own machine only, and no address leads out of the store.
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "harness/core/testing/temporary_folder.h"
#include "harness/serve/http_server.h"
#include "harness/serve/store.h"

namespace assay::serve {
namespace {

namespace fs = std::filesystem;
using boost::asio::ip::tcp;

// Sends the bytes as they are and gives everything that comes back.
std::string exchange(std::uint16_t port, const std::string& bytes) {
  boost::asio::io_context io;
  tcp::socket socket(io);
  socket.connect({boost::asio::ip::address_v4::loopback(), port});
  boost::asio::write(socket, boost::asio::buffer(bytes));
  std::string answer;
  boost::system::error_code error;
  boost::asio::read(socket, boost::asio::dynamic_buffer(answer), error);
  return answer;
}

class Server : public testing::Test {
 protected:
  Server()
      : server_(0, [](const WebRequest& request) {
          WebAnswer answer;
          answer.body = "path " + request.path + " q " + request.value("q");
          return answer;
        }) {
    thread_ = std::thread([this] { server_.run(); });
  }
  ~Server() override {
    server_.stop();
    thread_.join();
  }
  std::string ask(const std::string& line, const std::string& host) {
    return exchange(server_.port(), line + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  }
  std::string own() const { return "127.0.0.1:" + std::to_string(server_.port()); }

  HttpServer server_;
  std::thread thread_;
};

TEST_F(Server, AnswersItsOwnHostOnly) {
  EXPECT_NE(ask("GET /a%20b?q=c+d%2B", own()).find("path /a b q c d+"), std::string::npos);
  const std::string port = ":" + std::to_string(server_.port());
  EXPECT_EQ(ask("GET /", "localhost" + port).substr(9, 3), "200");
  // What DNS rebinding needs: a foreign name that leads to this address.
  for (const std::string& host :
       {"evil.example" + port, std::string("evil.example"), std::string("127.0.0.1"), std::string(""),
        "127.0.0.1.evil.example" + port, std::string("localhost:1")}) {
    EXPECT_EQ(ask("GET /", host).substr(9, 3), "403") << host;
  }
}

TEST_F(Server, RefusesWhatItDoesNotServe) {
  EXPECT_EQ(ask("POST /", own()).substr(9, 3), "405");
  EXPECT_EQ(ask("GET /%zz", own()).substr(9, 3), "400");
  EXPECT_EQ(ask("GET /a%00b", own()).substr(9, 3), "400");
  EXPECT_EQ(ask("GET http://other/", own()).substr(9, 3), "400");
  const std::string head = ask("HEAD /", own());
  EXPECT_EQ(head.substr(9, 3), "200");
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  EXPECT_NE(head.find("X-Content-Type-Options: nosniff"), std::string::npos);
  EXPECT_NE(head.find("Content-Security-Policy: default-src 'none'"), std::string::npos);
}

class StoreFolder : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(base_ / "store" / "refdb-raft-register" / "20260102T030405Z-7");
    fs::create_directories(base_ / "store" / "refdb-raft-register" / "20260102T030406Z-8");
    fs::create_directories(base_ / "store-secret");
    std::ofstream(base_ / "secret") << "x";
    std::ofstream(base_ / "store-secret" / "file") << "x";
    run_ = base_ / "store" / "refdb-raft-register" / "20260102T030405Z-7";
    std::ofstream(run_ / "results.json")
        << R"({"verdict":"invalid","reason":"key 3","harness_error":null,"seed":7,
               "target":{"target":"refdb","mode":"raft"},"plan":{"workload":"register","cluster":"sim"},
               "counts":{"ok":9,"total":10},"faults":[{"fault":"kill"},{"fault":"kill"}],
               "checks":[{"findings":[{"anomaly":"stale-read"}]}],
               "measurements":{"load":{"ok_per_second":12.5},"all":{"response":{"p50":1,"p99":null},"service":{"p99":3}}}})";
    fs::create_directory_symlink("refdb-raft-register/20260102T030405Z-7", base_ / "store" / "latest");
    fs::create_symlink(base_ / "secret", run_ / "escape");
  }
  Store store() const { return Store((base_ / "store").string()); }

  const TemporaryFolder folder_;
  const fs::path base_ = folder_.path();
  fs::path run_;
};

TEST_F(StoreFolder, NothingOutsideIsReached) {
  const Store folder = store();
  EXPECT_TRUE(folder.resolve("refdb-raft-register/20260102T030405Z-7/results.json"));
  EXPECT_TRUE(folder.resolve("latest/results.json"));
  for (const char* path : {"../secret", "refdb-raft-register/../../secret", "/etc/passwd", "latest/escape",
                           "latest/../../secret", "..", "../store-secret/file", "..\\secret", "./../secret",
                           "no-such-file", "latest/./results.json"}) {
    EXPECT_FALSE(folder.resolve(path)) << path;
  }
}

TEST_F(StoreFolder, ListsFiltersAndSorts) {
  Store folder = store();
  const std::vector<StoredRun> runs = folder.list();
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].verdict, "unfinished");  // the newer one never wrote its results
  const StoredRun& run = runs[1];
  EXPECT_EQ(run.path, "refdb-raft-register/20260102T030405Z-7");
  EXPECT_EQ(run.date, "20260102T030405Z");
  EXPECT_EQ(run.verdict, "invalid");
  EXPECT_EQ(run.faults, std::vector<std::string>{"kill"});
  EXPECT_EQ(run.anomalies, std::vector<std::string>{"stale-read"});
  EXPECT_EQ(run.operations, 10);
  EXPECT_EQ(run.p99, -1);
  RunFilter filter;
  filter.text = "STALE";
  EXPECT_EQ(filtered(runs, filter).size(), 1u);
  filter = {};
  filter.verdict = "unfinished";
  EXPECT_EQ(filtered(runs, filter).front().path, "refdb-raft-register/20260102T030406Z-8");
  filter = {};
  filter.fault = "pause";
  EXPECT_TRUE(filtered(runs, filter).empty());
  filter = {};
  filter.sort = "rate";
  EXPECT_EQ(filtered(runs, filter).front().verdict, "invalid");
}

TEST_F(StoreFolder, SeesResultsThatCameLater) {
  Store folder = store();
  folder.list();
  std::ofstream(run_ / "results.json") << R"({"verdict":"valid"})";
  fs::last_write_time(run_ / "results.json", fs::file_time_type::clock::now() + std::chrono::seconds(5));
  EXPECT_EQ(folder.list()[1].verdict, "valid");
  std::ofstream(run_ / "results.json") << R"({"verdict":"valid","harness_error":"n3 was lost"})";
  fs::last_write_time(run_ / "results.json", fs::file_time_type::clock::now() + std::chrono::seconds(7));
  EXPECT_EQ(folder.list()[1].verdict, "trouble") << "which is no verdict";
  std::ofstream(run_ / "results.json") << "{";
  fs::last_write_time(run_ / "results.json", fs::file_time_type::clock::now() + std::chrono::seconds(9));
  EXPECT_EQ(folder.list()[1].verdict, "unfinished");
}

}  // namespace
}  // namespace assay::serve
