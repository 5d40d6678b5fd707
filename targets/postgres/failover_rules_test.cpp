#include "targets/postgres/failover_rules.h"

#include <gtest/gtest.h>

#include <vector>

namespace assay::postgres {
namespace {

constexpr NodeView kGone{};
constexpr NodeView kPrimary{true, true, false, 100};
NodeView standby(bool receiving, std::uint64_t position = 100) { return {true, false, receiving, position}; }

using Views = std::vector<NodeView>;

TEST(PostgresFailover, PositionsAreBytes) {
  EXPECT_EQ(parse_position("0/3000148"), 0x3000148u);
  EXPECT_EQ(parse_position("A/0"), 0xA00000000u);
  for (const char* nonsense : {"", "3", "x/1", "1/x", "1/", "/1", "1/100000000"})
    EXPECT_EQ(parse_position(nonsense), 0u) << nonsense;
}

TEST(PostgresFailover, ThePrimaryIsGoneForMoreThanHalfOfAllNodes) {
  EXPECT_FALSE(spoken_against(Views{kPrimary, standby(true), standby(true)}, 0));
  EXPECT_TRUE(spoken_against(Views{kGone, standby(false), standby(false)}, 0));
  // Cut off, but alive: two of three do not hear it.
  EXPECT_TRUE(spoken_against(Views{kPrimary, standby(false), standby(false)}, 0));
  EXPECT_FALSE(spoken_against(Views{kPrimary, standby(false), kGone}, 0));
  EXPECT_TRUE(spoken_against(Views{kGone, standby(false), kGone}, 0));
  // The controller does not reach it, but somebody hears it.
  EXPECT_FALSE(spoken_against(Views{kGone, standby(true), standby(false)}, 0));
  // Of two nodes one is no majority.
  EXPECT_FALSE(spoken_against(Views{kPrimary, standby(false)}, 0));
  EXPECT_TRUE(spoken_against(Views{kGone, standby(false)}, 0));
  EXPECT_FALSE(spoken_against(Views{kGone}, 0) && Views{kGone}.size() > 1);
}

TEST(PostgresFailover, ItTakesPatienceWithoutABreak) {
  GoneWatch watch(2 * kSecond);
  const Views gone{kGone, standby(false), standby(false)};
  const Views there{kPrimary, standby(true), standby(true)};
  EXPECT_FALSE(watch.look(1 * kSecond, gone, 0));
  EXPECT_FALSE(watch.look(2 * kSecond, gone, 0));
  EXPECT_FALSE(watch.look(2 * kSecond + 1, there, 0));
  EXPECT_FALSE(watch.look(3 * kSecond, gone, 0));
  EXPECT_FALSE(watch.look(5 * kSecond - 1, gone, 0));
  EXPECT_TRUE(watch.look(5 * kSecond, gone, 0));
}

TEST(PostgresFailover, TheStandbyWithTheMostLogIsChosen) {
  FailoverRules rules;
  EXPECT_EQ(choose_standby(Views{kGone, standby(false, 100), standby(false, 101)}, 0, rules).node, 2);
  EXPECT_EQ(choose_standby(Views{standby(false, 101), kGone, standby(false, 100)}, 1, rules).node, 0);
  EXPECT_EQ(choose_standby(Views{kGone, standby(false, 100), kGone}, 0, rules).node, 1);
  // An old primary that is back is no standby, however much it has.
  EXPECT_EQ(choose_standby(Views{{true, true, false, 900}, kGone, standby(false, 100)}, 1, rules).node, 2);
  const Choice nobody = choose_standby(Views{kGone, kGone, kGone}, 0, rules);
  EXPECT_FALSE(nobody.node);
  EXPECT_EQ(nobody.why, "no standby answers");
}

TEST(PostgresFailover, NobodyIsPromotedWhoMayLackWhatWasAcknowledged) {
  FailoverRules one;
  one.acknowledgements = 1;
  EXPECT_FALSE(choose_standby(Views{kGone, standby(false), kGone}, 0, one).node);
  EXPECT_TRUE(choose_standby(Views{kGone, standby(false), standby(false)}, 0, one).node);
  FailoverRules both;
  both.acknowledgements = 2;
  EXPECT_TRUE(choose_standby(Views{kGone, standby(false), kGone}, 0, both).node);
}

}  // namespace
}  // namespace assay::postgres
