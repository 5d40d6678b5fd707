#include "targets/refdb/multi_leader/datacenter.h"

#include <gtest/gtest.h>

namespace assay::refdb::multi_leader {
namespace {

constexpr std::int64_t kPatience = 500;

clocks::VersionVector vector_of(std::uint64_t count) {
  clocks::VersionVector vector;
  vector.raise(7, count);
  return vector;
}

TEST(Datacenter, ANodeAloneLeads) {
  Datacenter alone(3, {3}, kPatience, 0);
  EXPECT_TRUE(alone.leads());
  EXPECT_EQ(alone.leader(10'000), 3);
  EXPECT_FALSE(alone.at(10'000, {}));
}

TEST(Datacenter, TheFirstLeadsOnceAllLiveAndTheOthersFollow) {
  Datacenter first(0, {0, 1, 2}, kPatience, 0), second(1, {0, 1, 2}, kPatience, 0);
  EXPECT_FALSE(first.at(10, {}));
  first.heard(1, false, {}, 10);
  EXPECT_FALSE(first.at(11, {}));
  first.heard(2, false, {}, 12);
  EXPECT_TRUE(first.at(12, {}));
  EXPECT_EQ(first.leader(12), 0);
  second.heard(2, false, {}, 10);
  second.heard(0, false, {}, 10);
  EXPECT_FALSE(second.at(11, {}));
  second.heard(0, true, {}, 15);
  EXPECT_FALSE(second.at(15, {}));
  EXPECT_EQ(second.leader(15), 0);
}

TEST(Datacenter, TheNextOneTakesOverFromWhoIsNotHeard) {
  Datacenter second(1, {0, 1, 2}, kPatience, 0), third(2, {0, 1, 2}, kPatience, 0);
  for (Datacenter* each : {&second, &third}) each->heard(0, true, {}, 100);
  for (std::int64_t now = 200; now <= 600; now += 10) {
    second.heard(2, false, {}, now);
    third.heard(1, false, {}, now);
    EXPECT_FALSE(second.at(now, {})) << now;
    EXPECT_FALSE(third.at(now, {})) << now;
  }
  EXPECT_TRUE(second.at(601, {}));
  EXPECT_FALSE(third.at(601, {}));
  third.heard(1, true, {}, 610);
  EXPECT_EQ(third.leader(610), 1);
}

TEST(Datacenter, WhoComesBackLeadsAgainWhenItHasCaughtUp) {
  Datacenter first(0, {0, 1}, kPatience, 0);
  first.heard(1, true, vector_of(5), 10);
  EXPECT_FALSE(first.at(10, vector_of(4)));
  first.heard(1, true, vector_of(9), 20);  // which goes on meanwhile
  EXPECT_EQ(first.leader(20), 1);
  EXPECT_TRUE(first.at(21, vector_of(5)));
  EXPECT_EQ(first.leader(21), 0);
  Datacenter second(1, {0, 1}, kPatience, 0);
  EXPECT_TRUE(second.at(400, {}) || second.at(600, {}) || second.at(1'000, {}));
  second.heard(0, true, {}, 1'010);
  EXPECT_FALSE(second.at(1'010, {}));
  EXPECT_FALSE(second.leads());
}

TEST(Datacenter, WhoStoodStillDoesNotGoOnAsLeader) {
  Datacenter first(0, {0, 1}, kPatience, 0);
  first.heard(1, false, {}, 10);
  EXPECT_TRUE(first.at(10, {}));
  first.at(5'000, {});
  EXPECT_FALSE(first.leads());
  EXPECT_EQ(first.leader(5'000), std::nullopt);
  first.heard(1, true, vector_of(3), 5'001);
  EXPECT_FALSE(first.at(5'001, {}));
  EXPECT_TRUE(first.at(5'010, vector_of(3)));
}

}  // namespace
}  // namespace assay::refdb::multi_leader
