// The client of modes without a single leader: it stays on its node, and asks that node again when no answer comes. Where only
// some nodes accept writes (datacenters), it follows its node's advice for those, and asks again when who was named does not
// answer. Options: with "client-moves" it goes to the
// next node when its own does not answer, but never with a write that may have been accepted, because another node would not
// know that it is the same; with "session" it carries what it has seen, and nodes that have not seen as much refuse it.
//
// Thread safety: none. One request at a time. Outcomes: trouble.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/client/connections.h"
#include "targets/refdb/client/open_attempts.h"
#include "targets/refdb/multi_leader/session_context.h"
#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb::multi_leader {

class MultiLeaderClient final : public ClientLogic {
 public:
  explicit MultiLeaderClient(const ClientConfig& config);

  void invoke(const Request& request, Nanos timeout, Nanos now) override;
  void connected(PeerId node, Nanos now) override;
  void disconnected(PeerId node, bool never_opened, Nanos now) override;
  void received(PeerId node, std::string_view payload, Nanos now) override;
  void tick(Nanos now) override;
  Nanos next_deadline() const override;
  std::vector<ClientAction> take_actions() override;

 private:
  PeerId target() const { return read_only_ ? home_ : write_node_; }
  void try_now(Nanos now);
  void try_later(Nanos now);
  void send(Nanos now);
  void drop_link(PeerId node);
  void move_on();
  void forget_advice();
  void answered(PeerId node, const wire::ClientAnswer& answer, Nanos now);
  std::string context_of_request() const;
  void remember(std::string_view context);
  void complete(Outcome outcome, std::string error, NodeId answered_by);

  const ClientConfig config_;
  const bool moves_;
  const bool has_context_;
  Rng rng_;
  Connections connections_;
  PeerId home_;
  PeerId write_node_;
  SessionContext seen_;
  std::uint64_t number_ = 0;

  bool busy_ = false;
  bool read_only_ = false;
  bool sent_ = false;
  Request request_;
  OpenAttempts attempts_;
  Nanos deadline_ = kNever;
  Nanos attempt_deadline_ = kNever;
  Nanos retry_at_ = kNever;
  unsigned tries_ = 0;
  std::string last_trouble_;
};

}  // namespace assay::refdb::multi_leader
