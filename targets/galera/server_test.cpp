// The client against a real server that is killed in the middle of every kind of operation, and against what is no MariaDB at all.
#include <gtest/gtest.h>

#include <array>
#include <boost/asio.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include "harness/core/error.h"
#include "targets/galera/galera_client.h"
#include "targets/galera/testing/local_server.h"

namespace assay::galera {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::LocalServer;

Mop step(Fn fn, Value argument = {}, Key key = 7) { return {fn, key, std::move(argument), {}}; }

class GaleraServer : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (LocalServer::lack().empty()) server_ = std::make_unique<LocalServer>();
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (const std::string lack = LocalServer::lack(); !lack.empty()) GTEST_SKIP() << lack;
    ASSERT_TRUE(server_) << "it did not start";
    order("DELETE FROM assay_values");
  }

  std::unique_ptr<GaleraClient> client(const SessionSettings& settings = {}) {
    auto plan = std::make_shared<ClientPlan>();
    plan->servers = {server_->server()};
    plan->login = server_->login();
    plan->settings = settings;
    return std::make_unique<GaleraClient>(io_, plan, NodeId(0));
  }

  void order(const std::string& command) { server_->session()->field(command, 10 * kSecond); }

  // Until so many answers are there.
  void wait_for(const std::size_t& answers, std::size_t wanted) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    io_.restart();
    while (answers < wanted && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
    ASSERT_EQ(answers, wanted);
  }

  Completion done(GaleraClient& client, const Request& request, Nanos timeout = 30 * kSecond) {
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

  // All at once, each stopped by what `holder` holds; then the server is killed.
  std::vector<Completion> killed_in_the_middle(const std::vector<Request>& requests,
                                               const std::string& state) {
    std::vector<std::unique_ptr<GaleraClient>> clients;
    std::vector<Completion> results(requests.size());
    std::size_t answers = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      clients.push_back(client());
      clients.back()->invoke(requests[i], 60 * kSecond, [&, i](Completion completion) {
        results[i] = std::move(completion);
        ++answers;
      });
    }
    for (int round = 0; round < 10; ++round) let_run();
    server_->wait_until(static_cast<int>(requests.size()), state);
    server_->kill();
    wait_for(answers, requests.size());
    server_->start();
    EXPECT_EQ(done(*clients.front(), {step(Fn::read)}).outcome, Outcome::ok) << "the client connects anew";
    return results;
  }

  // What is tried. A server takes seconds to make, and each test makes its own, so that there are few of them.
  void does_what_is_asked();
  void snapshot_isolation_refuses_a_lost_update();
  void killed_in_the_middle_of_an_operation();
  void killed_in_the_middle_of_a_commit();
  void deadlocks_and_late_locks_are_failures();
  void a_node_that_is_not_ready_did_nothing();
  void who_is_gone_is_not_answered();

  static std::unique_ptr<LocalServer> server_;
  asio::io_context io_;
};
std::unique_ptr<LocalServer> GaleraServer::server_;

void GaleraServer::does_what_is_asked() {
  const auto one = client();
  EXPECT_EQ(done(*one, {step(Fn::read)}).mops.at(0).result, Value());
  EXPECT_EQ(done(*one, {step(Fn::cas, Value::pair(Value(), 1))}).outcome, Outcome::ok);
  EXPECT_EQ(done(*one, {step(Fn::cas, Value::pair(Value(), 1))}).outcome, Outcome::fail);
  EXPECT_EQ(done(*one, {step(Fn::cas, Value::pair(1, 1))}).outcome, Outcome::ok) << "it is so already";
  EXPECT_EQ(done(*one, {step(Fn::cas, Value::pair(1, 2))}).outcome, Outcome::ok);
  EXPECT_EQ(done(*one, {step(Fn::cas, Value::pair(1, 3))}).error, "expectation unmet");
  EXPECT_EQ(done(*one, {step(Fn::add, 5)}).outcome, Outcome::ok);
  EXPECT_EQ(done(*one, {step(Fn::read)}).mops.at(0).result, Value(7));
  for (int times = 0; times < 2; ++times)
    EXPECT_EQ(done(*one, {step(Fn::write, Value::text("a 'b\\"))}).outcome, Outcome::ok);
  for (const char* word : {"x", "y z", "x"})
    EXPECT_EQ(done(*one, {step(Fn::add, Value::text(word), 8)}).outcome, Outcome::ok);
  EXPECT_EQ(done(*one, {step(Fn::remove, Value::text("x"), 8)}).outcome, Outcome::ok);
  const Completion both =
      done(*one, {step(Fn::append, 1, 9), step(Fn::append, Value::text("2 "), 9), step(Fn::read, {}, 9)});
  EXPECT_EQ(both.outcome, Outcome::ok) << both.error;
  EXPECT_EQ(both.mops.at(2).result, Value::list({1, Value::text("2 ")}));
  const Completion all = done(*one, {step(Fn::scan)});
  EXPECT_EQ(all.mops.at(0).result, Value::list({Value::pair(7, Value::text("a 'b\\")),
                                                Value::pair(8, Value::list({Value::text("y z")})),
                                                Value::pair(9, Value::list({1, Value::text("2 ")}))}));
  EXPECT_EQ(done(*one, {step(Fn::write, 4, 10)}).outcome, Outcome::ok);
  for (const Value& predicate : {Value::list({Value::text("mod"), 3, 1}), Value::list({Value::text("="), 4}),
                                 Value::list({Value::text("keys"), 10, 20})})
    EXPECT_EQ(done(*one, {step(Fn::scan, predicate)}).mops.at(0).result, Value::list({Value::pair(10, 4)}))
        << predicate.to_string();
  EXPECT_EQ(done(*one, {step(Fn::enqueue, 1)}).outcome, Outcome::fail);

  // What fails leaves nothing behind, and the connection is free again.
  order("DELETE FROM assay_values");
  EXPECT_EQ(done(*one, {step(Fn::write, 1), step(Fn::cas, Value::pair(5, 6), 8)}).outcome, Outcome::fail);
  const Completion no_number = done(*one, {step(Fn::write, Value::text("x")), step(Fn::add, 1)});
  EXPECT_EQ(no_number.outcome, Outcome::fail) << no_number.error;
  EXPECT_EQ(done(*one, {step(Fn::read)}).mops.at(0).result, Value());
}

// One that overwrites what was committed since it read: repeatable read lets it, unless it is made snapshot isolation.
void GaleraServer::snapshot_isolation_refuses_a_lost_update() {
  for (const bool snapshot : {false, true}) {
    order("REPLACE INTO assay_values VALUES (7, '1')");
    const auto holder = server_->session();
    ASSERT_FALSE(holder->ask("START TRANSACTION", kSecond).error);
    ASSERT_FALSE(holder->ask("UPDATE assay_values SET v = '2' WHERE k = 7", kSecond).error);
    SessionSettings settings;
    settings.snapshot_isolation = snapshot;
    const auto one = client(settings);
    Completion result;
    std::size_t answers = 0;
    one->invoke({step(Fn::read), step(Fn::write, 3)}, 30 * kSecond, [&](Completion completion) {
      result = std::move(completion);
      ++answers;
    });
    for (int round = 0; round < 4; ++round) let_run();
    server_->wait_until(1, "Updat");
    ASSERT_FALSE(holder->ask("COMMIT", kSecond).error);
    wait_for(answers, 1);
    EXPECT_EQ(result.outcome, snapshot ? Outcome::fail : Outcome::ok) << result.error;
    if (snapshot) {
      EXPECT_TRUE(result.error.starts_with("1020 ")) << result.error;
    } else {
      EXPECT_EQ(result.mops.at(0).result, Value(1)) << "what it overwrote it has not read";
    }
  }
}

void GaleraServer::killed_in_the_middle_of_an_operation() {
  const std::vector<std::pair<Request, Outcome>> cases = {
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
  std::vector<Request> requests;
  for (const auto& [request, wanted] : cases) requests.push_back(request);
  const auto holder = server_->session();
  ASSERT_FALSE(holder->ask("LOCK TABLES assay_values WRITE", kSecond).error);
  const std::vector<Completion> results = killed_in_the_middle(requests, "Waiting for table metadata lock");
  for (std::size_t i = 0; i < cases.size(); ++i)
    EXPECT_EQ(results[i].outcome, cases[i].second) << i << ": " << results[i].error;
}

void GaleraServer::killed_in_the_middle_of_a_commit() {
  const auto holder = server_->session();
  ASSERT_FALSE(holder->ask("BACKUP STAGE START", 5 * kSecond).error);
  ASSERT_FALSE(holder->ask("BACKUP STAGE BLOCK_COMMIT", 5 * kSecond).error);
  const auto results =
      killed_in_the_middle({{step(Fn::write, 1)}, {step(Fn::write, 1, 8), step(Fn::write, 2, 9)}},
                           server_->has_galera() ? "Waiting for certification" : "Waiting for backup lock");
  for (const Completion& result : results) EXPECT_EQ(result.outcome, Outcome::info) << result.error;
}

void GaleraServer::deadlocks_and_late_locks_are_failures() {
  order("REPLACE INTO assay_values VALUES (1, '1'), (2, '2')");
  const auto holder = server_->session();
  ASSERT_FALSE(holder->ask("START TRANSACTION", kSecond).error);
  // Who has done more lives on.
  ASSERT_FALSE(
      holder->ask("INSERT INTO assay_values SELECT seq, '0' FROM seq_100_to_200", 5 * kSecond).error);
  ASSERT_FALSE(holder->ask("UPDATE assay_values SET v = '3' WHERE k = 1", kSecond).error);
  const auto one = client();
  Completion victim;
  std::size_t answers = 0;
  one->invoke({step(Fn::write, 4, 2), step(Fn::write, 4, 1)}, 30 * kSecond, [&](Completion completion) {
    victim = std::move(completion);
    ++answers;
  });
  for (int round = 0; round < 4; ++round) let_run();
  server_->wait_until(1, "Updat");
  ASSERT_FALSE(holder->ask("UPDATE assay_values SET v = '3' WHERE k = 2", 5 * kSecond).error);
  wait_for(answers, 1);
  EXPECT_EQ(victim.outcome, Outcome::fail);
  EXPECT_TRUE(victim.error.starts_with("1213 ")) << victim.error;

  const Completion late = done(*client(), {step(Fn::write, 5, 1)}, 1'200 * kMillisecond);
  EXPECT_EQ(late.outcome, Outcome::fail);
  EXPECT_TRUE(late.error.starts_with("1205 ")) << late.error;
  ASSERT_FALSE(holder->ask("COMMIT", kSecond).error);
  EXPECT_EQ(done(*one, {step(Fn::read, {}, 2)}).mops.at(0).result, Value(3));
}

void GaleraServer::a_node_that_is_not_ready_did_nothing() {
  const auto one = client();
  EXPECT_EQ(done(*one, {step(Fn::write, 1)}).outcome, Outcome::ok);
  const auto holder = server_->session();
  ASSERT_FALSE(holder->ask("SET GLOBAL wsrep_reject_queries = ALL", kSecond).error);
  const Completion refused = done(*one, {step(Fn::write, 2)});
  EXPECT_EQ(refused.outcome, Outcome::fail);
  EXPECT_TRUE(refused.error.starts_with("1047 ")) << refused.error;
  ASSERT_FALSE(holder->ask("SET GLOBAL wsrep_reject_queries = NONE", kSecond).error);
  EXPECT_EQ(done(*one, {step(Fn::read)}).mops.at(0).result, Value(1));
}

void GaleraServer::who_is_gone_is_not_answered() {
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
  // Also while the server thinks.
  auto three = client();
  EXPECT_EQ(done(*three, {step(Fn::read)}).outcome, Outcome::ok);
  const auto holder = server_->session();
  ASSERT_FALSE(holder->ask("LOCK TABLES assay_values WRITE", kSecond).error);
  three->invoke({step(Fn::write, 1)}, kSecond, [](Completion) { FAIL(); });
  let_run();
  three.reset();
  let_run();

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

TEST_F(GaleraServer, DoesWhatIsAskedOrSaysThatItDidNot) {
  does_what_is_asked();
  snapshot_isolation_refuses_a_lost_update();
  deadlocks_and_late_locks_are_failures();
  if (server_->has_galera()) a_node_that_is_not_ready_did_nothing();
  who_is_gone_is_not_answered();
}

TEST_F(GaleraServer, KilledInTheMiddleOfAnythingLeavesItUnknown) {
  killed_in_the_middle_of_an_operation();
  killed_in_the_middle_of_a_commit();
}

}  // namespace
}  // namespace assay::galera
