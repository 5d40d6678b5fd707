// Damages one file of a database that is down, and puts back what was there.
//
// Thread safety: one thread at a time. Errors: AgentError with one sentence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace assay::agent {

enum class DamagePlace : std::uint8_t { log, data, snapshot };
std::optional<DamagePlace> damage_place(const std::string& name);

// What a file is by its path below the data folder; nothing for notes of the store for people.
std::optional<DamagePlace> place_of_file(const std::string& path);

// The file below the folder that fits: of a log the one that was written to last, of others one that the draw decides; empty when
// there is none. Files are told by what most databases call them: logs end in .log, .wal or .aof, or have wal or journal in their
// path; snapshots have snap in it or end in .rdb; notes of the store for people (LOG, LOCK, IDENTITY) are none of these.
std::string find_file(const std::string& folder, DamagePlace place, std::uint64_t draw);

// The last whole or begun block of a file, as it is now.
struct OldBlock {
  std::int64_t offset = 0;
  std::string bytes;
};
OldBlock last_block(const std::string& path);

struct DamageDone {
  std::int64_t offset = 0;      // of the first byte that is another
  std::int64_t size_bytes = 0;  // how many were written, or are gone
  bool changed = false;
};
// `kind`: flip, truncate, misdirect. In the first three quarters of the file, where something follows.
DamageDone damage_file(const std::string& path, const std::string& kind, std::uint64_t draw);
DamageDone write_old_block(const std::string& path, const OldBlock& block);

// Everything below `from`, with its owners, in place of everything below `to`.
void replace_folder(const std::string& from, const std::string& to);

}  // namespace assay::agent
