// The bytes of a simulated write-ahead log: records of length, CRC-32 and content. Encoding and decoding are real,
// so that a torn tail is found the way a store finds it.
//
// Thread safety: pure functions. Integers are little-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::sim {

struct DiskWrite {
  std::string key;
  std::optional<std::string> value;  // nothing: delete the key
};

// Applied atomically: the writes in order, then the ranges [first, second) are deleted.
struct DiskBatch {
  std::uint64_t id = 0;
  bool sync = false;
  std::vector<DiskWrite> writes;
  std::vector<std::pair<std::string, std::string>> delete_ranges;
};

// CRC-32 (IEEE 802.3, reflected), as zlib computes it.
std::uint32_t crc32(std::string_view bytes);

// Appends one record.
void encode_record(const DiskBatch& batch, std::string& log);

struct DecodedLog {
  std::vector<DiskBatch> batches;
  std::size_t torn_bytes = 0;  // behind the last whole record
};

// Reads whole records until the first that is cut short or fails its CRC.
DecodedLog decode_log(std::string_view log);

}  // namespace assay::sim
