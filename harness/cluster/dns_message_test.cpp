// What the agent's name server makes of questions, also of those that nobody asks in good faith.
#include "harness/cluster/agent/dns_message.h"

#include <gtest/gtest.h>

namespace assay::agent {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

// For the addresses of "n1.Test", with recursion desired; 1: IPv4, 28: IPv6.
std::string question(int type) {
  return bytes({0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2}) + "n1" + bytes({4}) + "Test" +
         bytes({0, 0, type, 0, 1});
}

TEST(DnsMessage, QuestionsAreReadAndAnswered) {
  const std::string packet = question(1);
  const auto asked = read_question(packet + "an option behind it");
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->name, "n1.test");
  EXPECT_EQ(asked->type, 1);
  EXPECT_EQ(asked->end, packet.size());
  // By RFC 1035, section 4: a reply with authority, one answer, which points to the name at byte 12.
  EXPECT_EQ(dns_reply(packet, *asked, DnsCode::no_error, "10.0.0.7"),
            bytes({0xab, 0xcd, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}) + packet.substr(12) +
                bytes({0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 10, 0, 0, 7}));
}

TEST(DnsMessage, AnAddressOfTheOtherKindIsNoAnswer) {
  const std::string packet = question(28);
  const auto asked = read_question(packet);
  ASSERT_TRUE(asked);
  const std::string none = dns_reply(packet, *asked, DnsCode::no_error, "10.0.0.7");
  EXPECT_EQ(none.size(), packet.size());
  EXPECT_EQ(none[7], 0) << "no answers";
  EXPECT_EQ(none[3] & 15, 0) << "but there is such a name";
  const std::string found = dns_reply(packet, *asked, DnsCode::no_error, "fd55::7");
  EXPECT_EQ(found.substr(packet.size()), bytes({0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 0, 0, 16, 0xfd, 0x55,
                                                0,    0,  0, 0,  0, 0, 0, 0, 0, 0, 0, 0,  0,    7}));
  EXPECT_EQ(dns_reply(packet, *asked, DnsCode::no_such_name, "fd55::7").size(), packet.size());
  EXPECT_EQ(dns_reply(packet, *asked, DnsCode::no_such_name)[3] & 15, 3);
}

TEST(DnsMessage, WhatIsNoQuestionIsNone) {
  const std::string packet = question(1);
  for (std::size_t size = 0; size < packet.size(); ++size)
    EXPECT_FALSE(read_question(packet.substr(0, size))) << size;
  const auto changed = [&](std::size_t at, int value) {
    std::string other = packet;
    other[at] = static_cast<char>(value);
    return other;
  };
  EXPECT_FALSE(read_question(changed(2, 0x80))) << "a reply";
  EXPECT_FALSE(read_question(changed(2, 0x28))) << "an update";
  EXPECT_FALSE(read_question(changed(5, 2))) << "two questions";
  EXPECT_FALSE(read_question(changed(12, 0xc0))) << "a pointer";
  EXPECT_FALSE(read_question(changed(15, 63))) << "a name beyond the end";
  EXPECT_FALSE(read_question(changed(packet.size() - 1, 3))) << "another class";
  EXPECT_FALSE(
      read_question(packet.substr(0, 12) + bytes({64}) + std::string(64, 'a') + bytes({0, 0, 1, 0, 1})))
      << "a part of a name that is longer than any is";
  std::string long_name = packet.substr(0, 12);
  for (int i = 0; i < 5; ++i) long_name += bytes({60}) + std::string(60, 'a');
  EXPECT_FALSE(read_question(long_name + bytes({0, 0, 1, 0, 1})));
}

}  // namespace
}  // namespace assay::agent
