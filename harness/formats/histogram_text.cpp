#include "harness/formats/histogram_text.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#include "harness/core/base64.h"
#include "harness/core/error.h"
#include "harness/formats/deflate.h"

namespace assay::formats {

namespace {

constexpr std::uint32_t kCookie = 0x1c849313;            // version 2, words of up to 64 bits
constexpr std::uint32_t kCompressedCookie = 0x1c849314;  // the same, deflated
constexpr std::size_t kHeaderBytes = 40;
constexpr std::size_t kEncodedBytesMax = kHeaderBytes + Histogram::kBuckets * 9;
constexpr int kDigits = 3;

void put_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

// ZigZag, then seven bits a byte, the least ones first; a ninth byte has eight.
void put_number(std::string& out, std::int64_t number) {
  std::uint64_t value = (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
  for (int i = 0; i < 8; ++i) {
    if (value < 0x80) {
      out += static_cast<char>(value);
      return;
    }
    out += static_cast<char>((value & 0x7F) | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

// Takes buckets in ascending order.
class CountsWriter {
 public:
  void put(std::size_t index, std::uint64_t count) {
    const std::size_t empty = index - next_;
    if (empty == 1) put_number(out_, 0);
    if (empty > 1) put_number(out_, -static_cast<std::int64_t>(empty));
    put_number(out_, static_cast<std::int64_t>(count));
    next_ = index + 1;
  }
  std::string finish() {
    if (next_ == 0) put_number(out_, 0);  // an empty histogram has one empty bucket
    std::string whole;
    put_big_endian(whole, kCookie, 4);
    put_big_endian(whole, out_.size(), 4);
    put_big_endian(whole, 0, 4);  // no offset of indexes
    put_big_endian(whole, kDigits, 4);
    put_big_endian(whole, 1, 8);
    put_big_endian(whole, static_cast<std::uint64_t>(Histogram::kHighest), 8);
    put_big_endian(whole, std::bit_cast<std::uint64_t>(1.0), 8);
    return whole + out_;
  }

 private:
  std::string out_;
  std::size_t next_ = 0;
};

std::string to_text(const std::string& encoded) {
  const std::string compressed = deflate(encoded, DeflateForm::zlib, 6);
  std::string whole;
  put_big_endian(whole, kCompressedCookie, 4);
  put_big_endian(whole, compressed.size(), 4);
  return base64_of(whole + compressed);
}

[[noreturn]] void refuse(const std::string& why) { throw InputError("histogram: " + why); }

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  bool at_end() const { return at_ == bytes_.size(); }
  std::size_t left() const { return bytes_.size() - at_; }

  std::uint64_t big_endian(int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | next();
    return value;
  }

  std::int64_t number() {
    std::uint64_t value = 0;
    for (int i = 0; i < 9; ++i) {
      const std::uint64_t byte = next();
      value |= (i == 8 ? byte : byte & 0x7F) << (7 * i);
      if (i == 8 || byte < 0x80) break;
    }
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }

 private:
  std::uint64_t next() {
    if (at_end()) refuse("it ends after " + std::to_string(at_) + " bytes, in the middle of a value");
    return static_cast<unsigned char>(bytes_[at_++]);
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

void read_header(Bytes& bytes) {
  if (const std::uint64_t cookie = bytes.big_endian(4); cookie != kCookie)
    refuse("it begins with " + std::to_string(cookie) + ", not with " + std::to_string(kCookie) +
           " (encoding V2)");
  const std::uint64_t length = bytes.big_endian(4);
  const std::uint64_t offset = bytes.big_endian(4);
  const std::uint64_t digits = bytes.big_endian(4);
  const std::uint64_t lowest = bytes.big_endian(8);
  const std::uint64_t highest = bytes.big_endian(8);
  const std::uint64_t ratio = bytes.big_endian(8);
  // hdr-histogram-js writes whole ones in both places, which nobody means and it does not read.
  const bool careless = offset == 1 && ratio == 1;
  if (length != bytes.left())
    refuse("its header says " + std::to_string(length) + " bytes of counts, and there are " +
           std::to_string(bytes.left()));
  if (offset != 0 && !careless) refuse("its indexes are shifted; only histograms without an offset are read");
  if (digits != kDigits) refuse("it has " + std::to_string(digits) + " significant digits; only 3 are read");
  if (lowest != 1) refuse("its lowest value is " + std::to_string(lowest) + "; only 1 is read");
  if (highest > static_cast<std::uint64_t>(Histogram::kHighest))
    refuse("its highest value is " + std::to_string(highest) + "; at most one hour in nanoseconds is read");
  if (ratio != std::bit_cast<std::uint64_t>(1.0) && !careless)
    refuse("its values are scaled; only a ratio of 1 is read");
}

}  // namespace

std::string encode_histogram(const Histogram& histogram) {
  CountsWriter writer;
  for (std::size_t i = 0; i < histogram.counts().size(); ++i) {
    if (histogram.counts()[i] != 0) writer.put(i, histogram.counts()[i]);
  }
  return writer.finish();
}

std::string histogram_to_text(const Histogram& histogram) { return to_text(encode_histogram(histogram)); }

std::string histogram_to_text(const CompactHistogram& histogram) {
  CountsWriter writer;
  for (const CompactHistogram::Entry& entry : histogram.entries()) writer.put(entry.index, entry.count);
  return to_text(writer.finish());
}

Histogram decode_histogram(std::string_view encoded) {
  Bytes bytes(encoded);
  read_header(bytes);
  Histogram histogram;
  std::uint64_t index = 0;
  while (!bytes.at_end()) {
    const std::int64_t number = bytes.number();
    if (number < 0) {
      if (number < -static_cast<std::int64_t>(Histogram::kBuckets)) refuse("it has too many empty buckets");
      index += static_cast<std::uint64_t>(-number);
    } else {
      if (index >= Histogram::kBuckets) refuse("it has more buckets than there are");
      constexpr std::uint64_t kCountMax = std::numeric_limits<std::uint64_t>::max() / 2;
      if (static_cast<std::uint64_t>(number) > kCountMax - histogram.count())
        refuse("it has too many samples");
      const Nanos lowest = Histogram::lowest_of(index);
      if (lowest > Histogram::kHighest && number > 0) refuse("it has a sample above one hour");
      const Nanos middle = lowest + (Histogram::highest_of(index) - lowest + 1) / 2;
      if (number > 0)
        histogram.record(std::min(middle, Histogram::kHighest), static_cast<std::uint64_t>(number));
      ++index;
    }
    if (index > Histogram::kBuckets) refuse("it has more buckets than there are");
  }
  return histogram;
}

Histogram histogram_from_text(std::string_view text) {
  const std::optional<std::string> compressed = from_base64(text);
  if (!compressed) refuse("it is no base64");
  Bytes bytes(*compressed);
  if (const std::uint64_t cookie = bytes.big_endian(4); cookie != kCompressedCookie)
    refuse("it begins with " + std::to_string(cookie) + ", not with " + std::to_string(kCompressedCookie) +
           " (compressed encoding V2)");
  if (const std::uint64_t length = bytes.big_endian(4); length != bytes.left())
    refuse("its header says " + std::to_string(length) + " compressed bytes, and there are " +
           std::to_string(bytes.left()));
  const auto encoded = inflate(std::string_view(*compressed).substr(8), kEncodedBytesMax);
  if (!encoded) refuse("its compressed bytes are broken, or become too many");
  return decode_histogram(*encoded);
}

}  // namespace assay::formats
