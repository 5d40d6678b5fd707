#include "harness/formats/deflate.h"

#include <zlib.h>

#include "harness/core/assert.h"

namespace assay::formats {

namespace {

// zlib does not change its input, but its interface does not say so.
Bytef* input_of(std::string_view bytes) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
}

}  // namespace

std::string deflate(std::string_view bytes, DeflateForm form, int level) {
  z_stream stream{};
  const int window_bits = form == DeflateForm::raw ? -MAX_WBITS : MAX_WBITS;
  ASSAY_ASSERT(deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  ASSAY_ASSERT(result == Z_STREAM_END);
  return out;
}

std::optional<std::string> inflate(std::string_view bytes, std::size_t size_bytes_max) {
  std::string out(size_bytes_max, '\0');
  z_stream stream{};
  ASSAY_ASSERT(inflateInit(&stream) == Z_OK);
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = ::inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.avail_in == 0;
  out.resize(stream.total_out);
  inflateEnd(&stream);
  if (!whole) return std::nullopt;
  return out;
}

std::uint32_t crc32_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

}  // namespace assay::formats
