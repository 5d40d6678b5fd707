// What a leader knows about one follower, and how it sends to it: one message at a time while it searches for
// where the logs agree (probe), optimistically with several messages under way once it knows (replicate), or a
// snapshot chunk by chunk.
//
// Thread safety: none.
#pragma once

#include <cstddef>
#include <deque>

#include "targets/refdb/raft/types.h"

namespace assay::refdb::raft {

struct Progress {
  enum class State : std::uint8_t { probe, replicate, snapshot };
  // Messages with entries that may be under way to one follower.
  static constexpr std::size_t kInFlightMax = 64;

  State state = State::probe;
  Index match = 0;              // the follower's log is known to equal the leader's up to here
  Index next = 1;               // to send
  bool waiting = false;         // probe: sent, not answered
  std::deque<Index> in_flight;  // replicate: the last index of each message not answered
  LocalTime heard;              // the last message of this term
  std::uint64_t round = 0;      // the latest heartbeat round answered
  Index next_at_round = 0;      // `next` when the latest heartbeat was sent
  LocalTime nudged;             // when it was last asked for a missing acknowledgement
  std::uint64_t offset = 0;     // snapshot: how much the follower has
  LocalTime chunk_sent;

  bool may_send() const {
    if (state == State::probe) return !waiting;
    return state == State::replicate && in_flight.size() < kInFlightMax;
  }
  void become_probe(Index next_index) {
    state = State::probe;
    next = next_index;
    waiting = false;
    in_flight.clear();
  }
  void become_replicate() {
    state = State::replicate;
    next = match + 1;
    waiting = false;
    in_flight.clear();
  }
  void answered_up_to(Index index) {
    while (!in_flight.empty() && in_flight.front() <= index) in_flight.pop_front();
  }
};

}  // namespace assay::refdb::raft
