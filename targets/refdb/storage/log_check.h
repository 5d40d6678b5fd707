// Looks for damage in the logs of a RocksDB database that its recovery would take for the end of what was written.
//
// Recovery stops at the first record that is not whole. After a loss of power that is right: what follows was not synced. But a bit
// that was flipped in a record that had been synced, and acknowledged, looks the same, and everything from there on would be dropped
// without a word. The difference is in what comes after: a whole record whose batch was written when everything before it was
// synced. Each batch therefore ends with a mark, the number of the last operation that had been synced when it was written.
//
// What this can't see: damage to the batch that was written last, and a log that just ends early.
//
// The format of a log is RocksDB's (db/log_format.h): blocks of 32 KiB, records of a masked CRC-32C, a length, a type and a payload;
// batches that don't fit are in several records. A batch begins with the number of its first operation.
//
// Thread safety: pure functions. Complexity: linear for whole logs; a block that is not whole is tried at each of its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::refdb {

// The key under which a batch has its mark, at its end; the value is eight bytes, the least significant first.
inline constexpr std::string_view kSyncedMark = "\xff\xff/synced";
std::string synced_mark(std::uint64_t sequence);

struct LogDamage {
  std::size_t log = 0;     // which of the logs
  std::size_t offset = 0;  // of the first record that is not whole
};

// `logs`: the whole logs of a database, the oldest first. Nothing when what is not whole may be what a loss of power left.
std::optional<LogDamage> find_log_damage(const std::vector<std::string>& logs);

}  // namespace assay::refdb
