// Predicate reads in the complete checkers of isolation, against every order of small random histories.
#include <gtest/gtest.h>

#include <map>

#include "checkers/testing/fixture.h"
#include "checkers/testing/isolation_oracle.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/transaction_generator.h"
#include "checkers/testing/weak_fixture.h"

namespace assay::checkers::testing {
namespace {

struct Model {
  std::string_view checker;
  KeptOrder kept;
  CheckerOptions options;
};

const std::vector<Model>& models() {
  static const std::vector<Model> kModels = {
      {"serializable", KeptOrder::none, {}},
      {"serializable", KeptOrder::session, {{"order", "session"}}},
      {"strict-serializable", KeptOrder::real_time, {}},
      {"snapshot-isolation", KeptOrder::none, {}},
      {"snapshot-isolation", KeptOrder::real_time, {{"order", "real-time"}}},
  };
  return kModels;
}

struct Tally {
  int valid = 0, invalid = 0, unknown = 0;
};

TEST(IsolationPredicates, AgreeWithEveryOrder) {
  const auto cases = static_cast<std::uint64_t>(rounds(6'000));
  std::map<std::size_t, Tally> tallies;
  for (std::uint64_t seed = 0; seed < cases; ++seed) {
    History history = generate_transactions(small_scan_options(seed));
    History corrupted;
    if (seed % 3 == 0 && corrupt_transactions(history, TransactionCorruption::missed_row, 0, corrupted))
      history = std::move(corrupted);
    const std::size_t number = seed % models().size();
    const Model& model = models()[number];
    CheckerOptions options = model.options;
    options["certificate"] = "yes";
    const CheckResult result = check_with(model.checker, history, options);
    Tally& tally = tallies[number];
    if (result.verdict == Verdict::unknown) {
      ++tally.unknown;
      continue;
    }
    const bool snapshots = model.checker == "snapshot-isolation";
    const bool holds = snapshots ? snapshot_isolated_by_brute_force(history, {}, model.kept)
                                 : serializable_by_brute_force(history, {}, model.kept);
    ++(holds ? tally.valid : tally.invalid);
    ASSERT_EQ(holds, result.verdict == Verdict::valid)
        << "seed " << seed << " " << model.checker << ": " << result.reason << "\n"
        << to_text(history);
    ASSERT_EQ(result.certificate.has_value(), holds);
    ASSERT_EQ(confirm_weak(history, result, model.options), "") << "seed " << seed << "\n"
                                                                << to_text(history);
  }
  const auto each = static_cast<int>(cases / models().size());
  for (const auto& [number, tally] : tallies) {
    RecordProperty("unknown_" + std::to_string(number), tally.unknown);
    EXPECT_GT(tally.valid, each / 20) << number;
    EXPECT_GT(tally.invalid, each / 20) << number;
    // Rows with several reasons to be missed.
    EXPECT_LT(tally.unknown, each / 4) << number;
  }
}

TEST(IsolationPredicates, WhatCanNotBeJudgedIsRefusedWithWhatToDo) {
  const History lists =
      make_history({Line(0, 1, append(1, 1)), Line(2, 3, {Fn::scan, 0, {}, Value::list({})})});
  HistoryShape shape = shape_of(lists);
  CheckerOptions options;
  EXPECT_NE(plugin("serializable").unsuited(shape, options).find("registers only"), std::string::npos);
  EXPECT_NE(plugin("list-append").unsuited(shape, options).find("rw-register"), std::string::npos);
}

}  // namespace
}  // namespace assay::checkers::testing
