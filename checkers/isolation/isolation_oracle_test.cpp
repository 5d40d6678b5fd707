// The complete isolation checkers against oracles that try everything, on small random histories.
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "checkers/isolation/decide.h"
#include "checkers/isolation/reading.h"
#include "checkers/testing/fixture.h"
#include "checkers/testing/isolation_oracle.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/small_transactions.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers::testing {
namespace {

struct Case {
  const char* checker;
  const char* order;
  bool snapshots;
  KeptOrder kept;
};

constexpr Case kCases[] = {
    {"snapshot-isolation", "none", true, KeptOrder::none},
    {"snapshot-isolation", "session", true, KeptOrder::session},
    {"snapshot-isolation", "real-time", true, KeptOrder::real_time},
    {"serializable", "none", false, KeptOrder::none},
    {"serializable", "session", false, KeptOrder::session},
    {"strict-serializable", "real-time", false, KeptOrder::real_time},
};

constexpr std::pair<const char*, const char*> kImplications[] = {
    {"strict-serializable real-time", "serializable none"},
    {"serializable session", "serializable none"},
    {"serializable none", "snapshot-isolation none"},
    {"serializable session", "snapshot-isolation session"},
    {"strict-serializable real-time", "snapshot-isolation real-time"},
    {"snapshot-isolation session", "snapshot-isolation none"},
    {"snapshot-isolation real-time", "snapshot-isolation none"},
};

struct Tally {
  int valid = 0, invalid = 0;
};

// Every way to a verdict must come to the same one.
void compare_ways(const History& history, bool lists, const Case& each, Verdict expected) {
  using namespace isolation;
  Limits limits{Budget{}};
  Charge charge(limits);
  const Reading reading =
      lists ? read_lists(history, "", limits, charge) : read_registers(history, {}, "", limits, charge);
  if (!reading.findings.empty()) return;
  const Model model = {each.snapshots ? Level::snapshot_isolation : Level::serializable,
                       each.kept == KeptOrder::none      ? Order::none
                       : each.kept == KeptOrder::session ? Order::session
                                                         : Order::real_time};
  for (const Shortcuts shortcuts :
       {Shortcuts{false, true}, Shortcuts{true, false}, Shortcuts{false, false}}) {
    const Decision decision = decide(reading.problem, model, limits, shortcuts);
    ASSERT_EQ(decision.verdict, expected) << each.checker << " " << each.order << "\n" << to_text(history);
    if (expected == Verdict::valid) continue;
    const Problem part = part_of(reading.problem, decision.reasons);
    ASSERT_EQ(decide(part, model, limits, shortcuts).verdict, Verdict::invalid) << to_text(history);
  }
}

// Checks one history in every way; adds to the tallies, which are in order of kCases.
void compare(const History& history, bool lists, Tally* tallies) {
  std::map<std::string, Verdict> verdicts;
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    const Case& each = kCases[i];
    const CheckerOptions options = {
        {"order", each.order}, {"data", lists ? "list" : "register"}, {"certificate", "yes"}};
    const CheckResult result = check_with(each.checker, history, options);
    const bool anything = result.verdict != Verdict::unknown;
    if (!anything) {
      EXPECT_EQ(result.reason, "No transaction succeeded, so nothing was tested.") << to_text(history);
      continue;
    }
    verdicts[std::string(each.checker) + " " + each.order] = result.verdict;
    const bool expected = each.snapshots ? snapshot_isolated_by_brute_force(history, {}, each.kept)
                                         : serializable_by_brute_force(history, {}, each.kept);
    ASSERT_EQ(result.verdict == Verdict::valid, expected)
        << each.checker << " " << each.order << ": " << result.reason << "\n"
        << to_text(history);
    compare_ways(history, lists, each, result.verdict);
    if (::testing::Test::HasFatalFailure()) return;
    ++(expected ? tallies[i].valid : tallies[i].invalid);
    if (expected) {
      ASSERT_TRUE(result.certificate.has_value());
      ASSERT_EQ(refute_certificate(history, *result.certificate), "") << each.checker << "\n"
                                                                      << to_text(history);
      continue;
    }
    ASSERT_FALSE(result.findings.empty());
    const Finding& finding = result.findings.front();
    ASSERT_FALSE(finding.witness.empty() || finding.steps.empty() || finding.anomaly.empty());
    const History part = part_of(history, finding.witness);
    ASSERT_EQ(check_with(each.checker, part, options).verdict, Verdict::invalid)
        << to_text(history) << to_text(part);
  }
  for (const auto& [stronger, weaker] : kImplications) {
    if (verdicts[stronger] != Verdict::valid) continue;
    ASSERT_EQ(verdicts[weaker], Verdict::valid) << stronger << "\n" << to_text(history);
  }
}

constexpr int kOrdinary = 5'000;

void run(bool lists, Tally* tallies) {
  const int count = rounds(kOrdinary);
  for (int i = 0; i < count; ++i) {
    SmallOptions options;
    options.seed = static_cast<std::uint64_t>(i + 1);
    options.lists = lists;
    options.transactions = i % 10 == 0 ? 5 : 2 + static_cast<std::size_t>(i) % 3;
    options.keys = 1 + i % 3;
    options.stale_permille = i % 2 == 0 ? 300 : 800;
    options.wild_permille = i % 4 == 0 ? 20 : 80;
    compare(small_transactions(options), lists, tallies);
    if (::testing::Test::HasFatalFailure()) return;
  }
  for (std::size_t i = 0; i < std::size(kCases); ++i) {
    EXPECT_GT(tallies[i].valid, count / 10) << kCases[i].checker << " " << kCases[i].order;
    EXPECT_GT(tallies[i].invalid, count / 10) << kCases[i].checker << " " << kCases[i].order;
  }
}

TEST(IsolationOracle, Registers) {
  Tally tallies[std::size(kCases)];
  run(false, tallies);
}

TEST(IsolationOracle, Lists) {
  Tally tallies[std::size(kCases)];
  run(true, tallies);
}

}  // namespace
}  // namespace assay::checkers::testing
