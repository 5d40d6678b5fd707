// What one node sends to one receiver, and when: updates as soon as they are stored, in order, no more than a window ahead of
// what the receiver has acknowledged; again when nothing is heard for a while, more and more rarely; and the whole state when
// the receiver lacks what the log no longer has. A receiver that lacks updates of its own, because its data was lost, gets them back.
//
// Thread safety: none. Units: nanoseconds of the node's monotonic clock. Complexity: linear in origins for a call.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "targets/refdb/multi_leader/identity.h"
#include "targets/refdb/multi_leader/topology.h"
#include "targets/refdb/multi_leader/update_log.h"

namespace assay::refdb::multi_leader {

struct SenderCounters {
  std::int64_t updates_sent = 0;
  std::int64_t messages_sent = 0;
  std::int64_t bytes_sent = 0;
  std::int64_t resends = 0;
  std::int64_t updates_relayed = 0;
  std::int64_t states_sent = 0;
};

class Sender {
 public:
  // What it sends from; all of it belongs to the replica.
  struct Source {
    const Topology& topology;
    const UpdateLog& log;
    const VersionVector& stored;
    PeerId self = 0;
    std::uint64_t cluster_id = 0;
    std::int64_t resend_after = 0;
    bool leads = true;
    bool never_forwards(clocks::ActorId origin) const {
      return lost_origin >= 0 && node_of(origin) == lost_origin;
    }
    std::int64_t lost_origin = -1;  // a seeded bug
  };

  explicit Sender(PeerId to) : to_(to) {}

  PeerId to() const { return to_; }
  // The receiver says what it has.
  void heard(const Source& source, const VersionVector& has, std::int64_t now);
  // New updates are stored, or time has passed: messages go to `out`.
  void send(const Source& source, std::int64_t now, std::vector<PeerMessage>& out, SenderCounters& counters);
  // The receiver lacks what the log no longer has, and it is time to send the state (again).
  bool wants_state(std::int64_t now) const { return needs_state_ && now >= state_at_; }
  void state_sent(const Source& source, std::int64_t now);

  std::int64_t next_deadline() const;
  const VersionVector& has() const { return has_; }
  // Within that time.
  bool heard_since(std::int64_t time) const { return heard_ && heard_at_ >= time; }

 private:
  bool sends(const Source& source, clocks::ActorId origin, std::int64_t now) const;
  void send_origin(const Source& source, const Dot& last, std::vector<Forwarded>& batch,
                   std::vector<PeerMessage>& out, SenderCounters& counters);
  void flush(const Source& source, std::vector<Forwarded>& batch, std::vector<PeerMessage>& out,
             SenderCounters& counters);

  PeerId to_;
  bool heard_ = false;  // nothing is sent to a receiver that did not say what it has
  std::int64_t heard_at_ = 0;
  VersionVector has_;   // as the receiver said last
  VersionVector sent_;  // since it was last taken for lost
  std::map<clocks::ActorId, std::int64_t> lacks_since_;
  std::int64_t resend_at_ = INT64_MAX;
  std::int64_t resend_wait_ = 0;
  std::int64_t relay_at_ = INT64_MAX;
  bool needs_state_ = false;
  std::int64_t state_at_ = 0;
};

}  // namespace assay::refdb::multi_leader
