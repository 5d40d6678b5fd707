// Deflate and inflate, by zlib, in memory.
//
// Thread safety: plain functions. Errors: as said. Complexity: linear.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::formats {

enum class DeflateForm : std::uint8_t {
  zlib,
  raw
};  // raw: without zlib's header and checksum, as in zip files

// `level`: 1 fast .. 9 small.
std::string deflate(std::string_view bytes, DeflateForm form, int level);

// Nothing when the bytes are not all of one zlib stream, or would become more than `size_bytes_max`.
std::optional<std::string> inflate(std::string_view bytes, std::size_t size_bytes_max);

std::uint32_t crc32_of(std::string_view bytes);

}  // namespace assay::formats
