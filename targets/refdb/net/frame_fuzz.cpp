// Whatever bytes arrive, however they are cut: the decoder neither crashes nor reads beyond them, and what it takes for
// a frame encodes to the very bytes it came from.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "targets/refdb/net/frame.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::refdb;
  if (size == 0) return 0;
  // The first byte chooses the size of the pieces.
  const std::size_t piece_max = data[0] == 0 ? 1 : data[0];
  const std::string stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  FrameDecoder decoder(4'096);
  std::string seen;
  for (std::size_t at = 0; at < stream.size() && decoder.error() == FrameError::none;) {
    const std::size_t piece = std::min(piece_max, stream.size() - at);
    std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(at), piece, decoder.prepare(piece).begin());
    decoder.commit(piece);
    at += piece;
    while (const auto frame = decoder.next()) {
      append_frame(seen, frame->kind, frame->payload);
      if (const auto hello = decode_hello(frame->payload)) {
        if (encode_hello(*hello) != frame->payload) std::abort();
      }
    }
  }
  if (stream.compare(0, seen.size(), seen) != 0) std::abort();
  return 0;
}
