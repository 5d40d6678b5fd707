#include "targets/refdb/net/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace assay::refdb {
namespace {

TEST(Log, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(
      format_log_line(Log::Level::warning, "some-event", "n1",
                      {{"number", -7}, {"plain", "10.0.0.1:7"}, {"empty", ""}, {"text", "a \"b\"\n\x01"}}),
      "warning some-event node=n1 number=-7 plain=10.0.0.1:7 empty=\"\" text=\"a \\\"b\\\"\\n\\x01\"");
}

TEST(Log, WritesOneLineWithTheTime) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Log(ends[1], "n1").info("started", {{"port", 7000}});
  std::string text(200, '\0');
  const ssize_t size = ::read(ends[0], text.data(), text.size());
  ASSERT_GT(size, 0);
  text.resize(static_cast<std::size_t>(size));
  EXPECT_THAT(text, ::testing::StartsWith("20"));
  EXPECT_THAT(text, ::testing::EndsWith("Z info started node=n1 port=7000\n"));
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace assay::refdb
