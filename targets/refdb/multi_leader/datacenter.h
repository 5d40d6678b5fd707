// Who leads a datacenter, as one of its nodes sees it. All members say every heartbeat that they live and whether they lead. The
// first member leads where nothing is wrong. When nobody has heard of a leader for the failover timeout, the first one of
// those that live leads; who was away, or stood still, leads again (if it comes before the one that leads now) once it has caught up with
// that one. Two members that do not hear each other may both lead: they are leaders as any two are, and come together again.
//
// Thread safety: none. Units: nanoseconds of the node's monotonic clock. Complexity: linear in members.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "targets/refdb/clocks/version_vector.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb::multi_leader {

class Datacenter {
 public:
  // `members` with `self` among them, in order.
  Datacenter(PeerId self, const std::vector<PeerId>& members, std::int64_t failover_after, std::int64_t now);

  bool leads() const { return leads_; }
  // Nobody when no leader is known.
  std::optional<PeerId> leader(std::int64_t now) const;
  // A member said whether it leads, and what it has.
  void heard(PeerId member, bool leads, const clocks::VersionVector& has, std::int64_t now);
  // To be called with everything that happens: decides who leads. True when this node has just begun to lead.
  bool at(std::int64_t now, const clocks::VersionVector& applied);

 private:
  struct Member {
    std::optional<std::int64_t> heard_at;
    bool leads = false;
  };

  bool lives(const Member& member, std::int64_t now) const {
    return member.heard_at && now - *member.heard_at <= failover_after_;
  }
  void begin(std::int64_t now);
  bool may_lead(std::int64_t now, const clocks::VersionVector& applied) const;

  PeerId self_;
  std::int64_t failover_after_;
  std::map<PeerId, Member> others_;
  bool leads_ = false;
  std::int64_t seen_at_ = 0;
  std::int64_t began_at_ = 0;
  clocks::VersionVector to_catch_up_;  // what other leaders had when they were first heard
};

}  // namespace assay::refdb::multi_leader
