#include "targets/redis/sentinel.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "harness/core/error.h"
#include "targets/redis/commands.h"
#include "targets/redis/redis_client.h"
#include "targets/redis/resp.h"

namespace assay::embedded {
std::vector<described::EmbeddedFile> redis_files();
}

namespace assay::redis {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

namespace {

// A sentinel answers at once, or is gone; then the next one is asked.
constexpr auto kSentinelPatience = std::chrono::milliseconds(300);

// Asks one sentinel after the other for the primary's address. Handlers hold it.
class PrimarySearch : public std::enable_shared_from_this<PrimarySearch> {
 public:
  using Found = std::function<void(std::optional<tcp::endpoint>)>;
  PrimarySearch(asio::io_context& io, std::vector<tcp::endpoint> sentinels, Found found)
      : sentinels_(std::move(sentinels)), found_(std::move(found)), socket_(io), timer_(io) {}

  void begin() { ask(); }
  void cancel() {
    found_ = nullptr;
    next();
  }

 private:
  void ask() {
    if (at_ == sentinels_.size()) return tell(std::nullopt);
    parser_ = std::make_unique<Parser>();
    timer_.expires_after(kSentinelPatience);
    timer_.async_wait([self = shared_from_this(), turn = turn_](Error error) {
      if (!error && turn == self->turn_) self->next_one();
    });
    socket_.async_connect(sentinels_[at_], [self = shared_from_this(), turn = turn_](Error error) {
      if (turn != self->turn_) return;
      if (error) return self->next_one();
      self->send();
    });
  }

  void send() {
    question_.clear();
    append_command(question_, {"SENTINEL", "get-master-addr-by-name", "assay"});
    asio::async_write(socket_, asio::buffer(question_),
                      [self = shared_from_this(), turn = turn_](Error error, std::size_t) {
                        if (turn != self->turn_) return;
                        error ? self->next_one() : self->receive();
                      });
  }

  void receive() {
    socket_.async_read_some(asio::buffer(received_),
                            [self = shared_from_this(), turn = turn_](Error error, std::size_t size) {
                              if (turn != self->turn_) return;
                              if (error) return self->next_one();
                              self->parser_->feed({self->received_.data(), size});
                              self->take();
                            });
  }

  void take() {
    Reply reply;
    if (!parser_->next(reply)) return parser_->broken() ? next_one() : receive();
    const bool pair = reply.kind == Reply::Kind::list && reply.elements.size() == 2;
    if (!pair) return next_one();
    Error error;
    const auto address = asio::ip::make_address(reply.elements[0].text, error);
    const std::string& digits = reply.elements[1].text;
    std::uint16_t port = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error || port == 0) return next_one();
    tell(tcp::endpoint(address, port));
  }

  void next() {
    ++turn_;
    timer_.cancel();
    Error ignored;
    socket_.close(ignored);
  }

  void next_one() {
    next();
    ++at_;
    ask();
  }

  void tell(std::optional<tcp::endpoint> primary) {
    next();
    if (Found found = std::exchange(found_, nullptr)) found(std::move(primary));
  }

  const std::vector<tcp::endpoint> sentinels_;
  Found found_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::unique_ptr<Parser> parser_;
  std::string question_;
  std::array<char, 1024> received_;
  std::size_t at_ = 0;
  std::uint64_t turn_ = 0;  // handlers of an earlier one are none of this one's business
};

}  // namespace

class SentinelClient::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(asio::io_context& io, std::vector<tcp::endpoint> servers, NodeId node, const SentinelOptions& options,
       std::uint16_t sentinel_port)
      : io_(io), servers_(std::move(servers)), own_(static_cast<std::size_t>(node)), options_(options) {
    // Its own node's first.
    for (std::size_t i = 0; i < servers_.size(); ++i)
      sentinels_.emplace_back(servers_[(own_ + i) % servers_.size()].address(), sentinel_port);
  }

  void close() {
    reply_ = nullptr;
    if (search_) search_->cancel();
    search_ = nullptr;
    primary_ = nullptr;
    local_ = nullptr;
  }

  void stay() { options_.read_from_own_node = true; }

  void invoke(const Request& request, Client::Reply reply) {
    request_ = request;
    reply_ = std::move(reply);
    if (options_.read_from_own_node && only_reads(request)) {
      if (local_ == nullptr) local_ = std::make_unique<RedisClient>(io_, servers_[own_]);
      return ask(*local_, own_);
    }
    if (primary_ != nullptr) return ask(*primary_, primary_node_);
    search_ = std::make_shared<PrimarySearch>(io_, sentinels_, [weak = weak_from_this()](auto found) {
      if (const auto self = weak.lock()) self->take_primary(found);
    });
    search_->begin();
  }

 private:
  void take_primary(const std::optional<tcp::endpoint>& found) {
    search_ = nullptr;
    if (!found) return answer({Outcome::fail, {}, "no sentinel says who is the primary", kNoNode});
    const auto node = std::find(servers_.begin(), servers_.end(), *found);
    primary_node_ = static_cast<std::size_t>(node - servers_.begin());
    primary_ = std::make_unique<RedisClient>(io_, *found, options_.wait_replicas);
    ask(*primary_, primary_node_);
  }

  void ask(RedisClient& server, std::size_t node) {
    server.invoke(request_, 0, [weak = weak_from_this(), node](Completion completion) {
      if (const auto self = weak.lock()) self->take(std::move(completion), node);
    });
  }

  // Whoever was not obeyed looks for the primary anew. An expectation that was not met is an answer like others.
  void take(Completion completion, std::size_t node) {
    if (completion.outcome != Outcome::ok && completion.error != "expectation unmet") primary_ = nullptr;
    if (node < servers_.size()) completion.node = static_cast<NodeId>(node);
    answer(std::move(completion));
  }

  void answer(Completion completion) {
    if (Client::Reply reply = std::exchange(reply_, nullptr)) reply(std::move(completion));
  }

  asio::io_context& io_;
  const std::vector<tcp::endpoint> servers_;
  const std::size_t own_;
  SentinelOptions options_;
  std::vector<tcp::endpoint> sentinels_;
  std::shared_ptr<PrimarySearch> search_;
  std::unique_ptr<RedisClient> primary_, local_;
  std::size_t primary_node_ = 0;
  Request request_;
  Client::Reply reply_;
};

SentinelClient::SentinelClient(asio::io_context& io, std::vector<tcp::endpoint> servers, NodeId node,
                               const SentinelOptions& options, std::uint16_t sentinel_port)
    : core_(std::make_shared<Core>(io, std::move(servers), node, options, sentinel_port)) {}

SentinelClient::~SentinelClient() { core_->close(); }

void SentinelClient::invoke(const Request& request, Nanos, Reply reply) {
  core_->invoke(request, std::move(reply));
}

void SentinelClient::stay_on_node() { core_->stay(); }

namespace {

tcp::endpoint server_at(const described::NodePlace& place) {
  Error error;
  const auto address = asio::ip::make_address(place.address, error);
  if (error)
    throw InputError("--servers " + place.node + ": expected an address and a port, such as 127.0.0.1:6379");
  return {address, place.port};
}

std::int64_t replicas_of(const described::StoreRun& run, const std::string& name) {
  const std::string& text = run.choice.options.at(name);
  std::int64_t count = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc() && end == text.data() + text.size() && count >= 0 &&
      count < static_cast<std::int64_t>(run.places.size()))
    return count;
  throw InputError("--" + name + " " + text + ": expected a number of replicas, at most " +
                   std::to_string(run.places.size() - 1));
}

}  // namespace

described::NativeStore sentinel_store() {
  described::StoreParts parts;
  parts.connect = [](const described::ClientPlace& place) -> std::unique_ptr<Client> {
    std::vector<tcp::endpoint> servers;
    for (const described::NodePlace& each : place.run.places) servers.push_back(server_at(each));
    const SentinelOptions options{replicas_of(place.run, "wait"),
                                  place.run.choice.options.at("read_from") == "own-node"};
    return std::make_unique<SentinelClient>(place.io, std::move(servers), place.node, options, kSentinelPort);
  };
  parts.look = [](const described::StoreRun& run) {
    static_cast<void>(replicas_of(run, "wait") + replicas_of(run, "min_replicas"));
    return std::string();
  };
  return {"redis", embedded::redis_files(), std::move(parts)};
}

}  // namespace assay::redis
