// The checker "bank" on the anomalies that its name stands for.
#include <gtest/gtest.h>

#include "checkers/testing/datatype_fixture.h"

namespace assay::checkers {
namespace {

using testing::failed;
using testing::judged;
using testing::Line;

std::vector<Mop> balances(std::vector<Value> values) {
  std::vector<Mop> mops;
  for (Value& value : values) mops.push_back({Fn::read, static_cast<Key>(mops.size()), {}, std::move(value)});
  return mops;
}
std::vector<Mop> transfer(Key from, Key to, std::int64_t amount) {
  return {{Fn::add, from, Value(-amount), {}}, {Fn::add, to, Value(amount), {}}};
}

TEST(Bank, TheTotalNeverChanges) {
  EXPECT_EQ(judged("bank", {{1, 2, balances({10, 0})}, {3, 4, transfer(0, 1, 4)}, {5, 6, balances({6, 4})}}),
            "valid");
  // Snapshots of any age do.
  EXPECT_EQ(judged("bank", {{1, 2, balances({10, 0})}, {3, 4, transfer(0, 1, 4)}, {5, 6, balances({10, 0})}}),
            "valid");
  EXPECT_EQ(judged("bank", {{1, 2, balances({10, 0})}, {3, 4, transfer(0, 1, 4)}, {5, 6, balances({10, 4})}}),
            "invalid: wrong-total");
  EXPECT_EQ(judged("bank", {{1, 2, balances({10, 4})}}, {{"total", "10"}}), "invalid: wrong-total");
  EXPECT_EQ(judged("bank", {{1, 2, balances({10, 4})}}, {{"total", "14"}}), "valid");
}

TEST(Bank, BalancesBelowZeroAreAnOption) {
  const std::vector<Line> overdrawn{{1, 2, balances({10, 0})}, {5, 6, balances({11, -1})}};
  EXPECT_EQ(judged("bank", overdrawn), "invalid: negative-balance");
  EXPECT_EQ(judged("bank", overdrawn, {{"negative", "yes"}}), "valid");
}

TEST(Bank, AccountsComeAndGo) {
  EXPECT_EQ(judged("bank", {{1, 2, balances({10, 0})}, {5, 6, balances({10})}}), "invalid: missing-account");
  EXPECT_EQ(judged("bank", {{1, 2, balances({10, 0})}, {5, 6, balances({10, {}})}}),
            "invalid: missing-account");
  EXPECT_EQ(judged("bank", {{1, 2, balances({10, 0})}, {5, 6, balances({10, 0, 0})}}),
            "invalid: unexpected-account");
  // The accounts of the transfers tell which read is complete.
  EXPECT_EQ(judged("bank", {{1, 2, balances({10})}, {3, 4, transfer(0, 1, 4)}, {5, 6, balances({6, 4})}}),
            "invalid: missing-account");
}

TEST(Bank, AccountsThatAreNotThereYetMayCountAsEmpty) {
  const std::vector<Line> beginning{
      {1, 2, transfer(0, 1, 4)}, {3, 4, balances({{}, {}})}, {5, 6, balances({-4, 4})}};
  const CheckerOptions options{{"total", "0"}, {"negative", "yes"}, {"absent", "yes"}};
  EXPECT_EQ(judged("bank", beginning, options), "valid");
  EXPECT_EQ(judged("bank", beginning, {{"total", "0"}, {"negative", "yes"}}), "invalid: missing-account");
  EXPECT_EQ(judged("bank", {{1, 2, transfer(0, 1, 4)}, {3, 4, balances({{}, 4})}}, options),
            "invalid: wrong-total");
}

TEST(Bank, NothingIsProvedWithoutReads) {
  EXPECT_EQ(judged("bank", {{3, 4, transfer(0, 1, 4)}}), "unknown");
  EXPECT_EQ(judged("bank", {failed({1, 2, balances({10, 0})}), {1, kNever, balances({10, 0})}}), "unknown");
  EXPECT_EQ(judged("bank", {{1, 2, balances({10, 0})}, {3, 4, {{Fn::add, 0, 5, {}}}}}), "unknown");
  EXPECT_EQ(judged("bank", {{1, 2, balances({10, 0})}, {3, 4, {{Fn::write, 0, 5, {}}}}}), "unknown");
}

}  // namespace
}  // namespace assay::checkers
