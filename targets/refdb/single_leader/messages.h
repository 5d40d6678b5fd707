// What the nodes of mode single-leader say to each other, and how it looks as bytes inside wire's envelope.
//
// Errors: decoding is total; nothing when the bytes are no message. Entries travel without their LSNs, which follow from the
// message's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "targets/refdb/single_leader/position.h"
#include "targets/refdb/wire/envelope.h"

namespace assay::refdb::single_leader {

inline constexpr std::size_t kEntriesPerMessageMax = 4'096;

enum class MessageKind : std::uint8_t {
  append = 1,           // leader: entries after a position, also none; the heartbeat
  append_answer = 2,    // follower: how far its log matches, or where to try
  survey = 3,           // somebody misses the leader: how far is everybody?
  survey_answer = 4,    // this far; where a majority decides, also a promise to obey no earlier epoch
  take_over = 5,        // you are the furthest of those I reached: survey for yourself
  snapshot = 6,         // leader: a piece of the whole state
  snapshot_answer = 7,  // follower: how much of it is there
};
inline constexpr std::uint8_t kMessageKindMax = 7;

struct Message {
  MessageKind kind = MessageKind::append;
  PeerId from = 0;
  PeerId to = 0;
  std::uint64_t shard = 0;
  Epoch epoch = 0;

  // append: the position before the entries. append_answer: the last that matches, or where logs may agree. survey and its
  // answer: the end of the log. snapshot and its answer: the position of the state.
  Position position;
  Lsn commit = 0;      // append: everything up to here is acknowledged; snapshot: where the epoch begins
  Lsn refused_at = 0;  // append_answer, refused: the LSN that did not match
  std::uint64_t round =
      0;  // append and its answer: which round of heartbeats; survey and answer: which survey
  std::uint64_t offset = 0;  // snapshot: of the piece; answer: how much is there
  std::int64_t since = 0;    // append: wall time at which the leader was promoted

  bool refused = false;         // append_answer, survey_answer
  bool needs_snapshot = false;  // append_answer: the logs parted before what this node still has
  bool synchronous = false;     // append: you are a synchronous follower; survey_answer: I was
  bool heartbeat = false;       // append: sent because it was time, not because there was something to send
  bool leader_lives = false;    // survey_answer, refused: I hear the leader
  bool last_piece = false;      // snapshot
  std::vector<Entry> entries;
  std::string piece;
};

std::string encode_message(const Message& message, std::uint64_t cluster_id);

// The message is without from and to, which the driver knows.
using DecodedMessage = wire::Decoded<Message>;
DecodedMessage decode_message(std::string_view payload, std::uint64_t cluster_id);
// What is inside the envelope; for tests that feed it garbage.
std::optional<Message> decode_message_body(std::string_view body);

}  // namespace assay::refdb::single_leader
