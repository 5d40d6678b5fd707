// A client of one Redis server: one connection, one request at a time, no pipelining (but the commands of one transaction
// travel together). Connects when it is first needed and again after the connection was lost.
//
// Thread safety: none; everything happens on the thread that runs the io_context. Ownership: may be destroyed at any time,
// also inside its own reply. Errors: a connection that can't be made is outcome fail, given after a short pause so that
// a dead server is not asked a hundred thousand times a second; everything else as commands.h says. It has no timer for
// `timeout` of its own: the run loop gives up an operation that takes longer, and drops this client.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "harness/core/client.h"

namespace assay::redis {

class RedisClient final : public Client {
 public:
  // `wait_replicas`: so many replicas must have what was changed before it is acknowledged (WAIT); 0: none.
  RedisClient(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint server,
              std::int64_t wait_replicas = 0);
  ~RedisClient() override;

  void invoke(const Request& request, Nanos timeout, Reply reply) override;

 private:
  class Connection;
  std::shared_ptr<Connection> connection_;
};

}  // namespace assay::redis
