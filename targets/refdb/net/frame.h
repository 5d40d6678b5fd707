// Frames: how refdb's messages lie in a stream of bytes. A frame is a header of 12 bytes and a payload:
//
//   magic 0x5a 0xa5 | version 1 | kind | payload length, 4 bytes | CRC-32C of kind, length and payload, 4 bytes
//
// Numbers are little-endian. The first frame on a connection, sent by the side that connected, is a hello; the rest are
// messages, opaque here. Everything in this file is pure: it is what the fuzzer and the tests drive without sockets.
//
// Thread safety: none. Errors: a decoder that met garbage stays in error; the connection must be closed. Memory: a
// decoder holds at most one payload of the allowed size and one read beyond it, and grows only as bytes really arrive.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

enum class FrameKind : std::uint8_t { hello = 1, message = 2 };

inline constexpr std::size_t kFrameHeaderSizeBytes = 12;
inline constexpr std::uint8_t kFrameVersion = 1;

struct Frame {
  FrameKind kind = FrameKind::message;
  std::string_view payload;  // lies in the decoder's buffer
};

enum class FrameError : std::uint8_t { none, bad_magic, bad_version, bad_kind, too_long, bad_checksum };
inline constexpr std::size_t kFrameErrorCount = 6;
std::string_view frame_error_name(FrameError error);

// Requires: payload shorter than 4 GiB.
void append_frame(std::string& out, FrameKind kind, std::string_view payload);

class FrameDecoder {
 public:
  explicit FrameDecoder(std::size_t payload_size_max_bytes) : payload_size_max_(payload_size_max_bytes) {}

  // For a connection whose limit depends on who it turns out to be.
  void set_payload_size_max(std::size_t size_bytes) { payload_size_max_ = size_bytes; }

  // Room for at least `size_bytes` more bytes from the network; invalidates the payload of the last frame.
  std::span<char> prepare(std::size_t size_bytes);
  // That many bytes of the room were filled.
  void commit(std::size_t size_bytes);
  // The next whole frame; nothing when more bytes are needed or in error.
  std::optional<Frame> next();
  FrameError error() const { return error_; }
  // Bytes held that belong to no whole frame yet.
  std::size_t unread_size_bytes() const { return end_ - begin_; }

 private:
  std::size_t payload_size_max_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  FrameError error_ = FrameError::none;
};

// No node in particular: a client has no number, and may accept whoever answers.
inline constexpr PeerId kAnyNode = 0xffff;

// Who connects, and to whom it believes to connect.
struct Hello {
  enum class Role : std::uint8_t { peer = 1, client = 2 };
  Role role = Role::client;
  std::uint64_t cluster_id = 0;  // 0 from a client: any cluster
  PeerId from = kAnyNode;
  PeerId to = kAnyNode;

  friend bool operator==(const Hello&, const Hello&) = default;
};
std::string encode_hello(const Hello& hello);
std::optional<Hello> decode_hello(std::string_view payload);

}  // namespace assay::refdb
