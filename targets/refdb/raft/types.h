// The nouns of Raft (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb::raft {

using Term = std::uint64_t;
using Index = std::uint64_t;         // of a log entry; the first is 1
using Voters = std::vector<PeerId>;  // in order, each once

enum class EntryKind : std::uint8_t {
  empty = 0,          // a leader's first entry, which lets it commit what came before
  command = 1,        // a command of the state machine
  configuration = 2,  // who decides from here on: membership.h
};

struct Entry {
  Index index = 0;
  Term term = 0;
  EntryKind kind = EntryKind::empty;
  std::shared_ptr<const std::string> data;  // shared by log, messages and applied entries; null when empty

  std::string_view command() const { return data ? std::string_view(*data) : std::string_view(); }
};

// What must survive a crash besides the log.
struct HardState {
  Term term = 0;
  std::optional<PeerId> vote;
  Index commit = 0;  // a hint that spares a restarted node some waiting; never needed for safety

  friend bool operator==(const HardState&, const HardState&) = default;
};

enum class MessageKind : std::uint8_t {
  pre_vote_request = 1,
  pre_vote_answer = 2,
  vote_request = 3,
  vote_answer = 4,
  append = 5,
  append_answer = 6,
  heartbeat = 7,
  heartbeat_answer = 8,
  snapshot = 9,
  snapshot_answer = 10,
  timeout_now = 11,  // the leader asks a follower to be elected
};

struct Message {
  MessageKind kind = MessageKind::heartbeat;
  PeerId from = 0;
  PeerId to = 0;
  Term term = 0;

  // Votes: the candidate's last index. append: the index before the entries. append_answer: the last index that
  // matches, or the refused index before. heartbeat: the last index known to match; its answer: the
  // follower's last index. snapshot and its answer: the snapshot's index.
  Index index = 0;
  Term log_term = 0;  // of the entry at `index`; in a refused append_answer, at hint_index
  Index commit = 0;
  bool refused = false;
  Index hint_index = 0;      // append_answer: where the logs may agree
  std::uint64_t round = 0;   // heartbeat and answer: which broadcast of the leader
  std::uint64_t offset = 0;  // snapshot: of the chunk; answer: how much is there
  bool last_chunk = false;
  bool asked_by_leader = false;  // vote_request: that there is a leader is no reason to refuse
  std::vector<Entry> entries;
  std::string chunk;
  Voters voters;  // snapshot: who decides as of it; empty: all nodes of the cluster
};

// The state machine up to and including `index`.
struct Snapshot {
  Index index = 0;
  Term term = 0;
  std::shared_ptr<const std::string> bytes;
  Voters voters;  // who decides as of it
};

}  // namespace assay::refdb::raft
