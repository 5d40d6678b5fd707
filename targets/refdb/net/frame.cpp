#include "targets/refdb/net/frame.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "harness/core/assert.h"
#include "targets/refdb/wire/crc32c.h"

namespace assay::refdb {

namespace {

constexpr unsigned char kMagic[2] = {0x5a, 0xa5};
constexpr std::size_t kHelloSizeBytes = 13;
// A buffer that once held a large frame is given back when it is empty.
constexpr std::size_t kBufferKeptBytes = 256u << 10;

template <typename Number>
void append_number(std::string& out, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i) out.push_back(static_cast<char>(number >> (8 * i) & 0xff));
}

template <typename Number>
Number read_number(const char* bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    number =
        static_cast<Number>(number | static_cast<Number>(static_cast<unsigned char>(bytes[i])) << (8 * i));
  }
  return number;
}

// The payload's CRC, bent by kind and length so that a damaged header is noticed too.
std::uint32_t checksum(std::uint8_t kind, std::uint32_t size, std::string_view payload) {
  return crc32c(payload) ^ (size * 0x9e3779b1u) ^ kind;
}

}  // namespace

std::string_view frame_error_name(FrameError error) {
  switch (error) {
    case FrameError::none:
      return "none";
    case FrameError::bad_magic:
      return "bad-magic";
    case FrameError::bad_version:
      return "bad-version";
    case FrameError::bad_kind:
      return "bad-kind";
    case FrameError::too_long:
      return "too-long";
    case FrameError::bad_checksum:
      return "bad-checksum";
  }
  ASSAY_ASSERT(false);
}

void append_frame(std::string& out, FrameKind kind, std::string_view payload) {
  ASSAY_ASSERT(payload.size() <= std::numeric_limits<std::uint32_t>::max());
  const auto size = static_cast<std::uint32_t>(payload.size());
  out.push_back(static_cast<char>(kMagic[0]));
  out.push_back(static_cast<char>(kMagic[1]));
  out.push_back(static_cast<char>(kFrameVersion));
  out.push_back(static_cast<char>(kind));
  append_number(out, size);
  append_number(out, checksum(static_cast<std::uint8_t>(kind), size, payload));
  out.append(payload);
}

std::span<char> FrameDecoder::prepare(std::size_t size_bytes) {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > kBufferKeptBytes && size_bytes < kBufferKeptBytes) std::vector<char>().swap(buffer_);
  }
  if (buffer_.size() - end_ < size_bytes) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    // Doubling, so that a large frame is copied a constant number of times.
    if (buffer_.size() - end_ < size_bytes) buffer_.resize(std::max(end_ + size_bytes, 2 * end_));
  }
  return {buffer_.data() + end_, buffer_.size() - end_};
}

void FrameDecoder::commit(std::size_t size_bytes) {
  ASSAY_ASSERT(size_bytes <= buffer_.size() - end_);
  end_ += size_bytes;
}

std::optional<Frame> FrameDecoder::next() {
  if (error_ != FrameError::none) return std::nullopt;
  const char* header = buffer_.data() + begin_;
  const std::size_t available = end_ - begin_;
  // The first bytes are judged as they come, so that garbage shorter than a header does not linger.
  for (std::size_t i = 0; i < std::min(available, sizeof kMagic); ++i) {
    if (static_cast<unsigned char>(header[i]) != kMagic[i]) error_ = FrameError::bad_magic;
  }
  if (error_ != FrameError::none || available < kFrameHeaderSizeBytes) return std::nullopt;
  const auto version = static_cast<std::uint8_t>(header[2]), kind = static_cast<std::uint8_t>(header[3]);
  const auto size = read_number<std::uint32_t>(header + 4);
  if (version != kFrameVersion) {
    error_ = FrameError::bad_version;
  } else if (kind != static_cast<std::uint8_t>(FrameKind::hello) &&
             kind != static_cast<std::uint8_t>(FrameKind::message)) {
    error_ = FrameError::bad_kind;
  } else if (size > payload_size_max_) {
    error_ = FrameError::too_long;
  }
  if (error_ != FrameError::none || available < kFrameHeaderSizeBytes + size) return std::nullopt;
  const std::string_view payload(header + kFrameHeaderSizeBytes, size);
  if (read_number<std::uint32_t>(header + 8) != checksum(kind, size, payload)) {
    error_ = FrameError::bad_checksum;
    return std::nullopt;
  }
  begin_ += kFrameHeaderSizeBytes + size;
  return Frame{static_cast<FrameKind>(kind), payload};
}

std::string encode_hello(const Hello& hello) {
  std::string payload;
  payload.push_back(static_cast<char>(hello.role));
  append_number(payload, hello.cluster_id);
  append_number(payload, hello.from);
  append_number(payload, hello.to);
  return payload;
}

std::optional<Hello> decode_hello(std::string_view payload) {
  if (payload.size() != kHelloSizeBytes) return std::nullopt;
  Hello hello;
  if (payload[0] != static_cast<char>(Hello::Role::peer) &&
      payload[0] != static_cast<char>(Hello::Role::client)) {
    return std::nullopt;
  }
  hello.role = static_cast<Hello::Role>(payload[0]);
  hello.cluster_id = read_number<std::uint64_t>(payload.data() + 1);
  hello.from = read_number<PeerId>(payload.data() + 9);
  hello.to = read_number<PeerId>(payload.data() + 11);
  return hello;
}

}  // namespace assay::refdb
