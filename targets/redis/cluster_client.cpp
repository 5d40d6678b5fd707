#include "targets/redis/cluster_client.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <map>
#include <optional>
#include <utility>

#include "targets/redis/ask_in_turn.h"
#include "targets/redis/commands.h"
#include "targets/redis/redis_client.h"
#include "targets/redis/slots.h"

namespace assay::redis {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr int kRedirectionsMax = 5;

// Nothing when its keys are not all in one.
std::optional<std::uint16_t> slot_of_all(const Request& request) {
  std::optional<std::uint16_t> slot;
  for (const Mop& mop : request) {
    const std::uint16_t own = slot_of(key_text(mop.key));
    if (mop.fn == Fn::scan || (slot && *slot != own)) return std::nullopt;
    slot = own;
  }
  return slot;
}

}  // namespace

class ClusterClient::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(asio::io_context& io, std::vector<tcp::endpoint> servers, NodeId node, const ClusterOptions& options)
      : io_(io),
        servers_(std::move(servers)),
        own_(static_cast<std::size_t>(node)),
        next_to_ask_(own_),
        options_(options) {}

  void close() {
    reply_ = nullptr;
    if (search_) search_->cancel();
    search_ = nullptr;
    connections_.clear();
    local_ = nullptr;
  }

  void stay() { options_.read_from_own_node = true; }

  void invoke(const Request& request, Client::Reply reply) {
    request_ = request;
    reply_ = std::move(reply);
    redirections_ = 0;
    asks_own_node_ = false;
    const std::optional<std::uint16_t> slot = slot_of_all(request);
    if (!slot) return refuse_later("its keys are in several slots: Redis Cluster can't do that");
    slot_ = *slot;
    if (options_.read_from_own_node && only_reads(request)) {
      if (local_ == nullptr) {
        const RedisClientOptions reading{.wait_replicas = 0, .reads_replica = true};
        local_ = std::make_unique<RedisClient>(io_, servers_[own_], reading);
      }
      asks_own_node_ = true;
      return ask(*local_, servers_[own_], false);
    }
    if (slots_) return route();
    learn();
  }

 private:
  void learn() {
    std::vector<tcp::endpoint> in_turn;
    for (std::size_t i = 0; i < servers_.size(); ++i)
      in_turn.push_back(servers_[(next_to_ask_ + i) % servers_.size()]);
    std::string question;
    append_command(question, {"CLUSTER", "SLOTS"});
    search_ = std::make_shared<AskInTurn>(
        io_, std::move(in_turn), question,
        [weak = weak_from_this()](const redis::Reply& said) {
          const auto self = weak.lock();
          if (self) self->slots_ = SlotMap::parse(said);
          return self && self->slots_;
        },
        [weak = weak_from_this()](bool answered) {
          const auto self = weak.lock();
          if (!self) return;
          self->search_ = nullptr;
          if (answered) return self->route();
          self->answer({Outcome::fail, {}, "no server says which slots are whose", kNoNode});
        });
    search_->begin();
  }

  // Whoever is asked about a slot that is nobody's says so.
  void route() {
    const tcp::endpoint server = slots_->primary_of(slot_).value_or(servers_[own_]);
    ask(connection_to(server), server, false);
  }

  RedisClient& connection_to(const tcp::endpoint& server) {
    std::unique_ptr<RedisClient>& connection = connections_[server];
    if (connection == nullptr) {
      const RedisClientOptions writing{.wait_replicas = options_.wait_replicas};
      connection = std::make_unique<RedisClient>(io_, server, writing);
    }
    return *connection;
  }

  void ask(RedisClient& connection, const tcp::endpoint& server, bool once) {
    const auto take = [weak = weak_from_this(), server](Completion completion) {
      if (const auto self = weak.lock()) self->take(std::move(completion), server);
    };
    once ? connection.invoke_asking(request_, take) : connection.invoke(request_, 0, take);
  }

  void take(Completion completion, const tcp::endpoint& server) {
    const auto elsewhere = completion.outcome == Outcome::fail ? redirection(completion.error) : std::nullopt;
    if (elsewhere) {
      if (!elsewhere->once && !std::exchange(asks_own_node_, false)) slots_.reset();
      if (++redirections_ > kRedirectionsMax)
        return answer({Outcome::fail, {}, "redirected too often: " + completion.error, kNoNode});
      return ask(connection_to(elsewhere->to), elsewhere->to, elsewhere->once);
    }
    if (completion.outcome != Outcome::ok && completion.error != "expectation unmet") {
      slots_.reset();
      next_to_ask_ = (next_to_ask_ + 1) % servers_.size();
    }
    const auto node = std::find(servers_.begin(), servers_.end(), server);
    if (node != servers_.end()) completion.node = static_cast<NodeId>(node - servers_.begin());
    answer(std::move(completion));
  }

  // Never inside invoke().
  void refuse_later(const std::string& why) {
    asio::post(io_, [weak = weak_from_this(), why] {
      if (const auto self = weak.lock()) self->answer({Outcome::fail, {}, why, kNoNode});
    });
  }

  void answer(Completion completion) {
    if (Client::Reply reply = std::exchange(reply_, nullptr)) reply(std::move(completion));
  }

  asio::io_context& io_;
  const std::vector<tcp::endpoint> servers_;
  const std::size_t own_;
  std::size_t next_to_ask_;
  ClusterOptions options_;
  std::optional<SlotMap> slots_;
  std::shared_ptr<AskInTurn> search_;
  std::map<tcp::endpoint, std::unique_ptr<RedisClient>> connections_;
  std::unique_ptr<RedisClient> local_;
  std::uint16_t slot_ = 0;
  int redirections_ = 0;
  bool asks_own_node_ = false;  // which may have nothing to do with the slot
  Request request_;
  Client::Reply reply_;
};

ClusterClient::ClusterClient(asio::io_context& io, std::vector<tcp::endpoint> servers, NodeId node,
                             const ClusterOptions& options)
    : core_(std::make_shared<Core>(io, std::move(servers), node, options)) {}

ClusterClient::~ClusterClient() { core_->close(); }

void ClusterClient::invoke(const Request& request, Nanos, Reply reply) {
  core_->invoke(request, std::move(reply));
}

void ClusterClient::stay_on_node() { core_->stay(); }

}  // namespace assay::redis
