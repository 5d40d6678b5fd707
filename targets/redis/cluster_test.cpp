// The client of a cluster, against servers of this test: each answers what it is told to, on a loopback address of its own.
#include <gtest/gtest.h>

#include <boost/asio/ip/address_v4.hpp>
#include <chrono>
#include <deque>
#include <optional>

#include "targets/redis/cluster_client.h"
#include "targets/redis/slots.h"
#include "targets/redis/testing/answering.h"

namespace assay::redis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

// A range of slots and its primary, as CLUSTER SLOTS says it.
std::string range(int first, int last, const tcp::endpoint& primary) {
  return "*3\r\n:" + std::to_string(first) + "\r\n:" + std::to_string(last) + "\r\n*3\r\n" +
         bulk(primary.address().to_string()) + ":" + std::to_string(primary.port()) + "\r\n" + bulk("id");
}

Reply reply_in(const std::string& bytes) {
  Parser parser;
  parser.feed(bytes);
  Reply reply;
  EXPECT_TRUE(parser.next(reply)) << bytes;
  return reply;
}

tcp::endpoint at(const std::string& address, int port) {
  return {asio::ip::make_address(address), static_cast<std::uint16_t>(port)};
}

// https://redis.io/docs/reference/cluster-spec/: 0x31C3 is the CRC of 123456789.
TEST(RedisSlots, AreThoseOfTheSpecification) {
  EXPECT_EQ(slot_of("123456789"), 0x31C3);
  EXPECT_EQ(slot_of("foo"), 12182);
  EXPECT_EQ(slot_of("{foo}.bar"), 12182);
  EXPECT_EQ(slot_of("x{foo}{bar}"), 12182);
  EXPECT_NE(slot_of("{}foo"), 12182) << "nothing between the braces";
}

TEST(RedisSlots, AMapTellsWhoseASlotIs) {
  const tcp::endpoint low = at("10.0.0.1", 6379), high = at("10.0.0.2", 6379);
  const auto map = SlotMap::parse(reply_in("*2\r\n" + range(8000, 16383, high) + range(0, 7000, low)));
  ASSERT_TRUE(map);
  EXPECT_EQ(map->primary_of(0), low);
  EXPECT_EQ(map->primary_of(7000), low);
  EXPECT_EQ(map->primary_of(7001), std::nullopt) << "nobody's";
  EXPECT_EQ(map->primary_of(16383), high);
  for (const char* other : {"*0\r\n", "-ERR This instance has cluster support disabled\r\n", "*1\r\n:5\r\n",
                            "*1\r\n*3\r\n:0\r\n:99999\r\n*2\r\n$1\r\na\r\n:1\r\n"})
    EXPECT_FALSE(SlotMap::parse(reply_in(other))) << other;
}

TEST(RedisSlots, RedirectionsAreUnderstood) {
  EXPECT_EQ(redirection("MOVED 3999 10.0.0.1:6381")->to, at("10.0.0.1", 6381));
  EXPECT_FALSE(redirection("MOVED 3999 10.0.0.1:6381")->once);
  EXPECT_TRUE(redirection("ASK 3999 10.0.0.1:6381")->once);
  for (const char* other :
       {"MOVED 3999 :6381", "MOVED", "MOVED 3999 10.0.0.1:0", "ASKING 1 10.0.0.1:1", "ERR no:1", ""})
    EXPECT_FALSE(redirection(other)) << other;
}

class ClusterTest : public testing::Test {
 protected:
  // Three servers: the first says which slots are whose, and has none.
  ClusterTest() {
    for (int i = 0; i < 3; ++i) {
      servers_.emplace_back(io_, tcp::endpoint(asio::ip::make_address("127.0.8." + std::to_string(i + 1)), 0))
          .answer = "+OK\r\n";
      endpoints_.push_back(servers_.back().endpoint());
    }
    name_primary(1);
    client_ = std::make_unique<ClusterClient>(io_, endpoints_, 0, ClusterOptions{});
  }

  void name_primary(int node) {
    servers_[0].answer = "*1\r\n" + range(0, 16383, endpoints_[static_cast<std::size_t>(node)]);
  }
  std::string sent_to(const std::string& word, int node) {
    const tcp::endpoint& there = endpoints_[static_cast<std::size_t>(node)];
    return "-" + word + " 5 " + there.address().to_string() + ":" + std::to_string(there.port()) + "\r\n";
  }

  Completion ask(const Request& request) {
    std::optional<Completion> completion;
    client_->invoke(request, kSecond, [&](Completion answer) { completion = std::move(answer); });
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
  std::unique_ptr<ClusterClient> client_;
};

const Mop kPut{Fn::write, 1, 2, {}}, kGet{Fn::read, 1, {}, {}};

TEST_F(ClusterTest, TalksToThePrimaryOfTheSlot) {
  const Completion put = ask({kPut});
  EXPECT_EQ(put.outcome, Outcome::ok) << put.error;
  EXPECT_EQ(put.node, 1);
  EXPECT_EQ(ask({kPut}).outcome, Outcome::ok);
  EXPECT_EQ(servers_[0].connections, 1) << "the slots are known";
  EXPECT_EQ(servers_[2].connections, 0);
}

TEST_F(ClusterTest, GoesWhereItIsSentAndRemembers) {
  servers_[1].answer = sent_to("MOVED", 2);
  const Completion put = ask({kPut});
  EXPECT_EQ(put.outcome, Outcome::ok) << put.error;
  EXPECT_EQ(put.node, 2);
  name_primary(2);
  EXPECT_EQ(ask({kPut}).node, 2);
  EXPECT_EQ(servers_[0].connections, 2) << "who has the slots is asked again, once";
  EXPECT_EQ(ask({kPut}).node, 2);
  EXPECT_EQ(servers_[0].connections, 2);
}

TEST_F(ClusterTest, ASlotThatMovesIsAskedForOnceElsewhere) {
  servers_[1].answer = sent_to("ASK", 2);
  servers_[2].answer = "+OK\r\n+OK\r\n";  // of ASKING, and of the write
  const Completion put = ask({kPut});
  EXPECT_EQ(put.outcome, Outcome::ok) << put.error;
  EXPECT_TRUE(servers_[2].heard.starts_with("*1\r\n$6\r\nASKING\r\n*3\r\n$3\r\nSET\r\n"))
      << servers_[2].heard;
  servers_[1].answer = "+OK\r\n";
  EXPECT_EQ(ask({kPut}).node, 1) << "the slot is still the first one's";
  EXPECT_EQ(servers_[0].connections, 1);
}

TEST_F(ClusterTest, CirclesAndSeveralSlotsEnd) {
  servers_[1].answer = sent_to("MOVED", 2);
  servers_[2].answer = sent_to("MOVED", 1);
  const Completion round = ask({kPut});
  EXPECT_EQ(round.outcome, Outcome::fail);
  EXPECT_NE(round.error.find("redirected too often"), std::string::npos) << round.error;
  const Completion both = ask({kPut, {Fn::write, 2, 2, {}}});
  EXPECT_EQ(both.outcome, Outcome::fail);
  EXPECT_NE(both.error.find("several slots"), std::string::npos) << both.error;
}

TEST_F(ClusterTest, ARefusalMakesItAskAnotherServerWhoIsThePrimary) {
  servers_[1].answer = "-CLUSTERDOWN The cluster is down\r\n";
  EXPECT_EQ(ask({kPut}).outcome, Outcome::fail);
  servers_[1].answer = "*1\r\n" + range(0, 16383, endpoints_[2]);
  EXPECT_EQ(ask({kPut}).node, 2);
}

TEST_F(ClusterTest, AReplicaIsToldThatItMayAnswer) {
  servers_[0].answer = "+OK\r\n$1\r\n7\r\n";  // of READONLY, and of the read
  client_->stay_on_node();
  const Completion read = ask({kGet});
  ASSERT_EQ(read.outcome, Outcome::ok) << read.error;
  EXPECT_EQ(read.mops[0].result, Value(7));
  EXPECT_EQ(read.node, 0);
  EXPECT_TRUE(servers_[0].heard.starts_with("*1\r\n$8\r\nREADONLY\r\n*2\r\n$3\r\nGET\r\n"))
      << servers_[0].heard;
}

TEST_F(ClusterTest, WhereNobodyKnowsTheSlotsNothingIsSent) {
  for (Answering& server : servers_) server.answer = "-ERR This instance has cluster support disabled\r\n";
  const Completion put = ask({kPut});
  EXPECT_EQ(put.outcome, Outcome::fail);
  EXPECT_EQ(put.error, "no server says which slots are whose");
}

}  // namespace
}  // namespace assay::redis
