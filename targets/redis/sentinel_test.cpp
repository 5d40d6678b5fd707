// The client that asks sentinels, against sentinels and servers of this test: each answers what it is told to, on a loopback address
// of its own.
#include "targets/redis/sentinel.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/address_v4.hpp>
#include <chrono>
#include <deque>
#include <optional>

#include "targets/redis/testing/answering.h"

namespace assay::redis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class SentinelTest : public testing::Test {
 protected:
  SentinelTest() {
    for (int i = 0; i < 2; ++i) {
      servers_.emplace_back(io_, tcp::endpoint(address(i), 0)).answer = "+OK\r\n";
      endpoints_.push_back(servers_.back().endpoint());
    }
    // Of the second node; the first node's is gone.
    sentinel_.emplace(io_, tcp::endpoint(address(1), 0));
    name_primary(0);
  }

  static asio::ip::address address(int node) {
    return asio::ip::make_address("127.0.7." + std::to_string(node + 1));
  }

  void name_primary(int node) {
    const std::string host = address(node).to_string(),
                      port = std::to_string(endpoints_[static_cast<std::size_t>(node)].port());
    sentinel_->answer = "*2\r\n$" + std::to_string(host.size()) + "\r\n" + host + "\r\n$" +
                        std::to_string(port.size()) + "\r\n" + port + "\r\n";
  }

  std::unique_ptr<SentinelClient> client(const SentinelOptions& options = {}, NodeId node = 0) {
    return std::make_unique<SentinelClient>(io_, endpoints_, node, options, sentinel_->endpoint().port());
  }

  Completion ask(SentinelClient& client, const Mop& mop) {
    std::optional<Completion> completion;
    client.invoke({mop}, kSecond, [&](Completion answer) { completion = std::move(answer); });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!completion && std::chrono::steady_clock::now() < end) {
      io_.restart();
      io_.run_one_for(std::chrono::seconds(1));
    }
    return completion.value_or(Completion{Outcome::info, {}, "no answer", kNoNode});
  }

  asio::io_context io_;
  std::deque<Answering> servers_;
  std::vector<tcp::endpoint> endpoints_;
  std::optional<Answering> sentinel_;
};

const Mop kWrite{Fn::write, 1, 2, {}}, kRead{Fn::read, 1, {}, {}};

TEST_F(SentinelTest, AsksTheNextSentinelAndTalksToThePrimary) {
  const auto talking = client();
  EXPECT_EQ(ask(*talking, kWrite).node, 0);
  EXPECT_EQ(ask(*talking, kWrite).outcome, Outcome::ok);
  EXPECT_EQ(sentinel_->connections, 1) << "as long as the primary obeys, nobody is asked again";
  EXPECT_EQ(servers_[1].connections, 0);
}

TEST_F(SentinelTest, AnotherPrimaryIsFoundWhenTheOldOneRefuses) {
  const auto talking = client();
  EXPECT_EQ(ask(*talking, kWrite).outcome, Outcome::ok);
  servers_[0].answer = "-READONLY You can't write against a read only replica.\r\n";
  name_primary(1);
  EXPECT_EQ(ask(*talking, kWrite).outcome, Outcome::fail) << "refused, so it did not happen";
  const Completion again = ask(*talking, kWrite);
  EXPECT_EQ(again.outcome, Outcome::ok);
  EXPECT_EQ(again.node, 1);
}

TEST_F(SentinelTest, ReadsMayBeAnsweredByTheOwnNode) {
  servers_[1].answer = "$1\r\n7\r\n";
  const auto own = client({0, true}, 1);
  const Completion read = ask(*own, kRead);
  EXPECT_EQ(read.mops.at(0).result, Value(7));
  EXPECT_EQ(read.node, 1);
  EXPECT_EQ(sentinel_->connections, 0);
  const auto staying = client({}, 1);
  staying->stay_on_node();
  EXPECT_EQ(ask(*staying, kRead).node, 1);
  EXPECT_EQ(ask(*staying, kWrite).node, 0) << "writes are the primary's";
}

TEST_F(SentinelTest, WritesWaitForReplicasWhenAskedTo) {
  servers_[0].answer = "+OK\r\n:1\r\n";
  EXPECT_EQ(ask(*client({1, false}), kWrite).outcome, Outcome::ok);
  EXPECT_NE(servers_[0].heard.find("WAIT"), std::string::npos);
  EXPECT_EQ(ask(*client({2, false}), kWrite).outcome, Outcome::info) << "one replica is not two";
}

TEST_F(SentinelTest, WithoutASentinelNothingIsSent) {
  sentinel_->answer = "*-1\r\n";
  const auto talking = client();
  const Completion completion = ask(*talking, kWrite);
  EXPECT_EQ(completion.outcome, Outcome::fail);
  EXPECT_EQ(completion.error, "no sentinel says who is the primary");
  EXPECT_EQ(servers_[0].connections, 0);
}

}  // namespace
}  // namespace assay::redis
