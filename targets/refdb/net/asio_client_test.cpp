#include "targets/refdb/net/asio_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "harness/core/error.h"
#include "targets/refdb/net/clock.h"
#include "targets/refdb/net/endpoint.h"
#include "targets/refdb/net/testing/client_loop.h"
#include "targets/refdb/net/testing/cluster.h"
#include "targets/refdb/net/testing/test_support.h"

namespace assay::refdb {
namespace {

using Tcp = boost::asio::ip::tcp;

Request write_of(Key key, std::int64_t value) { return {Mop{Fn::write, key, Value(value), {}}}; }

TEST(AsioClient, RefusesWhatIsNoAddress) {
  boost::asio::io_context io;
  EXPECT_THROW(AsioClient(io, {"n1:7000"}, std::make_unique<ClientCore>(ClientConfig())), InputError);
}

TEST(AsioClient, FailsWhenNoNodeCanHaveGotTheWrite) {
  ClientLoop loop({"127.0.0.1:" + std::to_string(free_ports(1)[0])}, 1);
  const Completion completion = loop.ask(write_of(1, 2), 300 * kMillisecond);
  EXPECT_EQ(completion.outcome, Outcome::fail);
  EXPECT_NE(completion.error, "");
}

// Accepts in the kernel and never answers.
class SilentNode {
 public:
  SilentNode() : acceptor_(io_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {}
  std::string endpoint() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

 private:
  boost::asio::io_context io_;
  Tcp::acceptor acceptor_;
};

TEST(AsioClient, CantTellWhenANodeGotTheWriteAndSaysNothing) {
  SilentNode node;
  ClientLoop loop({node.endpoint()}, 1);
  EXPECT_EQ(loop.ask(write_of(1, 2), 300 * kMillisecond).outcome, Outcome::info);
  // And may be asked again.
  EXPECT_EQ(loop.ask(write_of(1, 2), 300 * kMillisecond).outcome, Outcome::info);
}

TEST(AsioClient, NeverRepliesAfterItsDestruction) {
  SilentNode node;
  ClientLoop loop({node.endpoint()}, 1);
  bool replied = false;
  loop.client->invoke(write_of(1, 2), 100 * kMillisecond, [&](const Completion&) { replied = true; });
  loop.io.poll();
  loop.client.reset();
  // Nothing keeps the context busy any more.
  loop.io.restart();
  loop.io.run();
  EXPECT_FALSE(replied);
}

TEST(AsioClient, MayBeDestroyedInsideItsReplyAndBeforeItConnects) {
  ProcessCluster cluster(1);
  cluster.wait_for_leader();
  boost::asio::io_context io;
  ClientConfig config;
  config.client_id = 1;
  auto client =
      std::make_unique<AsioClient>(io, cluster.endpoints(), std::make_unique<ClientCore>(config), "test");
  int replies = 0;
  client->invoke(write_of(1, 2), 60 * kSecond, [&](const Completion& completion) {
    EXPECT_EQ(completion.outcome, Outcome::ok);
    ++replies;
    client.reset();
  });
  io.run();
  EXPECT_EQ(replies, 1);
  config.client_id = 2;
  client =
      std::make_unique<AsioClient>(io, cluster.endpoints(), std::make_unique<ClientCore>(config), "test");
  client->invoke(write_of(1, 2), 60 * kSecond, [&](const Completion&) { ++replies; });
  client.reset();
  io.restart();
  io.run();
  EXPECT_EQ(replies, 1);
}

TEST(AsioClient, StartsTheNextRequestInsideTheReply) {
  ProcessCluster cluster(1);
  cluster.wait_for_leader();
  ClientLoop loop(cluster.endpoints(), 1);
  int done = 0;
  std::function<void(Completion)> next = [&](const Completion& completion) {
    EXPECT_EQ(completion.outcome, Outcome::ok) << completion.error;
    if (++done < 200) loop.client->invoke(write_of(1, done), 60 * kSecond, next);
  };
  loop.client->invoke(write_of(1, 0), 60 * kSecond, next);
  while (done < 200) loop.io.run_one();
  EXPECT_EQ(loop.read(1).mops.at(0).result, Value(199));
}

TEST(AsioClient, IsRefusedByAnotherCluster) {
  ProcessCluster cluster(1);
  cluster.wait_for_leader();
  ClientLoop stranger(cluster.endpoints(), 1, "another");
  EXPECT_NE(stranger.ask(write_of(1, 2), 300 * kMillisecond).outcome, Outcome::ok);
  EXPECT_GE(cluster.status(0, "net.connections_foreign"), 1);
  ClientLoop anybody(cluster.endpoints(), 2, "");
  EXPECT_EQ(anybody.write(1, 2).outcome, Outcome::ok);
}

}  // namespace
}  // namespace assay::refdb
