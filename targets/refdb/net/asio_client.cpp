#include "targets/refdb/net/asio_client.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "harness/core/assert.h"
#include "harness/core/error.h"
#include "targets/refdb/net/clock.h"
#include "targets/refdb/net/config.h"
#include "targets/refdb/net/endpoint.h"
#include "targets/refdb/net/framed_socket.h"

namespace assay::refdb {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

namespace {

constexpr Nanos kConnectTimeout = 500 * kMillisecond;
constexpr Nanos kUnacknowledgedMax = 5 * kSecond;
constexpr std::size_t kReplySizeMaxBytes = 64u << 20;

std::vector<Tcp::endpoint> parse_endpoints(const std::vector<std::string>& texts) {
  std::vector<Tcp::endpoint> endpoints;
  for (const std::string& text : texts) {
    const std::optional<Address> address = parse_address(text);
    if (!address) throw InputError("\"" + text + "\" is no IP address and port such as 10.0.0.1:7000");
    endpoints.push_back(to_endpoint(*address));
  }
  return endpoints;
}

std::chrono::steady_clock::time_point time_point(Nanos time) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(time));
}

}  // namespace

class AsioClient::Driver : public FramedSocket::Owner, public std::enable_shared_from_this<Driver> {
 public:
  Driver(asio::io_context& io, std::vector<Tcp::endpoint> endpoints, std::unique_ptr<ClientLogic> logic,
         std::uint64_t cluster_id)
      : io_(io), cluster_id_(cluster_id), logic_(std::move(logic)), timer_(io) {
    for (Tcp::endpoint& endpoint : endpoints) links_.emplace_back(std::move(endpoint));
  }
  virtual ~Driver() = default;

  void invoke(const Request& request, Nanos timeout, Reply reply) {
    ASSAY_ASSERT(!reply_);
    reply_ = std::move(reply);
    logic_->invoke(request, timeout, monotonic_now());
    act(true);
  }

  void stay_on_node() { logic_->stay_on_node(); }

  void shut_down() {
    shut_down_ = true;
    reply_ = nullptr;
    timer_.cancel();
    for (Link& link : links_) disconnect(link);
  }

  void on_frame(FramedSocket& socket, const Frame& frame) override {
    Link& link = link_of(socket);
    // A server says no hello; one that does is none of ours, and its connection is of no use.
    if (frame.kind != FrameKind::message) return lose(link, false);
    logic_->received(number_of(link), frame.payload, monotonic_now());
    act(false);
  }

  void on_closed(FramedSocket& socket, std::string_view) override { lose(link_of(socket), false); }

 private:
  struct Attempt {
    explicit Attempt(asio::io_context& io) : socket(io), timer(io) {}
    Tcp::socket socket;
    asio::steady_timer timer;
  };
  struct Link {
    explicit Link(Tcp::endpoint given) : endpoint(std::move(given)) {}
    Tcp::endpoint endpoint;
    std::shared_ptr<Attempt> attempt;
    std::shared_ptr<FramedSocket> socket;
  };

  PeerId number_of(const Link& link) const { return static_cast<PeerId>(&link - links_.data()); }

  Link& link_of(const FramedSocket& socket) {
    for (Link& link : links_) {
      if (link.socket.get() == &socket) return link;
    }
    ASSAY_ASSERT(false);
  }

  void lose(Link& link, bool never_opened) {
    disconnect(link);
    logic_->disconnected(number_of(link), never_opened, monotonic_now());
    act(false);
  }

  void disconnect(Link& link) {
    boost::system::error_code ignored;
    if (link.attempt) {
      link.attempt->timer.cancel();
      link.attempt->socket.close(ignored);
      link.attempt.reset();
    }
    if (link.socket) link.socket->close();
    link.socket.reset();
  }

  void connect(PeerId node) {
    Link& link = links_[node];
    if (link.attempt || link.socket) return;
    const auto attempt = link.attempt = std::make_shared<Attempt>(io_);
    attempt->socket.async_connect(
        link.endpoint, [self = shared_from_this(), node, attempt](const boost::system::error_code& error) {
          if (self->links_[node].attempt == attempt) self->attempt_ended(node, error);
        });
    attempt->timer.expires_after(std::chrono::nanoseconds(kConnectTimeout));
    attempt->timer.async_wait([self = shared_from_this(), node,
                               weak = std::weak_ptr(attempt)](const boost::system::error_code& error) {
      const auto same = weak.lock();
      if (!error && same && self->links_[node].attempt == same) self->lose(self->links_[node], true);
    });
  }

  void attempt_ended(PeerId node, const boost::system::error_code& error) {
    Link& link = links_[node];
    if (error) return lose(link, true);
    const auto attempt = std::exchange(link.attempt, nullptr);
    attempt->timer.cancel();
    link.socket = std::make_shared<FramedSocket>(std::move(attempt->socket), *this, kReplySizeMaxBytes);
    link.socket->set_options(kUnacknowledgedMax);
    link.socket->send(FrameKind::hello, encode_hello({Hello::Role::client, cluster_id_, kAnyNode, node}));
    link.socket->start_reading();
    logic_->connected(node, monotonic_now());
    act(false);
    // Without a request to go with it, the hello goes alone.
    if (!shut_down_ && links_[node].socket) links_[node].socket->flush();
  }

  // Carries out what the logic wants. The reply may start the next request or destroy the client.
  void act(bool inside_invoke) {
    const auto self = shared_from_this();
    for (ClientAction& action : logic_->take_actions()) {
      if (shut_down_) return;
      switch (action.kind) {
        case ClientAction::Kind::connect:
          connect(action.node);
          break;
        case ClientAction::Kind::disconnect:
          disconnect(links_[action.node]);
          break;
        case ClientAction::Kind::send:
          send(action);
          break;
        case ClientAction::Kind::complete:
          complete(std::move(action.completion), inside_invoke);
          break;
      }
    }
    if (!shut_down_) arm_timer();
  }

  void send(const ClientAction& action) {
    const auto& socket = links_[action.node].socket;
    if (!socket) return;  // lost meanwhile; the logic hears of it
    socket->send(FrameKind::message, action.payload);
    socket->flush();
  }

  void complete(Completion completion, bool inside_invoke) {
    if (inside_invoke) {
      asio::post(io_, [self = shared_from_this(), completion = std::move(completion)]() mutable {
        self->complete(std::move(completion), false);
      });
      return;
    }
    if (const Reply reply = std::exchange(reply_, nullptr)) reply(std::move(completion));
  }

  // Deadlines mostly move to later: the timer is left alone then, and set again when it fires too early.
  void arm_timer() {
    const Nanos deadline = logic_->next_deadline();
    if (deadline == kNever || (timer_deadline_ && *timer_deadline_ <= deadline)) return;
    timer_deadline_ = deadline;
    timer_.expires_at(time_point(deadline));
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && !self->shut_down_) self->on_timer();
    });
  }

  void on_timer() {
    timer_deadline_.reset();
    const Nanos now = monotonic_now();
    if (now >= logic_->next_deadline()) logic_->tick(now);
    act(false);
  }

  asio::io_context& io_;
  const std::uint64_t cluster_id_;
  const std::unique_ptr<ClientLogic> logic_;
  std::vector<Link> links_;
  asio::steady_timer timer_;
  std::optional<Nanos> timer_deadline_;
  Reply reply_;
  bool shut_down_ = false;
};

AsioClient::AsioClient(asio::io_context& io, const std::vector<std::string>& endpoints,
                       std::unique_ptr<ClientLogic> logic, const std::string& cluster)
    : driver_(std::make_shared<Driver>(io, parse_endpoints(endpoints), std::move(logic),
                                       cluster.empty() ? 0 : cluster_id_of(cluster))) {}

AsioClient::~AsioClient() { driver_->shut_down(); }

void AsioClient::invoke(const Request& request, Nanos timeout, Reply reply) {
  driver_->invoke(request, timeout, std::move(reply));
}

void AsioClient::stay_on_node() { driver_->stay_on_node(); }

}  // namespace assay::refdb
