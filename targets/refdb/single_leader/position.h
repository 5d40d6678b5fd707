// How far a copy of the data has come: the epoch of the last entry and its number in the log (LSN). A later epoch is further
// on even with a smaller LSN: its leader's log is what counts, and what the earlier one had beyond it is gone.
//
// Also what clients and nodes tell each other in the opaque context of requests and answers: sessions hold positions.
//
// Thread safety: values. Errors: decoding is total.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "targets/refdb/raft/types.h"
#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::single_leader {

using Lsn = raft::Index;
using Epoch = raft::Term;
using raft::Entry;
using raft::EntryKind;

struct Position {
  Epoch epoch = 0;
  Lsn lsn = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

// By shard; missing ones are the beginning.
using Positions = std::vector<Position>;
void merge(Positions& into, const Positions& from);
Position at_shard(const Positions& positions, std::size_t shard);

void write_positions(wire::Writer& writer, const Positions& positions);
Positions read_positions(wire::Reader& reader);

struct RequestContext {
  enum class Place : std::uint8_t { leader = 0, local = 1, local_waiting = 2 };
  Place place = Place::leader;
  Epoch fence = 0;            // the greatest epoch that the session has met
  Position minimum;           // local reads: no less will do
  std::int64_t max_lag = -1;  // local reads: refuse when further behind, in nanoseconds; negative: any
  Positions seen;  // writes: what the session has seen of all shards, if it is to be kept with them
};
std::string encode_context(const RequestContext& context);
// An empty context asks the leader.
std::optional<RequestContext> decode_request_context(std::string_view text);

struct AnswerContext {
  Epoch epoch = 0;       // that the node is in
  Position position;     // of what was read or written; of the node, when the answer is a refusal
  std::int64_t lag = 0;  // how far behind the leader the node believes to be, in nanoseconds
  Positions depends_on;  // what the data there depends on in other shards
};
std::string encode_context(const AnswerContext& context);
std::optional<AnswerContext> decode_answer_context(std::string_view text);

}  // namespace assay::refdb::single_leader
