#include "targets/refdb/storage/log_check.h"

#include <algorithm>

#include "targets/refdb/wire/crc32c.h"

namespace assay::refdb {

namespace {

constexpr std::size_t kBlockSizeBytes = 32'768;
constexpr std::size_t kHeaderSizeBytes = 7;
constexpr std::size_t kSequenceSizeBytes = 8;

enum class Piece : unsigned char { full = 1, first = 2, middle = 3, last = 4 };

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = size; i > 0; --i) number = number << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return number;
}

struct Record {
  Piece piece;
  std::string_view payload;
};

// The whole record that begins there, if one does.
std::optional<Record> record_at(std::string_view log, std::size_t at) {
  const std::size_t block_left = kBlockSizeBytes - at % kBlockSizeBytes;
  const std::size_t left = std::min(block_left, log.size() - at);
  if (left < kHeaderSizeBytes) return std::nullopt;
  const auto type = static_cast<unsigned char>(log[at + 6]);
  const std::size_t size = number_at(log, at + 4, 2);
  if (type < 1 || type > 4 || size > left - kHeaderSizeBytes) return std::nullopt;
  const std::uint32_t crc = crc32c(log.substr(at + 6, 1 + size));
  // As RocksDB stores checksums of what may contain checksums itself.
  const std::uint32_t masked = (crc >> 15 | crc << 17) + 0xa282ead8u;
  if (number_at(log, at, 4) != masked) return std::nullopt;
  return Record{static_cast<Piece>(type), log.substr(at + kHeaderSizeBytes, size)};
}

// Whether everything before this batch was synced when it was written.
bool follows_what_was_synced(std::string_view batch) {
  const std::size_t mark = batch.rfind(kSyncedMark);
  // The value has its length before it.
  const std::size_t value = mark == std::string_view::npos ? mark : mark + kSyncedMark.size() + 1;
  if (value == std::string_view::npos || batch.size() < value + kSequenceSizeBytes) return false;
  return number_at(batch, value, kSequenceSizeBytes) + 1 >= number_at(batch, 0, kSequenceSizeBytes);
}

// Puts batches together from their records.
class Assembly {
 public:
  // False when the record is none that can come next.
  bool add(const Record& record) {
    const bool begins = record.piece == Piece::full || record.piece == Piece::first;
    if (begins == open_) return false;
    if (begins) batch_.clear();
    batch_.append(record.payload);
    open_ = record.piece == Piece::first || record.piece == Piece::middle;
    return true;
  }
  void drop() {
    open_ = false;
    batch_.clear();
  }
  // Nothing while it is not whole.
  std::optional<std::string_view> batch() const {
    if (open_ || batch_.size() < kSequenceSizeBytes) return std::nullopt;
    return batch_;
  }

 private:
  bool open_ = false;
  std::string batch_;
};

}  // namespace

std::string synced_mark(std::uint64_t sequence) {
  std::string text;
  for (std::size_t i = 0; i < kSequenceSizeBytes; ++i) text += static_cast<char>(sequence >> 8 * i & 0xff);
  return text;
}

std::optional<LogDamage> find_log_damage(const std::vector<std::string>& logs) {
  std::optional<LogDamage> not_whole;
  for (std::size_t number = 0; number < logs.size(); ++number) {
    const std::string_view log = logs[number];
    Assembly assembly;
    for (std::size_t at = 0; at < log.size();) {
      const std::size_t block_left = kBlockSizeBytes - at % kBlockSizeBytes;
      if (block_left < kHeaderSizeBytes) {
        at += block_left;
        continue;
      }
      const std::optional<Record> record = record_at(log, at);
      if (!record || !assembly.add(*record)) {
        if (!not_whole) not_whole = LogDamage{number, at};
        assembly.drop();
        // A record that can't be put to anything is whole all the same.
        at += record ? kHeaderSizeBytes + record->payload.size() : 1;
        continue;
      }
      at += kHeaderSizeBytes + record->payload.size();
      const auto batch = assembly.batch();
      if (not_whole && batch && follows_what_was_synced(*batch)) return not_whole;
    }
  }
  return std::nullopt;
}

}  // namespace assay::refdb
