// The names of simulated nodes. Datagrams between nodes stand for connections: what two nodes send each other goes over one that
// was made at some time, and making one means looking the other's name up. A connection ends with a process at either end, or when
// it is reset, forgotten or closed (SimConnections); the next message wants a new one. While the name of its receiver is in trouble
// there is none, and the message is lost; so it is when the name leads to another node, which refuses who means somebody else.
// Connections that are there carry on.
//
// Clients know addresses, here as on hosts.
//
// Thread safety: none. Nothing is drawn: a run in which no name is in trouble does not depend on this.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/assert.h"
#include "harness/core/target.h"

namespace assay::sim {

class SimNames final : public Names {
 public:
  explicit SimNames(int node_count)
      : node_count_(static_cast<std::size_t>(node_count)), links_(node_count_ * node_count_) {}

  void trouble(std::span<const TroubledName> names) override;
  void heal() override;
  Evidence look_up_troubled(std::span<const TroubledName> names) override;
  Evidence look_up(std::span<const Link> links) override;
  std::int64_t misled() override { return misled_; }
  std::string mechanism() const override { return "simulated"; }

  // Whether a message can leave, over a connection that is there or is made now.
  bool connects(NodeId from, NodeId to);
  // The connection that `from` of the link made is gone.
  void lost(const Link& link) { at(link).connected = false; }
  // Those that begin or end there are.
  void lost_at(NodeId node);

 private:
  struct State {
    bool connected = true;
    std::optional<TroubledName> trouble;
  };
  State& at(const Link& link) {
    ASSAY_ASSERT(link.from >= 0 && link.to >= 0);
    const std::size_t index =
        static_cast<std::size_t>(link.from) * node_count_ + static_cast<std::size_t>(link.to);
    ASSAY_ASSERT(index < links_.size());
    return links_[index];
  }
  // The node that a lookup leads to; kNoNode: to none.
  NodeId found(const Link& link);

  std::size_t node_count_;
  std::vector<State> links_;
  std::int64_t misled_ = 0;
};

}  // namespace assay::sim
