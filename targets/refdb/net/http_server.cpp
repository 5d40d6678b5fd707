#include "targets/refdb/net/http_server.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <utility>

#include "harness/core/error.h"
#include "targets/refdb/net/endpoint.h"

namespace assay::refdb {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

namespace {

constexpr int kConnectionsMax = 64;
constexpr std::size_t kRequestSizeMaxBytes = 8u << 10;
constexpr std::chrono::seconds kTimeLimit{5};
constexpr std::chrono::milliseconds kPauseAfterFailedAccept{100};

std::string_view status_text(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 409:
      return "Conflict";
    default:
      return "Service Unavailable";
  }
}

std::string render(const HttpAnswer& answer, bool with_body) {
  std::string out =
      "HTTP/1.1 " + std::to_string(answer.status) + " " + std::string(status_text(answer.status));
  out += "\r\nContent-Type: " + answer.content_type;
  out += "\r\nContent-Length: " + std::to_string(answer.body.size());
  out += "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
  return with_body ? out + answer.body : out;
}

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
  State(asio::io_context& io, const Address& address, NetCounters& net_counters, Handler answer,
        Handler order)
      : acceptor(listen_on(io, address)),
        pause(io),
        counters(net_counters),
        handler(std::move(answer)),
        orders(std::move(order)) {}

  struct Connection : std::enable_shared_from_this<Connection> {
    Connection(std::shared_ptr<State> server, Tcp::socket accepted)
        : state(std::move(server)), socket(std::move(accepted)), timer(socket.get_executor()) {
      state->connections += 1;
    }
    ~Connection() { state->connections -= 1; }

    void start() {
      timer.expires_after(kTimeLimit);
      timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        boost::system::error_code ignored;
        if (!error && self) self->socket.close(ignored);
      });
      asio::async_read_until(socket, asio::dynamic_buffer(request, kRequestSizeMaxBytes), "\r\n\r\n",
                             [self = shared_from_this()](const boost::system::error_code& error,
                                                         std::size_t) { self->respond(error); });
    }

    void respond(const boost::system::error_code& error) {
      if (state->stopped) return;
      const std::string_view line = std::string_view(request).substr(0, request.find("\r\n"));
      const std::size_t first = line.find(' '), second = line.rfind(' ');
      const std::string_view method = line.substr(0, first);
      if (error || second == first || (method != "GET" && method != "HEAD" && method != "POST") ||
          !line.substr(second + 1).starts_with("HTTP/1.")) {
        state->counters.http_refused += 1;
        // Nothing is said to one that left, or that never finished its request.
        if (error && error != asio::error::not_found) return timer_cancel();
        reply = render({400, "text/plain", "only GET, HEAD and POST are understood\n"}, true);
      } else {
        state->counters.http_requests += 1;
        const std::string_view target = line.substr(first + 1, second - first - 1);
        const Handler& answer = method == "POST" ? state->orders : state->handler;
        reply = render(answer(target.substr(0, target.find('?'))), method != "HEAD");
      }
      asio::async_write(socket, asio::buffer(reply),
                        [self = shared_from_this()](const boost::system::error_code&, std::size_t) {
                          boost::system::error_code ignored;
                          self->socket.shutdown(Tcp::socket::shutdown_both, ignored);
                          self->timer_cancel();
                        });
    }

    void timer_cancel() { timer.cancel(); }

    std::shared_ptr<State> state;
    Tcp::socket socket;
    asio::steady_timer timer;
    std::string request;
    std::string reply;
  };

  void accept() {
    acceptor.async_accept(
        [self = shared_from_this()](const boost::system::error_code& error, Tcp::socket socket) {
          if (self->stopped) return;
          if (error) return self->accept_later();
          if (self->connections < kConnectionsMax) {
            std::make_shared<Connection>(self, std::move(socket))->start();
          } else {
            self->counters.http_refused += 1;
          }
          self->accept();
        });
  }

  void accept_later() {
    pause.expires_after(kPauseAfterFailedAccept);
    pause.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error && !self->stopped) self->accept();
    });
  }

  Tcp::acceptor acceptor;
  asio::steady_timer pause;
  NetCounters& counters;
  Handler handler;
  Handler orders;
  int connections = 0;
  bool stopped = false;
};

HttpServer::HttpServer(asio::io_context& io, const Address& address, NetCounters& counters, Handler handler,
                       Handler orders)
    : state_(std::make_shared<State>(io, address, counters, std::move(handler), std::move(orders))) {
  state_->accept();
}

HttpServer::~HttpServer() { stop(); }

void HttpServer::stop() {
  state_->stopped = true;
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  state_->pause.cancel();
}

std::uint16_t HttpServer::port() const {
  boost::system::error_code ignored;
  return state_->acceptor.local_endpoint(ignored).port();
}

Tcp::acceptor listen_on(asio::io_context& io, const Address& address) {
  Tcp::acceptor acceptor(io);
  const Tcp::endpoint endpoint = to_endpoint(address);
  boost::system::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) throw HarnessError("can't listen on " + address.to_string() + ": " + error.message());
  return acceptor;
}

}  // namespace assay::refdb
