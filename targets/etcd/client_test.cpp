// The client against a real etcd on this machine's loopback, and against servers that are none. Skipped visibly where etcd is not
// installed.
#include "targets/etcd/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <thread>

#include "harness/core/error.h"
#include "harness/core/testing/temporary_folder.h"
#include "targets/etcd/members.h"

extern char** environ;

namespace assay::etcd {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::AllOf;
using testing::HasSubstr;

constexpr auto kPatience = std::chrono::seconds(20);
constexpr const char* kProgram = "/usr/bin/etcd";

tcp::endpoint free_endpoint() {
  asio::io_context io;
  return tcp::acceptor(io, {asio::ip::address_v4::loopback(), 0}).local_endpoint();
}

std::string url_of(const tcp::endpoint& endpoint) {
  return "http://127.0.0.1:" + std::to_string(endpoint.port());
}

class Server {
 public:
  Server() {
    const std::string clients = url_of(endpoint_), peers = url_of(free_endpoint());
    std::vector<std::string> words = {kProgram,
                                      "--name",
                                      "n1",
                                      "--data-dir",
                                      folder_.path() + "/data",
                                      "--listen-client-urls",
                                      clients,
                                      "--advertise-client-urls",
                                      clients,
                                      "--listen-peer-urls",
                                      peers,
                                      "--initial-advertise-peer-urls",
                                      peers,
                                      "--initial-cluster",
                                      "n1=" + peers,
                                      "--heartbeat-interval",
                                      "10",
                                      "--election-timeout",
                                      "100",
                                      "--log-outputs",
                                      folder_.path() + "/log",
                                      "--logger",
                                      "zap"};
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    if (::posix_spawn(&pid_, kProgram, nullptr, nullptr, pointers.data(), environ) != 0) pid_ = 0;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!find_leader({endpoint_}, std::chrono::seconds(1)) &&
           std::chrono::steady_clock::now() < deadline) {
    }
  }
  ~Server() { kill(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  // Returns once it stands still.
  void pause() const {
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);
  }
  const tcp::endpoint& endpoint() const { return endpoint_; }

 private:
  TemporaryFolder folder_;
  tcp::endpoint endpoint_ = free_endpoint();
  pid_t pid_ = 0;
};

// One client, asked one request after the other.
class Asker {
 public:
  explicit Asker(const tcp::endpoint& server, ExchangeOptions options = {}) : client_(io_, server, options) {}

  void ask(const Request& request) {
    answer_.reset();
    client_.invoke(request, kSecond, [this](Completion completion) { answer_ = std::move(completion); });
  }
  Completion wait() {
    io_.restart();
    while (!answer_ && io_.run_one_for(kPatience) != 0) {
    }
    EXPECT_TRUE(answer_) << "no answer";
    return answer_.value_or(Completion{});
  }
  Completion answer(const Request& request) { return ask(request), wait(); }
  // What is on its way gets there.
  void send() {
    io_.restart();
    io_.run_for(std::chrono::milliseconds(50));
  }
  EtcdClient& client() { return client_; }

 private:
  asio::io_context io_;
  EtcdClient client_;
  std::optional<Completion> answer_;
};

Mop step(Fn fn, Key key, Value argument = {}) { return {fn, key, std::move(argument), {}}; }

#define ASSAY_NEEDS_ETCD() \
  if (::access(kProgram, X_OK) != 0) GTEST_SKIP() << "etcd is not installed (package etcd-server)"

TEST(EtcdClient, DoesWhatWorkloadsAsk) {
  ASSAY_NEEDS_ETCD();
  Server server;
  Asker asker(server.endpoint());
  const auto ask = [&](const Request& request) { return asker.answer(request); };
  const auto read = [&](Key key) { return ask({step(Fn::read, key)}).mops.at(0).result; };
  EXPECT_EQ(read(1), Value());
  EXPECT_EQ(ask({step(Fn::write, 1, 5)}).outcome, Outcome::ok);
  EXPECT_EQ(ask({step(Fn::cas, 1, Value::pair(4, 6))}).outcome, Outcome::fail);
  EXPECT_EQ(ask({step(Fn::cas, 1, Value::pair(5, 6))}).outcome, Outcome::ok);
  EXPECT_EQ(ask({step(Fn::cas, 10, Value::pair(Value(), 1))}).outcome, Outcome::ok);
  EXPECT_EQ(ask({step(Fn::cas, 10, Value::pair(Value(), 2))}).outcome, Outcome::fail);
  EXPECT_EQ(read(1), Value(6));
  EXPECT_EQ(read(10), Value(1)) << "another key than 1";

  EXPECT_EQ(ask({step(Fn::add, 2, Value::text("a"))}).outcome, Outcome::ok);
  EXPECT_EQ(ask({step(Fn::add, 2, Value::text("b"))}).outcome, Outcome::ok);
  EXPECT_EQ(ask({step(Fn::remove, 2, Value::text("a"))}).outcome, Outcome::ok);
  EXPECT_EQ(read(2), Value::list({Value::text("b")}));

  EXPECT_EQ(ask({step(Fn::append, 3, 1), step(Fn::append, 3, 2), step(Fn::add, 4, 7)}).outcome, Outcome::ok);
  const Completion transaction = ask({step(Fn::append, 3, 3), step(Fn::read, 3), step(Fn::read, 4)});
  ASSERT_EQ(transaction.outcome, Outcome::ok) << transaction.error;
  EXPECT_EQ(transaction.mops[1].result, Value::list({1, 2, 3}));
  EXPECT_EQ(transaction.mops[2].result, Value(7));

  const Completion held = ask({step(Fn::acquire, 5)});
  ASSERT_EQ(held.outcome, Outcome::ok) << held.error;
  const Value token = held.mops[0].result;
  EXPECT_EQ(ask({step(Fn::acquire, 5)}).outcome, Outcome::fail);
  EXPECT_EQ(read(5), Value::list({token, Value::boolean(true)}));
  EXPECT_EQ(ask({step(Fn::release, 5, token.as_integer() - 1)}).outcome, Outcome::fail);
  EXPECT_EQ(ask({step(Fn::fence, 6, token), step(Fn::write, 7, 1)}).outcome, Outcome::ok);
  EXPECT_EQ(ask({step(Fn::fence, 6, token.as_integer() - 1), step(Fn::write, 7, 2)}).outcome, Outcome::fail);
  EXPECT_EQ(read(7), Value(1));
  EXPECT_EQ(ask({step(Fn::release, 5, token)}).outcome, Outcome::ok);
  EXPECT_GT(ask({step(Fn::acquire, 5)}).mops.at(0).result, token);
  asker.client().stay_on_node();
  EXPECT_EQ(read(1), Value(6));
}

TEST(EtcdClient, AWatchTellsEveryChangeOnceAlsoWhenItBeginsAnew) {
  ASSAY_NEEDS_ETCD();
  Server server;
  Asker writer(server.endpoint()), watcher(server.endpoint());
  const auto watched = [&](Value from, std::size_t count) {
    std::vector<std::int64_t> values, revisions;
    for (int question = 0; question < 50 && (question == 0 || values.size() < count); ++question) {
      const Completion completion = watcher.answer({step(Fn::watch, 1, question == 0 ? from : Value())});
      EXPECT_EQ(completion.outcome, Outcome::ok) << completion.error;
      if (completion.outcome != Outcome::ok) break;
      for (const Value& event : completion.mops[0].result.as_list()) {
        revisions.push_back(event.first().as_integer());
        values.push_back(event.second().as_integer());
      }
    }
    EXPECT_TRUE(std::is_sorted(revisions.begin(), revisions.end()));
    return values;
  };
  EXPECT_THAT(watched(1, 0), testing::IsEmpty());
  for (int value = 1; value <= 3; ++value) {
    writer.answer({step(Fn::write, 1, value)});
    writer.answer({step(Fn::write, 2, 10 + value)});
  }
  EXPECT_THAT(watched({}, 3), testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(watched({}, 0), testing::IsEmpty());
  EXPECT_THAT(watched(1, 3), testing::ElementsAre(1, 2, 3));
  writer.answer({step(Fn::write, 1, 4)});
  EXPECT_THAT(watched({}, 1), testing::ElementsAre(4));
  server.kill();
  EXPECT_EQ(watcher.answer({step(Fn::watch, 1)}).outcome, Outcome::fail);
  EXPECT_THAT(watcher.answer({step(Fn::watch, 1)}).error, HasSubstr("no connection"));
}

TEST(EtcdWatch, LinesAreUnderstoodOrRefused) {
  const WatchLine line =
      parse_watch_line(R"({"result":{"header":{},"events":[{"kv":{"mod_revision":"5","value":"Nw=="}},
      {"type":"DELETE","kv":{"mod_revision":"6"}}]}})");
  EXPECT_EQ(line.trouble, "");
  EXPECT_EQ(line.last, 6);
  EXPECT_EQ(line.events, (std::vector<Value>{Value::pair(5, 7), Value::pair(6, Value())}));
  EXPECT_EQ(parse_watch_line(R"({"result":{"created":true}})").trouble, "");
  for (const char* bad :
       {"", "[]", "{}", "x", R"({"result":{"events":[{}]}})", R"({"error":{"message":"no"}})",
        R"({"result":{"canceled":true}})", R"({"result":{"events":[{"kv":{"mod_revision":"x"}}]}})"}) {
    EXPECT_NE(parse_watch_line(bad).trouble, "") << bad;
  }
}

// The server is stopped while it has the request, and then killed.
TEST(EtcdClient, AKillInTheMiddleOfAnOperationProvesNothing) {
  ASSAY_NEEDS_ETCD();
  const std::vector<std::pair<Request, Outcome>> requests = {
      {{step(Fn::read, 1)}, Outcome::fail},
      {{step(Fn::read, 1), step(Fn::read, 2)}, Outcome::fail},
      {{step(Fn::write, 1, 5)}, Outcome::info},
      {{step(Fn::write, 1, 5), step(Fn::write, 2, 5)}, Outcome::info},
      {{step(Fn::cas, 1, Value::pair(5, 6))}, Outcome::info},
      {{step(Fn::add, 3, Value::text("a"))}, Outcome::info},
      {{step(Fn::remove, 3, Value::text("a"))}, Outcome::info},
      {{step(Fn::release, 4, 1)}, Outcome::info},
      // Their first calls only read, or lease.
      {{step(Fn::append, 5, 1)}, Outcome::fail},
      {{step(Fn::add, 6, 1)}, Outcome::fail},
      {{step(Fn::fence, 7, 1), step(Fn::write, 8, 1)}, Outcome::fail},
      {{step(Fn::acquire, 4)}, Outcome::fail},
  };
  Server server;
  std::vector<std::unique_ptr<Asker>> askers;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    askers.push_back(std::make_unique<Asker>(server.endpoint()));
    ASSERT_EQ(askers.back()->answer({step(Fn::read, 1)}).outcome, Outcome::ok);
  }
  server.pause();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    askers[i]->ask(requests[i].first);
    askers[i]->send();
  }
  server.kill();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Completion completion = askers[i]->wait();
    EXPECT_EQ(completion.outcome, requests[i].second) << describe(requests[i].first[0]);
    EXPECT_THAT(completion.error, HasSubstr("connection lost"));
  }
  const Completion later = askers[2]->answer({step(Fn::write, 1, 5)});
  EXPECT_EQ(later.outcome, Outcome::fail);
  EXPECT_THAT(later.error, HasSubstr("no connection"));
}

// Says the same to whoever asks.
class OtherServer {
 public:
  explicit OtherServer(std::string says)
      : says_(std::move(says)),
        acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
        thread_([this] { serve(); }) {}
  ~OtherServer() {
    over_ = true;
    wake();
    thread_.join();
  }
  OtherServer(const OtherServer&) = delete;
  OtherServer& operator=(const OtherServer&) = delete;
  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  void wake() const {
    asio::io_context io;
    tcp::socket last(io);
    boost::system::error_code ignored;
    last.connect(endpoint(), ignored);
  }
  void serve() {
    while (!over_) {
      boost::system::error_code error;
      tcp::socket socket(io_);
      acceptor_.accept(socket, error);
      asio::streambuf heard(1 << 16);
      asio::read_until(socket, heard, "\r\n\r\n", error);
      asio::write(socket, asio::buffer(says_), error);
    }
  }
  const std::string says_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

std::string http(const std::string& body, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string trouble_with(const tcp::endpoint& server) {
  try {
    return "no trouble: " + look_at_member(server, "n1", std::chrono::milliseconds(2'000));
  } catch (const HarnessError& error) {
    return error.what();
  }
}

TEST(EtcdMembers, WhatIsNoEtcdThatIsKnownIsOneSentence) {
  EXPECT_THAT(trouble_with(free_endpoint()),
              AllOf(HasSubstr("n1 (127.0.0.1:"), HasSubstr("no etcd answers there: no connection")));
  EXPECT_THAT(trouble_with(OtherServer(http("<html>")).endpoint()),
              HasSubstr("what answers there is no etcd"));
  EXPECT_THAT(trouble_with(OtherServer(http("no", "404 Not Found")).endpoint()), HasSubstr("status 404"));
  EXPECT_THAT(trouble_with(OtherServer("-ERR unknown command\r\n").endpoint()),
              HasSubstr("does not speak HTTP"));
  EXPECT_THAT(trouble_with(OtherServer(http(R"({"etcdserver":"3.3.25"})")).endpoint()),
              HasSubstr("is etcd 3.3.25; this client knows 3.4 and 3.5"));
}

TEST(EtcdMembers, AnEtcdThatWantsAPasswordIsOneSentence) {
  ASSAY_NEEDS_ETCD();
  Server server;
  const auto tell = [&](const char* path, const char* body) {
    return ask_members({server.endpoint()}, {path, body}, std::chrono::seconds(5))[0].answer.status;
  };
  EXPECT_THAT(trouble_with(server.endpoint()), HasSubstr("no trouble: 3."));
  ASSERT_EQ(tell("/v3/auth/user/add", R"({"name":"root","password":"x"})"), 200);
  ASSERT_EQ(tell("/v3/auth/user/grant", R"({"user":"root","role":"root"})"), 200);
  ASSERT_EQ(tell("/v3/auth/enable", "{}"), 200);
  EXPECT_THAT(trouble_with(server.endpoint()), HasSubstr("refuses a read: etcdserver: user name is empty"));
  Asker asker(server.endpoint());
  EXPECT_EQ(asker.answer({step(Fn::write, 1, 1)}).outcome, Outcome::fail);
}

}  // namespace
}  // namespace assay::etcd
