// The smallest HTTP server that curl, browsers and Prometheus are content with: GET and HEAD, and POST for orders, one request a
// connection, answers made by one function each on the io_context's thread. A body is not read. Bounded in connections, request size and time; garbage is
// answered with 400 and counted.
//
// Thread safety: none; the io_context's thread. Errors: the constructor throws HarnessError naming the address when it
// can't be bound.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "targets/refdb/net/address.h"
#include "targets/refdb/net/net_counters.h"

namespace assay::refdb {

struct HttpAnswer {
  int status = 200;  // 200, 404, 409 or 503
  std::string content_type = "application/json";
  std::string body;
};

class HttpServer {
 public:
  using Handler = std::function<HttpAnswer(std::string_view path)>;

  // `handler` answers GET and HEAD, `orders` POST.
  HttpServer(boost::asio::io_context& io, const Address& address, NetCounters& counters, Handler handler,
             Handler orders);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void stop();
  // The port that was bound, also when port 0 was asked for.
  std::uint16_t port() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Opens a listening socket; throws HarnessError with one sentence when the address can't be bound.
boost::asio::ip::tcp::acceptor listen_on(boost::asio::io_context& io, const Address& address);

}  // namespace assay::refdb
