#include "harness/serve/http_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/http/message_generator.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "harness/core/error.h"

namespace assay::serve {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

constexpr auto kPatience = std::chrono::seconds(30);
constexpr auto kInterruptPoll = std::chrono::milliseconds(200);
constexpr std::size_t kHeaderBytesMax = 16 * 1024;

int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool parse_target(std::string_view target, WebRequest& request) {
  if (target.empty() || target[0] != '/') return false;
  const std::size_t mark = std::min(target.find('?'), target.size());
  if (!decode_percent(target.substr(0, mark), false, request.path)) return false;
  std::string_view rest = mark < target.size() ? target.substr(mark + 1) : std::string_view();
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name, value;
    if (!decode_percent(pair.substr(0, equals), true, name)) return false;
    if (equals < pair.size() && !decode_percent(pair.substr(equals + 1), true, value)) return false;
    request.query.emplace(std::move(name), std::move(value));
  }
  return true;
}

template <class Body>
void set_head(http::response<Body>& response, const WebAnswer& answer) {
  response.set(http::field::content_type, answer.type);
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  response.set("X-Frame-Options", "DENY");
  response.set("Referrer-Policy", "no-referrer");
  response.set(http::field::cache_control, "no-store");
  response.set("Content-Security-Policy", answer.policy.empty() ? "default-src 'none'" : answer.policy);
  if (!answer.attachment.empty())
    response.set(http::field::content_disposition, "attachment; filename=\"" + answer.attachment + "\"");
}

http::message_generator text_answer(const WebAnswer& answer, bool head_only, bool keep) {
  http::response<http::string_body> response(static_cast<http::status>(answer.status), 11);
  set_head(response, answer);
  response.keep_alive(keep);
  response.content_length(answer.body.size());
  if (!head_only) response.body() = answer.body;
  return response;
}

http::message_generator message_of(const WebAnswer& answer, bool head_only, bool keep) {
  if (answer.file.empty()) return text_answer(answer, head_only, keep);
  http::file_body::value_type file;
  beast::error_code error;
  file.open(answer.file.c_str(), beast::file_mode::scan, error);
  if (error)
    return text_answer({404, "text/plain; charset=utf-8", "The file can't be read.\n", "", "", ""}, head_only,
                       keep);
  const std::uint64_t size = file.size();
  if (head_only) {
    http::response<http::empty_body> response(http::status::ok, 11);
    set_head(response, answer);
    response.content_length(size);
    response.keep_alive(keep);
    return response;
  }
  http::response<http::file_body> response(http::status::ok, 11);
  set_head(response, answer);
  response.body() = std::move(file);
  response.content_length(size);
  response.keep_alive(keep);
  return response;
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::uint16_t port, const WebHandler& handler)
      : stream_(std::move(socket)), port_(port), handler_(handler) {}

  void read() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytesMax);
    parser_->body_limit(0);
    stream_.expires_after(kPatience);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (!error) self->answer();
                     });
  }

 private:
  void answer() {
    const auto& request = parser_->get();
    const bool keep = request.keep_alive();
    http::message_generator message = message_of(decide(request), request.method() == http::verb::head, keep);
    stream_.expires_after(kPatience);
    beast::async_write(stream_, std::move(message),
                       [self = shared_from_this(), keep](beast::error_code error, std::size_t) {
                         if (!error && keep) return self->read();
                         beast::error_code ignored;
                         self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
                       });
  }

  WebAnswer decide(const http::request<http::empty_body>& request) const {
    const auto refusal = [](int status, const char* sentence) {
      return WebAnswer{status, "text/plain; charset=utf-8", std::string(sentence) + "\n", "", "", ""};
    };
    const beast::string_view host = request[http::field::host];
    if (!is_own_host({host.data(), host.size()}, port_))
      return refusal(403, "This server answers for its own loopback address only.");
    if (request.method() != http::verb::get && request.method() != http::verb::head)
      return refusal(405, "Only GET and HEAD are answered.");
    WebRequest asked;
    const beast::string_view target = request.target();
    if (!parse_target({target.data(), target.size()}, asked))
      return refusal(400, "The address can't be read.");
    try {
      return handler_(asked);
    } catch (const std::exception& error) {
      return refusal(500, error.what());
    }
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  const std::uint16_t port_;
  const WebHandler& handler_;
};

}  // namespace

std::string WebRequest::value(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

bool decode_percent(std::string_view text, bool plus_is_space, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return false;
      const int high = hexadecimal(text[i + 1]), low = hexadecimal(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out.find('\0') == std::string::npos;
}

bool is_own_host(std::string_view host, std::uint16_t port) {
  const std::string suffix = ":" + std::to_string(port);
  if (!host.ends_with(suffix)) return false;
  host.remove_suffix(suffix.size());
  return host == "127.0.0.1" || host == "localhost";
}

struct HttpServer::Inside {
  Inside(std::uint16_t wanted, WebHandler given) : acceptor(io), timer(io), handler(std::move(given)) {
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), wanted);
    beast::error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error)
      throw HarnessError("can't listen on 127.0.0.1:" + std::to_string(wanted) + ": " + error.message());
    port = acceptor.local_endpoint().port();
  }

  void accept() {
    acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (!error) std::make_shared<Session>(std::move(socket), port, handler)->read();
      if (acceptor.is_open()) accept();
    });
  }

  void watch(const std::atomic<bool>* interrupted) {
    timer.expires_after(kInterruptPoll);
    timer.async_wait([this, interrupted](beast::error_code error) {
      if (error) return;
      if (interrupted->load()) return io.stop();
      watch(interrupted);
    });
  }

  asio::io_context io{1};
  tcp::acceptor acceptor;
  asio::steady_timer timer;
  WebHandler handler;
  std::uint16_t port = 0;
};

HttpServer::HttpServer(std::uint16_t port, WebHandler handler)
    : inside_(std::make_unique<Inside>(port, std::move(handler))) {}
HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return inside_->port; }

void HttpServer::run(const std::atomic<bool>* interrupted) {
  inside_->accept();
  if (interrupted != nullptr) inside_->watch(interrupted);
  inside_->io.run();
}

void HttpServer::stop() { inside_->io.stop(); }

}  // namespace assay::serve
