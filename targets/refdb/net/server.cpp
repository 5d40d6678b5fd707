#include "targets/refdb/net/server.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "targets/refdb/net/clock.h"

namespace assay::refdb {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

namespace {

constexpr std::size_t kHelloSizeMaxBytes = 64;
constexpr std::size_t kPeerPayloadMaxBytes = 64u << 20;
constexpr std::size_t kClientPayloadMaxBytes = 1u << 20;
constexpr std::size_t kReplyQueueMaxBytes = 4u << 20;
// Peers' messages are dropped, as a network may, while so much waits for the disk.
constexpr std::size_t kBacklogMaxBytes = 128u << 20;
constexpr Nanos kHelloTimeout = 5 * kSecond;
constexpr Nanos kClientUnacknowledgedMax = 10 * kSecond;
constexpr int kComplaintsPerSecondMax = 10;
constexpr std::chrono::milliseconds kSweepInterval{100};
constexpr std::chrono::milliseconds kPauseAfterFailedAccept{100};

// The sentence of a constructor that failed, with the node in front.
template <typename Make>
auto naming_the_node(const ServerConfig& config, Make make) {
  try {
    return make();
  } catch (const HarnessError& error) {
    throw HarnessError("node " + config.node + ": " + error.what());
  }
}

}  // namespace

// A connection that somebody opened to this node.
class Server::Incoming : public FramedSocket::Owner {
 public:
  enum class State : std::uint8_t { silent, peer, client };

  Incoming(Server& server, ConnectionId id, Tcp::socket socket)
      : server_(server),
        id_(id),
        opened_at_(monotonic_now()),
        socket_(std::make_shared<FramedSocket>(std::move(socket), *this, kHelloSizeMaxBytes)) {
    socket_->set_options(kClientUnacknowledgedMax);
    socket_->start_reading();
  }
  virtual ~Incoming() { socket_->close(); }

  void on_frame(FramedSocket&, const Frame& frame) override {
    if (state == State::silent && frame.kind == FrameKind::hello)
      return server_.say_hello(*this, frame.payload);
    if (state == State::silent || frame.kind != FrameKind::message) {
      server_.counters_.connections_foreign += 1;
      return server_.drop(id_);
    }
    if (state == State::client) {
      server_.counters_.client_requests += 1;
      server_.replica_->client_request(id_, frame.payload, local_now());
    } else if (server_.commit_->backlog_size_bytes() > kBacklogMaxBytes) {
      server_.counters_.peer_messages_shed += 1;
    } else {
      server_.counters_.peer_messages_received += 1;
      server_.replica_->receive(peer, frame.payload, local_now());
    }
    server_.input();
  }

  void on_closed(FramedSocket& socket, std::string_view reason) override {
    const FrameError error = socket.frame_error();
    if (error != FrameError::none) {
      server_.counters_.garbage[static_cast<std::size_t>(error)] += 1;
      if (server_.may_complain()) server_.log_.warning("garbage", {{"connection", id_}, {"reason", reason}});
    }
    server_.drop(id_);
  }

  ConnectionId id() const { return id_; }
  std::int64_t opened_at() const { return opened_at_; }
  FramedSocket& socket() { return *socket_; }

  State state = State::silent;
  PeerId peer = kAnyNode;

 private:
  Server& server_;
  const ConnectionId id_;
  const std::int64_t opened_at_;
  const std::shared_ptr<FramedSocket> socket_;
};

Server::Server(ServerConfig config, const ProtocolPlugin& protocol, const Log& log, std::string version)
    : config_(std::move(config)),
      version_(std::move(version)),
      log_(log),
      acceptor_(naming_the_node(config_, [this] { return listen_on(io_, config_.listen); })),
      storage_({config_.data, config_.node, config_.identity()}),
      links_(config_.peers.size()),
      peer_connections_(config_.peers.size(), 0),
      timer_(io_),
      sweep_timer_(io_),
      accept_timer_(io_),
      started_at_(monotonic_now()) {
  if (config_.http) {
    naming_the_node(config_, [this] {
      http_.emplace(
          io_, *config_.http, counters_, [this](std::string_view path) { return answer_http(path); },
          [this](std::string_view path) { return answer_order(path); });
      return 0;
    });
  }
  make_replica(protocol);
  for (PeerId peer = 0; peer < config_.peers.size(); ++peer) {
    if (peer == config_.replica.self) continue;
    const Hello hello{Hello::Role::peer, config_.replica.cluster_id, config_.replica.self, peer};
    links_[peer] = std::make_unique<PeerLink>(io_, config_.peers[peer].address, hello, counters_, log_);
  }
  commit_ = std::make_unique<GroupCommit>(storage_, config_.fsync, [this](CommitReport report) {
    asio::post(io_, [this, report = std::move(report)] { on_report(report); });
  });
}

Server::~Server() = default;

void Server::make_replica(const ProtocolPlugin& protocol) {
  const auto start = static_cast<std::uint64_t>(wall_now()) ^ static_cast<std::uint64_t>(::getpid()) << 40;
  config_.replica.seed = config_.seed.value_or(stable_hash(config_.node, start));
  try {
    config_.replica.options = Options(protocol.options, config_.options);
    if (protocol.refuse != nullptr) {
      const auto refusal = protocol.refuse(config_.replica.options, config_.replica.cluster_size);
      if (refusal) throw InputError(config_.file + ": " + *refusal);
    }
    replica_ = protocol.make(config_.replica, storage_, local_now());
  } catch (const std::invalid_argument& error) {
    throw InputError(config_.file + ": " + error.what());
  }
}

void Server::run() {
  log_.info("serving", {{"address", config_.listen.host + ":" + std::to_string(port())},
                        {"http_port", http_port()},
                        {"mode", config_.mode},
                        {"cluster", config_.cluster},
                        {"fsync", config_.fsync ? "true" : "false"},
                        {"pid", ::getpid()}});
  for (const std::string& bug : config_.replica.bugs) {
    log_.warning("SEEDED-BUG-IN-FORCE",
                 {{"bug", bug}, {"meaning", "this node breaks its promises on purpose"}});
  }
  for (const auto& link : links_) {
    if (link) link->start();
  }
  accept();
  sweep();
  input();
  io_.run();
  commit_.reset();
  if (!failure_.empty()) {
    log_.error("storage-failed", {{"reason", failure_}});
    throw HarnessError(failure_);
  }
  log_.info("stopped");
}

void Server::stop() {
  asio::post(io_, [this] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    if (http_) http_->stop();
    io_.stop();
  });
}

std::uint16_t Server::port() const { return acceptor_.local_endpoint().port(); }
std::uint16_t Server::http_port() const { return http_ ? http_->port() : std::uint16_t{0}; }

void Server::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, Tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (error) {
      counters_.connections_refused += 1;
      return accept_later();
    }
    if (incoming_.size() >= config_.connections_max) {
      counters_.connections_refused += 1;
    } else {
      counters_.connections_accepted += 1;
      const ConnectionId id = ++last_connection_;
      incoming_.emplace(id, std::make_unique<Incoming>(*this, id, std::move(socket)));
    }
    accept();
  });
}

void Server::accept_later() {
  accept_timer_.expires_after(kPauseAfterFailedAccept);
  accept_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) accept();
  });
}

void Server::say_hello(Incoming& connection, std::string_view payload) {
  const std::optional<Hello> hello = decode_hello(payload);
  const bool from_peer = hello && hello->role == Hello::Role::peer;
  const bool right_cluster =
      hello && (hello->cluster_id == config_.replica.cluster_id || (!from_peer && hello->cluster_id == 0));
  const bool right_node =
      hello && (hello->to == config_.replica.self || (!from_peer && hello->to == kAnyNode));
  const bool right_sender =
      hello && (!from_peer || (hello->from < config_.peers.size() && hello->from != config_.replica.self));
  if (!right_cluster || !right_node || !right_sender) {
    counters_.connections_foreign += 1;
    if (may_complain()) {
      log_.warning("foreign-connection", {{"from", connection.socket().remote_address()},
                                          {"cluster_id", hello ? hello->cluster_id : 0},
                                          {"to", hello ? hello->to : kAnyNode}});
    }
    return drop(connection.id());
  }
  if (!from_peer) {
    connection.state = Incoming::State::client;
    connection.socket().set_payload_size_max(kClientPayloadMaxBytes);
    return;
  }
  connection.state = Incoming::State::peer;
  connection.peer = hello->from;
  connection.socket().set_payload_size_max(kPeerPayloadMaxBytes);
  // A peer that connects again has given up its earlier connection, even when nothing said so here.
  const ConnectionId earlier = std::exchange(peer_connections_[hello->from], connection.id());
  if (earlier != 0) drop(earlier);
}

// Strangers must not fill the disk with log lines; all of them are counted.
bool Server::may_complain() {
  const std::int64_t second = monotonic_now() / kSecond;
  if (std::exchange(complaints_second_, second) != second) complaints_ = 0;
  return ++complaints_ <= kComplaintsPerSecondMax;
}

void Server::drop(ConnectionId id) {
  const auto found = incoming_.find(id);
  if (found == incoming_.end()) return;
  const std::unique_ptr<Incoming> connection = std::move(found->second);
  incoming_.erase(found);
  if (connection->state == Incoming::State::client) {
    replica_->client_gone(id);
    input();
  }
  if (connection->state == Incoming::State::peer && peer_connections_[connection->peer] == id) {
    peer_connections_[connection->peer] = 0;
  }
}

void Server::input() {
  if (std::exchange(turn_posted_, true)) return;
  asio::post(io_, [this] { turn(); });
}

void Server::turn() {
  turn_posted_ = false;
  counters_.turns += 1;
  Effects effects = replica_->take_effects();
  const std::vector<PeerMessage> messages = std::move(effects.messages);
  std::vector<ClientReply> replies = std::move(effects.replies);
  // The disk is the slowest: it starts first.
  if (effects.has_writes()) commit_->submit(std::move(effects));
  for (const PeerMessage& message : messages) {
    if (message.to < links_.size() && links_[message.to]) links_[message.to]->send(message.payload);
  }
  for (const auto& link : links_) {
    if (link) link->flush();
  }
  send_replies(replies);
  arm_timer();
}

void Server::send_replies(std::vector<ClientReply>& replies) {
  for (const ClientReply& reply : replies) {
    const auto found = incoming_.find(reply.connection);
    if (found == incoming_.end()) {
      counters_.client_replies_dropped += 1;
      continue;
    }
    counters_.client_replies += 1;
    found->second->socket().send(FrameKind::message, reply.payload);
    replied_.push_back(reply.connection);
  }
  for (const ConnectionId id : replied_) {
    const auto found = incoming_.find(id);
    if (found == incoming_.end()) continue;
    found->second->socket().flush();
    if (found->second->socket().queued_size_bytes() > kReplyQueueMaxBytes) {
      counters_.connections_slow += 1;
      drop(id);
    }
  }
  replied_.clear();
}

// The deadline moves with nearly every input, mostly to later: the timer is left alone then, and set again when it
// fires too early.
void Server::arm_timer() {
  const std::int64_t deadline = replica_->next_deadline();
  if (deadline == kNever || (timer_deadline_ && *timer_deadline_ <= deadline)) return;
  timer_deadline_ = deadline;
  timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(deadline)));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) on_timer();
  });
}

void Server::on_timer() {
  timer_deadline_.reset();
  const LocalTime now = local_now();
  if (now.monotonic < replica_->next_deadline()) return arm_timer();
  replica_->tick(now);
  input();
}

void Server::on_report(const CommitReport& report) {
  if (!report.error.empty()) {
    failure_ = report.error;
    io_.stop();
    return;
  }
  const LocalTime now = local_now();
  for (const std::uint64_t batch : report.batches) replica_->persisted(batch, now);
  input();
}

void Server::sweep() {
  std::vector<ConnectionId> silent;
  const std::int64_t limit = monotonic_now() - kHelloTimeout;
  for (const auto& [id, connection] : incoming_) {
    if (connection->state == Incoming::State::silent && connection->opened_at() < limit) silent.push_back(id);
  }
  counters_.connections_silent += static_cast<std::int64_t>(silent.size());
  for (const ConnectionId id : silent) drop(id);
  log_role();
  sweep_timer_.expires_after(kSweepInterval);
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sweep();
  });
}

void Server::log_role() {
  const ReplicaStatus status = replica_->status();
  const bool known = status.leader && *status.leader < config_.peers.size();
  const std::string leader = known ? config_.peers[*status.leader].name : "none";
  std::string role = status.role + " " + leader + " " + std::to_string(status.term);
  if (role == role_logged_) return;
  role_logged_ = std::move(role);
  log_.info("role", {{"role", status.role},
                     {"term", status.term},
                     {"leader", leader},
                     {"commit", status.commit_index},
                     {"last", status.last_index}});
}

NodeStatus Server::node_status() const {
  NodeStatus status{config_, version_, replica_->status(), counters_, {}, 0, 0, 0, 0};
  if (commit_) status.storage = commit_->counters();
  if (commit_) status.storage_backlog_size_bytes = commit_->backlog_size_bytes();
  for (const auto& [ignored, connection] : incoming_) {
    status.clients += connection->state == Incoming::State::client ? 1 : 0;
  }
  for (const auto& link : links_) status.peers_connected += link && link->connected() ? 1 : 0;
  status.uptime = monotonic_now() - started_at_;
  return status;
}

// /orders/transfer/n2, /orders/add/n2, /orders/remove/n2: an empty answer when the order was taken, 409 and why when it was not.
HttpAnswer Server::answer_order(std::string_view path) {
  constexpr std::pair<std::string_view, Order::Kind> kOrders[] = {
      {"/orders/transfer/", Order::Kind::transfer},
      {"/orders/add/", Order::Kind::add_member},
      {"/orders/remove/", Order::Kind::remove_member}};
  for (const auto& [prefix, kind] : kOrders) {
    if (!path.starts_with(prefix)) continue;
    const std::string_view name = path.substr(prefix.size());
    const auto peer =
        std::find_if(config_.peers.begin(), config_.peers.end(),
                     [&](const ServerConfig::Peer& candidate) { return candidate.name == name; });
    if (peer == config_.peers.end()) return {404, "text/plain", "there is no such node"};
    const auto node = static_cast<PeerId>(peer - config_.peers.begin());
    const std::string refusal = replica_->order({kind, node}, local_now());
    input();
    return {refusal.empty() ? 200 : 409, "text/plain", refusal};
  }
  return {404, "text/plain", "known are /orders/transfer/NODE, /orders/add/NODE and /orders/remove/NODE"};
}

HttpAnswer Server::answer_http(std::string_view path) {
  if (path == "/health") return {200, "application/json", "{\"healthy\": true}\n"};
  if (path == "/status") return {200, "application/json", render_status(node_status())};
  if (path == "/metrics") return {200, "text/plain; version=0.0.4", render_metrics(node_status())};
  return {404, "text/plain", "known are /status, /metrics and /health\n"};
}

}  // namespace assay::refdb
