// A TCP connection that carries frames: reads, decodes and hands over whole frames; queues, and writes without ever
// waiting for the other side. Server, peer links and clients are built from it.
//
// send() only queues; flush() writes as much as the kernel takes at once and leaves the rest to the io_context, so that
// all messages of one turn leave in one system call.
//
// Ownership: shared, because operations in flight hold it. The owner is told of frames and of the end, never from inside
// its own calls, and no more after close(). Thread safety: none; everything happens on the io_context's thread.
// Errors: a broken connection is reported by on_closed(), once, with a word for logs and counters.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "harness/core/time.h"
#include "targets/refdb/net/frame.h"

namespace assay::refdb {

class FramedSocket : public std::enable_shared_from_this<FramedSocket> {
 public:
  using Tcp = boost::asio::ip::tcp;

  class Owner {
   public:
    // The payload is valid during the call. The owner may close the socket inside.
    virtual void on_frame(FramedSocket& socket, const Frame& frame) = 0;
    // `reason`: "end-of-file", "bad-magic" and other frame errors, or the system's text.
    virtual void on_closed(FramedSocket& socket, std::string_view reason) = 0;

   protected:
    ~Owner() = default;
  };

  // `socket` is connected.
  FramedSocket(Tcp::socket socket, Owner& owner, std::size_t payload_size_max_bytes);

  // Sets TCP_NODELAY, and lets the kernel give up a connection whose data was not acknowledged for so long.
  void set_options(Nanos unacknowledged_max);
  void start_reading();
  void send(FrameKind kind, std::string_view payload);
  void flush();
  // Idempotent; the owner hears nothing any more. What was queued and not flushed is lost.
  void close();

  bool is_open() const { return owner_ != nullptr; }
  // Queued and not yet taken by the kernel.
  std::size_t queued_size_bytes() const { return pending_.size() + writing_.size() - written_; }
  FrameError frame_error() const { return decoder_.error(); }
  void set_payload_size_max(std::size_t size_bytes) { decoder_.set_payload_size_max(size_bytes); }
  std::string remote_address() const;

 private:
  void read_more();
  void take_frames();
  void write_rest();
  void fail(std::string_view reason);
  void fail_later(const boost::system::error_code& error);

  Tcp::socket socket_;
  Owner* owner_;  // null once closed
  FrameDecoder decoder_;
  std::size_t read_size_;
  std::string pending_;      // not yet offered to the kernel
  std::string writing_;      // the kernel did not take it at once; an operation is in flight when not empty
  std::size_t written_ = 0;  // of writing_
};

}  // namespace assay::refdb
