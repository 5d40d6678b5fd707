// The outgoing connection to one peer, for messages to it (what the peer sends comes on the connection that it opens). Where the
// peer's address is a name, each attempt looks it up anew, by the C library's resolver on a thread that Boost.Asio has for that.
// It connects again for as long as it lives, at first at once, then less often. A message that can't leave (no
// connection, queue full) is dropped and counted: the protocols expect a network that loses messages, and one slow or
// hung peer must hold up nobody.
//
// Thread safety: none; the io_context's thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string_view>

#include "harness/core/time.h"
#include "targets/refdb/net/address.h"
#include "targets/refdb/net/framed_socket.h"
#include "targets/refdb/net/log.h"
#include "targets/refdb/net/net_counters.h"

namespace assay::refdb {

class PeerLink : private FramedSocket::Owner {
 public:
  // The references must outlive the link; the link must not be destroyed inside the io_context's handlers.
  PeerLink(boost::asio::io_context& io, const Address& address, const Hello& hello, NetCounters& counters,
           const Log& log);
  virtual ~PeerLink();
  PeerLink(const PeerLink&) = delete;
  PeerLink& operator=(const PeerLink&) = delete;

  void start() { connect(); }
  void stop();
  // Queues; flush() sends. A message larger than the queue goes through when the queue is empty.
  void send(std::string_view payload);
  void flush();
  bool connected() const { return socket_ != nullptr; }

 private:
  struct Attempt;

  void connect();
  void look_up();
  void dial(const std::shared_ptr<Attempt>& attempt, const FramedSocket::Tcp::endpoint& endpoint);
  void opened(FramedSocket::Tcp::socket socket);
  void try_again_later();
  void on_frame(FramedSocket& socket, const Frame& frame) override;
  void on_closed(FramedSocket& socket, std::string_view reason) override;

  boost::asio::io_context& io_;
  const Address address_;
  const Hello hello_;
  NetCounters& counters_;
  const Log& log_;
  boost::asio::steady_timer timer_;  // of the attempt, or until the next one
  std::shared_ptr<Attempt> attempt_;
  std::shared_ptr<FramedSocket> socket_;
  Nanos opened_at_ = 0;
  Nanos pause_;
  bool lookup_failed_ = false;  // and that was said
  bool stopped_ = false;
};

}  // namespace assay::refdb
