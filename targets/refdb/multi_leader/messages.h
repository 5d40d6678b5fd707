// What nodes of mode multi-leader say to each other.
//
//   updates   what clients wrote at an origin, numbered by it from 1; each with the version vector that it knew
//   hello     what the sender has, safely stored: the acknowledgement, and the request for what is missing; whether it leads
//   state     a piece of the sender's whole state, for a receiver that needs updates which the sender no longer has
//   edit      an edit of a shared text on its way to the hub
//   edits     edits in the hub's order, on their way from it
//
// Thread safety: pure. Errors: decoding is total; what does not decode says whether it was garbage, of an unknown version, or
// of a foreign cluster.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/operation.h"
#include "targets/refdb/clocks/hybrid.h"
#include "targets/refdb/clocks/version_vector.h"
#include "targets/refdb/crdt/cell.h"
#include "targets/refdb/text/shared_text.h"
#include "targets/refdb/wire/envelope.h"

namespace assay::refdb::multi_leader {

using clocks::Dot;
using clocks::VersionVector;

struct Update {
  Dot id;               // origin and number
  VersionVector known;  // at the origin when it was made, itself not included
  clocks::HybridTime time;
  std::int64_t wall = 0;  // the origin's clock, for people and measurements
  std::vector<std::pair<Key, crdt::Cell>> changes;
};

std::string encode_update(const Update& update);
std::optional<Update> decode_update(std::string_view bytes);

// How an update travels: encoded once at its origin.
struct Forwarded {
  std::uint32_t hops = 0;  // how many nodes had it before
  std::string update;
};

struct StatePiece {
  std::uint64_t id = 0;
  std::uint32_t index = 0;
  std::uint32_t count = 0;
  std::string bytes;
};

struct SubmittedEdit {
  Key key = 0;
  std::uint64_t author = 0;  // an actor
  std::uint64_t number = 0;  // of the author's edits of this text, from 1
  std::uint64_t revision = 0;
  text::TextOperation edit;
};

struct OrderedEdit {
  std::uint64_t author = 0;
  std::uint64_t number = 0;
  text::TextOperation edit;
};

// Of an edit that stands for those of many.
inline constexpr std::uint64_t kNoAuthor = UINT64_MAX;
inline constexpr std::uint64_t kStandsForMax = std::uint64_t{1} << 40;

struct OrderedEdits {
  Key key = 0;
  std::uint64_t first_revision = 0;    // that of the first edit here
  std::uint64_t first_stands_for = 1;  // so many revisions: all that the hub has forgotten
  std::vector<OrderedEdit> edits;
};

enum class MessageKind : std::uint8_t { updates = 1, hello = 2, state = 3, edit = 4, edits = 5 };

struct Message {
  MessageKind kind = MessageKind::hello;
  std::vector<Forwarded> updates;
  VersionVector has;                            // hello
  bool leads = true;                            // hello: its datacenter
  std::map<Key, std::uint64_t> text_revisions;  // hello
  StatePiece state;
  SubmittedEdit edit;
  OrderedEdits edits;
};

inline constexpr std::size_t kUpdatesMax = 4096;
inline constexpr std::size_t kStatePieceBytes = 256 * 1024;
inline constexpr std::uint32_t kStatePiecesMax = 4096;

std::string encode_message(const Message& message, std::uint64_t cluster_id);

using DecodedMessage = wire::Decoded<Message>;
DecodedMessage decode_message(std::string_view payload, std::uint64_t cluster_id);

}  // namespace assay::refdb::multi_leader
