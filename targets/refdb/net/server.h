// One node of refdb on real sockets, disks and clocks: the driver of a Replica whose duties replica.h lists.
//
// Everything but the disk happens on the thread that calls run(). Inputs (frames, timer, what the storage thread
// reports) are given to the replica as they come; one turn later, when everything that was ready has been taken in, its
// effects are carried out together. So one write to the log, one sync and one packet per peer serve many requests.
//
//   sockets --> receive(), client_request() --+            +--> GroupCommit (own thread) --> persisted()
//   timer ----> tick() -----------------------+--> turn() -+--> PeerLink, one per peer
//                                                          +--> replies
//
// Limits: connections, bytes queued per connection, size of frames, unfinished writes. Slow and hostile peers and
// clients cost a closed connection and a counter; requests beyond the replica's queue are answered "overloaded" by it.
//
// Thread safety: stop() from any thread, the rest from one. Errors: the constructor throws InputError for a
// configuration that can't work and HarnessError when ports or the data folder can't be had; run() throws HarnessError
// when the disk fails.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "targets/refdb/net/config.h"
#include "targets/refdb/net/http_server.h"
#include "targets/refdb/net/log.h"
#include "targets/refdb/net/net_counters.h"
#include "targets/refdb/net/peer_link.h"
#include "targets/refdb/net/status_page.h"
#include "targets/refdb/replica/replica.h"
#include "targets/refdb/storage/group_commit.h"
#include "targets/refdb/storage/storage.h"

namespace assay::refdb {

class Server {
 public:
  // `protocol` and `log` must outlive the server. `version`: what it says of its build.
  Server(ServerConfig config, const ProtocolPlugin& protocol, const Log& log, std::string version);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Serves until stop(), then finishes the writes under way.
  void run();
  void stop();
  boost::asio::io_context& io() { return io_; }

  // What was bound, also when the configuration asks for port 0; http_port() is 0 without HTTP.
  std::uint16_t port() const;
  std::uint16_t http_port() const;

 private:
  class Incoming;

  void make_replica(const ProtocolPlugin& protocol);
  void accept();
  void accept_later();
  void say_hello(Incoming& connection, std::string_view payload);
  bool may_complain();
  void drop(ConnectionId id);
  void input();
  void turn();
  void send_replies(std::vector<ClientReply>& replies);
  void arm_timer();
  void on_timer();
  void on_report(const CommitReport& report);
  void sweep();
  void log_role();
  HttpAnswer answer_http(std::string_view path);
  HttpAnswer answer_order(std::string_view path);
  NodeStatus node_status() const;

  ServerConfig config_;
  const std::string version_;
  const Log& log_;
  NetCounters counters_;
  boost::asio::io_context io_{1};
  boost::asio::ip::tcp::acceptor acceptor_;
  std::optional<HttpServer> http_;
  Storage storage_;
  std::unique_ptr<Replica> replica_;
  std::vector<std::unique_ptr<PeerLink>> links_;  // by peer; null for this node
  std::unordered_map<ConnectionId, std::unique_ptr<Incoming>> incoming_;
  std::vector<ConnectionId> peer_connections_;  // by peer: the connection that it opened, 0 when none
  ConnectionId last_connection_ = 0;
  std::vector<ConnectionId> replied_;  // of this turn
  bool turn_posted_ = false;
  boost::asio::steady_timer timer_;
  std::optional<std::int64_t> timer_deadline_;
  boost::asio::steady_timer sweep_timer_;
  boost::asio::steady_timer accept_timer_;
  std::int64_t complaints_second_ = 0;
  int complaints_ = 0;
  std::string role_logged_;
  std::int64_t started_at_ = 0;
  std::string failure_;
  std::unique_ptr<GroupCommit> commit_;  // last: its thread ends before anything that it reports to
};

}  // namespace assay::refdb
