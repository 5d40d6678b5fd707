#include "targets/refdb/raft/messages.h"

#include <gtest/gtest.h>

#include "harness/core/rng.h"
#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb::raft {
namespace {

Message random_message(Rng& rng) {
  Message message;
  message.kind = static_cast<MessageKind>(1 + rng.below(11));
  message.term = rng.below(1'000'000);
  message.index = rng.below(1'000'000);
  message.log_term = rng.below(1'000'000);
  message.commit = rng.below(1'000'000);
  message.refused = rng.chance(1, 2);
  message.hint_index = rng.below(1'000'000);
  message.round = rng.next();
  message.offset = rng.next();
  message.last_chunk = rng.chance(1, 2);
  message.chunk = std::string(rng.below(50), 'c');
  message.asked_by_leader = rng.chance(1, 2);
  if (rng.chance(1, 3)) message.voters = {0, 2, static_cast<PeerId>(3 + rng.below(300))};
  for (std::uint64_t n = rng.below(4); n > 0; --n) {
    Entry entry;
    entry.index = message.index + message.entries.size() + 1;
    entry.term = rng.below(1'000);
    if (rng.chance(2, 3)) {
      entry.kind = EntryKind::command;
      entry.data = std::make_shared<const std::string>(rng.below(30), 'd');
    }
    message.entries.push_back(std::move(entry));
  }
  return message;
}

TEST(Messages, RoundTrip) {
  Rng rng(1);
  for (int i = 0; i < 2'000; ++i) {
    const Message message = random_message(rng);
    const int level = i % 2 == 0 ? 1 : kNewerLevel;
    const std::string bytes = encode_message(message, 9, level);
    const DecodedMessage decoded = decode_message(bytes, 9, kNewerLevel);
    ASSERT_EQ(decoded.trouble, wire::Trouble::none);
    EXPECT_EQ(decoded.level, level);
    EXPECT_EQ(encode_message(decoded.message, 9, level), bytes);
    EXPECT_EQ(decoded.message.voters, message.voters);
    EXPECT_EQ(decoded.message.asked_by_leader, message.asked_by_leader);
    EXPECT_EQ(decoded.message.refused, message.refused);
    EXPECT_EQ(decoded.message.round, message.round);
    ASSERT_EQ(decoded.message.entries.size(), message.entries.size());
    for (std::size_t n = 0; n < message.entries.size(); ++n) {
      EXPECT_EQ(decoded.message.entries[n].index, message.entries[n].index);
      EXPECT_EQ(decoded.message.entries[n].command(), message.entries[n].command());
    }
  }
}

TEST(Messages, TruncatedOrForeignOnesAreRefused) {
  Rng rng(2);
  for (int i = 0; i < 100; ++i) {
    const std::string bytes = encode_message(random_message(rng), 9);
    EXPECT_EQ(decode_message(bytes, 8).trouble, wire::Trouble::foreign_cluster);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_NE(decode_message(std::string_view(bytes).substr(0, size), 9).trouble, wire::Trouble::none);
    }
  }
}

TEST(Messages, GarbageBehindARightEnvelopeIsRefusedOrDecoded) {
  Rng rng(3);
  int decoded = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string body(rng.below(40), '\0');
    for (char& c : body) c = static_cast<char>(rng.chance(1, 2) ? rng.below(4) : rng.below(256));
    decoded += decode_message_body(body) ? 1 : 0;
  }
  EXPECT_GT(decoded, 0);
}

TEST(Messages, TheNewerFormatIsUnknownToTheOlderBuildAndFindsDamage) {
  Message message;
  message.kind = MessageKind::append;
  message.entries.push_back({1, 1, EntryKind::command, std::make_shared<const std::string>("command")});
  const std::string bytes = encode_message(message, 9, kNewerLevel);
  EXPECT_EQ(decode_message(bytes, 9).trouble, wire::Trouble::unknown_version);
  EXPECT_EQ(decode_message(bytes, 9, kNewerLevel).trouble, wire::Trouble::none);
  // Damaged before the envelope was put around it.
  std::string body(wire::open_peer_message(bytes, 9, kNewerLevel).body);
  ASSERT_TRUE(decode_message_body(body, kNewerLevel).has_value());
  body[body.find("command")] = 'K';
  EXPECT_FALSE(decode_message_body(body, kNewerLevel).has_value());
}

TEST(Messages, ACommandInTheNewerFormatIsNonsenseToTheOlderBuild) {
  wire::ClientRequest request;
  request.client = 7;
  request.number = 1;
  request.mops.push_back({Fn::write, 1, Value(5), {}});
  const std::string command = wire::encode_command(request);
  const std::string newer = in_newer_format(command);
  EXPECT_EQ(from_newer_format(newer), command);
  EXPECT_EQ(from_newer_format(command), command);
  EXPECT_FALSE(wire::decode_command(newer).has_value());
}

TEST(Messages, NumbersNearOverflowAreRefused) {
  Message message;
  message.index = ~std::uint64_t{0};
  EXPECT_EQ(decode_message(encode_message(message, 1), 1).trouble, wire::Trouble::garbage);
}

}  // namespace
}  // namespace assay::refdb::raft
