#include "targets/etcd/watch_stream.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "harness/core/base64.h"
#include "targets/etcd/notation.h"

namespace assay::etcd {

namespace {

// How long one question waits for a change.
constexpr auto kWatchPatience = std::chrono::milliseconds(100);
constexpr std::size_t kLineMax = 64 << 20;

std::optional<Value> event_of(const nlohmann::json& event, std::int64_t& revision) {
  const auto pair = event.find("kv");
  if (pair == event.end() || !pair->is_object()) return std::nullopt;
  const std::string text = pair->value("mod_revision", "");
  if (std::from_chars(text.data(), text.data() + text.size(), revision).ec != std::errc())
    return std::nullopt;
  if (event.value("type", "PUT") == "DELETE") return Value::pair(revision, Value());
  const auto bytes = from_base64(pair->value("value", ""));
  const auto value = bytes ? loaded(*bytes) : std::nullopt;
  if (!value) return std::nullopt;
  return Value::pair(revision, *value);
}

}  // namespace

std::string watch_body(Key key, std::int64_t from) {
  return "{\"create_request\":{\"key\":\"" + base64_of(key_text(key)) + "\",\"start_revision\":\"" +
         std::to_string(from) + "\"}}";
}

WatchLine parse_watch_line(std::string_view text) {
  WatchLine line;
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.contains("error")) {
      line.trouble =
          json["error"].is_object() ? json["error"].value("message", "an error") : json["error"].dump();
      return line;
    }
    const auto& result = json.at("result");
    if (result.value("canceled", false)) {
      line.trouble = "the watch was cancelled: " + result.value("cancel_reason", "without a reason");
      return line;
    }
    if (!result.contains("events")) return line;
    for (const auto& event : result["events"]) {
      std::int64_t revision = 0;
      const auto value = event_of(event, revision);
      if (!value) line.trouble = "a change that can't be understood";
      if (value) line.events.push_back(*value);
      line.last = std::max(line.last, revision);
    }
  } catch (const nlohmann::json::exception&) {
    line.trouble = "what answers is no watch of etcd";
  }
  return line;
}

// Handlers hold it, so that it lives until the last of them ran.
class WatchStream::Stream : public std::enable_shared_from_this<Stream> {
  using Error = boost::system::error_code;
  using Tcp = boost::asio::ip::tcp;

 public:
  Stream(boost::asio::io_context& io, Tcp::endpoint server, Key key, std::int64_t from)
      : server_(std::move(server)), key_(key), from_(from), socket_(io), patience_(io) {}

  void close() {
    handler_ = nullptr;
    closed_ = true;
    patience_.cancel();
    disconnect();
  }

  void take(Handler handler) {
    handler_ = std::move(handler);
    if (!connected_) {
      trouble_.clear();  // nobody was waiting, and nothing is left out
      connect();
    }
    // Also when something is there already: never inside take().
    patience_.expires_after(events_.empty() ? kWatchPatience : std::chrono::milliseconds(0));
    patience_.async_wait([self = shared_from_this()](Error error) {
      if (!error) self->answer();
    });
  }

 private:
  void connect() {
    disconnect();
    connected_ = true;  // or on its way there
    socket_.async_connect(server_, [self = shared_from_this(), attempt = attempt_](Error error) {
      if (self->outdated(attempt)) return;
      if (error) return self->broken("no connection: " + error.message());
      self->send();
    });
  }

  void send() {
    namespace http = boost::beast::http;
    request_ = {http::verb::post, "/v3/watch", 11};
    request_.set(http::field::host, server_.address().to_string());
    request_.body() = watch_body(key_, from_);
    request_.prepare_payload();
    http::async_write(socket_, request_,
                      [self = shared_from_this(), attempt = attempt_](Error error, std::size_t) {
                        if (self->outdated(attempt)) return;
                        if (error) return self->broken("connection lost: " + error.message());
                        self->parser_.emplace();
                        self->parser_->body_limit(boost::none);
                        self->receive();
                      });
  }

  void receive() {
    boost::beast::http::async_read_some(
        socket_, received_, *parser_,
        [self = shared_from_this(), attempt = attempt_](Error error, std::size_t) {
          if (self->outdated(attempt)) return;
          self->lines_ += std::exchange(self->parser_->get().body(), {});
          const std::string trouble = self->take_lines();
          if (!trouble.empty()) return self->broken(trouble);
          if (error) return self->broken("connection lost: " + error.message());
          if (self->parser_->is_done()) return self->broken("the watch was ended by the server");
          self->receive();
        });
  }

  // What does not begin with a revision that is still wanted is handed on all the same: that is for others to judge.
  std::string take_lines() {
    if (lines_.size() > kLineMax) return "what answers is no watch of etcd";
    std::size_t begin = 0;
    for (std::size_t end; (end = lines_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (end == begin) continue;
      WatchLine line = parse_watch_line(std::string_view(lines_).substr(begin, end - begin));
      events_.insert(events_.end(), line.events.begin(), line.events.end());
      from_ = std::max(from_, line.last + 1);
      if (!line.trouble.empty()) return line.trouble;
    }
    lines_.erase(0, begin);
    if (!events_.empty() && handler_) answer();
    return closed_ ? "closed" : "";
  }

  void broken(const std::string& why) {
    if (closed_) return;
    disconnect();
    trouble_ = why;  // told when somebody asks and nothing came before it
  }

  void answer() {
    Handler handler = std::exchange(handler_, nullptr);
    if (!handler) return;
    patience_.cancel();
    std::string trouble = std::exchange(trouble_, {});
    if (!events_.empty()) trouble.clear();
    handler(std::exchange(events_, {}), std::move(trouble));
  }

  bool outdated(std::uint64_t attempt) const { return closed_ || attempt != attempt_; }

  void disconnect() {
    ++attempt_;
    connected_ = false;
    received_.clear();
    lines_.clear();
    Error ignored;
    socket_.close(ignored);
  }

  const Tcp::endpoint server_;
  const Key key_;
  std::int64_t from_;
  Tcp::socket socket_;
  boost::asio::steady_timer patience_;
  boost::beast::flat_buffer received_;
  boost::beast::http::request<boost::beast::http::string_body> request_;
  std::optional<boost::beast::http::response_parser<boost::beast::http::string_body>> parser_;
  std::string lines_;
  std::vector<Value> events_;
  std::string trouble_;
  bool connected_ = false;
  bool closed_ = false;
  std::uint64_t attempt_ = 0;  // handlers of an earlier connection are none of this one's business
  Handler handler_;
};

WatchStream::WatchStream(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint server, Key key,
                         std::int64_t from)
    : stream_(std::make_shared<Stream>(io, std::move(server), key, from)) {}

WatchStream::~WatchStream() { stream_->close(); }

void WatchStream::take(Handler handler) { stream_->take(std::move(handler)); }

}  // namespace assay::etcd
