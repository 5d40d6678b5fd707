#include "harness/sim/disk_log.h"

#include <array>

namespace assay::sim {

namespace {

constexpr std::size_t kHeaderBytes = 8;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t remainder = i;
    for (int bit = 0; bit < 8; ++bit)
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0xedb88320u : 0u);
    table[i] = remainder;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kCrcTable = make_crc_table();

void put_u32(std::uint32_t number, std::string& out) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(number >> shift & 0xff));
}

void put_text(std::string_view text, std::string& out) {
  put_u32(static_cast<std::uint32_t>(text.size()), out);
  out.append(text);
}

// Reads what put_u32() and put_text() wrote; `ok` turns false at the first thing that does not fit.
struct Cursor {
  std::string_view rest;
  bool ok = true;

  std::uint32_t u32() {
    if (rest.size() < 4) {
      ok = false;
      return 0;
    }
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      number |= std::uint32_t{static_cast<unsigned char>(rest[i])} << (8 * i);
    }
    rest.remove_prefix(4);
    return number;
  }

  std::string text() {
    const std::uint32_t size = u32();
    if (!ok || rest.size() < size) {
      ok = false;
      return {};
    }
    std::string found(rest.substr(0, size));
    rest.remove_prefix(size);
    return found;
  }
};

std::optional<DiskBatch> decode_content(std::string_view content) {
  Cursor cursor{content};
  DiskBatch batch;
  const std::uint32_t writes = cursor.u32();
  for (std::uint32_t i = 0; i < writes && cursor.ok; ++i) {
    DiskWrite write;
    write.key = cursor.text();
    if (cursor.u32() != 0) write.value = cursor.text();
    batch.writes.push_back(std::move(write));
  }
  const std::uint32_t ranges = cursor.u32();
  for (std::uint32_t i = 0; i < ranges && cursor.ok; ++i) {
    std::string first = cursor.text();
    batch.delete_ranges.emplace_back(std::move(first), cursor.text());
  }
  if (!cursor.ok || !cursor.rest.empty()) return std::nullopt;
  return batch;
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t remainder = 0xffffffffu;
  for (const char byte : bytes) {
    remainder = (remainder >> 8) ^ kCrcTable[(remainder ^ static_cast<unsigned char>(byte)) & 0xff];
  }
  return remainder ^ 0xffffffffu;
}

void encode_record(const DiskBatch& batch, std::string& log) {
  std::string content;
  put_u32(static_cast<std::uint32_t>(batch.writes.size()), content);
  for (const DiskWrite& write : batch.writes) {
    put_text(write.key, content);
    put_u32(write.value.has_value() ? 1 : 0, content);
    if (write.value.has_value()) put_text(*write.value, content);
  }
  put_u32(static_cast<std::uint32_t>(batch.delete_ranges.size()), content);
  for (const auto& [first, last] : batch.delete_ranges) {
    put_text(first, content);
    put_text(last, content);
  }
  put_u32(static_cast<std::uint32_t>(content.size()), log);
  put_u32(crc32(content), log);
  log.append(content);
}

DecodedLog decode_log(std::string_view log) {
  DecodedLog decoded;
  while (log.size() >= kHeaderBytes) {
    Cursor header{log.substr(0, kHeaderBytes)};
    const std::uint32_t size = header.u32();
    const std::uint32_t crc = header.u32();
    if (log.size() - kHeaderBytes < size) break;
    const std::string_view content = log.substr(kHeaderBytes, size);
    if (crc32(content) != crc) break;
    std::optional<DiskBatch> batch = decode_content(content);
    if (!batch.has_value()) break;
    decoded.batches.push_back(std::move(*batch));
    log.remove_prefix(kHeaderBytes + size);
  }
  decoded.torn_bytes = log.size();
  return decoded;
}

}  // namespace assay::sim
