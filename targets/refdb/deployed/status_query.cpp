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

NodeStatus status_on(const nlohmann::ordered_json& page) {
  NodeStatus status;
  status.role = page["role"].get<std::string>();
  if (page.contains("term") && page["term"].is_number_unsigned())
    status.term = page["term"].get<std::uint64_t>();
  if (page.contains("applied") && page["applied"].is_number_unsigned())
    status.applied = page["applied"].get<std::int64_t>();
  if (page.contains("leader") && page["leader"].is_string()) status.leader = page["leader"];
  if (page.contains("version") && page["version"].is_string()) status.version = page["version"];
  if (page.contains("members") && page["members"].is_array()) {
    for (const auto& member : page["members"]) {
      if (member.is_string()) status.members.push_back(member);
    }
  }
  if (page.contains("counters") && page["counters"].is_object()) {
    for (const auto& [name, value] : page["counters"].items()) {
      if (value.is_number_integer()) status.counters.emplace_back(name, value.get<std::int64_t>());
    }
  }
  return status;
}

using Response = http::response<http::string_body>;

// One question to one node: connect, ask, read. Any trouble ends it without an answer.
class Question : public std::enable_shared_from_this<Question> {
 public:
  Question(asio::io_context& io, http::verb verb, const std::string& path, const std::string& address,
           std::optional<Response>& answer)
      : stream_(io), request_(verb, path, 11), answer_(answer) {
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
                       if (!error) self->answer_ = std::move(self->response_);
                     });
  }

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  Response response_;
  std::optional<Response>& answer_;
};

// By the order of `addresses`; nothing where no answer came in time.
std::vector<std::optional<Response>> ask(const std::vector<std::string>& addresses, std::uint16_t http_port,
                                         http::verb verb, const std::string& path, Nanos timeout) {
  std::vector<std::optional<Response>> answers(addresses.size());
  asio::io_context io(1);
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(addresses[i], error);
    if (error) continue;
    std::make_shared<Question>(io, verb, path, addresses[i], answers[i])
        ->start(tcp::endpoint(address, http_port), timeout);
  }
  io.run();
  return answers;
}

}  // namespace

std::vector<std::optional<NodeStatus>> query_status(const std::vector<std::string>& addresses,
                                                    std::uint16_t http_port, Nanos timeout) {
  std::vector<std::optional<NodeStatus>> statuses;
  for (const auto& answer : ask(addresses, http_port, http::verb::get, "/status", timeout)) {
    statuses.emplace_back();
    if (!answer) continue;
    const auto page = nlohmann::ordered_json::parse(answer->body(), nullptr, false);
    if (page.is_object() && page.contains("role") && page["role"].is_string())
      statuses.back() = status_on(page);
  }
  return statuses;
}

std::string post_order(const std::string& address, std::uint16_t http_port, const std::string& path,
                       Nanos timeout) {
  const auto answers = ask({address}, http_port, http::verb::post, path, timeout);
  if (!answers[0]) return "it did not answer";
  if (answers[0]->result() == http::status::ok) return {};
  return answers[0]->body().empty() ? "it refused" : answers[0]->body();
}

}  // namespace assay::refdb
