// When a primary counts as gone, and which standby takes its place. PostgreSQL decides neither itself; these are the rules that
// operators' tools follow (Patroni, pg_auto_failover, repmgr), as small as they can be:
//
//   gone      A node speaks against the primary that receives no log from it, and so does the primary itself by not answering. It
//             is gone when more than half of all nodes have spoken against it for `patience` without a break, and no standby
//             receives log from it any more.
//   choice    The standby with the most log, of those that answer. With synchronous replication a commit was acknowledged when so
//             many of the standbys had it; so many of them must answer that one of them surely has it, else nobody is promoted.
//
// Log positions are compared after every standby that answers was told to receive no more: what a standby lacks then, nobody will
// acknowledge on its account later.
//
// Thread safety: none. Pure: time is given.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/core/operation.h"
#include "harness/core/time.h"

namespace assay::postgres {

// What one node says of itself.
struct NodeView {
  bool answers = false;
  bool primary = false;        // not in recovery
  bool receiving = false;      // a standby that receives log
  std::uint64_t position = 0;  // of the last log that it has, in bytes
};

struct FailoverRules {
  Nanos patience = 2 * kSecond;
  int acknowledgements = 0;  // standbys that a commit waits for; 0: asynchronous
};

// "0/3000148" as bytes; 0 when it is none.
std::uint64_t parse_position(std::string_view text);

// Whether the primary speaks for itself, or is spoken for.
bool spoken_against(std::span<const NodeView> views, NodeId primary);

class GoneWatch {
 public:
  explicit GoneWatch(Nanos patience) : patience_(patience) {}
  // Looks at what the nodes said at `now`; whether the primary counts as gone.
  bool look(Nanos now, std::span<const NodeView> views, NodeId primary);
  // Since when it has been spoken against; nothing when it isn't.
  std::optional<Nanos> since() const { return since_; }
  void forget() { since_.reset(); }

 private:
  Nanos patience_;
  std::optional<Nanos> since_;
};

struct Choice {
  std::optional<NodeId> node;
  std::string why;  // it, or nobody
};
Choice choose_standby(std::span<const NodeView> views, NodeId gone, const FailoverRules& rules);

}  // namespace assay::postgres
