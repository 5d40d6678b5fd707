#include "targets/refdb/net/framed_socket.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace assay::refdb {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kReadSizeMinBytes = 4u << 10;
constexpr std::size_t kReadSizeMaxBytes = 256u << 10;
constexpr std::size_t kBufferKeptBytes = 256u << 10;

}  // namespace

FramedSocket::FramedSocket(Tcp::socket socket, Owner& owner, std::size_t payload_size_max_bytes)
    : socket_(std::move(socket)),
      owner_(&owner),
      decoder_(payload_size_max_bytes),
      read_size_(kReadSizeMinBytes) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
}

void FramedSocket::set_options(Nanos unacknowledged_max) {
  boost::system::error_code ignored;
  socket_.set_option(Tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  const int milliseconds = static_cast<int>(unacknowledged_max / kMillisecond);
  const int seconds = std::max(1, milliseconds / 1'000);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
}

void FramedSocket::start_reading() { read_more(); }

void FramedSocket::read_more() {
  const std::span<char> room = decoder_.prepare(read_size_);
  socket_.async_read_some(asio::buffer(room.data(), room.size()),
                          [self = shared_from_this(), offered = room.size()](
                              const boost::system::error_code& error, std::size_t size) {
                            if (!self->is_open()) return;
                            if (error == asio::error::eof) return self->fail("end-of-file");
                            if (error) return self->fail(error.message());
                            // A full read means that more is waiting: ask for more next time.
                            if (size == offered) {
                              self->read_size_ = std::min(2 * self->read_size_, kReadSizeMaxBytes);
                            }
                            self->decoder_.commit(size);
                            self->take_frames();
                          });
}

void FramedSocket::take_frames() {
  while (const auto frame = decoder_.next()) {
    owner_->on_frame(*this, *frame);
    if (!is_open()) return;
  }
  if (decoder_.error() != FrameError::none) return fail(frame_error_name(decoder_.error()));
  read_more();
}

void FramedSocket::send(FrameKind kind, std::string_view payload) {
  if (is_open()) append_frame(pending_, kind, payload);
}

void FramedSocket::flush() {
  if (!is_open() || !writing_.empty() || pending_.empty()) return;
  boost::system::error_code error;
  const std::size_t size = socket_.write_some(asio::buffer(pending_), error);
  if (error && error != asio::error::would_block && error != asio::error::try_again) return fail_later(error);
  if (size == pending_.size()) {
    pending_.clear();
    if (pending_.capacity() > kBufferKeptBytes) pending_.shrink_to_fit();
    return;
  }
  writing_.swap(pending_);
  written_ = size;
  write_rest();
}

void FramedSocket::write_rest() {
  socket_.async_write_some(
      asio::buffer(writing_.data() + written_, writing_.size() - written_),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
        if (!self->is_open()) return;
        if (error) return self->fail(error.message());
        self->written_ += size;
        if (self->written_ < self->writing_.size()) return self->write_rest();
        self->writing_.clear();
        self->written_ = 0;
        if (self->writing_.capacity() > kBufferKeptBytes) self->writing_.shrink_to_fit();
        self->flush();
      });
}

void FramedSocket::fail_later(const boost::system::error_code& error) {
  pending_.clear();
  asio::post(socket_.get_executor(),
             [self = shared_from_this(), reason = error.message()] { self->fail(reason); });
}

void FramedSocket::fail(std::string_view reason) {
  if (!is_open()) return;
  Owner* owner = owner_;
  const auto self = shared_from_this();  // the owner may drop its share
  close();
  owner->on_closed(*this, reason);
}

void FramedSocket::close() {
  owner_ = nullptr;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

std::string FramedSocket::remote_address() const {
  boost::system::error_code error;
  const auto endpoint = socket_.remote_endpoint(error);
  if (error) return "unknown";
  return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

}  // namespace assay::refdb
