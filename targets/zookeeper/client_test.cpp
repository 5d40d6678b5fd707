// The client against a real ZooKeeper on this machine's loopback, and against servers that are none. Skipped visibly where ZooKeeper,
// Java or ZooKeeper's C library is not installed.
#include "targets/zookeeper/client.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <thread>

#include "harness/core/error.h"
#include "harness/core/testing/temporary_folder.h"
#include "targets/zookeeper/members.h"
#include "targets/zookeeper/shared_sessions.h"

extern char** environ;

namespace assay::zookeeper {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

constexpr auto kPatience = std::chrono::seconds(30);
constexpr const char* kJava = "/usr/bin/java";
constexpr const char* kJar = "/usr/share/java/zookeeper.jar";

tcp::endpoint free_endpoint() {
  asio::io_context io;
  return tcp::acceptor(io, {asio::ip::address_v4::loopback(), 0}).local_endpoint();
}

std::string text_of(const tcp::endpoint& endpoint) { return "127.0.0.1:" + std::to_string(endpoint.port()); }

class Server {
 public:
  Server() {
    const std::string settings = folder_.write(
        "zoo.cfg",
        "dataDir=" + folder_.path("data") + "\nclientPort=" + std::to_string(endpoint_.port()) +
            "\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\ntickTime=100\nforceSync=no\n");
    std::vector<std::string> words = {kJava,
                                      "-Xmx64m",
                                      "-XX:+UseSerialGC",
                                      "-XX:TieredStopAtLevel=1",
                                      "-Dzookeeper.preAllocSize=1024",
                                      "-cp",
                                      kJar,
                                      "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                                      settings};
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t silence;
    ::posix_spawn_file_actions_init(&silence);
    ::posix_spawn_file_actions_addopen(&silence, 2, "/dev/null", O_WRONLY, 0);
    if (::posix_spawn(&pid_, kJava, &silence, nullptr, pointers.data(), environ) != 0) pid_ = 0;
    ::posix_spawn_file_actions_destroy(&silence);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!find_leader({endpoint_}, std::chrono::seconds(1)) &&
           std::chrono::steady_clock::now() < deadline) {
      ::usleep(20'000);
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
  void go_on() const { ::kill(pid_, SIGCONT); }
  const tcp::endpoint& endpoint() const { return endpoint_; }

 private:
  TemporaryFolder folder_;
  tcp::endpoint endpoint_ = free_endpoint();
  pid_t pid_ = 0;
};

// Clients that have one session together.
class Sharers {
 public:
  Sharers(const tcp::endpoint& server, int session_ms, std::size_t count)
      : server_(text_of(server)), timeout_(session_ms) {
    for (std::size_t i = 0; i < count; ++i) {
      clients_.push_back(std::make_unique<ZooKeeperClient>(
          io_, server_, [this] { return shared_.find(server_, [this] { return open(); }); },
          ExchangeOptions{}));
    }
    completions_.resize(count);
  }
  void ask(std::size_t client, const Request& request, Nanos timeout = 10 * kSecond) {
    completions_[client].reset();
    clients_[client]->invoke(request, timeout, [this, client](Completion completion) {
      completions_[client] = std::move(completion);
    });
  }
  Completion wait(std::size_t client) {
    io_.restart();
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!completions_[client] && io_.run_one_until(end) != 0) {
    }
    EXPECT_TRUE(completions_[client]) << "no answer";
    return completions_[client].value_or(Completion{});
  }
  Completion answer(std::size_t client, const Request& request) { return ask(client, request), wait(client); }
  // What is on its way gets there.
  void send() {
    io_.restart();
    io_.run_for(std::chrono::milliseconds(50));
  }
  void leave(std::size_t client) { clients_[client] = nullptr; }
  bool answered(std::size_t client) const { return completions_[client].has_value(); }
  int opened() const { return opened_; }

 private:
  std::shared_ptr<Session> open() {
    ++opened_;
    return std::make_shared<Session>(io_, server_, timeout_, closer_);
  }

  const std::string server_;
  const std::chrono::milliseconds timeout_;
  std::shared_ptr<SessionCloser> closer_ = std::make_shared<SessionCloser>();
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_ = asio::make_work_guard(io_);
  SharedSessions shared_;
  int opened_ = 0;
  std::vector<std::unique_ptr<ZooKeeperClient>> clients_;
  std::vector<std::optional<Completion>> completions_;
};

// One client, asked one request after the other.
class Asker {
 public:
  explicit Asker(const tcp::endpoint& server, int session_ms = 2'000) : client_(server, session_ms, 1) {}

  void ask(const Request& request, Nanos timeout = 10 * kSecond) { client_.ask(0, request, timeout); }
  Completion wait() { return client_.wait(0); }
  Completion answer(const Request& request) { return client_.answer(0, request); }
  void send() { client_.send(); }

 private:
  Sharers client_;
};

Mop mop_of(Fn fn, Key key, Value argument = {}) { return {fn, key, std::move(argument), {}}; }

#define ASSAY_NEEDS_ZOOKEEPER()                                                                         \
  if (::access(kJava, X_OK) != 0 || ::access(kJar, R_OK) != 0)                                          \
    GTEST_SKIP() << "ZooKeeper is not installed (packages libzookeeper-java and default-jre-headless)"; \
  if (!has_library()) GTEST_SKIP() << "built without ZooKeeper's C library (package libzookeeper-mt-dev)"

void expect_what_workloads_ask(const Server& server) {
  Asker asker(server.endpoint());
  const auto ask = [&](const Request& request) { return asker.answer(request); };
  const auto read = [&](Key key) { return ask({mop_of(Fn::read, key)}).mops.at(0).result; };
  EXPECT_EQ(read(1), Value());
  EXPECT_EQ(ask({mop_of(Fn::write, 1, 5)}).outcome, Outcome::ok);
  EXPECT_EQ(ask({mop_of(Fn::cas, 1, Value::pair(4, 6))}).outcome, Outcome::fail);
  EXPECT_EQ(ask({mop_of(Fn::cas, 1, Value::pair(5, 6))}).outcome, Outcome::ok);
  EXPECT_EQ(ask({mop_of(Fn::cas, 10, Value::pair(Value(), 1))}).outcome, Outcome::ok);
  EXPECT_EQ(ask({mop_of(Fn::cas, 10, Value::pair(Value(), 2))}).outcome, Outcome::fail);
  EXPECT_EQ(read(1), Value(6));
  EXPECT_EQ(read(10), Value(1)) << "another key than 1";

  EXPECT_EQ(ask({mop_of(Fn::add, 2, Value::text("a/b"))}).outcome, Outcome::ok);
  EXPECT_EQ(ask({mop_of(Fn::add, 2, Value::text("c"))}).outcome, Outcome::ok);
  EXPECT_EQ(ask({mop_of(Fn::remove, 2, Value::text("a/b"))}).outcome, Outcome::ok);
  EXPECT_EQ(read(2), Value::list({Value::text("c")}));

  EXPECT_EQ(ask({mop_of(Fn::append, 3, 1), mop_of(Fn::append, 3, 2), mop_of(Fn::add, 4, 7)}).outcome,
            Outcome::ok);
  const Completion transaction =
      ask({mop_of(Fn::append, 3, 3), mop_of(Fn::read, 3), mop_of(Fn::read, 4), mop_of(Fn::read, 11)});
  ASSERT_EQ(transaction.outcome, Outcome::ok) << transaction.error;
  EXPECT_EQ(transaction.mops[1].result, Value::list({1, 2, 3}));
  EXPECT_EQ(transaction.mops[2].result, Value(7));
  EXPECT_EQ(transaction.mops[3].result, Value());

  for (int element = 1; element <= 3; ++element)
    EXPECT_EQ(ask({mop_of(Fn::enqueue, 8, element)}).outcome, Outcome::ok);
  for (const Value& element : {Value(1), Value(2), Value(3), Value()})
    EXPECT_EQ(ask({mop_of(Fn::dequeue, 8)}).mops.at(0).result, element);
}

void expect_a_lock(const Server& server) {
  Asker asker(server.endpoint()), rival(server.endpoint());
  const auto ask = [&](const Request& request) { return asker.answer(request); };
  const Completion held = ask({mop_of(Fn::acquire, 5)});
  ASSERT_EQ(held.outcome, Outcome::ok) << held.error;
  const Value token = held.mops[0].result;
  EXPECT_EQ(rival.answer({mop_of(Fn::acquire, 5)}).outcome, Outcome::fail);
  EXPECT_EQ(ask({mop_of(Fn::read, 5)}).mops.at(0).result, Value::list({token, Value::boolean(true)}));
  EXPECT_EQ(ask({mop_of(Fn::release, 5, token.as_integer() - 1)}).outcome, Outcome::fail);
  EXPECT_EQ(ask({mop_of(Fn::fence, 6, token), mop_of(Fn::write, 7, 1)}).outcome, Outcome::ok);
  EXPECT_EQ(ask({mop_of(Fn::fence, 6, token.as_integer() - 1), mop_of(Fn::write, 7, 2)}).outcome,
            Outcome::fail);
  EXPECT_EQ(ask({mop_of(Fn::read, 7)}).mops.at(0).result, Value(1));
  EXPECT_EQ(ask({mop_of(Fn::release, 5, token)}).outcome, Outcome::ok);
  const Completion next = rival.answer({mop_of(Fn::acquire, 5)});
  ASSERT_EQ(next.outcome, Outcome::ok) << next.error;
  EXPECT_GT(next.mops.at(0).result, token);
  EXPECT_EQ(ask({mop_of(Fn::release, 5, next.mops.at(0).result)}).outcome, Outcome::ok);
  // A holder that goes lets go.
  {
    Asker leaving(server.endpoint());
    EXPECT_EQ(leaving.answer({mop_of(Fn::acquire, 5)}).outcome, Outcome::ok);
  }
  EXPECT_EQ(ask({mop_of(Fn::acquire, 5)}).outcome, Outcome::ok);
}

// A server that goes on after longer than a session's timeout may hear of the session before it looks for those that are over.
// Requires: it stands still.
void pause_until(const Server& server, const std::function<bool()>& happened) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    ::usleep(400'000);
    server.go_on();
    // At first nobody has a connection.
    for (int look = 0; look < 10; ++look) {
      if (happened()) return;
    }
    server.pause();
  }
  server.go_on();
}

// A session that is over takes its locks with it; the client that had it gets another one.
void expect_sessions_to_end(const Server& server) {
  Asker asker(server.endpoint(), 300), other(server.endpoint());
  ASSERT_EQ(asker.answer({mop_of(Fn::acquire, 9)}).outcome, Outcome::ok);
  ASSERT_EQ(other.answer({mop_of(Fn::read, 1)}).outcome, Outcome::ok);
  server.pause();
  other.ask({mop_of(Fn::read, 1)}, 10 * kSecond);
  asker.ask({mop_of(Fn::write, 1, 77)});
  const Completion lost = asker.wait();  // the library gives the connection up
  EXPECT_EQ(lost.outcome, Outcome::info) << lost.error;
  EXPECT_THAT(lost.error, AnyOf("connection loss", "operation timeout"));
  Completion read;
  pause_until(server, [&] {
    read = asker.answer({mop_of(Fn::read, 9)});
    return read.outcome == Outcome::ok && read.mops[0].result.is_nil();
  });
  EXPECT_EQ(read.outcome, Outcome::ok) << read.error;
  EXPECT_EQ(asker.answer({mop_of(Fn::acquire, 9)}).outcome, Outcome::ok);
}

// Who goes takes nothing from the others; once it is over all of them have the same new one.
void expect_a_session_to_be_shared(const Server& server) {
  Sharers sharers(server.endpoint(), 300, 3);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(sharers.answer(i, {mop_of(Fn::write, 20 + static_cast<Key>(i), 7)}).outcome, Outcome::ok);
  for (std::size_t i = 0; i < 3; ++i)
    sharers.ask(i, {mop_of(Fn::write, 20 + static_cast<Key>(i), 30 + static_cast<std::int64_t>(i))});
  sharers.leave(0);
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_EQ(sharers.wait(i).outcome, Outcome::ok);
    EXPECT_EQ(sharers.answer(i, {mop_of(Fn::read, 20 + static_cast<Key>(i))}).mops.at(0).result,
              Value(30 + static_cast<std::int64_t>(i)));
  }
  EXPECT_FALSE(sharers.answered(0)) << "it is gone";
  EXPECT_EQ(sharers.opened(), 1);
  server.pause();
  for (std::size_t i = 1; i < 3; ++i) sharers.ask(i, {mop_of(Fn::write, 21, 40)});
  for (std::size_t i = 1; i < 3; ++i) EXPECT_EQ(sharers.wait(i).outcome, Outcome::info);
  const auto read = [&](std::size_t i) {
    return sharers.answer(i, {mop_of(Fn::read, 22)}).outcome == Outcome::ok;
  };
  pause_until(server, [&] { return read(1) && sharers.opened() == 2; });
  EXPECT_TRUE(read(1));
  bool other = false;
  for (int attempt = 0; attempt < 1'000 && !other; ++attempt) {
    ::usleep(10'000);
    other = read(2);
  }
  EXPECT_TRUE(other);
  EXPECT_EQ(sharers.opened(), 2);
}

// The server is stopped while it has the request, and then killed.
void expect_a_kill_to_prove_nothing(Server& server) {
  const std::vector<std::pair<Request, Outcome>> requests = {
      {{mop_of(Fn::write, 1, 5)}, Outcome::info},
      {{mop_of(Fn::add, 3, Value::text("a"))}, Outcome::info},
      {{mop_of(Fn::remove, 3, Value::text("a"))}, Outcome::info},
      {{mop_of(Fn::enqueue, 4, 5)}, Outcome::info},
      {{mop_of(Fn::acquire, 5)}, Outcome::info},
      // Their first calls only read.
      {{mop_of(Fn::read, 1)}, Outcome::fail},
      {{mop_of(Fn::cas, 1, Value::pair(5, 6))}, Outcome::fail},
      {{mop_of(Fn::append, 6, 1)}, Outcome::fail},
      {{mop_of(Fn::fence, 7, 1), mop_of(Fn::write, 8, 1)}, Outcome::fail},
      {{mop_of(Fn::dequeue, 4)}, Outcome::fail},
      {{mop_of(Fn::release, 5, 1)}, Outcome::fail},
  };
  std::vector<std::unique_ptr<Asker>> askers;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    askers.push_back(std::make_unique<Asker>(server.endpoint()));
    ASSERT_EQ(askers.back()->answer({mop_of(Fn::read, 1)}).outcome, Outcome::ok);
  }
  Asker waiting(server.endpoint());
  server.pause();
  for (std::size_t i = 0; i < requests.size(); ++i) askers[i]->ask(requests[i].first);
  waiting.ask({mop_of(Fn::write, 1, 6)}, 200 * kMillisecond);
  EXPECT_THAT(waiting.wait().error, HasSubstr("does not answer")) << "no session was there to send it";
  for (const auto& asker : askers) asker->send();
  server.kill();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Completion completion = askers[i]->wait();
    EXPECT_EQ(completion.outcome, requests[i].second) << describe(requests[i].first[0]);
    EXPECT_EQ(completion.error, "connection loss");
  }
  const Completion later = askers[0]->answer({mop_of(Fn::write, 1, 5)});
  EXPECT_EQ(later.outcome, Outcome::fail);
  EXPECT_EQ(later.error, "no session: connection loss");
}

// One server for all of it: Java takes a second to begin.
TEST(ZooKeeperClient, DoesWhatWorkloadsAskAndProvesNothingThatItDoesNotKnow) {
  ASSAY_NEEDS_ZOOKEEPER();
  Server server;
  expect_what_workloads_ask(server);
  expect_a_lock(server);
  expect_sessions_to_end(server);
  expect_a_session_to_be_shared(server);
  EXPECT_EQ(look_at_member(server.endpoint(), "n1", kPatience).mode, "standalone");
  expect_a_kill_to_prove_nothing(server);
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
      std::array<char, 64> heard;
      if (!over_) socket.read_some(asio::buffer(heard), error);
      asio::write(socket, asio::buffer(says_), error);
    }
  }
  const std::string says_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

std::string trouble_with(const tcp::endpoint& server) {
  try {
    return "no trouble: " + look_at_member(server, "n1", std::chrono::milliseconds(2'000)).mode;
  } catch (const HarnessError& error) {
    return error.what();
  }
}

std::string srvr(const std::string& version, const std::string& mode,
                 const std::string& zxid = "0x300000007") {
  return "Zookeeper version: " + version +
         "-5a02a05eddb59aee6ac762f7ea82e92a68eb9c0f, built on 2022-02-25\n" +
         "Latency min/avg/max: 0/0.0/0\nZxid: " + zxid + "\nMode: " + mode + "\nNode count: 5\n";
}

TEST(ZooKeeperMembers, WhatIsNoZooKeeperThatIsKnownIsOneSentence) {
  EXPECT_THAT(trouble_with(free_endpoint()),
              AllOf(HasSubstr("n1 (127.0.0.1:"), HasSubstr("no ZooKeeper answers there: no connection")));
  EXPECT_THAT(trouble_with(OtherServer("-ERR unknown command\r\n").endpoint()),
              HasSubstr("what answers there is no ZooKeeper: it says \"-ERR unknown command"));
  EXPECT_THAT(trouble_with(OtherServer("").endpoint()), HasSubstr("ends the connection without a word"));
  EXPECT_THAT(
      trouble_with(OtherServer("srvr is not executed because it is not in the whitelist.\n").endpoint()),
      HasSubstr("4lw.commands.whitelist"));
  EXPECT_THAT(trouble_with(OtherServer(srvr("3.4.13", "leader")).endpoint()),
              HasSubstr("is ZooKeeper 3.4.13; this client knows 3.5 to 3.9"));
  EXPECT_EQ(trouble_with(OtherServer(srvr("3.8.0", "follower")).endpoint()), "no trouble: follower");
}

TEST(ZooKeeperMembers, TheLeaderOfTheLatestEpochLeads) {
  EXPECT_EQ(parse_member(srvr("3.8.0", "leader"))->epoch, 3);
  EXPECT_EQ(parse_member(srvr("3.8.0", "leader"))->version, "3.8.0");
  EXPECT_EQ(parse_member("This ZooKeeper instance is not currently serving requests\n")->mode, "");
  EXPECT_FALSE(parse_member("imok"));
  const OtherServer old(srvr("3.8.0", "leader", "0x200000009")), follower(srvr("3.8.0", "follower")),
      leader(srvr("3.8.0", "leader"));
  const auto patience = std::chrono::seconds(5);
  EXPECT_EQ(find_leader({old.endpoint(), follower.endpoint(), leader.endpoint()}, patience), NodeId(2));
  EXPECT_EQ(find_leader({follower.endpoint(), free_endpoint()}, patience), std::nullopt);
}

// The library keeps trying; the request was never sent.
TEST(ZooKeeperClient, WhereNobodyAnswersNothingHappened) {
  if (!has_library()) GTEST_SKIP() << "built without ZooKeeper's C library (package libzookeeper-mt-dev)";
  Asker nobody(free_endpoint());
  for (int i = 0; i < 2; ++i) {
    const Completion completion = nobody.answer({mop_of(Fn::write, 1, 1)});
    EXPECT_EQ(completion.outcome, Outcome::fail);
    EXPECT_EQ(completion.error, "no session: connection loss");
  }
  const OtherServer other(std::string("\0\0\0\5hello", 9));
  Asker stranger(other.endpoint());
  EXPECT_EQ(stranger.answer({mop_of(Fn::write, 1, 1)}).outcome, Outcome::fail);
}

}  // namespace
}  // namespace assay::zookeeper
