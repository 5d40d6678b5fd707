#include "targets/refdb/net/frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "harness/core/rng.h"
#include "targets/refdb/wire/crc32c.h"

namespace assay::refdb {
namespace {

constexpr std::size_t kMax = 1'000;

void feed(FrameDecoder& decoder, std::string_view bytes) {
  const std::span<char> room = decoder.prepare(bytes.size());
  std::copy(bytes.begin(), bytes.end(), room.begin());
  decoder.commit(bytes.size());
}

std::string frame_of(std::string_view payload, FrameKind kind = FrameKind::message) {
  std::string out;
  append_frame(out, kind, payload);
  return out;
}

FrameError error_of(std::string_view bytes) {
  FrameDecoder decoder(kMax);
  feed(decoder, bytes);
  while (decoder.next()) {
  }
  return decoder.error();
}

TEST(Crc32c, KnownAnswersOfRfc3720) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Frame, WireFormatIsFixed) {
  const std::string bytes = frame_of("hi");
  ASSERT_EQ(bytes.size(), kFrameHeaderSizeBytes + 2);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x5a\xa5\x01\x02\x02\0\0\0", 8));
  EXPECT_EQ(bytes.substr(12), "hi");
}

TEST(FrameDecoder, FindsTheSameFramesHoweverTheStreamIsCut) {
  Rng rng(7);
  for (int round = 0; round < 200; ++round) {
    std::string stream;
    std::vector<std::string> sent, found;
    for (std::int64_t i = rng.between(1, 12); i > 0; --i) {
      sent.emplace_back(static_cast<std::size_t>(rng.between(0, rng.chance(1, 3) ? 1'000 : 20)),
                        static_cast<char>('a' + i));
      append_frame(stream, FrameKind::message, sent.back());
    }
    FrameDecoder decoder(kMax);
    for (std::size_t at = 0; at < stream.size();) {
      const auto size =
          std::min<std::size_t>(stream.size() - at, static_cast<std::size_t>(rng.between(1, 700)));
      feed(decoder, std::string_view(stream).substr(at, size));
      at += size;
      while (const auto frame = decoder.next()) found.emplace_back(frame->payload);
    }
    EXPECT_EQ(found, sent);
    EXPECT_EQ(decoder.error(), FrameError::none);
    EXPECT_EQ(decoder.unread_size_bytes(), 0u);
  }
}

TEST(FrameDecoder, NamesWhatIsWrong) {
  const std::string good = frame_of("payload");
  const auto broken = [&](std::size_t at, char byte) {
    std::string bytes = good;
    bytes[at] = byte;
    return bytes;
  };
  EXPECT_EQ(error_of("G"), FrameError::bad_magic);
  EXPECT_EQ(error_of("GET / HTTP/1.1\r\n\r\n"), FrameError::bad_magic);
  EXPECT_EQ(error_of(broken(1, 0)), FrameError::bad_magic);
  EXPECT_EQ(error_of(broken(2, 2)), FrameError::bad_version);
  EXPECT_EQ(error_of(broken(3, 9)), FrameError::bad_kind);
  EXPECT_EQ(error_of(broken(3, 1)), FrameError::bad_checksum);
  EXPECT_EQ(error_of(broken(4, 6)), FrameError::bad_checksum);
  EXPECT_EQ(error_of(broken(7, 1)), FrameError::too_long);
  EXPECT_EQ(error_of(broken(9, 'x')), FrameError::bad_checksum);
  EXPECT_EQ(error_of(broken(15, 'x')), FrameError::bad_checksum);
  EXPECT_EQ(error_of(good + good + "x"), FrameError::bad_magic);
  EXPECT_EQ(error_of(good.substr(0, 14)), FrameError::none);
}

TEST(FrameDecoder, AcceptsTheLongestPayloadAndNoLonger) {
  EXPECT_EQ(error_of(frame_of(std::string(kMax, 'x'))), FrameError::none);
  EXPECT_EQ(error_of(frame_of(std::string(kMax + 1, 'x'))), FrameError::too_long);
}

TEST(FrameDecoder, StaysInError) {
  FrameDecoder decoder(kMax);
  feed(decoder, "x");
  EXPECT_FALSE(decoder.next());
  feed(decoder, frame_of("good"));
  EXPECT_FALSE(decoder.next());
  EXPECT_EQ(decoder.error(), FrameError::bad_magic);
}

TEST(FrameDecoder, DoesNotReserveWhatAHeaderOnlyAnnounces) {
  FrameDecoder decoder(1u << 30);
  std::string header = frame_of("").substr(0, kFrameHeaderSizeBytes);
  header[7] = 0x3f;
  feed(decoder, header);
  EXPECT_FALSE(decoder.next());
  EXPECT_LT(decoder.prepare(4'096).size(), 100'000u);
}

TEST(Hello, RoundTripAndGarbage) {
  const Hello hello{Hello::Role::peer, 0x0102030405060708u, 3, 65'000};
  EXPECT_EQ(decode_hello(encode_hello(hello)), hello);
  std::string bytes = encode_hello(hello);
  bytes[0] = 3;
  EXPECT_FALSE(decode_hello(bytes));
  EXPECT_FALSE(decode_hello(""));
  EXPECT_FALSE(decode_hello(encode_hello(hello) + "x"));
}

}  // namespace
}  // namespace assay::refdb
