// Where a session reads: the routing policies of mode single-leader. Writes go to the leader of their shard in any case.
//
//   leader            the leader
//   any               a follower drawn for each read
//   least-lagged      the follower that lags least, by what nodes said of themselves; the leader when all lag beyond --max-lag
//   sticky            the node that the session hashes to
//   own-writes        the leader for --own-write-window after a write of the session, else any
//   session-position  any; the node waits until it has what the session has seen
//   min-position      any; a node that lacks what the session has seen says so, and another is tried, then the leader
//   causal            as session-position, over all shards: writes carry what their session had seen, and who reads them has
//                     then seen that too
//
// A session has seen the positions of its writes and of its reads, so it goes neither back behind its writes nor behind its
// reads (read your writes, monotonic reads); its writes go to one log after what it read (monotonic writes, writes follow
// reads) as long as it is one shard.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/rng.h"
#include "targets/refdb/client/client_logic.h"
#include "targets/refdb/client/router.h"
#include "targets/refdb/single_leader/position.h"
#include "targets/refdb/single_leader/settings.h"

namespace assay::refdb::single_leader {

class SessionRouter final : public Router {
 public:
  SessionRouter(const ClientConfig& config, const Settings& settings);

  PeerId first(const Request& request, Nanos now) override;
  PeerId next(PeerId tried, Nanos now) override;
  bool any_node_will_do() const override { return local_; }
  std::string context() const override;
  void answered(PeerId by, const wire::ClientAnswer& answer, Nanos now) override;

  // Final reads: this node alone, whatever the policy.
  void stay_on_node() { stays_ = true; }

  // What the session has seen, by shard.
  const Positions& seen() const { return seen_; }

 private:
  struct Node {
    std::int64_t lag = 0;
    Nanos told = 0;
    bool known = false;
  };

  bool tracks_positions() const;
  PeerId local_node(Nanos now);
  PeerId drawn_follower();
  PeerId least_lagged(Nanos now) const;
  PeerId node_after(PeerId node) const { return static_cast<PeerId>((node + 1) % config_.cluster_size); }

  const ClientConfig config_;
  const Settings settings_;
  Rng rng_;
  std::vector<PeerId> leaders_;  // by shard, as far as known
  std::vector<Epoch> fences_;    // by shard: the greatest epoch met
  std::vector<Node> nodes_;
  Positions seen_;
  Nanos own_write_ = -1;  // the last one's time; negative: none
  bool stays_ = false;

  // Of the request under way.
  std::size_t shard_ = 0;
  bool read_only_ = false;
  bool local_ = false;
  int behind_ = 0;  // replicas that refused it as behind
};

}  // namespace assay::refdb::single_leader
