#include <gtest/gtest.h>

#include <limits>

#include "harness/core/rng.h"
#include "targets/refdb/wire/bytes.h"
#include "targets/refdb/wire/client_messages.h"
#include "targets/refdb/wire/envelope.h"
#include "targets/refdb/wire/values.h"

namespace assay::refdb::wire {
namespace {

Value random_value(Rng& rng, int depth) {
  switch (rng.below(depth > 0 ? 6 : 4)) {
    case 0:
      return {};
    case 1:
      return Value::boolean(rng.chance(1, 2));
    case 2:
      return Value(static_cast<std::int64_t>(rng.next() >> rng.below(64)) * (rng.chance(1, 2) ? 1 : -1));
    case 3:
      return Value::text(std::string(rng.below(20), static_cast<char>(rng.below(256))));
    case 4:
      return Value::pair(random_value(rng, depth - 1), random_value(rng, depth - 1));
    default: {
      std::vector<Value> elements(rng.below(5));
      for (Value& element : elements) element = random_value(rng, depth - 1);
      return Value::list(std::move(elements));
    }
  }
}

ClientRequest random_request(Rng& rng) {
  ClientRequest request{rng.next(), rng.next(), static_cast<std::uint32_t>(rng.next()), {}, {}};
  request.mops.resize(1 + rng.below(4));
  for (Mop& mop : request.mops) {
    mop.fn = static_cast<Fn>(rng.below(13));
    mop.key = static_cast<Key>(rng.next());
    mop.argument = random_value(rng, 3);
  }
  return request;
}

TEST(Bytes, NumbersAtTheEdges) {
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
                                     std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    std::string out;
    Writer(out).number(number);
    Writer(out).fixed(number);
    Writer(out).signed_number(static_cast<std::int64_t>(number));
    Reader reader(out);
    EXPECT_EQ(reader.number(), number);
    EXPECT_EQ(reader.fixed(), number);
    EXPECT_EQ(reader.signed_number(), static_cast<std::int64_t>(number));
    EXPECT_TRUE(reader.finished());
  }
}

TEST(Bytes, AVarintOfMoreThan64BitsIsAnError) {
  Reader too_long(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11));
  too_long.number();
  EXPECT_FALSE(too_long.ok());
  Reader too_large(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10));
  too_large.number();
  EXPECT_FALSE(too_large.ok());
}

TEST(Bytes, AfterAnErrorEverythingIsEmpty) {
  Reader reader("ab");
  EXPECT_EQ(reader.fixed(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.byte(), 0);
  EXPECT_EQ(reader.bytes(10), "");
  EXPECT_FALSE(reader.finished());
}

TEST(Bytes, ALengthBeyondTheEndOrTheLimitIsAnError) {
  std::string out;
  Writer(out).bytes("hello");
  EXPECT_EQ(Reader(out).bytes(5), "hello");
  Reader limited(out);
  limited.bytes(4);
  EXPECT_FALSE(limited.ok());
  Reader cut(std::string_view(out).substr(0, 4));
  cut.bytes(100);
  EXPECT_FALSE(cut.ok());
}

TEST(Values, RoundTrip) {
  Rng rng(5);
  for (int i = 0; i < 2'000; ++i) {
    const Value value = random_value(rng, 5);
    std::string out;
    Writer writer(out);
    write_value(writer, value);
    Reader reader(out);
    EXPECT_EQ(read_value(reader), value);
    EXPECT_TRUE(reader.finished());
  }
}

TEST(Values, TooDeepIsRefused) {
  Value deep;
  for (int i = 0; i < kValueDepthMax; ++i) deep = Value::list({deep});
  std::string out;
  Writer writer(out);
  write_value(writer, deep);
  Reader reader(out);
  read_value(reader);
  EXPECT_FALSE(reader.ok());
}

TEST(Values, AListThatLiesAboutItsSizeIsRefused) {
  std::string out;
  Writer writer(out);
  writer.byte(5);
  writer.number(std::uint64_t{1} << 60);
  Reader reader(out);
  read_value(reader);
  EXPECT_FALSE(reader.ok());
}

TEST(ClientMessages, RequestsRoundTrip) {
  Rng rng(6);
  for (int i = 0; i < 1'000; ++i) {
    const ClientRequest request = random_request(rng);
    const auto decoded = decode_request(encode_request(request));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->client, request.client);
    EXPECT_EQ(decoded->number, request.number);
    EXPECT_EQ(decoded->attempt, request.attempt);
    EXPECT_EQ(decoded->mops, request.mops);
    const auto command = decode_command(encode_command(request));
    ASSERT_TRUE(command);
    EXPECT_EQ(command->mops, request.mops);
  }
}

TEST(ClientMessages, AnswersRoundTrip) {
  Rng rng(7);
  for (int i = 0; i < 1'000; ++i) {
    ClientAnswer answer;
    answer.number = rng.next();
    answer.attempt = static_cast<std::uint32_t>(rng.next());
    answer.status = static_cast<Status>(rng.below(8));
    if (rng.chance(1, 2)) answer.leader = static_cast<PeerId>(rng.below(65'536));
    answer.results.resize(rng.below(4));
    for (Value& result : answer.results) result = random_value(rng, 2);
    const auto decoded = decode_answer(encode_answer(answer));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->number, answer.number);
    EXPECT_EQ(decoded->attempt, answer.attempt);
    EXPECT_EQ(decoded->status, answer.status);
    EXPECT_EQ(decoded->leader, answer.leader);
    EXPECT_EQ(decoded->results, answer.results);
  }
}

TEST(ClientMessages, TruncationsAndChangedBytesAreRefused) {
  Rng rng(8);
  for (int i = 0; i < 200; ++i) {
    const std::string message = encode_request(random_request(rng));
    for (std::size_t size = 0; size < message.size(); ++size) {
      EXPECT_FALSE(decode_request(std::string_view(message).substr(0, size)));
    }
    std::string changed = message;
    changed[rng.below(changed.size())] ^= static_cast<char>(1 + rng.below(255));
    EXPECT_FALSE(decode_request(changed));
  }
}

// Behind a right checksum, whatever comes is decoded or refused, and reading stays inside (the sanitizers look).
TEST(ClientMessages, GarbageIsRefusedOrDecoded) {
  Rng rng(9);
  std::size_t decoded = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string message;
    begin_client_message(message);
    message.push_back(static_cast<char>(1 + rng.below(2)));
    for (std::uint64_t n = rng.below(40); n > 0; --n) {
      message.push_back(static_cast<char>(rng.chance(1, 2) ? rng.below(8) : rng.below(256)));
    }
    seal(message);
    decoded += decode_request(message) || decode_answer(message) ? 1 : 0;
  }
  EXPECT_GT(decoded, 0u);
}

TEST(ClientMessages, TooManyMopsAreRefused) {
  ClientRequest request;
  request.mops.resize(kMopsMax + 1);
  EXPECT_FALSE(decode_request(encode_request(request)));
}

TEST(Envelope, TellsItsTroubles) {
  std::string message;
  begin_peer_message(message, 42);
  message += "body";
  seal(message);
  EXPECT_EQ(open_peer_message(message, 42).body, "body");
  EXPECT_EQ(open_peer_message(message, 43).trouble, Trouble::foreign_cluster);
  EXPECT_EQ(open_client_message(message).trouble, Trouble::garbage);
  EXPECT_EQ(open_peer_message("", 42).trouble, Trouble::garbage);
  std::string newer = message;
  newer[1] = static_cast<char>(kProtocolVersion + 1);
  EXPECT_EQ(open_peer_message(newer, 42).trouble, Trouble::unknown_version);
  std::string changed = message;
  changed[11] ^= 1;
  EXPECT_EQ(open_peer_message(changed, 42).trouble, Trouble::garbage);
}

TEST(BigEndian, KeepsTheOrder) {
  Rng rng(10);
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t a = rng.next() >> rng.below(64);
    const std::uint64_t b = rng.next() >> rng.below(64);
    std::string a_bytes;
    std::string b_bytes;
    append_big_endian(a_bytes, a);
    append_big_endian(b_bytes, b);
    EXPECT_EQ(a < b, a_bytes < b_bytes);
    EXPECT_EQ(read_big_endian(a_bytes), a);
  }
}

}  // namespace
}  // namespace assay::refdb::wire
