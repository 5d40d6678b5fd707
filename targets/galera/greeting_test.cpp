// The client against programs that are no MariaDB, an old one, or one that loses its way.
#include <gtest/gtest.h>

#include <array>
#include <boost/asio.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "harness/core/error.h"
#include "targets/galera/galera_client.h"
#include "targets/galera/session.h"

namespace assay::galera {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class GaleraGreeting : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string lack = Connection::lack(); !lack.empty()) GTEST_SKIP() << lack;
  }

  // Something that greets whoever connects, says the next of `replies` to everything that it hears, and is gone after the last.
  Server listener(const std::string& greeting, std::vector<std::string> replies) {
    replies_ = std::move(replies);
    said_ = 0;
    accepted_ = tcp::socket(io_);
    acceptor_.emplace(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    acceptor_->async_accept(accepted_, [this, greeting](boost::system::error_code) { say(greeting); });
    return {"127.0.0.1", acceptor_->local_endpoint().port()};
  }

  void say(const std::string& words) {
    boost::system::error_code ignored;
    asio::write(accepted_, asio::buffer(words), ignored);
    if (said_ == replies_.size()) return accepted_.close(ignored), void();
    accepted_.async_read_some(asio::buffer(heard_), [this](boost::system::error_code error, std::size_t) {
      if (!error) say(replies_[said_++]);
    });
  }

  std::string trouble_with(const std::string& greeting, std::vector<std::string> replies = {}) {
    std::string trouble;
    bool told = false;
    const auto connection =
        Connection::make(io_, listener(greeting, std::move(replies)), {"u", "p", "d"}, {});
    connection->open(5 * kSecond, [&](std::string said) {
      trouble = std::move(said);
      told = true;
    });
    run_until(told);
    connection->close();
    return trouble;
  }

  void run_until(const bool& ready) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    io_.restart();
    while (!ready && io_.run_one_until(end) > 0) {
    }
  }

  asio::io_context io_;

 private:
  std::optional<tcp::acceptor> acceptor_;
  tcp::socket accepted_{io_};
  std::array<char, 4096> heard_{};
  std::vector<std::string> replies_;
  std::size_t said_ = 0;
};

std::string packet(int number, const std::string& body) {
  return std::string{static_cast<char>(body.size()), static_cast<char>(body.size() >> 8), '\0',
                     static_cast<char>(number)} +
         body;
}

// The first packet of a server of that version.
std::string greeting_of(const std::string& version) {
  const std::string zero(1, '\0');
  return packet(0, "\x0a" + version + zero + std::string(4, '\1') + "12345678" + zero + "\xff\xf7" + "\x21" +
                       std::string("\2\0", 2) + "\xff\x81" + "\x15" + std::string(10, '\0') + "123456789012" +
                       zero + "mysql_native_password" + zero);
}
std::string fine(int number) { return packet(number, std::string("\0\0\0\2\0\0\0", 7)); }

TEST_F(GaleraGreeting, WhatIsNoMariaDBIsOneSentence) {
  for (const char* words :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "-ERR unknown command\r\n", "SSH-2.0-x\r\n"}) {
    const std::string trouble = trouble_with(words);
    EXPECT_TRUE(trouble.starts_with("127.0.0.1:")) << trouble;
    EXPECT_TRUE(trouble.find("is no MariaDB") != std::string::npos ||
                trouble.find("closed the connection") != std::string::npos)
        << words << trouble;
  }
}

TEST_F(GaleraGreeting, AServerOfAnotherVersionIsOneSentence) {
  EXPECT_NE(trouble_with(greeting_of("5.5.5-10.3.39-MariaDB"), {fine(2)})
                .find("is 10.3.39-MariaDB; target galera needs"),
            std::string::npos);
  EXPECT_NE(trouble_with(greeting_of("8.0.36"), {fine(2)}).find("is no MariaDB, it calls itself 8.0.36"),
            std::string::npos);
  EXPECT_EQ(trouble_with(greeting_of("10.11.19-MariaDB"), {fine(2), fine(1)}), "");
}

// It says that it is MariaDB, lets us in, and then something that is no answer.
TEST_F(GaleraGreeting, AnAnswerThatIsNoneLeavesTheOperationUnknown) {
  for (const std::string& nonsense :
       {packet(1, "\x05"), std::string("\xff\xff\xff\7no answer"), packet(9, std::string("\0", 1))}) {
    auto plan = std::make_shared<ClientPlan>();
    plan->servers = {listener(greeting_of("10.11.19-MariaDB"), {fine(2), fine(1), nonsense})};
    GaleraClient one(io_, plan, NodeId(0));
    Completion result;
    bool answered = false;
    one.invoke({{Fn::write, 7, 1, {}}}, 30 * kSecond, [&](Completion completion) {
      result = std::move(completion);
      answered = true;
    });
    run_until(answered);
    EXPECT_EQ(result.outcome, Outcome::info) << result.error;
    EXPECT_FALSE(result.error.empty());
  }
}

TEST_F(GaleraGreeting, AWrongPortIsOneSentence) {
  std::uint16_t port = 0;
  {
    tcp::acceptor acceptor(io_, {asio::ip::address_v4::loopback(), 0});
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
}  // namespace assay::galera
