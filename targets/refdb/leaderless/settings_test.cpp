#include "targets/refdb/leaderless/settings.h"

#include <gtest/gtest.h>

namespace assay::refdb::leaderless {
namespace {

Options options_of(const std::vector<std::pair<std::string, std::string>>& given) {
  Facts facts;
  for (const auto& [name, value] : given) facts.push_back({name, Value::text(value)});
  return Options(option_specs(), facts);
}

TEST(LeaderlessSettings, LevelsAreWordsOrNumbers) {
  EXPECT_EQ(level_of("one", 5), 1u);
  EXPECT_EQ(level_of("quorum", 5), 3u);
  EXPECT_EQ(level_of("quorum", 4), 3u);
  EXPECT_EQ(level_of("all", 5), 5u);
  EXPECT_EQ(level_of("4", 5), 4u);
  for (const char* wrong : {"", "0", "-1", "most", "2x"}) EXPECT_FALSE(level_of(wrong, 5)) << wrong;
}

TEST(LeaderlessSettings, ClaimOnlyWhatTheyGive) {
  EXPECT_EQ(claim(options_of({}), 5), "eventual");
  EXPECT_EQ(claim(options_of({{"cas", "paxos"}}), 5), "linearizable");
  EXPECT_EQ(claim(options_of({{"cas", "paxos"}, {"fsync", "never"}}), 5), "eventual");
  EXPECT_EQ(claim(options_of({{"timestamps", "quorum"}}), 5), "regular");
  EXPECT_EQ(claim(options_of({{"timestamps", "quorum"}, {"r", "one"}}), 5), "eventual");
  EXPECT_EQ(claim(options_of({{"timestamps", "quorum"}, {"conflicts", "crdt"}}), 5), "eventual");
  EXPECT_EQ(claim(options_of({{"timestamps", "quorum"}, {"sloppy", "yes"}}), 5), "eventual");
  EXPECT_EQ(claim(options_of({{"timestamps", "quorum"}, {"repair", "before"}}), 5),
            "linearizable, but for compare-and-set");
}

TEST(LeaderlessSettings, RefuseWhatCantBe) {
  EXPECT_FALSE(refuse(options_of({}), 5));
  EXPECT_EQ(refuse(options_of({}), 2), "n is 3, but there are only 2 nodes");
  EXPECT_EQ(refuse(options_of({{"r", "4"}}), 5),
            "r is \"4\", expected one, quorum, all, or a number from 1 to n, which is 3");
  EXPECT_TRUE(refuse(options_of({{"cas", "paxos"}, {"conflicts", "siblings"}}), 5));
  EXPECT_TRUE(refuse(options_of({{"cas", "paxos"}, {"conflicts", "crdt"}}), 5));
  EXPECT_TRUE(refuse(options_of({{"coordinator", "client"}, {"conflicts", "crdt"}}), 5));
  EXPECT_TRUE(refuse(options_of({{"cas", "paxos"}, {"sloppy", "yes"}}), 5));
  EXPECT_TRUE(refuse(options_of({{"coordinator", "client"}, {"sloppy", "yes"}}), 5));
  EXPECT_TRUE(refuse(options_of({{"coordinator", "client"}, {"timestamps", "wall"}}), 5));
  EXPECT_TRUE(refuse(options_of({{"timestamps", "quorum"}, {"tombstone-life", "1s"}}), 5));
}

}  // namespace
}  // namespace assay::refdb::leaderless
