// Slots that move from one server of a real Redis Cluster to another while clients work: two redis-servers on loopback. Skipped
// visibly where Redis is not installed.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <thread>

#include "harness/core/testing/temporary_folder.h"
#include "targets/redis/cluster_client.h"
#include "targets/redis/commands.h"
#include "targets/redis/slots.h"

extern char** environ;

namespace assay::redis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr const char* kServer = "/usr/bin/redis-server";
constexpr auto kMovePatience = std::chrono::seconds(60);

std::uint16_t free_port_here() {
  asio::io_context io;
  return tcp::acceptor(io, {asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
}

bool comes_true(const std::function<bool()>& wanted) {
  const auto end = std::chrono::steady_clock::now() + kMovePatience;
  while (!wanted()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 20);
  }
  return true;
}

// One server of a cluster.
class Member {
 public:
  explicit Member(const std::string& folder)
      : port_(std::to_string(free_port_here())), bus_(std::to_string(free_port_here())) {
    std::vector<std::string> words = {kServer,
                                      "--port",
                                      port_,
                                      "--bind",
                                      "127.0.0.1",
                                      "--cluster-enabled",
                                      "yes",
                                      "--cluster-port",
                                      bus_,
                                      "--cluster-config-file",
                                      folder + "/" + port_ + ".conf",
                                      "--dir",
                                      folder,
                                      "--logfile",
                                      folder + "/" + port_ + ".log",
                                      "--appendonly",
                                      "no"};
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    if (::posix_spawn(&pid_, kServer, nullptr, nullptr, pointers.data(), environ) != 0) pid_ = 0;
  }
  ~Member() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  // What redis-cli prints.
  std::string say(const std::string& command) const {
    std::string said;
    FILE* pipe = ::popen(("timeout 20 redis-cli -p " + port_ + " " + command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return said;
    std::array<char, 4096> bytes;
    while (const std::size_t size = std::fread(bytes.data(), 1, bytes.size(), pipe))
      said.append(bytes.data(), size);
    ::pclose(pipe);
    while (said.ends_with("\n") || said.ends_with("\r")) said.pop_back();
    return said;
  }
  bool serves() const {
    const std::string said = say("cluster info");
    return said.find("cluster_state:ok") != std::string::npos &&
           said.find("cluster_known_nodes:2") != std::string::npos;
  }
  std::string id() const { return say("cluster myid"); }
  const std::string& port() const { return port_; }
  const std::string& bus() const { return bus_; }
  tcp::endpoint endpoint() const {
    return {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(port_))};
  }

 private:
  const std::string port_, bus_;
  pid_t pid_ = 0;
};

// The first server has all slots.
class Migration : public testing::Test {
 protected:
  void SetUp() override {
    if (::access(kServer, X_OK) != 0 || std::system("command -v redis-cli >/dev/null 2>&1") != 0)
      GTEST_SKIP() << "Redis is not installed (packages redis-server, redis-tools)";
    from_.emplace(folder_.path());
    to_.emplace(folder_.path());
    ASSERT_TRUE(comes_true([&] { return from_->say("ping") == "PONG" && to_->say("ping") == "PONG"; }));
    ASSERT_EQ(from_->say("cluster addslotsrange 0 16383"), "OK");
    ASSERT_EQ(from_->say("cluster meet 127.0.0.1 " + to_->port() + " " + to_->bus()), "OK");
    ASSERT_TRUE(comes_true([&] { return from_->serves() && to_->serves(); })) << from_->say("cluster info");
    from_id_ = from_->id();
    to_id_ = to_->id();
  }

  std::unique_ptr<ClusterClient> client() {
    return std::make_unique<ClusterClient>(io_, std::vector{from_->endpoint(), to_->endpoint()}, 0,
                                           ClusterOptions{});
  }
  Completion ask(ClusterClient& client, const Request& request) {
    std::optional<Completion> completion;
    client.invoke(request, 20 * kSecond, [&](Completion answer) { completion = std::move(answer); });
    const auto end = std::chrono::steady_clock::now() + kMovePatience;
    while (!completion && std::chrono::steady_clock::now() < end) {
      io_.restart();
      io_.run_one_for(std::chrono::seconds(1));
    }
    return completion.value_or(Completion{Outcome::info, {}, "no answer", kNoNode});
  }

  static std::string slot_text(Key key) { return std::to_string(slot_of(key_text(key))); }
  void begin(Key key) const {
    EXPECT_EQ(to_->say("cluster setslot " + slot_text(key) + " importing " + from_id_), "OK");
    EXPECT_EQ(from_->say("cluster setslot " + slot_text(key) + " migrating " + to_id_), "OK");
  }
  void carry(Key key) const {
    EXPECT_EQ(from_->say("migrate 127.0.0.1 " + to_->port() + " " + key_text(key) + " 0 20000"), "OK");
  }
  void finish(Key key) const {
    EXPECT_EQ(to_->say("cluster setslot " + slot_text(key) + " node " + to_id_), "OK");
    EXPECT_EQ(from_->say("cluster setslot " + slot_text(key) + " node " + to_id_), "OK");
  }

  TemporaryFolder folder_;
  asio::io_context io_;
  std::optional<Member> from_, to_;
  std::string from_id_, to_id_;
};

TEST_F(Migration, AKeyIsFoundBeforeWhileAndAfterItsSlotMoves) {
  const auto one = client();
  const Mop read{Fn::read, 1, {}, {}};
  const auto written = [&](std::int64_t value) { return ask(*one, {{Fn::write, 1, value, {}}}); };
  EXPECT_EQ(written(1).node, 0);
  begin(1);
  EXPECT_EQ(ask(*one, {read}).node, 0) << "the key is still there";
  carry(1);
  const Completion there = ask(*one, {read});
  ASSERT_EQ(there.outcome, Outcome::ok) << there.error;
  EXPECT_EQ(there.mops[0].result, Value(1));
  EXPECT_EQ(there.node, 1) << "ASK, since the slot is still the first one's";
  EXPECT_EQ(from_->say("get " + key_text(1)).substr(0, 4), "ASK ");
  EXPECT_EQ(to_->say("get " + key_text(1)).substr(0, 6), "MOVED ");
  const Completion put = written(2);
  EXPECT_EQ(put.outcome, Outcome::ok) << put.error;
  EXPECT_EQ(put.node, 1);
  const Completion swapped = ask(*one, {{Fn::cas, 1, Value::pair(2, 3), {}}});
  EXPECT_EQ(swapped.outcome, Outcome::ok) << swapped.error;
  finish(1);
  const Completion after = ask(*one, {read});
  ASSERT_EQ(after.outcome, Outcome::ok) << after.error;
  EXPECT_EQ(after.mops[0].result, Value(3));
  EXPECT_EQ(after.node, 1);
}

// Four clients count on eight keys as fast as they can, while one slot after the other moves.
TEST_F(Migration, NothingIsLostOrDoneTwiceWhileSlotsMove) {
  constexpr Key kKeys = 8;
  std::array<std::int64_t, kKeys> sure{}, perhaps{};
  std::vector<std::unique_ptr<ClusterClient>> clients;
  bool moving = true;
  std::size_t busy = 0;
  std::function<void(std::size_t, Key)> work = [&](std::size_t index, Key key) {
    if (!moving) return void(--busy);
    clients[index]->invoke({{Fn::add, key, 1, {}}}, 20 * kSecond, [&, index, key](Completion completion) {
      sure[static_cast<std::size_t>(key)] += completion.outcome == Outcome::ok ? 1 : 0;
      perhaps[static_cast<std::size_t>(key)] += completion.outcome == Outcome::info ? 1 : 0;
      asio::post(io_, [&, index, key] { work(index, (key + 1) % kKeys); });
    });
  };
  for (std::size_t index = 0; index < 4; ++index) {
    clients.push_back(client());
    ++busy;
  }
  for (Key key = 0; key < kKeys; ++key) {  // there is something to move
    ASSERT_EQ(ask(*clients[0], {{Fn::add, key, 1, {}}}).outcome, Outcome::ok);
    sure[static_cast<std::size_t>(key)] = 1;
  }
  for (std::size_t index = 0; index < clients.size(); ++index) work(index, static_cast<Key>(2 * index));
  std::thread operate([&] {
    for (Key key = 0; key < kKeys; ++key) {
      begin(key);
      carry(key);
      finish(key);
    }
    asio::post(io_, [&] { moving = false; });
  });
  const auto end = std::chrono::steady_clock::now() + 2 * kMovePatience;
  while (busy > 0 && std::chrono::steady_clock::now() < end) {
    io_.restart();
    io_.run_one_for(std::chrono::seconds(1));
  }
  operate.join();
  ASSERT_EQ(busy, 0U);
  for (Key key = 0; key < kKeys; ++key) {
    const Completion read = ask(*clients[0], {{Fn::read, key, {}, {}}});
    ASSERT_EQ(read.outcome, Outcome::ok) << read.error;
    EXPECT_EQ(read.node, 1);
    const std::int64_t seen = read.mops[0].result.as_integer(), least = sure[static_cast<std::size_t>(key)];
    EXPECT_GE(seen, least) << key;
    EXPECT_LE(seen, least + perhaps[static_cast<std::size_t>(key)]) << key;
    EXPECT_GT(least, 1) << key;
  }
}

}  // namespace
}  // namespace assay::redis
