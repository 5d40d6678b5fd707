// The checker of lists against every serialization of small random histories, against stores of known isolation, and
// against histories that were corrupted.
#include <gtest/gtest.h>

#include <map>

#include "checkers/testing/fixture.h"
#include "checkers/testing/isolation_oracle.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/transaction_generator.h"
#include "checkers/testing/txn_fixture.h"

namespace assay::checkers::testing {
namespace {

constexpr std::string_view kChecker = "list-append";

struct Tally {
  std::size_t accepted = 0, refused = 0, missed = 0;
};

void compare(const History& history, const std::string& model, bool holds, bool complete, Tally& tally) {
  const CheckerOptions options = {{"models", model}, {"certificate", "yes"}};
  const CheckResult result = check_with(kChecker, history, options);
  if (result.verdict == Verdict::unknown) return;
  ASSERT_EQ(confirm_transactions(kChecker, history, result, options), "") << to_text(history);
  ++(holds ? tally.accepted : tally.refused);
  ASSERT_TRUE(!complete || !holds || result.certificate.has_value()) << to_text(history);
  if (holds) {
    ASSERT_EQ(result.verdict, Verdict::valid) << model << ": " << result.reason << "\n" << to_text(history);
  } else if (result.verdict == Verdict::valid) {
    ++tally.missed;
    ASSERT_FALSE(complete) << model << " does not hold:\n" << to_text(history);
    // Where the order of all versions is known the checker claims to be complete.
    ASSERT_EQ(result.reason.find("missed nothing"), std::string::npos) << model << "\n" << to_text(history);
  }
}

TEST(ListAppendGenerated, AgreesWithEverySerialization) {
  const auto cases = static_cast<std::uint64_t>(rounds(10'000));
  std::map<std::string, Tally> tallies;
  for (std::uint64_t seed = 0; seed < cases; ++seed) {
    History history = generate_transactions(small_options(seed, false));
    if (seed % 3 == 0) {
      History corrupted;
      const auto kind = static_cast<TransactionCorruption>(seed / 3 % 5);
      if (corrupt_transactions(history, kind, static_cast<std::int64_t>(seed % 1000), corrupted))
        history = std::move(corrupted);
    }
    const auto serializable = [&](KeptOrder order) {
      return serializable_by_brute_force(history, {}, order);
    };
    const auto snapshots = [&](KeptOrder order) {
      return snapshot_isolated_by_brute_force(history, {}, order);
    };
    if (seed % 2 == 0) {
      compare(history, "serializable", serializable(KeptOrder::none), true, tallies["serializable"]);
      compare(history, "strong-session-serializable", serializable(KeptOrder::session), true,
              tallies["session"]);
      compare(history, "strict-serializable", serializable(KeptOrder::real_time), true, tallies["strict"]);
    } else {
      compare(history, "snapshot-isolation", snapshots(KeptOrder::none), false, tallies["snapshot"]);
      compare(history, "strong-session-snapshot-isolation", snapshots(KeptOrder::session), false,
              tallies["session snapshot"]);
      compare(history, "strong-snapshot-isolation", snapshots(KeptOrder::real_time), false,
              tallies["strong snapshot"]);
    }
    if (HasFatalFailure()) FAIL() << "seed " << seed;
  }
  for (const auto& [name, tally] : tallies) {
    RecordProperty(name + " missed", static_cast<int>(tally.missed));
    EXPECT_GT(tally.accepted, cases / 20) << name;
    EXPECT_GT(tally.refused, cases / 40) << name;
    // Unseen appends of unknown order are all that can hide a violation of snapshot isolation.
    EXPECT_LE(tally.missed, cases / 500) << name;
  }
}

TEST(ListAppendGenerated, EveryStoreShowsWhatItAllows) {
  // The model that each store keeps, and one that it breaks.
  const struct {
    Isolation isolation;
    const char* keeps;
    const char* breaks;
  } stores[] = {
      {Isolation::strict_serializable, "strict-serializable", ""},
      {Isolation::serializable, "serializable", "strict-serializable"},
      {Isolation::snapshot_isolation, "strong-snapshot-isolation", "serializable"},
      {Isolation::parallel_snapshots, "read-atomic", "cursor-stability"},
      {Isolation::read_committed, "strong-read-committed", "read-atomic"},
      {Isolation::read_uncommitted, "read-uncommitted", "read-committed"},
  };
  for (const auto& store : stores) {
    TransactionOptions options;
    options.seed = 5;
    options.transactions = 2000;
    options.clients = 8;
    options.isolation = store.isolation;
    options.info_permille = 20;
    options.fail_permille = 20;
    const History history = generate_transactions(options);
    if (store.isolation != Isolation::read_uncommitted) {
      const CheckResult kept = check_with(kChecker, history, {{"models", store.keeps}});
      EXPECT_EQ(kept.verdict, Verdict::valid) << store.keeps << ": " << kept.reason;
    }
    if (*store.breaks == '\0') continue;
    const CheckResult broken = check_with(kChecker, history, {{"models", store.breaks}});
    EXPECT_EQ(broken.verdict, Verdict::invalid) << store.breaks << ": " << broken.reason;
    EXPECT_EQ(confirm_transactions(kChecker, history, broken, {{"models", store.breaks}}), "");
  }
}

TEST(ListAppendGenerated, CorruptionsAreCaught) {
  TransactionOptions options;
  options.transactions = 500;
  std::size_t caught = 0, tried = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    options.seed = seed;
    const History history = generate_transactions(options);
    for (int kind = 0; kind < 5; ++kind) {
      History corrupted;
      if (!corrupt_transactions(history, static_cast<TransactionCorruption>(kind),
                                static_cast<std::int64_t>(seed * 15 % 900), corrupted))
        continue;
      const CheckResult result = check_with(kChecker, corrupted);
      ++tried;
      caught += result.verdict == Verdict::invalid ? 1 : 0;
      EXPECT_EQ(confirm_transactions(kChecker, corrupted, result, {}), "");
      // A read that misses the last element may be true to an earlier moment of its interval.
      if (static_cast<TransactionCorruption>(kind) == TransactionCorruption::stale_read) continue;
      EXPECT_EQ(result.verdict, Verdict::invalid) << "corruption " << kind << " of seed " << seed;
    }
  }
  EXPECT_GT(caught, tried * 9 / 10);
}

}  // namespace
}  // namespace assay::checkers::testing
