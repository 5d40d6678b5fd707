#include "targets/etcd/http.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <optional>
#include <utility>

namespace assay::etcd {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Error = boost::system::error_code;

namespace {
// So that a dead server is not asked a hundred thousand times a second.
constexpr auto kPauseAfterRefusal = std::chrono::milliseconds(20);
constexpr std::uint64_t kBodyMax = 64 << 20;
}  // namespace

// Handlers hold it, so that it lives until the last of them ran.
class HttpConnection::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::io_context& io, tcp::endpoint server)
      : server_(std::move(server)), host_(server_.address().to_string()), socket_(io), pause_(io) {}

  void close() {
    closed_ = true;
    handler_ = nullptr;
    pause_.cancel();
    disconnect();
  }

  void ask(const Call& call, Handler handler) {
    handler_ = std::move(handler);
    request_ = {call.body.empty() ? http::verb::get : http::verb::post, call.path, 11};
    request_.set(http::field::host, host_);
    request_.set(http::field::content_type, "application/json");
    request_.body() = call.body;
    request_.prepare_payload();
    connected_ ? send() : connect();
  }

 private:
  void connect() {
    disconnect();
    socket_.async_connect(server_, [self = shared_from_this(), attempt = attempt_](Error error) {
      if (self->closed_ || attempt != self->attempt_) return;
      if (error) return self->refused(error);
      self->connected_ = true;
      Error ignored;
      self->socket_.set_option(tcp::no_delay(true), ignored);
      self->send();
    });
  }

  void refused(const Error& error) {
    disconnect();
    pause_.expires_after(kPauseAfterRefusal);
    pause_.async_wait([self = shared_from_this(), text = error.message()](Error) {
      self->tell({false, "no connection: " + text, {}});
    });
  }

  void send() {
    http::async_write(socket_, request_,
                      [self = shared_from_this(), attempt = attempt_](Error error, std::size_t) {
                        if (self->closed_ || attempt != self->attempt_) return;
                        if (error) return self->broken(error);
                        self->receive();
                      });
  }

  void receive() {
    parser_.emplace();
    parser_->body_limit(kBodyMax);
    http::async_read(socket_, received_, *parser_,
                     [self = shared_from_this(), attempt = attempt_](Error error, std::size_t) {
                       if (self->closed_ || attempt != self->attempt_) return;
                       if (error) return self->broken(error);
                       self->answered();
                     });
  }

  void answered() {
    auto response = parser_->release();
    if (!response.keep_alive()) disconnect();
    tell({true, "", {static_cast<int>(response.result_int()), std::move(response.body())}});
  }

  void broken(const Error& error) {
    disconnect();
    const bool no_http = error.category() == make_error_code(http::error::bad_version).category() &&
                         error != http::error::end_of_stream && error != http::error::partial_message;
    tell({true,
          no_http ? "what answers is no etcd: it does not speak HTTP" : "connection lost: " + error.message(),
          {}});
  }

  void disconnect() {
    ++attempt_;
    connected_ = false;
    received_.clear();
    Error ignored;
    socket_.close(ignored);
  }

  void tell(Result result) {
    if (Handler handler = std::exchange(handler_, nullptr)) handler(std::move(result));
  }

  const tcp::endpoint server_;
  const std::string host_;
  tcp::socket socket_;
  asio::steady_timer pause_;
  beast::flat_buffer received_;
  http::request<http::string_body> request_;
  std::optional<http::response_parser<http::string_body>> parser_;
  bool connected_ = false;
  bool closed_ = false;
  std::uint64_t attempt_ = 0;  // handlers of an earlier connection are none of this one's business
  Handler handler_;
};

HttpConnection::HttpConnection(asio::io_context& io, tcp::endpoint server)
    : connection_(std::make_shared<Connection>(io, std::move(server))) {}

HttpConnection::~HttpConnection() { connection_->close(); }

void HttpConnection::ask(const Call& call, Handler handler) { connection_->ask(call, std::move(handler)); }

}  // namespace assay::etcd
