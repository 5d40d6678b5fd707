#include "targets/etcd/client.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace assay::etcd {

EtcdClient::EtcdClient(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint server,
                       ExchangeOptions options)
    : io_(io), server_(server), connection_(io, std::move(server)), options_(options) {}

void EtcdClient::invoke(const Request& request, Nanos, Reply reply) {
  reply_ = std::move(reply);
  if (request.size() == 1 && request[0].fn == Fn::watch) return watch(request[0]);
  exchange_.emplace(request, options_);
  auto first = exchange_->begin();
  if (std::holds_alternative<Call>(first)) return go_on(std::move(first));
  // Never inside invoke().
  boost::asio::post(io_,
                    [this, alive = std::weak_ptr<bool>(alive_), completion = std::move(first)]() mutable {
                      if (!alive.expired()) go_on(std::move(completion));
                    });
}

void EtcdClient::watch(const Mop& mop) {
  const bool anew = mop.argument.is_integer();
  if (anew) watches_.erase(mop.key);
  const auto [found, fresh] =
      watches_.try_emplace(mop.key, io_, server_, mop.key, anew ? mop.argument.as_integer() : 1);
  found->second.take([this, mop](std::vector<Value> events, std::string trouble) {
    if (!trouble.empty()) return go_on(Completion{Outcome::fail, {}, trouble, kNoNode});
    Mop done = mop;
    done.result = Value::list(std::move(events));
    go_on(Completion{Outcome::ok, {done}, {}, kNoNode});
  });
}

void EtcdClient::go_on(std::variant<Call, Completion> next) {
  if (auto* completion = std::get_if<Completion>(&next)) {
    // The last thing done: the reply may destroy this client.
    std::exchange(reply_, nullptr)(std::move(*completion));
    return;
  }
  connection_.ask(std::get<Call>(next), [this](HttpConnection::Result result) {
    if (result.trouble.empty()) return go_on(exchange_->next(result.answer));
    // What was not sent has changed nothing.
    if (!result.sent) return go_on(Completion{Outcome::fail, {}, result.trouble, kNoNode});
    go_on(exchange_->lost(result.trouble));
  });
}

}  // namespace assay::etcd
