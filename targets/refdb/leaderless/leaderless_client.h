// The client of the leaderless mode. It knows which nodes hold a key. A node coordinates for it, or (coordinator=client) it asks
// the replicas itself, counts their answers, and mends those that are behind. Changes that rest on what was read (add, remove,
// append ...) are made here: read, change, write back, with what the session has seen of the key, so that siblings are merged.
// Data types (conflicts=crdt) are changed by the node instead.
//
// A write is sent again only when the attempt before is proved to have had no effect, because replicas don't know requests that
// they have seen; to a replica the very same version may be sent again at any time.
//
// Thread safety: none. One request at a time.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/client/connections.h"
#include "targets/refdb/clocks/hybrid.h"
#include "targets/refdb/leaderless/client_words.h"
#include "targets/refdb/leaderless/quorum.h"
#include "targets/refdb/leaderless/ring.h"
#include "targets/refdb/leaderless/settings.h"
#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb::leaderless {

class LeaderlessClient final : public ClientLogic {
 public:
  explicit LeaderlessClient(const ClientConfig& config);

  void invoke(const Request& request, Nanos timeout, Nanos now) override;
  void connected(PeerId node, Nanos now) override;
  void disconnected(PeerId node, bool never_opened, Nanos now) override;
  void received(PeerId node, std::string_view payload, Nanos now) override;
  void tick(Nanos now) override;
  Nanos next_deadline() const override;
  std::vector<ClientAction> take_actions() override;
  // As far as that node holds the key.
  void stay_on_node() override { own_state_ = true; }

 private:
  enum class Step : std::uint8_t { idle, read, write };

  // leaderless_client.cpp
  void begin(Step step, Nanos now);
  void try_candidate(Nanos now);
  void try_next(Nanos now);
  void send_request(Nanos now);
  void node_answered(PeerId from, wire::ClientAnswer answer, Nanos now);
  void value_read(Value value, Nanos now, PeerId from);
  void complete(Outcome outcome, std::string error, NodeId from);
  void give_up();
  bool coordinates() const { return settings_.client_coordinates && !asks_own_state_; }
  const Mop& mop() const { return request_[0]; }

  // client_coordination.cpp
  void ask_replicas(Nanos now);
  void ask_replica(PeerId node);
  void replica_answered(PeerId from, const wire::ClientAnswer& answer, Nanos now);
  void read_enough(Nanos now);
  Cell cell_to_write(Nanos now);

  const ClientConfig config_;
  const Settings settings_;
  const Ring ring_;
  Rng rng_;
  Connections connections_;
  std::map<Key, clocks::VersionVector> seen_;
  std::uint64_t number_ = 0;
  std::uint32_t attempt_ = 0;

  Step step_ = Step::idle;
  Request request_;
  Value written_;  // what is written in the end
  Nanos deadline_ = kNever;
  std::string last_trouble_;
  bool may_have_effect_ = false;
  bool own_state_ = false;
  bool asks_own_state_ = false;

  // A node coordinates.
  std::vector<PeerId> candidates_;
  std::size_t candidate_ = 0;
  bool sent_ = false;
  Nanos attempt_deadline_ = kNever;
  Nanos retry_at_ = kNever;
  unsigned tries_ = 0;

  // This client coordinates.
  clocks::HybridClock clock_{INT64_MAX};
  std::optional<QuorumRead> read_;
  bool repairing_ = false;
  Cell cell_;
  std::set<PeerId> acknowledged_;
  std::set<PeerId> asked_;
  Nanos ask_again_at_ = kNever;
};

}  // namespace assay::refdb::leaderless
