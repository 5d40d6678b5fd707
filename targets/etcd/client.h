// A client of one member of an etcd cluster, by its HTTP/JSON gateway. What it asks and what answers prove is in exchange.h; watches,
// each of one key, are streams that are kept (watch_stream.h).
//
// Thread safety: none; everything happens on the thread that runs the io_context. Ownership: may be destroyed at any time, also
// inside its own reply. Errors: outcomes. It has no timer for `timeout`: the run loop gives up an operation that takes longer, and
// drops this client.
#pragma once

#include <map>
#include <memory>

#include "harness/core/client.h"
#include "targets/etcd/http.h"
#include "targets/etcd/watch_stream.h"

namespace assay::etcd {

class EtcdClient final : public Client {
 public:
  EtcdClient(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint server, ExchangeOptions options);

  void invoke(const Request& request, Nanos timeout, Reply reply) override;
  void stay_on_node() override { options_.local_reads = true; }

 private:
  void go_on(std::variant<Call, Completion> next);
  void watch(const Mop& mop);

  boost::asio::io_context& io_;
  const boost::asio::ip::tcp::endpoint server_;
  HttpConnection connection_;
  ExchangeOptions options_;
  std::optional<Exchange> exchange_;
  std::map<Key, WatchStream> watches_;
  Reply reply_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace assay::etcd
