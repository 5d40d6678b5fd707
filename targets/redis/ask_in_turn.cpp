#include "targets/redis/ask_in_turn.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

namespace assay::redis {

namespace asio = boost::asio;

namespace {
// A server answers such a question at once, or is gone.
constexpr auto kServerPatience = std::chrono::milliseconds(300);
}  // namespace

AskInTurn::AskInTurn(asio::io_context& io, std::vector<asio::ip::tcp::endpoint> servers, std::string question,
                     Accepts accepts, Done done)
    : servers_(std::move(servers)),
      question_(std::move(question)),
      accepts_(std::move(accepts)),
      done_(std::move(done)),
      socket_(io),
      timer_(io) {}

void AskInTurn::cancel() {
  accepts_ = nullptr;
  done_ = nullptr;
  hang_up();
}

void AskInTurn::ask() {
  if (at_ == servers_.size()) return tell(false);
  parser_ = std::make_unique<Parser>();
  timer_.expires_after(kServerPatience);
  timer_.async_wait([self = shared_from_this(), turn = turn_](Error error) {
    if (!error && turn == self->turn_) self->next_one();
  });
  socket_.async_connect(servers_[at_], [self = shared_from_this(), turn = turn_](Error error) {
    if (turn != self->turn_) return;
    error ? self->next_one() : self->send();
  });
}

void AskInTurn::send() {
  asio::async_write(socket_, asio::buffer(question_),
                    [self = shared_from_this(), turn = turn_](Error error, std::size_t) {
                      if (turn != self->turn_) return;
                      error ? self->next_one() : self->receive();
                    });
}

void AskInTurn::receive() {
  socket_.async_read_some(asio::buffer(received_),
                          [self = shared_from_this(), turn = turn_](Error error, std::size_t size) {
                            if (turn != self->turn_) return;
                            if (error) return self->next_one();
                            self->parser_->feed({self->received_.data(), size});
                            self->take();
                          });
}

void AskInTurn::take() {
  Reply reply;
  if (!parser_->next(reply)) return parser_->broken() ? next_one() : receive();
  accepts_(reply) ? tell(true) : next_one();
}

void AskInTurn::hang_up() {
  ++turn_;
  timer_.cancel();
  Error ignored;
  socket_.close(ignored);
}

void AskInTurn::next_one() {
  hang_up();
  ++at_;
  ask();
}

void AskInTurn::tell(bool answered) {
  hang_up();
  accepts_ = nullptr;
  if (Done done = std::exchange(done_, nullptr)) done(answered);
}

}  // namespace assay::redis
