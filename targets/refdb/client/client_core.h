// The client of modes with a leader: it finds the leader, follows redirects, resends with the same request id, and maps
// every answer and every trouble to ok, fail or info (trouble.h has the table).
//
// Thread safety: none. One request at a time.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "targets/refdb/client/client_logic.h"
#include "targets/refdb/client/router.h"

namespace assay::refdb {

class ClientCore final : public ClientLogic {
 public:
  // `stay_on_node`: reads are answered by any node, and this client's always by its first.
  explicit ClientCore(const ClientConfig& config, bool stay_on_node = false);
  // `router` decides where requests go; it must outlive the client.
  ClientCore(const ClientConfig& config, Router& router);
  ~ClientCore() override;
  ClientCore(ClientCore&&) noexcept;
  ClientCore& operator=(ClientCore&&) noexcept;

  void invoke(const Request& request, Nanos timeout, Nanos now) override;
  void connected(PeerId node, Nanos now) override;
  void disconnected(PeerId node, bool never_opened, Nanos now) override;
  void received(PeerId node, std::string_view payload, Nanos now) override;
  void tick(Nanos now) override;
  Nanos next_deadline() const override;
  std::vector<ClientAction> take_actions() override;
  // Sends kOwnState with reads.
  void stay_on_node() override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay::refdb
