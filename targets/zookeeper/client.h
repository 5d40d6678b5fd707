// A client of one ZooKeeper server: one session, one request at a time. What it asks and what answers prove is in exchange.h.
//
// A request that meets a session without a connection first asks whether there is the root, so that a server that can't be reached has
// surely not got the request: fail. When a session is over the request fails, and the next one gets a new session, which begins with
// a sync: what its predecessor has seen, this one sees too.
//
// Thread safety: none; everything happens on the thread that runs the io_context. Ownership: may be destroyed at any time, also
// inside its own reply. Errors: outcomes.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "harness/core/client.h"
#include "targets/zookeeper/exchange.h"
#include "targets/zookeeper/session.h"

namespace assay::zookeeper {

class ZooKeeperClient final : public Client {
 public:
  // `server`: "10.0.0.1:2181".
  ZooKeeperClient(boost::asio::io_context& io, std::string server, std::chrono::milliseconds session_timeout,
                  ExchangeOptions options, std::shared_ptr<SessionCloser> closer);

  void invoke(const Request& request, Nanos timeout, Reply reply) override;
  void stay_on_node() override { options_.sync_reads = false; }

 private:
  void knock(Nanos timeout);
  void go_on(Exchange::Next next);
  void fail_soon(const std::string& why);
  void fail(const std::string& why);

  boost::asio::io_context& io_;
  const std::string server_;
  const std::chrono::milliseconds session_timeout_;
  ExchangeOptions options_;
  std::shared_ptr<SessionCloser> closer_;
  std::unique_ptr<Session> session_;
  bool had_session_ = false;  // before this one
  boost::asio::steady_timer patience_;
  std::optional<Exchange> exchange_;
  Reply reply_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace assay::zookeeper
