#include "targets/redis/redis_client.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <span>
#include <utility>
#include <vector>

#include "targets/redis/commands.h"

namespace assay::redis {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

namespace {
constexpr auto kPauseAfterRefusal = std::chrono::milliseconds(20);
}

// Handlers hold it, so that it lives until the last of them ran.
class RedisClient::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& io, tcp::endpoint server, const RedisClientOptions& options)
      : server_(std::move(server)), options_(options), socket_(io), pause_(io) {}

  void close() {
    closed_ = true;
    reply_ = nullptr;
    pause_.cancel();
    disconnect();
  }

  void invoke(const Request& request, bool asking, Client::Reply reply) {
    reply_ = std::move(reply);
    asking_ = asking;
    std::optional<Commands> commands = commands_for(request);
    if (!commands) return answer_later({Outcome::fail, {}, "Redis can't do that", kNoNode});
    request_ = request;
    commands_ = std::move(*commands);
    waits_ = options_.wait_replicas > 0 && !only_reads(request);
    if (waits_) append_wait(commands_, options_.wait_replicas);
    replies_.clear();
    if (connected_) {
      send();
    } else {
      connect();
    }
  }

 private:
  void connect() {
    disconnect();
    const std::uint64_t attempt = attempt_;
    socket_.async_connect(server_, [self = shared_from_this(), attempt](Error error) {
      if (self->closed_ || attempt != self->attempt_) return;
      if (error) return self->refused(error);
      self->connected_ = true;
      self->greets_ = self->options_.reads_replica;
      self->parser_ = std::make_unique<Parser>();
      Error ignored;
      self->socket_.set_option(tcp::no_delay(true), ignored);
      self->socket_.non_blocking(true, ignored);
      self->receive();
      self->send();
    });
  }

  // Nothing was sent, so nothing happened.
  void refused(const Error& error) {
    disconnect();
    pause_.expires_after(kPauseAfterRefusal);
    pause_.async_wait([self = shared_from_this(), text = "no connection: " + error.message()](Error) {
      self->answer({Outcome::fail, {}, text, kNoNode});
    });
  }

  // What stands before the commands, and has a reply of its own that says nothing.
  void prepend_words() {
    std::string words;
    const auto prepend = [&](std::string_view word, bool& wanted) {
      if (!std::exchange(wanted, false)) return;
      append_command(words, {word});
      ++replies_to_skip_;
    };
    prepend("READONLY", greets_);
    prepend("ASKING", asking_);
    commands_.bytes.insert(0, words);
  }

  // Nearly always the kernel takes all of it at once.
  void send() {
    if (greets_ || asking_) prepend_words();
    Error error;
    const std::size_t sent = socket_.write_some(asio::buffer(commands_.bytes), error);
    if (error == asio::error::would_block || error == asio::error::try_again) error = {};
    if (error) return broken(error.message());
    if (sent == commands_.bytes.size()) return;
    asio::async_write(socket_, asio::buffer(commands_.bytes.data() + sent, commands_.bytes.size() - sent),
                      [self = shared_from_this(), attempt = attempt_](Error failure, std::size_t) {
                        if (failure && attempt == self->attempt_) self->broken(failure.message());
                      });
  }

  void receive() {
    socket_.async_read_some(asio::buffer(received_),
                            [self = shared_from_this(), attempt = attempt_](Error error, std::size_t size) {
                              if (self->closed_ || attempt != self->attempt_) return;
                              if (error) return self->broken(error.message());
                              self->parser_->feed({self->received_.data(), size});
                              // The reply may lead to the next request, which is sent before more is waited for.
                              self->take_replies();
                              if (!self->closed_ && attempt == self->attempt_) self->receive();
                            });
  }

  void take_replies() {
    redis::Reply reply;
    while (reply_ && replies_.size() < commands_.replies && parser_->next(reply)) {
      if (replies_to_skip_ > 0) {
        --replies_to_skip_;
      } else {
        replies_.push_back(std::move(reply));
      }
    }
    if (parser_->broken()) return broken("the server does not speak the protocol of Redis");
    if (!reply_ || replies_.size() < commands_.replies) return;
    if (auto again = elements_instead(request_, commands_, replies_)) {
      commands_ = std::move(*again);
      replies_.clear();
      return send();
    }
    answer(completion());
  }

  Completion completion() const {
    if (!waits_) return completion_of(request_, replies_);
    const std::span replies(replies_);
    return after_wait(completion_of(request_, replies.first(replies.size() - 1)), replies.back(),
                      options_.wait_replicas);
  }

  // Of a request under way nothing more will be heard; without one the next one connects anew.
  void broken(const std::string& why) {
    disconnect();
    if (reply_) answer_later(lost(request_, "connection lost: " + why));
  }

  void disconnect() {
    ++attempt_;
    connected_ = false;
    replies_to_skip_ = 0;
    Error ignored;
    socket_.close(ignored);
  }

  void answer(Completion completion) {
    if (Client::Reply reply = std::exchange(reply_, nullptr)) reply(std::move(completion));
  }

  // Never inside invoke().
  void answer_later(Completion completion) {
    asio::post(socket_.get_executor(),
               [self = shared_from_this(), completion = std::move(completion)]() mutable {
                 self->answer(std::move(completion));
               });
  }

  const tcp::endpoint server_;
  const RedisClientOptions options_;
  tcp::socket socket_;
  asio::steady_timer pause_;
  std::unique_ptr<Parser> parser_;
  std::array<char, 16 * 1024> received_;
  bool connected_ = false;
  bool closed_ = false;
  std::uint64_t attempt_ = 0;  // handlers of an earlier connection are none of this one's business

  Request request_;
  Commands commands_;
  bool waits_ = false;
  bool greets_ = false;  // with READONLY
  bool asking_ = false;
  std::size_t replies_to_skip_ = 0;
  std::vector<redis::Reply> replies_;
  Client::Reply reply_;
};

RedisClient::RedisClient(asio::io_context& io, tcp::endpoint server, const RedisClientOptions& options)
    : connection_(std::make_shared<Connection>(io, std::move(server), options)) {}

RedisClient::~RedisClient() { connection_->close(); }

void RedisClient::invoke(const Request& request, Nanos, Reply reply) {
  connection_->invoke(request, false, std::move(reply));
}

void RedisClient::invoke_asking(const Request& request, Reply reply) {
  connection_->invoke(request, true, std::move(reply));
}

}  // namespace assay::redis
