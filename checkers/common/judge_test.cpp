// The witness of a finding is checked again, alone.
#include "checkers/common/judge.h"

#include <gtest/gtest.h>

#include "checkers/testing/fixture.h"

namespace assay::checkers {
namespace {

using testing::Line;
using testing::r;
using testing::w;

History stale() {
  return testing::make_history({{0, 1, w(0, 1)}, {2, 3, w(0, 2)}, {4, 5, r(1)}, {6, 7, r(0, 1)}});
}

// Accuses a history of four operations, of its first two.
class OfFour final : public Checker {
 public:
  CheckResult check(const History& history, const Budget&) const override {
    CheckResult result;
    result.verdict = history.size() == 4 ? Verdict::invalid : Verdict::valid;
    if (history.size() == 4) {
      result.findings.resize(3);
      result.findings[0].witness = {1, 0};
      result.findings[0].summary = "key 0, key 7, key x and key";
      result.findings[0].steps = {"write key 7 0; read key 7", ""};
      result.findings[1].witness = {7};
    }
    return result;
  }
};

TEST(Judge, AWitnessThatStandsAloneIsConfirmed) {
  std::string error;
  const auto checker = testing::plugin("linearizable").make({}, error);
  const CheckResult result = judge(*checker, stale(), Budget());
  ASSERT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(result.findings.at(0).rechecked, Verdict::invalid);
}

TEST(Judge, AWitnessThatDoesNotIsShownAndTheVerdictStays) {
  const CheckResult result = judge(OfFour(), stale(), Budget());
  EXPECT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(result.findings.at(0).rechecked, Verdict::valid);
  EXPECT_FALSE(result.findings.at(1).rechecked.has_value()) << "not of the history";
  EXPECT_FALSE(result.findings.at(2).rechecked.has_value()) << "empty";
}

TEST(Judge, NothingIsLookedAtAgainWhenTheBudgetIsSpent) {
  Budget budget;
  budget.time_limit = 0;
  EXPECT_FALSE(judge(OfFour(), stale(), budget).findings.at(0).rechecked.has_value());
}

TEST(Judge, KeysAreCalledByTheirNames) {
  HistoryBuilder builder;
  builder.set_key_name(7, "seven");
  const History all = stale();
  for (const Operation op : all.operations()) builder.add(op);
  const CheckResult result = judge(OfFour(), builder.build(), Budget());
  EXPECT_EQ(result.findings.at(0).summary, "key 0, key seven, key x and key");
  EXPECT_EQ(result.findings.at(0).steps.at(0), "write key seven 0; read key seven");
}

TEST(Judge, APartOfAHistoryKeepsItsNames) {
  HistoryBuilder builder;
  builder.set_node_names({"n1"});
  builder.set_key_name(5, "five");
  const Mop mops[] = {w(5, 1), w(6, 2)};
  for (Nanos at = 0; at < 3; ++at) {
    Operation op;
    op.process = static_cast<ProcessId>(at);
    op.node = 0;
    op.invoked = op.due = at;
    op.completed = at + 1;
    op.outcome = Outcome::ok;
    op.mops = mops;
    builder.add(op);
  }
  const History part = history_of(builder.build(), {2, 0, 2});
  ASSERT_EQ(part.size(), 2u);
  EXPECT_EQ(part.at(1).process, 2);
  EXPECT_EQ(part.key_name(5), "five");
  EXPECT_EQ(part.key_name(6), "6");
  EXPECT_EQ(part.node_name(0), "n1");
}

}  // namespace
}  // namespace assay::checkers
