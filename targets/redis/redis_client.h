// A client of one Redis server: one connection, one request at a time, no pipelining (but the commands of one transaction
// travel together). A read of a key that turns out to hold a set is asked again as one of its elements. Connects when it is first needed and again after the connection was lost.
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

struct RedisClientOptions {
  std::int64_t wait_replicas = 0;  // that must have what was changed before it is acknowledged (WAIT)
  bool reads_replica = false;      // of a cluster: a replica answers, too (READONLY)
};

class RedisClient final : public Client {
 public:
  RedisClient(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint server,
              const RedisClientOptions& options);
  ~RedisClient() override;

  void invoke(const Request& request, Nanos timeout, Reply reply) override;
  // Of a server that has the slot for this one request (ASKING).
  void invoke_asking(const Request& request, Reply reply);

 private:
  class Connection;
  std::shared_ptr<Connection> connection_;
};

}  // namespace assay::redis
