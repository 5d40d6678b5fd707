// The connections of a client as its logic sees them, at most one per node, and the actions that it wants of its driver
// (client_logic.h). And how long clients wait before they try again.
//
// Thread safety: none. Complexity: constant.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/client/client_logic.h"

namespace assay::refdb {

class Connections {
 public:
  explicit Connections(PeerId nodes) : states_(nodes, State::down) {}

  bool is_up(PeerId node) const { return states_[node] == State::up; }
  // Asks for a connection, unless there is one or one is on its way.
  void open(PeerId node);
  // False: there was none, nor one on its way.
  bool close(PeerId node);
  // What the driver reports. False: it is about a connection that was given up.
  bool opened(PeerId node);
  bool lost(PeerId node);

  // Requires: is_up(node).
  void send(PeerId node, std::string payload) { act(ClientAction::Kind::send, node, std::move(payload)); }
  void complete(Request mops, Outcome outcome, std::string error, NodeId answered_by);
  std::vector<ClientAction> take_actions() { return std::exchange(actions_, {}); }

 private:
  enum class State : std::uint8_t { down, opening, up };
  void act(ClientAction::Kind kind, PeerId node, std::string payload = {}) {
    actions_.push_back({kind, node, std::move(payload), {}});
  }

  std::vector<State> states_;
  std::vector<ClientAction> actions_;
};

// A little longer after each try that failed, and never the same as other clients wait.
Nanos backoff(unsigned tries, Rng& rng);

}  // namespace assay::refdb
