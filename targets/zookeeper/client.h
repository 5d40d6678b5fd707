// A client of one ZooKeeper server: one request at a time, in a session of its own or one that it shares with others. What it asks
// and what answers prove is in exchange.h.
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
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/core/client.h"
#include "targets/zookeeper/exchange.h"
#include "targets/zookeeper/session.h"

namespace assay::zookeeper {

class ZooKeeperClient final : public Client {
 public:
  // `open`: a session with `server` ("10.0.0.1:2181"), asked for at the first request and when the one before is over.
  using Open = std::function<std::shared_ptr<Session>()>;
  ZooKeeperClient(boost::asio::io_context& io, std::string server, Open open, ExchangeOptions options);

  void invoke(const Request& request, Nanos timeout, Reply reply) override;
  void stay_on_node() override { options_.sync_reads = false; }

 private:
  void ask(const Call& call, Session::Handler then);
  void knock(Nanos timeout);
  void go_on(Exchange::Next next);
  void fail_soon(const std::string& why);
  void fail(const std::string& why);

  boost::asio::io_context& io_;
  const std::string server_;
  const Open open_;
  ExchangeOptions options_;
  std::shared_ptr<Session> session_;
  std::uint64_t turn_ = 0;    // answers to an earlier call are none of this one's business
  bool had_session_ = false;  // before this one
  boost::asio::steady_timer patience_;
  std::optional<Exchange> exchange_;
  Reply reply_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace assay::zookeeper
