#include "harness/cluster/message.h"

#include <gtest/gtest.h>

#include "harness/cluster/sha256.h"

namespace assay::cluster {
namespace {

TEST(Message, EveryByteSurvivesTheLine) {
  Message message;
  message.number = 7;
  message.verb = "start";
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  message.add("all bytes=%", bytes).add("number", -12).add("empty", "");
  const std::string line = message.to_line();
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto read = Message::parse(line);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->number, 7);
  EXPECT_EQ(read->verb, "start");
  EXPECT_EQ(read->text("all bytes=%"), bytes);
  EXPECT_EQ(read->integer("number"), -12);
  EXPECT_TRUE(read->has("empty"));
  EXPECT_FALSE(read->has("other"));
}

TEST(Message, RepeatedFieldsStayInOrder) {
  const auto message = Message::parse("1 cut in=10.0.0.1 out=x in=10.0.0.2");
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->all("in"), (std::vector<std::string>{"10.0.0.1", "10.0.0.2"}));
}

TEST(Message, GarbageIsNoMessage) {
  for (const char* line : {"", "x", "1", "1x ok", "1 ok field", "1 ok a=%", "1 ok a=%4", "1 ok a=%zz"}) {
    EXPECT_FALSE(Message::parse(line).has_value()) << line;
  }
}

TEST(Message, AFieldThatIsNoNumberIsTheDefault) {
  const auto message = Message::parse("1 ok a=12x b=99999999999999999999");
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->integer("a", 5), 5);
  EXPECT_EQ(message->integer("b", 6), 6);
}

// FIPS 180-4's examples, and lengths around the padding's limits.
TEST(Sha256, KnownSums) {
  EXPECT_EQ(sha256_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesGiveTheSameSum) {
  const std::string text(200, 'x');
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256 hash;
    hash.update(std::string_view(text).substr(0, cut));
    hash.update(std::string_view(text).substr(cut));
    ASSERT_EQ(hash.finish(), sha256_of(text)) << cut;
  }
}

}  // namespace
}  // namespace assay::cluster
