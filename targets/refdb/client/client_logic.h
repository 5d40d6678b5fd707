// What a client of refdb does, as a state machine without I/O: to which nodes it talks, what it resends, what it concludes.
// Each mode makes the one that suits it (ProtocolPlugin::make_client); the simulator and the real connection (targets/refdb/net)
// drive any of them. A client belongs to one process, so what a session has seen (positions, versions) lives in it.
//
// The driver's duties: after each call, take_actions() and carry them out in order; open at most one connection per node; report
// connection events with the node they belong to; call tick() no later than next_deadline().
//
// Thread safety: none. One request at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/client.h"
#include "harness/core/operation.h"
#include "harness/core/time.h"
#include "targets/refdb/replica/options.h"
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
  Nanos attempt_timeout = 500 * kMillisecond;  // without an answer: try another node with the same request id
  std::uint64_t seed = 0;
  Options options;                // of the mode
  std::vector<std::string> bugs;  // seeded ones, by name, also those that are none of a client
};

class ClientLogic {
 public:
  virtual ~ClientLogic() = default;

  // Requires: no request in flight. Gives up at now + timeout: info when any attempt may have reached a node,
  // fail when none can have.
  virtual void invoke(const Request& request, Nanos timeout, Nanos now) = 0;
  virtual void connected(PeerId node, Nanos now) = 0;
  // `never_opened`: the connection was refused or timed out, so nothing that was sent on it arrived.
  virtual void disconnected(PeerId node, bool never_opened, Nanos now) = 0;
  virtual void received(PeerId node, std::string_view payload, Nanos now) = 0;
  virtual void tick(Nanos now) = 0;
  virtual Nanos next_deadline() const = 0;
  virtual std::vector<ClientAction> take_actions() = 0;

  // From now on reads are asked of first_node, for what it has itself (Client::stay_on_node in harness/core/client.h).
  virtual void stay_on_node() {}
};

}  // namespace assay::refdb
