#include "targets/refdb/raft/membership.h"

#include <gtest/gtest.h>

namespace assay::refdb::raft {
namespace {

TEST(Voters, AreASetInOrder) {
  EXPECT_EQ(all_voters(3), (Voters{0, 1, 2}));
  EXPECT_EQ(with({0, 2}, 1), (Voters{0, 1, 2}));
  EXPECT_EQ(with({0, 2}, 2), (Voters{0, 2}));
  EXPECT_EQ(without({0, 1, 2}, 1), (Voters{0, 2}));
  EXPECT_TRUE(is_among({1, 4}, 4));
  EXPECT_FALSE(is_among({1, 4}, 3));
}

TEST(Voters, AsBytesAreReadBackOrRefused) {
  const Voters voters = {0, 3, 200};
  EXPECT_EQ(decode_voters(encode_voters(voters), 201), voters);
  EXPECT_EQ(decode_voters(encode_voters(voters), 200), std::nullopt) << "there is no such node";
  EXPECT_EQ(decode_voters("", 3), std::nullopt) << "somebody has to decide";
  EXPECT_EQ(decode_voters(encode_voters({1, 1}), 3), std::nullopt);
  EXPECT_EQ(decode_voters(encode_voters({2, 1}), 3), std::nullopt);
  EXPECT_EQ(decode_voters("\xff", 3), std::nullopt);
}

TEST(Configurations, TheLatestOfTheLogIsInForce) {
  Configurations all(0, {0, 1, 2});
  all.append(5, {0, 1});
  all.append(9, {0, 1, 3});
  EXPECT_EQ(all.latest(), (Voters{0, 1, 3}));
  EXPECT_EQ(all.latest_index(), 9u);
  EXPECT_EQ(all.at(4), (Voters{0, 1, 2}));
  EXPECT_EQ(all.at(5), (Voters{0, 1}));
  EXPECT_EQ(all.at(100), (Voters{0, 1, 3}));
}

TEST(Configurations, ATruncatedChangeNeverWas) {
  Configurations all(0, {0, 1, 2});
  all.append(5, {0, 1});
  all.truncate(6);
  EXPECT_EQ(all.latest(), (Voters{0, 1}));
  all.truncate(5);
  EXPECT_EQ(all.latest(), (Voters{0, 1, 2}));
  all.truncate(1);
  EXPECT_EQ(all.latest(), (Voters{0, 1, 2})) << "what held before the log stays";
}

TEST(Configurations, CompactionKeepsWhatIsInForce) {
  Configurations all(0, {0, 1, 2});
  all.append(5, {0, 1});
  all.append(9, {0, 1, 3});
  all.compact(8);
  EXPECT_EQ(all.at(8), (Voters{0, 1}));
  all.compact(20);
  all.truncate(21);
  EXPECT_EQ(all.latest(), (Voters{0, 1, 3}));
  all.reset(30, {4});
  EXPECT_EQ(all.latest(), (Voters{4}));
  EXPECT_EQ(all.latest_index(), 30u);
}

}  // namespace
}  // namespace assay::refdb::raft
