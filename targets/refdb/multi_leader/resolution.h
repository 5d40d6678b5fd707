// What becomes of concurrent writes of one key, and what readers are shown. Two writes are concurrent when neither was made at
// a node that had the other: the version vector that an update carries says which it knew.
//
//   last write wins   the highest timestamp; every other value is dropped without a word
//   first write wins  of the concurrent writes the one with the lowest timestamp is shown
//   siblings          a read gives the list of all of them; the next write replaces what its node has
//   merge function    a read gives what a function makes of all of them
//   data types        each mop has a data type that merges: crdt/data_types.h
//   flag              as siblings, but writes are refused until someone decides: by a compare-and-set from the list shown
//
// All choose alike whatever the order of arrival, so nodes that have the same updates show the same.
//
// Thread safety: pure. Complexity: linear in the value.
#pragma once

#include <cstdint>
#include <set>

#include "harness/core/operation.h"
#include "targets/refdb/crdt/cell.h"
#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb::multi_leader {

enum class Resolver : std::uint8_t {
  last_write_wins,
  first_write_wins,
  siblings,
  merge_function,
  data_types,
  flag
};
enum class Combine : std::uint8_t { united, largest, joined };

struct Rules {
  Resolver resolver = Resolver::last_write_wins;
  Combine combine = Combine::united;
  bool tie_keeps_newcomer = false;  // seeded bugs of these names
  bool remove_wins = false;
};

struct Tally {
  std::int64_t conflicts = 0;        // updates that arrived at a value which they did not know
  std::int64_t concurrent_lost = 0;  // own writes that a concurrent one displaced
  std::int64_t later_lost = 0;       // own writes that lost to one which they knew: the clock was behind
  std::int64_t flagged = 0;          // conflicts left to a person
  std::int64_t flagged_writes_refused = 0;
};

Value shown(const crdt::Cell& cell, const Rules& rules);
// Kept for a person to decide.
bool undecided(const crdt::Cell& cell, const Rules& rules);

// A mop of a client of this node; no two mops have the same stamp. When ok, `cell` has it and `delta` what others merge; else nothing has changed.
//
// `read`: the versions that the client has read, which a write replaces; null: all that are here.
wire::Status apply_here(crdt::Cell& cell, const Mop& mop, const crdt::Stamp& stamp, const Rules& rules,
                        const std::set<clocks::Dot>* read, crdt::Cell& delta, Value& result, Tally& tally);

// The delta of another node's update, which knew `known` when it was made. `self`: this node.
void merge_arrival(crdt::Cell& cell, const crdt::Cell& delta, const clocks::VersionVector& known,
                   clocks::ActorId self, const Rules& rules, Tally& tally);

}  // namespace assay::refdb::multi_leader
