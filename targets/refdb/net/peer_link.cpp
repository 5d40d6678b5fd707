#include "targets/refdb/net/peer_link.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "targets/refdb/net/clock.h"
#include "targets/refdb/net/endpoint.h"

namespace assay::refdb {

namespace {

constexpr Nanos kPeerConnectTimeout = 500 * kMillisecond;
constexpr Nanos kPauseMin = 20 * kMillisecond;
constexpr Nanos kPauseMax = 300 * kMillisecond;
// A connection that lasted so long was a good one: the next attempt is made soon.
constexpr Nanos kGoodConnection = kSecond;
// After a partition the kernel's retransmissions are many seconds apart; a new connection is quicker.
constexpr Nanos kPeerUnacknowledgedMax = 1'000 * kMillisecond;
constexpr std::size_t kQueueSizeMaxBytes = 16u << 20;
// A peer never sends anything on this connection.
constexpr std::size_t kPayloadSizeMaxBytes = 64;

}  // namespace

struct PeerLink::Attempt {
  explicit Attempt(boost::asio::io_context& io) : resolver(io), socket(io) {}
  FramedSocket::Tcp::resolver resolver;
  FramedSocket::Tcp::socket socket;
};

PeerLink::PeerLink(boost::asio::io_context& io, const Address& address, const Hello& hello,
                   NetCounters& counters, const Log& log)
    : io_(io),
      address_(address),
      hello_(hello),
      counters_(counters),
      log_(log),
      timer_(io),
      pause_(kPauseMin) {}

PeerLink::~PeerLink() { stop(); }

void PeerLink::stop() {
  stopped_ = true;
  timer_.cancel();
  if (socket_) socket_->close();
  socket_.reset();
  boost::system::error_code ignored;
  if (attempt_) {
    attempt_->resolver.cancel();
    attempt_->socket.close(ignored);
  }
  attempt_.reset();
}

void PeerLink::connect() {
  if (address_.is_name()) return look_up();
  attempt_ = std::make_shared<Attempt>(io_);
  dial(attempt_, to_endpoint(address_));
}

// Takes as long as the resolver does: a second lookup would only wait for the first one.
void PeerLink::look_up() {
  const auto attempt = attempt_ = std::make_shared<Attempt>(io_);
  attempt->resolver.async_resolve(
      address_.host, std::to_string(address_.port), FramedSocket::Tcp::resolver::numeric_service,
      [this, attempt](const boost::system::error_code& error,
                      const FramedSocket::Tcp::resolver::results_type& found) {
        if (attempt_ != attempt) return;
        if (!error && !found.empty()) {
          lookup_failed_ = false;
          return dial(attempt, found.begin()->endpoint());
        }
        attempt_.reset();
        if (!std::exchange(lookup_failed_, true)) {
          log_.warning("peer-not-found",
                       {{"peer", hello_.to}, {"address", address_.to_string()}, {"reason", error.message()}});
        }
        try_again_later();
      });
}

void PeerLink::dial(const std::shared_ptr<Attempt>& attempt, const FramedSocket::Tcp::endpoint& endpoint) {
  attempt->socket.async_connect(endpoint, [this, attempt](const boost::system::error_code& error) {
    // An attempt that was given up is no longer ours.
    if (attempt_ != attempt) return;
    attempt_.reset();
    timer_.cancel();
    if (error) return try_again_later();
    opened(std::move(attempt->socket));
  });
  timer_.expires_after(std::chrono::nanoseconds(kPeerConnectTimeout));
  timer_.async_wait([this, weak = std::weak_ptr(attempt)](const boost::system::error_code& error) {
    const auto same = weak.lock();
    if (error || !same || attempt_ != same) return;
    boost::system::error_code ignored;
    attempt_->socket.close(ignored);
    attempt_.reset();
    try_again_later();
  });
}

void PeerLink::opened(FramedSocket::Tcp::socket socket) {
  counters_.peer_connects += 1;
  opened_at_ = monotonic_now();
  socket_ = std::make_shared<FramedSocket>(std::move(socket), static_cast<FramedSocket::Owner&>(*this),
                                           kPayloadSizeMaxBytes);
  socket_->set_options(kPeerUnacknowledgedMax);
  socket_->send(FrameKind::hello, encode_hello(hello_));
  socket_->flush();
  socket_->start_reading();
  log_.info("peer-connected", {{"peer", hello_.to}, {"address", address_.to_string()}});
}

void PeerLink::try_again_later() {
  if (stopped_) return;
  timer_.expires_after(std::chrono::nanoseconds(pause_));
  pause_ = std::min(2 * pause_, kPauseMax);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_) connect();
  });
}

void PeerLink::send(std::string_view payload) {
  const std::size_t queued = socket_ ? socket_->queued_size_bytes() : 0;
  if (!socket_ || (queued > 0 && queued + payload.size() > kQueueSizeMaxBytes)) {
    counters_.peer_messages_dropped += 1;
    return;
  }
  counters_.peer_messages_sent += 1;
  socket_->send(FrameKind::message, payload);
}

void PeerLink::flush() {
  if (socket_) socket_->flush();
}

void PeerLink::on_frame(FramedSocket& socket, const Frame&) {
  socket.close();
  on_closed(socket, "unexpected-frame");
}

void PeerLink::on_closed(FramedSocket&, std::string_view reason) {
  log_.warning("peer-disconnected",
               {{"peer", hello_.to}, {"address", address_.to_string()}, {"reason", reason}});
  socket_.reset();
  if (monotonic_now() - opened_at_ >= kGoodConnection) pause_ = kPauseMin;
  try_again_later();
}

}  // namespace assay::refdb
