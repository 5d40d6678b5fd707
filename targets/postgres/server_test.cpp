// The client against a real server that is killed, cancelled and made to wait in the middle of every kind of operation, and against
// what is no PostgreSQL at all.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/asio.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "harness/core/error.h"
#include "targets/postgres/failover.h"
#include "targets/postgres/postgres_client.h"
#include "targets/postgres/testing/local_server.h"

namespace assay::postgres {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::LocalServer;

Mop step(Fn fn, Value argument = {}, Key key = 7) { return {fn, key, std::move(argument), {}}; }

class PostgresServer : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (LocalServer::installed()) server_ = std::make_unique<LocalServer>();
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (!LocalServer::installed()) GTEST_SKIP() << "postgresql-15 is not installed";
    ASSERT_TRUE(server_) << "it did not start";
    order("TRUNCATE assay_values");
  }

  std::unique_ptr<PostgresClient> client(const std::string& isolation = "read committed") {
    auto plan = std::make_shared<ClientPlan>();
    plan->servers = {server_->server()};
    plan->login = server_->login();
    plan->isolation = isolation;
    return std::make_unique<PostgresClient>(io_, plan, std::make_shared<Directory>(1), NodeId(0));
  }

  void order(const std::string& command) {
    const Answer said = server_->session()->ask(command, 10 * kSecond);
    ASSERT_FALSE(said.error) << command << ": " << said.error->message;
  }

  // Until so many answers are there.
  void wait_for(const std::size_t& answers, std::size_t wanted) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    io_.restart();
    while (answers < wanted && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
    ASSERT_EQ(answers, wanted);
  }

  Completion done(PostgresClient& client, const Request& request, Nanos timeout = 30 * kSecond) {
    Completion result;
    std::size_t answers = 0;
    client.invoke(request, timeout, [&](Completion completion) {
      result = std::move(completion);
      ++answers;
    });
    EXPECT_EQ(answers, 0u) << "answered inside invoke()";
    wait_for(answers, 1);
    return result;
  }

  // Runs what is ready, so that requests reach the server.
  void let_run() { io_.restart(), io_.run_for(std::chrono::milliseconds(50)); }

  static std::unique_ptr<LocalServer> server_;
  asio::io_context io_;
};
std::unique_ptr<LocalServer> PostgresServer::server_;

TEST_F(PostgresServer, DoesWhatIsAsked) {
  const auto one = client();
  EXPECT_EQ(done(*one, {step(Fn::read)}).mops.at(0).result, Value());
  EXPECT_EQ(done(*one, {step(Fn::cas, Value::pair(Value(), 1))}).outcome, Outcome::ok);
  EXPECT_EQ(done(*one, {step(Fn::cas, Value::pair(Value(), 1))}).outcome, Outcome::fail);
  EXPECT_EQ(done(*one, {step(Fn::cas, Value::pair(1, 2))}).outcome, Outcome::ok);
  EXPECT_EQ(done(*one, {step(Fn::cas, Value::pair(1, 3))}).error, "expectation unmet");
  EXPECT_EQ(done(*one, {step(Fn::add, 5)}).outcome, Outcome::ok);
  EXPECT_EQ(done(*one, {step(Fn::read)}).mops.at(0).result, Value(7));
  EXPECT_EQ(done(*one, {step(Fn::write, Value::text("a b"))}).outcome, Outcome::ok);
  for (const char* word : {"x", "y z", "x"})
    EXPECT_EQ(done(*one, {step(Fn::add, Value::text(word), 8)}).outcome, Outcome::ok);
  EXPECT_EQ(done(*one, {step(Fn::remove, Value::text("x"), 8)}).outcome, Outcome::ok);
  const Completion both =
      done(*one, {step(Fn::append, 1, 9), step(Fn::append, Value::text("2 "), 9), step(Fn::read, {}, 9)});
  EXPECT_EQ(both.outcome, Outcome::ok) << both.error;
  EXPECT_EQ(both.mops.at(2).result, Value::list({1, Value::text("2 ")}));
  const Completion all = done(*one, {step(Fn::scan)});
  EXPECT_EQ(all.mops.at(0).result, Value::list({Value::pair(7, Value::text("a b")),
                                                Value::pair(8, Value::list({Value::text("y z")})),
                                                Value::pair(9, Value::list({1, Value::text("2 ")}))}));
  EXPECT_EQ(done(*one, {step(Fn::write, 4, 10)}).outcome, Outcome::ok);
  for (const Value& predicate : {Value::list({Value::text("mod"), 3, 1}), Value::list({Value::text("="), 4}),
                                 Value::list({Value::text("keys"), 10, 20})})
    EXPECT_EQ(done(*one, {step(Fn::scan, predicate)}).mops.at(0).result, Value::list({Value::pair(10, 4)}))
        << predicate.to_string();
  EXPECT_EQ(done(*one, {step(Fn::enqueue, 1)}).outcome, Outcome::fail);

  // What fails leaves nothing behind, and the connection is free again.
  order("TRUNCATE assay_values");
  EXPECT_EQ(done(*one, {step(Fn::write, 1), step(Fn::cas, Value::pair(5, 6), 8)}).outcome, Outcome::fail);
  EXPECT_EQ(done(*one, {step(Fn::write, 1), step(Fn::write, Value::text("x")), step(Fn::add, 1)}).outcome,
            Outcome::fail);
  EXPECT_EQ(done(*one, {step(Fn::read)}).mops.at(0).result, Value());
}

// Two that read what the other one writes: repeatable read lets both commit, serializable one of them.
TEST_F(PostgresServer, SerializableRefusesWriteSkew) {
  for (const bool serializable : {false, true}) {
    order("TRUNCATE assay_values");
    const auto session = server_->session(), other = server_->session();
    const std::string begin =
        std::string("BEGIN ISOLATION LEVEL ") + (serializable ? "SERIALIZABLE" : "REPEATABLE READ");
    const auto one = client(serializable ? "serializable" : "repeatable read");
    ASSERT_FALSE(session->ask(begin, kSecond).error);
    ASSERT_FALSE(session->ask("SELECT v FROM assay_values WHERE k = 1", kSecond).error);
    ASSERT_FALSE(session->ask("INSERT INTO assay_values VALUES (2, '1')", kSecond).error);
    EXPECT_EQ(done(*one, {step(Fn::read, {}, 2), step(Fn::write, 1, 1)}).outcome, Outcome::ok);
    EXPECT_EQ(session->ask("COMMIT", kSecond).error.has_value(), serializable);
  }
}

// All kinds at once, each stopped by a lock on the table; then the power is cut.
TEST_F(PostgresServer, AServerKilledInTheMiddleOfAnOperationLeavesItUnknown) {
  const std::pair<Request, Outcome> cases[] = {
      {{step(Fn::read)}, Outcome::fail},
      {{step(Fn::scan)}, Outcome::fail},
      {{step(Fn::read), step(Fn::read)}, Outcome::fail},
      {{step(Fn::write, 1)}, Outcome::info},
      {{step(Fn::cas, Value::pair(1, 2))}, Outcome::info},
      {{step(Fn::cas, Value::pair(Value(), 2))}, Outcome::info},
      {{step(Fn::append, 1)}, Outcome::info},
      {{step(Fn::add, 1)}, Outcome::info},
      {{step(Fn::add, Value::text("x"))}, Outcome::info},
      {{step(Fn::remove, Value::text("x"))}, Outcome::info},
      // No commit was asked for yet.
      {{step(Fn::write, 1), step(Fn::write, 2)}, Outcome::fail},
  };
  const auto holder = server_->session();
  ASSERT_FALSE(holder->ask("BEGIN", kSecond).error);
  ASSERT_FALSE(holder->ask("LOCK TABLE assay_values IN ACCESS EXCLUSIVE MODE", kSecond).error);
  std::vector<std::unique_ptr<PostgresClient>> clients;
  std::map<std::size_t, Completion> results;
  std::size_t answers = 0;
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    clients.push_back(client());
    clients.back()->invoke(cases[i].first, 60 * kSecond, [&, i](Completion completion) {
      results[i] = std::move(completion);
      ++answers;
    });
  }
  for (int round = 0; round < 10; ++round) let_run();
  server_->wait_until_waiting(static_cast<int>(std::size(cases)), "Lock");
  server_->kill();
  wait_for(answers, std::size(cases));
  for (std::size_t i = 0; i < std::size(cases); ++i)
    EXPECT_EQ(results[i].outcome, cases[i].second) << i << ": " << results[i].error;
  server_->start();
  EXPECT_EQ(done(*clients[3], {step(Fn::read)}).outcome, Outcome::ok) << "the client connects anew";
}

// A commit that waits for a standby that does not exist: cancelled, ended by an administrator, killed. No time limit of the server
// ends that wait (statement_timeout is over when the commit begins).
TEST_F(PostgresServer, ACommitThatNoStandbyConfirmsIsUnknown) {
  order("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  order("SELECT pg_reload_conf()");
  const Request writes[] = {{step(Fn::write, 1)}, {step(Fn::write, 1, 8), step(Fn::write, 2, 9)}};
  const std::string waiting = " FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
  for (const std::string how : {"cancelled", "ended", "killed"}) {
    std::vector<Completion> results;
    std::size_t answers = 0;
    std::vector<std::unique_ptr<PostgresClient>> clients;
    for (const Request& request : writes) {
      clients.push_back(client());
      clients.back()->invoke(request, 60 * kSecond, [&](Completion completion) {
        results.push_back(std::move(completion));
        ++answers;
      });
      for (int round = 0; round < 5; ++round) let_run();
    }
    server_->wait_until_waiting(2, "IPC");
    if (how == "cancelled") order("SELECT pg_cancel_backend(pid)" + waiting);
    if (how == "ended") order("SELECT pg_terminate_backend(pid)" + waiting);
    if (how == "killed") server_->kill();
    wait_for(answers, 2);
    for (const Completion& result : results) {
      EXPECT_EQ(result.outcome, Outcome::info) << how << ": " << result.error;
      if (how == "cancelled") {
        EXPECT_TRUE(result.error.starts_with("committed at the primary alone")) << result.error;
        EXPECT_EQ(done(*client(), {step(Fn::read)}).mops.at(0).result, Value(1))
            << "it is there all the same";
      }
    }
  }
  server_->start();
  const auto session = server_->session();
  ASSERT_FALSE(session->ask("SET synchronous_commit = off", kSecond).error);
  ASSERT_FALSE(session->ask("ALTER SYSTEM RESET synchronous_standby_names", kSecond).error);
  ASSERT_FALSE(session->ask("SELECT pg_reload_conf()", kSecond).error);
}

TEST_F(PostgresServer, CancelledAndReadOnlyStatementsDidNothing) {
  const auto holder = server_->session();
  ASSERT_FALSE(holder->ask("BEGIN", kSecond).error);
  ASSERT_FALSE(holder->ask("LOCK TABLE assay_values IN ACCESS EXCLUSIVE MODE", kSecond).error);
  const Completion cancelled = done(*client(), {step(Fn::write, 1)}, kSecond);
  EXPECT_EQ(cancelled.outcome, Outcome::fail);
  EXPECT_TRUE(cancelled.error.starts_with("57014")) << cancelled.error;
  ASSERT_FALSE(holder->ask("ROLLBACK", kSecond).error);

  const auto one = client();
  EXPECT_EQ(done(*one, {step(Fn::write, 1)}).outcome, Outcome::ok);
  order("ALTER SYSTEM SET default_transaction_read_only = on");
  order("SELECT pg_reload_conf()");
  // The server takes its time to tell its sessions.
  Completion refused;
  for (int attempt = 0; attempt < 3'000 && refused.outcome != Outcome::fail; ++attempt) {
    ::usleep(10'000);
    refused = done(*one, {step(Fn::write, 2)});
  }
  EXPECT_TRUE(refused.error.starts_with("25006")) << refused.error;
  const auto session = server_->session();
  ASSERT_FALSE(session->ask("ALTER SYSTEM RESET default_transaction_read_only", kSecond).error);
  ASSERT_FALSE(session->ask("SELECT pg_reload_conf()", kSecond).error);
}

TEST_F(PostgresServer, WhoIsGoneIsNotAnsweredAndWhoHasAWrongPasswordIsNotLetIn) {
  auto one = client();
  one->invoke({step(Fn::write, 1)}, kSecond, [](Completion) { FAIL(); });
  one.reset();
  let_run();
  auto two = client();
  std::size_t answers = 0;
  two->invoke({step(Fn::write, 1)}, kSecond, [&](Completion) {
    two.reset();
    ++answers;
  });
  wait_for(answers, 1);

  Login login = server_->login();
  login.password = "wrong";
  try {
    Session(server_->server(), login, 5 * kSecond);
    FAIL() << "let in";
  } catch (const HarnessError& error) {
    EXPECT_NE(std::string(error.what()).find("refuses the password or the user"), std::string::npos)
        << error.what();
  }
}

TEST_F(PostgresServer, WhoIsShutOutIsNotHeard) {
  auto plan = std::make_shared<ClientPlan>();
  plan->servers = {server_->server()};
  plan->login = server_->login();
  const auto directory = std::make_shared<Directory>(1);
  directory->guard(0);
  PostgresClient one(io_, plan, directory, 0);
  EXPECT_EQ(done(one, {step(Fn::write, 1)}).outcome, Outcome::ok);
  const auto holder = server_->session();
  ASSERT_FALSE(holder->ask("BEGIN", kSecond).error);
  ASSERT_FALSE(holder->ask("LOCK TABLE assay_values IN ACCESS EXCLUSIVE MODE", kSecond).error);
  Completion unheard;
  std::size_t answers = 0;
  one.invoke({step(Fn::write, 2)}, 30 * kSecond, [&](Completion completion) {
    unheard = std::move(completion);
    ++answers;
  });
  let_run();
  directory->shut_out(0);
  wait_for(answers, 1);
  EXPECT_EQ(unheard.outcome, Outcome::info) << unheard.error;
  EXPECT_EQ(done(one, {step(Fn::write, 3)}).outcome, Outcome::fail);
  directory->admit(0);
  directory->guard(0);
  ASSERT_FALSE(holder->ask("ROLLBACK", kSecond).error);
  EXPECT_EQ(done(one, {step(Fn::write, 4)}).outcome, Outcome::ok);
}

// The controller against real servers: the standby takes over, and clients find it.
TEST_F(PostgresServer, AStandbyIsPromotedWhenThePrimaryIsGone) {
  LocalServer standby(*server_);
  auto plan = std::make_shared<ClientPlan>();
  plan->servers = {server_->server(), standby.server()};
  plan->login = server_->login();
  const auto directory = std::make_shared<Directory>(2);
  const LoopAccess access{[] {
                            return std::chrono::duration_cast<std::chrono::nanoseconds>(
                                       std::chrono::steady_clock::now().time_since_epoch())
                                .count();
                          },
                          [this](std::function<void()> task) { asio::post(io_, std::move(task)); }};
  FailoverPlan rules{{"n1", "n2"}, plan->servers, plan->login, {300 * kMillisecond, 1}, true};
  Failover failover(access, rules, directory);
  failover.start(0);
  PostgresClient one(io_, plan, directory, 0);
  EXPECT_EQ(done(one, {step(Fn::write, 1)}).node, 0);
  server_->kill();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while ((failover.promotions() == 0 || !directory->primary()) && std::chrono::steady_clock::now() < end)
    let_run();
  EXPECT_EQ(failover.primary(), 1);
  EXPECT_EQ(directory->primary(), NodeId(1));
  EXPECT_FALSE(directory->admits(0));
  // Not what was written before: replication is asynchronous.
  const Completion after = done(one, {step(Fn::write, 2)});
  EXPECT_EQ(after.outcome, Outcome::ok) << after.error;
  EXPECT_EQ(after.node, 1);
  failover.stop();
  std::string events;
  for (const std::string& event : failover.events()) events += event + "\n";
  for (const char* wanted : {"primary n1 is gone: it does not answer", "n1 is shut out", "n2 is promoted"})
    EXPECT_NE(events.find(wanted), std::string::npos) << events;
  server_->start();
}

// Something listens, and says this to whoever connects and speaks.
std::string trouble_with(const std::string& reply) {
  asio::io_context io;
  tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  tcp::socket accepted(io);
  std::array<char, 1024> asked;
  acceptor.async_accept(accepted, [&](boost::system::error_code) {
    accepted.async_read_some(asio::buffer(asked), [&](boost::system::error_code, std::size_t) {
      boost::system::error_code ignored;
      asio::write(accepted, asio::buffer(reply), ignored);
      if (reply.empty()) accepted.close(ignored);
    });
  });
  std::string trouble;
  bool told = false;
  const auto connection =
      Connection::make(io, {"127.0.0.1", acceptor.local_endpoint().port()}, {"u", "p", "d"}, {});
  connection->open(5 * kSecond, [&](std::string said) {
    trouble = std::move(said);
    told = true;
  });
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!told && io.run_one_until(end) > 0) {
  }
  connection->close();
  return trouble;
}

std::string message(char kind, const std::string& body) {
  const auto size = static_cast<unsigned>(body.size() + 4);
  return std::string(1, kind) +
         std::string{static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                     static_cast<char>(size >> 8), static_cast<char>(size)} +
         body;
}

TEST(PostgresConnection, WhatIsNoPostgresIsOneSentence) {
  for (const char* reply :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "-ERR unknown command\r\n", "SSH-2.0-x\r\n"}) {
    const std::string trouble = trouble_with(reply);
    EXPECT_NE(trouble.find("is no PostgreSQL"), std::string::npos) << trouble;
  }
  EXPECT_NE(trouble_with("").find("closed the connection"), std::string::npos);
}

// As PostgreSQL 9.6 greets who needs no password.
TEST(PostgresConnection, AnOlderServerIsOneSentence) {
  const std::string version = std::string("server_version") + '\0' + "9.6.24" + '\0';
  const std::string trouble = trouble_with(message('R', std::string(4, '\0')) + message('S', version) +
                                           message('K', std::string(8, '\0')) + message('Z', "I"));
  EXPECT_NE(trouble.find("is PostgreSQL 9.6; target postgres needs 14 or newer"), std::string::npos)
      << trouble;
}

TEST(PostgresConnection, AWrongPortIsOneSentence) {
  asio::io_context io;
  std::uint16_t port = 0;
  {
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    port = acceptor.local_endpoint().port();
  }
  try {
    Session({"127.0.0.1", port}, {}, kSecond);
    FAIL() << "connected to nothing";
  } catch (const HarnessError& error) {
    EXPECT_NE(std::string(error.what()).find("does not listen"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace assay::postgres
