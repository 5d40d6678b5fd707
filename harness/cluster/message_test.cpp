#include "harness/cluster/message.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace assay::cluster
