// A weaker model is valid where a stronger one is.
#include "harness/cli/implications.h"

#include <gtest/gtest.h>

namespace assay::cli {
namespace {

Checked check(const std::string& checker, Verdict verdict, CheckerOptions options = {}) {
  Checked made;
  made.result.checker = checker;
  made.result.verdict = verdict;
  made.result.reason = "R.";
  made.options = std::move(options);
  return made;
}

TEST(Implications, AreThoseOfTheModels) {
  EXPECT_TRUE(implies("linearizable", "sequential"));
  EXPECT_TRUE(implies("linearizable", "strict-serializable"));
  EXPECT_TRUE(implies("strict-serializable", "linearizable"));
  EXPECT_TRUE(implies("strict-serializable", "snapshot-isolation"));
  EXPECT_TRUE(implies("sequential", "pram"));
  EXPECT_FALSE(implies("sequential", "linearizable"));
  EXPECT_FALSE(implies("sequential", "rw-register")) << "which is asked about real time unless told";
  EXPECT_FALSE(implies("serializable", "causal")) << "serializable does not keep sessions";
  EXPECT_FALSE(implies("causal", "sequential"));
  EXPECT_FALSE(implies("linearizable", "linearizable"));
  EXPECT_FALSE(implies("linearizable", "durability"));
  EXPECT_FALSE(implies("bank", "set"));
}

TEST(Implications, OnlyWhatIsUndecidedChanges) {
  std::vector<Checked> checks;
  checks.push_back(check("causal", Verdict::unknown));
  checks.push_back(check("linearizable", Verdict::valid));
  checks.push_back(check("pram", Verdict::invalid));
  checks.push_back(check("durability", Verdict::unknown));
  checks.push_back(check("session", Verdict::unknown, {{"initial", "0"}}));
  conclude_from_stronger(checks);
  EXPECT_EQ(checks[0].result.verdict, Verdict::valid);
  EXPECT_EQ(checks[0].result.reason, "Follows from linearizable. By itself: R.");
  EXPECT_EQ(checks[2].result.verdict, Verdict::invalid);
  EXPECT_EQ(checks[3].result.verdict, Verdict::unknown);
  EXPECT_EQ(checks[4].result.verdict, Verdict::unknown);
}

TEST(Implications, NothingFollowsFromWhatIsNotProved) {
  std::vector<Checked> checks;
  checks.push_back(check("linearizable", Verdict::unknown));
  checks.push_back(check("sequential", Verdict::unknown));
  conclude_from_stronger(checks);
  EXPECT_EQ(checks[1].result.verdict, Verdict::unknown);
}

}  // namespace
}  // namespace assay::cli
