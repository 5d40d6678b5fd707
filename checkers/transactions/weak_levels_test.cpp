// Read committed, read atomic and causal: histories of the literature, every small history against brute
// force, mutations, corpora, budgets.
#include <gtest/gtest.h>

#include <filesystem>

#include "checkers/testing/fixture.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/weak_fixture.h"
#include "checkers/testing/weak_histories.h"
#include "checkers/testing/weak_oracle.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers {
namespace {

using testing::check_with;
using testing::Line;
using testing::make_history;
using testing::make_sessions;
using testing::r;
using testing::w;
using Sessions = std::vector<std::vector<std::vector<Mop>>>;

const CheckerOptions kCertify = {{"certificate", "yes"}};
constexpr const char* kLevels[] = {"read-committed", "read-atomic", "causal"};

// The verdicts of the three levels: how many of them hold, and the first finding of the weakest that does
// not.
struct Judged {
  int levels = 0;
  std::string anomaly;
};

Judged judge(const History& history) {
  Judged judged;
  for (const char* level : kLevels) {
    const CheckResult result = check_with(level, history, kCertify);
    EXPECT_EQ(testing::confirm_weak(history, result, {}), "") << level << "\n" << testing::to_text(history);
    EXPECT_EQ(result.certificate.has_value(), result.verdict == Verdict::valid) << level;
    if (result.verdict == Verdict::valid) {
      // What a stronger level allows, a weaker one does.
      EXPECT_TRUE(judged.anomaly.empty()) << level;
      ++judged.levels;
    } else if (judged.anomaly.empty()) {
      judged.anomaly = result.findings.empty() ? result.reason : result.findings[0].anomaly;
    }
  }
  return judged;
}

TEST(WeakLevels, AcceptsLongForkAndLostUpdateAndWriteSkew) {
  EXPECT_EQ(judge(make_sessions({{{w(0, 1)}}, {{w(1, 1)}}, {{r(0, 1), r(1)}}, {{r(1, 1), r(0)}}})).levels, 3);
  EXPECT_EQ(judge(make_sessions({{{r(0), w(0, 1)}}, {{r(0), w(0, 2)}}})).levels, 3);
  EXPECT_EQ(judge(make_sessions({{{r(0), r(1), w(0, 1)}}, {{r(0), r(1), w(1, 2)}}})).levels, 3);
}

TEST(WeakLevels, SeparatedByStoredHistories) {
  // Read committed: x from one transaction, then y from before the same transaction.
  const Judged fractured = judge(make_sessions({{{w(0, 1), w(1, 1)}}, {{r(0), r(1, 1)}}}));
  EXPECT_EQ(fractured.levels, 1);
  EXPECT_EQ(fractured.anomaly, "fractured-read");
  // Read atomic: an answer without its question (causality through another process).
  const Judged reply =
      judge(make_sessions({{{w(0, 1)}, {w(0, 2)}}, {{r(0, 2), w(1, 5)}}, {{r(1, 5)}, {r(0, 1)}}}));
  EXPECT_EQ(reply.levels, 2);
  EXPECT_EQ(reply.anomaly, "write-co-read");
  // Not even read committed: newer, then older, in one transaction.
  const Judged backwards = judge(make_sessions({{{w(0, 1)}, {w(0, 2)}}, {{r(0, 2), r(0, 1)}}}));
  EXPECT_EQ(backwards.levels, 0);
  EXPECT_EQ(backwards.anomaly, "non-monotonic-read");
}

TEST(WeakLevels, NamesReadsThatAreWrongInThemselves) {
  EXPECT_EQ(judge(make_sessions({{{r(0, 7)}}, {{w(0, 1)}}})).anomaly, "thin-air-read");
  EXPECT_EQ(judge(make_sessions({{{w(0, 1), w(0, 2)}}, {{r(0, 1)}}})).anomaly, "G1b");
  EXPECT_EQ(judge(make_sessions({{{r(0, 1), w(0, 1)}}, {{r(1)}}})).anomaly, "future-read");
  EXPECT_EQ(judge(make_sessions({{{w(0, 1), r(0)}}})).anomaly, "internal");
  EXPECT_EQ(judge(make_sessions({{{w(0, 1), r(0, 2)}}, {{w(0, 2)}}})).anomaly, "internal");
  Line failed(0, 1, w(0, 1));
  failed.outcome = Outcome::fail;
  EXPECT_EQ(judge(make_history({failed, Line(2, 3, r(0, 1))})).anomaly, "G1a");
  const Judged twice = judge(make_sessions({{{w(0, 1)}}, {{w(0, 2)}}, {{r(0, 1), r(0, 2)}}}));
  EXPECT_EQ(twice.levels, 1);
  EXPECT_EQ(twice.anomaly, "non-repeatable-read");
}

TEST(WeakLevels, TheInitialStateComesBeforeEverything) {
  // AWDIT accepts these: the reader's own past has overwritten what it reads.
  EXPECT_EQ(judge(make_sessions({{{w(0, 1)}, {r(0)}}})).anomaly, "read-your-writes");
  const Judged through =
      judge(make_sessions({{{w(0, 1)}, {w(1, 1)}}, {{r(1, 1), w(2, 1)}}, {{r(2, 1)}, {r(0)}}}));
  EXPECT_EQ(through.levels, 2);
  EXPECT_EQ(through.anomaly, "write-co-init-read");
  EXPECT_EQ(judge(make_sessions({{{w(0, 1), w(1, 1)}}, {{r(0, 1), r(1)}}})).anomaly, "non-monotonic-read");
  EXPECT_EQ(judge(make_sessions({{{w(0, 1), w(1, 1)}}, {{r(0), r(1, 1)}}})).anomaly, "fractured-read");
}

TEST(WeakLevels, CyclesThroughSeveralReaders) {
  // Two readers disagree on the order of two writers: each follows one of them.
  const Judged cycle =
      judge(make_sessions({{{w(0, 1), w(1, 1)}}, {{w(0, 2), w(1, 2)}}, {{r(0, 1), r(1, 2)}}}));
  EXPECT_EQ(cycle.levels, 1);
  EXPECT_EQ(cycle.anomaly, "commit-order-cycle");
  const Judged circle = judge(make_sessions({{{r(0, 1), w(1, 1)}}, {{r(1, 1), w(0, 1)}}}));
  EXPECT_EQ(circle.levels, 0);
  EXPECT_EQ(circle.anomaly, "causality-cycle");
}

TEST(WeakLevels, UnknownWhereNothingCanBeSaid) {
  for (const char* level : kLevels) {
    EXPECT_EQ(check_with(level, make_sessions({{{w(0, 1)}}})).reason,
              "No read succeeded, so nothing was tested.");
    EXPECT_EQ(check_with(level, History()).verdict, Verdict::unknown);
    const CheckResult twice = check_with(level, make_sessions({{{w(0, 1)}}, {{w(0, 1)}}, {{r(0, 1)}}}));
    EXPECT_EQ(twice.verdict, Verdict::unknown);
    EXPECT_NE(twice.reason.find("both by operation 0 and by operation 1"), std::string::npos) << twice.reason;
    EXPECT_EQ(check_with(level, make_sessions({{{testing::append(0, 1)}}})).verdict, Verdict::unknown);
  }
}

TEST(WeakLevels, WeakCausalAllowsProcessesToDisagree) {
  // Each process sees the other's write of x after its own: no common order, but each view is causal.
  const History history =
      make_sessions({{{w(0, 1)}, {r(0, 1)}, {r(0, 2)}}, {{w(0, 2)}, {r(0, 2)}, {r(0, 1)}}});
  EXPECT_EQ(check_with("causal", history).verdict, Verdict::invalid);
  EXPECT_EQ(check_with("causal", history, {{"level", "weak"}}).verdict, Verdict::valid);
  const History lost = make_sessions({{{w(0, 1)}, {w(0, 2)}}, {{r(0, 2)}, {r(0, 1)}}});
  const CheckResult result = check_with("causal", lost, {{"level", "weak"}});
  EXPECT_EQ(result.verdict, Verdict::invalid);
  EXPECT_EQ(testing::confirm_weak(lost, result, {{"level", "weak"}}), "");
}

TEST(WeakLevels, AgreeWithBruteForce) {
  const int rounds = testing::rounds(10'000, 1'000'000);
  Rng rng(11);
  int valid[3] = {0, 0, 0};
  for (int round = 0; round < rounds; ++round) {
    testing::SmallSessions options;
    options.mops = rng.between(1, 3);
    options.keys = rng.between(1, 3);
    options.odd_permille = rng.between(0, 300);
    const History history = testing::generate_small(rng, options);
    for (int i = 0; i < 3; ++i) {
      const CheckResult result = check_with(kLevels[i], history, kCertify);
      if (result.verdict == Verdict::unknown) continue;  // no read
      const bool expected = testing::weak_level_by_brute_force(history, Value(), kLevels[i]);
      valid[i] += expected ? 1 : 0;
      ASSERT_EQ(result.verdict == Verdict::valid, expected) << kLevels[i] << "\n"
                                                            << testing::to_text(history);
      ASSERT_EQ(testing::confirm_weak(history, result, {}), "") << kLevels[i] << "\n"
                                                                << testing::to_text(history);
    }
  }
  for (const int count : valid) {
    EXPECT_GT(count, rounds / 5);
    EXPECT_LT(count, rounds * 9 / 10);
  }
  EXPECT_GT(valid[0], valid[1]);
  EXPECT_GT(valid[1], valid[2]);
}

TEST(WeakLevels, LogStoresAreCausalWhateverTheirShape) {
  std::uint64_t seed = 0;
  for (const std::int64_t sessions : {1, 3, 20, 300}) {
    for (const std::int64_t keys : {1, 30, 3000}) {
      testing::LogStoreOptions options;
      options.seed = ++seed;
      options.operations = 3000;
      options.sessions = sessions;
      options.keys = keys;
      options.info_permille = 10;
      const History history = testing::generate_log_store(options);
      EXPECT_EQ(judge(history).levels, 3) << sessions << " sessions, " << keys << " keys";
    }
  }
}

TEST(WeakLevels, AReadOfAnOldValueIsCaught) {
  testing::LogStoreOptions options;
  options.operations = 3000;
  options.lag = 3;
  options.keys = 20;
  int caught = 0;
  for (std::int64_t at = 100; at < 1000; at += 100) {
    History aged;
    ASSERT_TRUE(testing::age_a_read(testing::generate_log_store(options), at, 12, aged));
    const CheckResult result = check_with("causal", aged);
    caught += result.verdict == Verdict::invalid ? 1 : 0;
    EXPECT_EQ(testing::confirm_weak(aged, result, {}) == "", result.verdict == Verdict::invalid);
  }
  EXPECT_EQ(caught, 9);
}

TEST(WeakLevels, AgreeWithTheCorpus) {
  const std::filesystem::path root = ASSAY_SOURCE_DIR "/../shared/corpora/awdit";
  if (!std::filesystem::exists(root)) GTEST_SKIP() << root << " is absent";
  int files = 0;
  for (int level = 0; level < 3; ++level) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / kLevels[level])) {
      if (!entry.is_regular_file()) continue;
      ++files;
      const History history = testing::read_awdit_history(entry.path());
      EXPECT_EQ(judge(history).levels, level + 1) << entry.path();
    }
  }
  EXPECT_EQ(files, 12);
}

TEST(WeakLevels, KeepToTheBudget) {
  testing::LogStoreOptions options;
  options.operations = 50'000;
  const History history = testing::generate_log_store(options);
  for (const char* level : kLevels) {
    Budget no_time, little;
    no_time.time_limit = 0;
    little.memory_limit_bytes = 200'000;
    EXPECT_EQ(check_with(level, history, {}, no_time).reason,
              "Nothing was checked: the time budget is spent.");
    EXPECT_EQ(check_with(level, history, {}, little).reason,
              "Nothing was checked: the memory budget is spent.");
    for (std::size_t kilobytes = 1000; kilobytes < 8000; kilobytes += 700) {
      little.memory_limit_bytes = kilobytes * 1000;
      const CheckResult result = check_with(level, history, {}, little);
      EXPECT_NE(result.verdict, Verdict::invalid);
      EXPECT_LE(find_fact(result.statistics, "memory_peak_bytes")->as_integer(),
                static_cast<std::int64_t>(little.memory_limit_bytes * 11 / 10));
    }
  }
}

TEST(WeakLevels, WrongCertificatesAreRefuted) {
  const History history =
      make_sessions({{{w(0, 1)}, {w(0, 2)}}, {{r(0, 2), w(1, 5)}}, {{r(1, 5)}, {r(0, 2)}}});
  const auto refute = [&](const char* claim, const History& of, std::vector<OpId> order) {
    Certificate certificate;
    certificate.claim = claim;
    certificate.objects.push_back({0, std::move(order)});
    return refute_certificate(of, certificate);
  };
  // Ids: 0, 3 of the first session, 1 of the second, 2 and 4 of the third.
  EXPECT_EQ(refute("causal", history, {0, 3, 1, 2, 4}), "");
  EXPECT_EQ(refute("causal", history, {0, 3, 1, 2}), "Operation 4 is missing.");
  EXPECT_EQ(refute("causal", history, {0, 3, 1, 2, 4, 4}), "Operation 4 occurs twice.");
  EXPECT_EQ(refute("causal", history, {0, 3, 1, 2, 9}), "Operation 9 is not in the history.");
  EXPECT_EQ(refute("causal", history, {0, 3, 1, 4, 2}), "Operation 2 is out of its session's order.");
  EXPECT_EQ(refute("causal", history, {0, 1, 3, 2, 4}), "Operation 1 comes before a write that it reads.");
  EXPECT_NE(refute("serial", history, {0, 3, 1, 2, 4}), "");
  const History fractured = make_sessions({{{w(0, 1), w(1, 1)}}, {{r(0), r(1, 1)}}});
  EXPECT_EQ(refute("read-committed", fractured, {0, 1}), "");
  EXPECT_EQ(refute("read-atomic", fractured, {0, 1}), "Operation 1 reads older than what is in its sight.");
  const History backwards = make_sessions({{{w(0, 1)}, {w(0, 2)}}, {{r(0, 2), r(0, 1)}}});
  EXPECT_EQ(refute("read-committed", backwards, {0, 2, 1}),
            "Operation 1 reads older than what is in its sight.");
  const History reply = make_sessions({{{w(0, 1)}, {w(0, 2)}}, {{r(0, 2), w(1, 5)}}, {{r(1, 5)}, {r(0, 1)}}});
  EXPECT_EQ(refute("read-atomic", reply, {0, 3, 1, 2, 4}), "");
  EXPECT_EQ(refute("causal", reply, {0, 3, 1, 2, 4}), "Operation 4 reads older than what is in its sight.");
}

TEST(WeakLevels, RefuseOptionsThatTheyDoNotKnow) {
  std::string error;
  EXPECT_EQ(testing::plugin("causal").make({{"level", "strong"}}, error), nullptr);
  EXPECT_EQ(error, "Option level of causal must be convergent or weak, not \"strong\".");
  EXPECT_EQ(testing::plugin("read-atomic").make({{"level", "weak"}}, error), nullptr);
  EXPECT_EQ(error, "Option \"level\" is unknown; read-atomic knows initial and certificate.");
}

}  // namespace
}  // namespace assay::checkers
