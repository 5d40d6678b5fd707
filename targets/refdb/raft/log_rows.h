// How Raft's log and hard state look in storage: "l/<index>" an entry, "h" the hard state, "m" the index and
// term of the last entry that was compacted away, and who decides as of it, unless that is everybody.
//
// Errors: readers are total, nothing when the bytes are no such row.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "targets/refdb/raft/types.h"
#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::raft {

inline constexpr std::string_view kLogPrefix = "l/";
inline constexpr std::string_view kHardStateRow = "h";
inline constexpr std::string_view kCompactedRow = "m";

std::string log_row(Index index);

// An entry without its index.
void write_entry(wire::Writer& writer, const Entry& entry);
Entry read_entry(wire::Reader& reader, Index index);

std::string encode_entry(const Entry& entry);
std::string encode_hard_state(const HardState& state);
std::string encode_compacted(Index index, Term term, std::string_view voters = {});

struct StoredState {
  HardState hard_state;
  Index compacted_index = 0;
  Term compacted_term = 0;
  std::string voters;          // as of that, encoded; empty: all nodes of the cluster
  std::vector<Entry> entries;  // those that follow compacted_index without a hole
  Index last_row = 0;          // the largest index of any row, 0 when there is none
};
StoredState read_stored_state(const StorageReader& storage);

}  // namespace assay::refdb::raft
