#include "targets/refdb/deployed/status_query.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

namespace assay::refdb {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

// One question to one node: connect, ask, read, parse. Any trouble ends it without an answer.
class StatusQuery : public std::enable_shared_from_this<StatusQuery> {
 public:
  StatusQuery(asio::io_context& io, const std::string& address, std::optional<NodeStatus>& answer)
      : stream_(io), request_(http::verb::get, "/status", 11), answer_(answer) {
    request_.set(http::field::host, address);
    request_.set(http::field::connection, "close");
  }

  void start(const tcp::endpoint& endpoint, Nanos timeout) {
    stream_.expires_after(std::chrono::nanoseconds(timeout));
    stream_.async_connect(endpoint, [self = shared_from_this()](boost::system::error_code error) {
      if (!error) self->send();
    });
  }

 private:
  void send() {
    http::async_write(stream_, request_,
                      [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                        if (!error) self->receive();
                      });
  }

  void receive() {
    http::async_read(stream_, buffer_, response_,
                     [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                       if (!error) self->parse();
                     });
  }

  void parse() {
    const auto page = nlohmann::ordered_json::parse(response_.body(), nullptr, false);
    if (!page.is_object() || !page.contains("role") || !page["role"].is_string()) return;
    NodeStatus status;
    status.role = page["role"].get<std::string>();
    if (page.contains("term") && page["term"].is_number_unsigned())
      status.term = page["term"].get<std::uint64_t>();
    if (page.contains("applied") && page["applied"].is_number_unsigned())
      status.applied = page["applied"].get<std::int64_t>();
    if (page.contains("counters") && page["counters"].is_object()) {
      for (const auto& [name, value] : page["counters"].items()) {
        if (value.is_number_integer()) status.counters.emplace_back(name, value.get<std::int64_t>());
      }
    }
    answer_ = std::move(status);
  }

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  http::response<http::string_body> response_;
  std::optional<NodeStatus>& answer_;
};

}  // namespace

std::vector<std::optional<NodeStatus>> query_status(const std::vector<std::string>& addresses,
                                                    std::uint16_t http_port, Nanos timeout) {
  std::vector<std::optional<NodeStatus>> answers(addresses.size());
  asio::io_context io(1);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(addresses[i], error);
    if (error) continue;
    std::make_shared<StatusQuery>(io, addresses[i], answers[i])
        ->start(tcp::endpoint(address, http_port), timeout);
  }
  io.run();
  return answers;
}

}  // namespace assay::refdb
