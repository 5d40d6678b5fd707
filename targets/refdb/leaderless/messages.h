// What replicas of the leaderless mode say to each other, as bytes inside wire's envelope.
//
// Errors: decoding is total; nothing when the bytes are no message of this mode.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "targets/refdb/leaderless/cell.h"
#include "targets/refdb/leaderless/gossip.h"
#include "targets/refdb/leaderless/ring.h"
#include "targets/refdb/wire/envelope.h"

namespace assay::refdb::leaderless {

enum class MessageKind : std::uint8_t {
  put = 1,  // merge this cell into the key; perhaps keep a hint for a node that is away
  put_answer,
  get,
  get_answer,
  gossip,
  tree,   // hashes of a group's tree to compare
  cells,  // all of a leaf; perhaps the receiver's are wanted back
  prepare,
  promise,
  accept,
  accepted,
};

// Of a round of Paxos; unique, since the node and its life (a number drawn at its start) are part of it.
struct Ballot {
  std::uint64_t round = 0;
  PeerId node = 0;
  std::uint64_t life = 0;
  friend auto operator<=>(const Ballot&, const Ballot&) = default;
};

struct Message {
  MessageKind kind = MessageKind::put;
  std::uint64_t id = 0;  // of the coordinator's operation; the answer repeats it
  Key key = 0;
  Cell cell;                                                    // put, get_answer
  std::optional<PeerId> hint_for;                               // put
  std::vector<HeartBeat> beats;                                 // gossip
  Group group = 0;                                              // tree, cells
  std::uint32_t leaf = 0;                                       // cells
  bool wants_back = false;                                      // cells
  std::vector<std::pair<std::uint32_t, std::uint64_t>> hashes;  // tree: number of the node, hash
  std::vector<std::pair<Key, Cell>> cells;
  Ballot ballot;           // prepare, accept: the proposal's; promise, accepted: the highest one promised
  bool refused = false;    // promise, accepted
  Ballot accepted_ballot;  // promise
  Value value;             // promise, accept
};

void write_ballot(wire::Writer& writer, const Ballot& ballot);
Ballot read_ballot(wire::Reader& reader);

inline constexpr std::size_t kHashesMax = 4096;
inline constexpr std::size_t kCellsMax = 4096;

std::string encode_message(const Message& message, std::uint64_t cluster_id);

using DecodedMessage = wire::Decoded<Message>;
DecodedMessage decode_message(std::string_view payload, std::uint64_t cluster_id);
// What is inside the envelope; for tests that feed it garbage.
std::optional<Message> decode_message_body(std::string_view body);

}  // namespace assay::refdb::leaderless
