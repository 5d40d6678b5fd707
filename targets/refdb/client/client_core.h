// The client side of refdb's protocol as a state machine without I/O: it finds the leader, follows redirects,
// resends with the same request id, and maps every answer and every trouble to ok, fail or info. The same
// object is driven by the simulator and by the real connection (targets/refdb/net).
//
// The driver's duties: after each call, take_actions() and carry them out in order; open at most one
// connection per node; report connection events with the node they belong to; call tick() no later than
// next_deadline().
//
// Thread safety: none. One request at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/client.h"
#include "harness/core/operation.h"
#include "harness/core/time.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

struct ClientAction {
  enum class Kind : std::uint8_t { connect, disconnect, send, complete };
  Kind kind = Kind::send;
  PeerId node = 0;        // connect, disconnect, send
  std::string payload;    // send: one message, unframed
  Completion completion;  // complete
};

struct ClientConfig {
  std::uint64_t client_id = 0;  // unique over the cluster's life: names the session for request ids
  PeerId cluster_size = 1;
  PeerId first_node = 0;                       // tried first
  bool stay_on_node = false;                   // local reads: never leave first_node for reads
  Nanos attempt_timeout = 500 * kMillisecond;  // without an answer: try another node with the same request id
  std::uint64_t seed = 0;
};

class ClientCore {
 public:
  explicit ClientCore(const ClientConfig& config);
  ~ClientCore();
  ClientCore(ClientCore&&) noexcept;
  ClientCore& operator=(ClientCore&&) noexcept;

  // Requires: no request in flight. Gives up at now + timeout: info when any attempt may have reached a node,
  // fail when none can have.
  void invoke(const Request& request, Nanos timeout, Nanos now);
  void connected(PeerId node, Nanos now);
  // `never_opened`: the connection was refused or timed out, so nothing that was sent on it arrived.
  void disconnected(PeerId node, bool never_opened, Nanos now);
  void received(PeerId node, std::string_view payload, Nanos now);
  void tick(Nanos now);
  Nanos next_deadline() const;
  std::vector<ClientAction> take_actions();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay::refdb
