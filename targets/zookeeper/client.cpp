#include "targets/zookeeper/client.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "harness/core/error.h"
#include "targets/zookeeper/paths.h"

namespace assay::zookeeper {

namespace {
// So that a dead server is not asked a hundred thousand times a second.
constexpr auto kPauseAfterRefusal = std::chrono::milliseconds(20);
}  // namespace

ZooKeeperClient::ZooKeeperClient(boost::asio::io_context& io, std::string server, Open open,
                                 ExchangeOptions options)
    : io_(io), server_(std::move(server)), open_(std::move(open)), options_(options), patience_(io) {}

void ZooKeeperClient::invoke(const Request& request, Nanos timeout, Reply reply) {
  reply_ = std::move(reply);
  exchange_.emplace(request, options_);
  auto first = exchange_->begin();
  if (std::holds_alternative<Completion>(first)) {
    // Never inside invoke().
    boost::asio::post(io_,
                      [this, alive = std::weak_ptr<bool>(alive_), completion = std::move(first)]() mutable {
                        if (!alive.expired()) go_on(std::move(completion));
                      });
    return;
  }
  if (session_ != nullptr && session_->over()) {
    session_ = nullptr;
    had_session_ = true;
  }
  if (session_ != nullptr && session_->connected()) return go_on(std::move(first));
  if (session_ == nullptr) session_ = open_();
  knock(timeout);
}

// `then` is not called when another call was made meanwhile, or this client is gone.
void ZooKeeperClient::ask(const Call& call, Session::Handler then) {
  session_->ask(call, [this, alive = std::weak_ptr<bool>(alive_), turn = ++turn_,
                       then = std::move(then)](Answer answer) {
    if (!alive.expired() && turn == turn_) then(std::move(answer));
  });
}

// Answered while there is still time to say that nothing was sent.
void ZooKeeperClient::knock(Nanos timeout) {
  patience_.expires_after(std::chrono::nanoseconds(timeout / 10 * 9));
  patience_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](boost::system::error_code error) {
    if (error || alive.expired()) return;
    ++turn_;
    fail("no session: " + server_ + " does not answer");
  });
  const Call call{.verb = had_session_ ? Verb::sync : Verb::look, .path = "/"};
  ask(call, [this](const Answer& answer) {
    if (patience_.cancel() == 0) return;  // too late
    if (answer.code != kOk) return fail_soon("no session: " + code_text(answer.code));
    had_session_ = false;
    go_on(exchange_->begin());
  });
}

void ZooKeeperClient::fail_soon(const std::string& why) {
  patience_.expires_after(kPauseAfterRefusal);
  patience_.async_wait([this, alive = std::weak_ptr<bool>(alive_), why](boost::system::error_code) {
    if (!alive.expired()) fail(why);
  });
}

void ZooKeeperClient::fail(const std::string& why) { go_on(Completion{Outcome::fail, {}, why, kNoNode}); }

void ZooKeeperClient::go_on(Exchange::Next next) {
  if (auto* completion = std::get_if<Completion>(&next)) {
    // The last thing done: the reply may destroy this client.
    std::exchange(reply_, nullptr)(std::move(*completion));
    return;
  }
  ask(std::get<Call>(next), [this](const Answer& answer) { go_on(exchange_->next(answer)); });
}

}  // namespace assay::zookeeper
