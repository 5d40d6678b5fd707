// The client of mode single-leader: a ClientCore that a SessionRouter directs; a request whose keys are in several shards is
// divided, and done shard by shard, without atomicity across them; and, where asked for, a cache of what was read.
//
// Thread safety: none. One request at a time.
#pragma once

#include <map>
#include <vector>

#include "targets/refdb/client/client_core.h"
#include "targets/refdb/single_leader/routing.h"

namespace assay::refdb::single_leader {

class RoutedClient final : public ClientLogic {
 public:
  explicit RoutedClient(const ClientConfig& config);

  void invoke(const Request& request, Nanos timeout, Nanos now) override;
  void stay_on_node() override;
  void connected(PeerId node, Nanos now) override { core_.connected(node, now); }
  void disconnected(PeerId node, bool never_opened, Nanos now) override;
  void received(PeerId node, std::string_view payload, Nanos now) override;
  void tick(Nanos now) override;
  Nanos next_deadline() const override { return core_.next_deadline(); }
  std::vector<ClientAction> take_actions() override;

 private:
  struct Cached {
    Value value;
    Nanos until = 0;
    Position position;  // of the session when it was read
  };

  bool answer_from_cache(Nanos now);
  void fill_cache(const Request& mops, Nanos now);
  void begin_part(Nanos now);
  void take_in(Nanos now);
  void finish(Completion completion);

  const Settings settings_;
  SessionRouter router_;
  ClientCore core_;
  std::vector<ClientAction> actions_;
  std::map<Key, Cached> cache_;
  bool caches_ = false;

  // The request under way: its mops, and which of them are in which part.
  Request request_;
  std::vector<std::vector<std::size_t>> parts_;
  std::size_t part_ = 0;
  Nanos deadline_ = 0;
};

}  // namespace assay::refdb::single_leader
