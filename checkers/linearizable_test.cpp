// The checker against an oracle that tries every order, against generated histories, and on the small cases
// that decide what the words mean.
#include <gtest/gtest.h>

#include <array>

#include "checkers/registry.h"
#include "checkers/testing/history_generator.h"
#include "checkers/testing/linearizable_fixture.h"
#include "checkers/testing/oracle.h"
#include "checkers/verify/certificate.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::check;
using testing::confirm;
using testing::Line;
using testing::make_history;

Mop read(std::int64_t value, Key key = 0) { return {Fn::read, key, {}, Value(value)}; }
Mop read_nil(Key key = 0) { return {Fn::read, key, {}, {}}; }
Mop write(std::int64_t value, Key key = 0) { return {Fn::write, key, Value(value), {}}; }
Mop cas(std::int64_t expected, std::int64_t desired, Key key = 0) {
  return {Fn::cas, key, Value::pair(Value(expected), Value(desired)), {}};
}

Verdict verdict_of(std::vector<Line> lines, const CheckerOptions& options = {}) {
  const History history = make_history(std::move(lines));
  const CheckResult result = check(history, options);
  EXPECT_EQ(confirm(history, result, options), "");
  return result.verdict;
}

std::string anomaly_of(std::vector<Line> lines) {
  const History history = make_history(std::move(lines));
  const CheckResult result = check(history, {});
  EXPECT_EQ(confirm(history, result, {}), "");
  return result.findings.empty() ? "" : result.findings.front().anomaly;
}

TEST(Linearizable, SequentialReadsSeeTheLastWrite) {
  EXPECT_EQ(verdict_of({{1, 2, write(7)}, {3, 4, read(7)}}), Verdict::valid);
  EXPECT_EQ(verdict_of({{1, 2, write(7)}, {3, 4, read_nil()}}), Verdict::invalid);
}

TEST(Linearizable, ConcurrentReadsMaySeeOldOrNewButNotNewThenOld) {
  EXPECT_EQ(verdict_of({{1, 10, write(7)}, {2, 3, read_nil()}, {4, 5, read(7)}}), Verdict::valid);
  EXPECT_EQ(verdict_of({{1, 10, write(7)}, {2, 3, read(7)}, {4, 5, read_nil()}}), Verdict::invalid);
}

TEST(Linearizable, IntervalsAreClosed) {
  // The write returns at the moment at which the read is invoked: concurrent, so the old value may be read.
  EXPECT_EQ(verdict_of({{1, 5, write(7)}, {5, 6, read_nil()}}), Verdict::valid);
  EXPECT_EQ(verdict_of({{1, 4, write(7)}, {5, 6, read_nil()}}), Verdict::invalid);
  EXPECT_EQ(verdict_of({{5, 5, read(7)}, {5, 5, write(7)}}), Verdict::valid);
  EXPECT_EQ(verdict_of({{5, 5, cas(1, 2)}, {5, 5, write(1)}, {5, 5, read_nil()}, {5, 5, read(2)}}),
            Verdict::valid);
  EXPECT_EQ(verdict_of({{4, 4, cas(1, 2)}, {5, 5, write(1)}}), Verdict::invalid);
}

TEST(Linearizable, AWriteThatChangedNothingMayStillBeWantedAfterSomethingElse) {
  // write 0, cas 0 -> 2, cas 2 -> 4, write 2, read 2: at the first moment at which the register holds 2, the
  // write of 2 in flight must not count as done.
  EXPECT_EQ(verdict_of({{2645, 5259, write(0)},
                        {5097, 6060, cas(2, 4)},
                        {5260, 6780, cas(0, 2)},
                        {5905, 6034, write(2)},
                        {6215, 7703, read(2)}}),
            Verdict::valid);
}

TEST(Linearizable, InfoMayHappenLateOrNever) {
  EXPECT_EQ(verdict_of({{1, kNever, write(7)}, {2, 3, read_nil()}, {4, 5, read(7)}}), Verdict::valid);
  EXPECT_EQ(verdict_of({{1, kNever, write(7)}, {2, 3, read_nil()}, {4, 5, read_nil()}}), Verdict::valid);
  EXPECT_EQ(verdict_of({{1, kNever, write(7)}, {2, 3, read(7)}, {4, 5, read_nil()}}), Verdict::invalid);
  EXPECT_EQ(verdict_of({{2, 3, read(7)}, {4, kNever, write(7)}}), Verdict::invalid);
  EXPECT_EQ(verdict_of({{1, 2, write(1)}, {3, kNever, cas(1, 2)}, {4, kNever, cas(2, 3)}, {5, 6, read(3)}}),
            Verdict::valid);
  EXPECT_EQ(
      verdict_of(
          {{1, 2, write(1)}, {3, kNever, cas(1, 2)}, {4, 5, read(2)}, {6, 7, write(1)}, {8, 9, read(2)}}),
      Verdict::invalid);
}

TEST(Linearizable, FailDidNotHappen) {
  Line failed{1, 2, write(7)};
  failed.outcome = Outcome::fail;
  EXPECT_EQ(verdict_of({failed, {3, 4, read_nil()}}), Verdict::valid);
  EXPECT_EQ(verdict_of({failed, {3, 4, read(7)}}), Verdict::invalid);
  EXPECT_EQ(anomaly_of({failed, {3, 4, read(7)}}), "aborted-read");
}

TEST(Linearizable, EachKeyIsAnObject) {
  EXPECT_EQ(verdict_of({{1, 2, write(1, 0)}, {3, 4, write(2, 1)}, {5, 6, read(1, 0)}, {7, 8, read(2, 1)}}),
            Verdict::valid);
  EXPECT_EQ(verdict_of({{1, 2, write(1, 0)}, {3, 4, write(2, -9)}, {5, 6, read(2, 0)}, {7, 8, read(2, -9)}}),
            Verdict::invalid);
}

TEST(Linearizable, InitialValueIsAnOption) {
  EXPECT_EQ(verdict_of({{1, 2, read(0)}}, {{"initial", "0"}}), Verdict::valid);
  EXPECT_EQ(verdict_of({{1, 2, read_nil()}}, {{"initial", "0"}}), Verdict::invalid);
  EXPECT_EQ(verdict_of({{1, 2, cas(0, 1)}, {3, 4, read(1)}}, {{"initial", "0"}}), Verdict::valid);
}

TEST(Linearizable, NamesWhatIsEvident) {
  EXPECT_EQ(anomaly_of({{1, 2, read(7)}}), "phantom-read");
  EXPECT_EQ(anomaly_of({{1, 2, read(7)}, {3, 4, write(7)}}), "future-read");
  EXPECT_EQ(anomaly_of({{1, 2, write(1)}, {3, 4, write(2)}, {5, 6, read(1)}}), "stale-read");
  EXPECT_EQ(anomaly_of({{1, 2, write(1)}, {3, 9, cas(1, 2)}, {3, 9, cas(1, 3)}}), "lost-update");
  EXPECT_EQ(anomaly_of(
                {{1, 2, write(1)}, {3, 9, write(2)}, {3, 9, write(3)}, {10, 11, read(2)}, {12, 13, read(3)}}),
            "non-linearizable");
}

// What the compare-and-set in the witness found is not in the witness; the steps must not stumble over that.
TEST(Linearizable, StepsOfAStaleReadAreAboutTheReadAlsoWhereCompareAndSetsWrote) {
  const History history = make_history({{1, 2, write(1)},
                                        {3, 4, cas(1, 2)},
                                        {5, 6, cas(2, 3)},
                                        {7, 8, cas(3, 4)},
                                        {9, 10, read(3)},
                                        {11, 12, read(4)}});
  const CheckResult result = check(history, {});
  ASSERT_EQ(result.findings.size(), 1u);
  const Finding& finding = result.findings.front();
  EXPECT_EQ(finding.anomaly, "stale-read");
  EXPECT_EQ(finding.witness, (std::vector<OpId>{2, 3, 4}));
  ASSERT_GE(finding.steps.size(), 3u);
  EXPECT_EQ(finding.steps[finding.steps.size() - 3], "Now the register holds 4.");
  EXPECT_EQ(finding.steps[finding.steps.size() - 2], "Then operation 4 returned: it must have found 3.");
}

TEST(Linearizable, WitnessOfAStaleReadShowsTheWriteTheOverwriteAndTheRead) {
  std::vector<Line> lines;
  for (int i = 0; i < 50; ++i) lines.push_back({100 * i, 100 * i + 50, write(i)});
  lines.push_back({5000, 5001, read(20)});
  for (int i = 51; i < 99; ++i) lines.push_back({100 * i, 100 * i + 50, write(i)});
  const CheckResult result = check(make_history(lines), {});
  ASSERT_EQ(result.findings.size(), 1u);
  const Finding& finding = result.findings.front();
  EXPECT_EQ(finding.anomaly, "stale-read");
  ASSERT_EQ(finding.witness.size(), 3u);
  EXPECT_EQ(finding.witness[0], 20u);
  EXPECT_EQ(finding.witness[2], 50u);
  EXPECT_FALSE(finding.steps.empty());
  EXPECT_FALSE(finding.context.empty());
  EXPECT_EQ(finding.object, "key 0");
}

TEST(Linearizable, ModelsRefuseWhatTheyDoNotKnow) {
  const auto reason = [](std::vector<Line> lines, const CheckerOptions& options) {
    const CheckResult result = check(make_history(std::move(lines)), options);
    EXPECT_EQ(result.verdict, Verdict::unknown);
    return result.reason;
  };
  EXPECT_NE(reason({{1, 2, cas(1, 2)}}, {{"model", "register"}}).find("cas"), std::string::npos);
  EXPECT_NE(reason({{1, 2, Mop{Fn::enqueue, 0, Value(1), {}}}}, {}).find("enqueue"), std::string::npos);
  EXPECT_NE(reason({{1, 2, Mop{Fn::cas, 0, Value(1), {}}}}, {}).find("pair"), std::string::npos);
  EXPECT_NE(reason({}, {}).find("nothing was tested"), std::string::npos);
  EXPECT_NE(reason({{1, kNever, write(1)}}, {}).find("nothing was tested"), std::string::npos);
}

TEST(Linearizable, OptionsAreRefusedInOneSentence) {
  const CheckerPlugin& plugin = testing::plugin("linearizable");
  for (const CheckerOptions& options :
       {CheckerOptions{{"model", "queue"}}, CheckerOptions{{"modle", "register"}},
        CheckerOptions{{"initial", "x"}}, CheckerOptions{{"initial", "1x"}},
        CheckerOptions{{"certificate", "maybe"}}}) {
    std::string error;
    EXPECT_EQ(plugin.make(options, error), nullptr);
    EXPECT_NE(error.find("linearizable"), std::string::npos);
    EXPECT_EQ(error.back(), error.empty() ? '.' : error.back());
  }
}

TEST(Linearizable, TransactionsAreAtomic) {
  const CheckerOptions kv{{"model", "kv"}};
  EXPECT_EQ(verdict_of({{1, 2, {write(1, 0), write(1, 1)}}, {3, 4, {read(1, 0), read(1, 1)}}}, kv),
            Verdict::valid);
  EXPECT_EQ(verdict_of({{1, 5, {write(1, 0), write(1, 1)}}, {1, 5, {read(1, 0), read_nil(1)}}}, kv),
            Verdict::invalid);
  // Each key alone would do; together they do not.
  EXPECT_EQ(verdict_of({{1, 9, {write(1, 0)}},
                        {1, 9, {write(1, 1)}},
                        {2, 3, {read(1, 0), read_nil(1)}},
                        {4, 5, {read_nil(0), read(1, 1)}}},
                       kv),
            Verdict::invalid);
  const Mop append{Fn::append, 0, Value(1), {}}, append2{Fn::append, 0, Value(2), {}};
  const Mop list{Fn::read, 0, {}, Value::list({Value(2), Value(1)})};
  EXPECT_EQ(verdict_of({{1, 5, append}, {1, 5, append2}, {6, 7, list}}, kv), Verdict::valid);
  EXPECT_EQ(verdict_of({{1, 2, append}, {3, 5, append2}, {6, 7, list}}, kv), Verdict::invalid);
  const Mop add{Fn::add, 0, Value(2), {}};
  EXPECT_EQ(verdict_of({{1, 2, add}, {3, kNever, add}, {4, 5, add}, {6, 7, read(6)}}, kv), Verdict::valid);
  EXPECT_EQ(verdict_of({{1, 2, add}, {3, kNever, add}, {4, 5, add}, {6, 7, read(8)}}, kv), Verdict::invalid);
}

// Random small histories, with results drawn so that both verdicts are common.
History random_history(Rng& rng, bool with_cas, bool distinct) {
  std::vector<Line> lines;
  const std::size_t size = rng.between(2, 7);
  const std::uint64_t values = rng.between(1, 3);
  const std::int64_t span = rng.between(4, 24);
  for (std::size_t i = 0; i < size; ++i) {
    Line line;
    line.invoked = rng.between(0, span);
    line.completed = line.invoked + rng.between(0, span / 2);
    const std::uint64_t kind = rng.below(with_cas ? 3 : 2);
    const auto value = static_cast<std::int64_t>(rng.below(values));
    if (kind == 0) {
      line.mops = {rng.chance(1, 6) ? read_nil()
                                    : read(distinct ? static_cast<std::int64_t>(rng.below(size)) : value)};
    } else if (kind == 1) {
      line.mops = {write(distinct ? static_cast<std::int64_t>(i) : value)};
    } else {
      line.mops = {cas(static_cast<std::int64_t>(rng.below(values)), value)};
    }
    if (rng.chance(1, 5)) line.outcome = Outcome::info, line.completed = kNever;
    if (rng.chance(1, 12)) line.outcome = Outcome::fail, line.completed = line.invoked + 1;
    lines.push_back(line);
  }
  return make_history(lines);
}

void compare_with_oracle(bool with_cas, bool distinct, const CheckerOptions& options, int rounds) {
  Rng rng(with_cas ? 11 : 7);
  std::array<int, 3> seen{};
  for (int round = 0; round < rounds; ++round) {
    const History history = random_history(rng, with_cas, distinct);
    bool anything_ok = false;
    for (const Operation op : history.operations()) anything_ok = anything_ok || op.outcome == Outcome::ok;
    if (!anything_ok) continue;
    const CheckResult result = check(history, options);
    const bool expected = testing::linearizable_by_brute_force(history, Value());
    ASSERT_EQ(result.verdict, expected ? Verdict::valid : Verdict::invalid) << "round " << round << "\n"
                                                                            << testing::to_text(history);
    EXPECT_EQ(confirm(history, result, options), "");
    if (::testing::Test::HasFailure()) FAIL() << "round " << round << "\n" << testing::to_text(history);
    ++seen[static_cast<std::size_t>(result.verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds / 10);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds / 10);
}

TEST(LinearizableOracle, Register) { compare_with_oracle(false, false, {{"model", "register"}}, 4'000); }
TEST(LinearizableOracle, CasRegister) { compare_with_oracle(true, false, {}, 5'000); }
TEST(LinearizableOracle, RegisterWithDistinctValues) { compare_with_oracle(false, true, {}, 3'000); }
TEST(LinearizableOracle, TheTransactionModelAgreesOnRegisters) {
  compare_with_oracle(true, false, {{"model", "kv"}}, 1'000);
}

// Transactions of one or two steps on two keys.
TEST(LinearizableOracle, Transactions) {
  Rng rng(5);
  std::array<int, 3> seen{};
  for (int round = 0; round < 2'000; ++round) {
    std::vector<Line> lines;
    const std::size_t size = rng.between(2, 6);
    for (std::size_t i = 0; i < size; ++i) {
      Line line;
      line.invoked = rng.between(0, 12);
      line.completed = line.invoked + rng.between(0, 8);
      for (std::uint64_t step = rng.between(1, 2); step > 0; --step) {
        const Key key = rng.between(0, 1);
        const auto value = rng.between(0, 1);
        const std::uint64_t kind = rng.below(6);
        line.mops.push_back(kind < 3   ? (rng.chance(1, 3) ? read_nil(key) : read(value, key))
                            : kind < 5 ? write(value, key)
                                       : cas(rng.between(0, 1), value, key));
      }
      if (rng.chance(1, 6)) line.outcome = Outcome::info, line.completed = kNever;
      lines.push_back(line);
    }
    const History history = make_history(lines);
    const CheckerOptions options{{"model", "kv"}};
    const CheckResult result = check(history, options);
    if (result.verdict != Verdict::unknown) {
      const bool expected = testing::linearizable_by_brute_force(history, Value());
      ASSERT_EQ(result.verdict, expected ? Verdict::valid : Verdict::invalid) << "round " << round << "\n"
                                                                              << testing::to_text(history);
      EXPECT_EQ(confirm(history, result, options), "");
    }
    ++seen[static_cast<std::size_t>(result.verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], 200);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], 200);
}

}  // namespace
}  // namespace assay::checkers
