#include "targets/redis/sentinel.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "targets/redis/ask_in_turn.h"
#include "targets/redis/commands.h"
#include "targets/redis/redis_client.h"

namespace assay::redis {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

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
      if (local_ == nullptr)
        local_ = std::make_unique<RedisClient>(io_, servers_[own_], RedisClientOptions());
      return ask(*local_, own_);
    }
    if (primary_ != nullptr) return ask(*primary_, primary_node_);
    std::string question;
    append_command(question, {"SENTINEL", "get-master-addr-by-name", "assay"});
    search_ = std::make_shared<AskInTurn>(
        io_, sentinels_, question,
        [weak = weak_from_this()](const redis::Reply& said) {
          const auto self = weak.lock();
          if (self) self->found_ = primary_in(said);
          return self && self->found_;
        },
        [weak = weak_from_this()](bool answered) {
          if (const auto self = weak.lock()) self->take_primary(answered);
        });
    search_->begin();
  }

 private:
  // The address and the port, as texts.
  static std::optional<tcp::endpoint> primary_in(const redis::Reply& reply) {
    if (reply.kind != redis::Reply::Kind::list || reply.elements.size() != 2) return std::nullopt;
    Error error;
    const auto address = asio::ip::make_address(reply.elements[0].text, error);
    const std::string& digits = reply.elements[1].text;
    std::uint16_t port = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error || port == 0) return std::nullopt;
    return tcp::endpoint(address, port);
  }

  void take_primary(bool answered) {
    search_ = nullptr;
    if (!answered) return answer({Outcome::fail, {}, "no sentinel says who is the primary", kNoNode});
    const auto node = std::find(servers_.begin(), servers_.end(), *found_);
    primary_node_ = static_cast<std::size_t>(node - servers_.begin());
    const RedisClientOptions writing{.wait_replicas = options_.wait_replicas};
    primary_ = std::make_unique<RedisClient>(io_, *found_, writing);
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
  std::shared_ptr<AskInTurn> search_;
  std::optional<tcp::endpoint> found_;
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

}  // namespace assay::redis
