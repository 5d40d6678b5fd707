// Larger histories: valid by construction, invalid by corruption, and budgets that run out.
#include <gtest/gtest.h>

#include <array>
#include <atomic>

#include "checkers/testing/history_generator.h"
#include "checkers/testing/linearizable_fixture.h"
#include "checkers/testing/nightly.h"

namespace assay::checkers {
namespace {

using testing::check;
using testing::confirm;
using testing::Corruption;
using testing::GeneratorOptions;

std::vector<GeneratorOptions> shapes() {
  std::vector<GeneratorOptions> shapes;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    GeneratorOptions shape;
    shape.seed = seed;
    shape.operations = 600;
    shape.clients = seed % 3 == 0 ? 3 : 10;
    shape.keys = seed % 4 == 0 ? 4 : 1;
    shape.values = seed % 2 == 0 ? 0 : 4;
    shape.cas_permille = seed % 3 == 1 ? 250 : 0;
    shape.write_permille = 350;
    shape.info_permille = seed % 5 == 0 ? 0 : 15;
    shapes.push_back(shape);
  }
  return shapes;
}

TEST(LinearizableGenerated, ValidByConstruction) {
  for (const GeneratorOptions& shape : shapes()) {
    const History history = generate_history(shape);
    const CheckResult result = check(history, {});
    EXPECT_EQ(result.verdict, Verdict::valid) << "seed " << shape.seed << ": " << result.reason;
    EXPECT_EQ(confirm(history, result, {}), "") << "seed " << shape.seed;
  }
}

// What is valid by construction must never be accused: many little histories, as an unsound reduction shows
// rarely.
TEST(LinearizableGenerated, NeverAccusesWhatIsValidByConstruction) {
  const auto cases = static_cast<std::uint64_t>(testing::rounds(10'000));
  for (std::uint64_t seed = 1; seed <= cases; ++seed) {
    GeneratorOptions shape;
    shape.seed = 1'000'000 + seed;
    shape.operations = 15 + seed % 25;
    shape.clients = 2 + static_cast<std::int64_t>(seed % 11);
    shape.values = 1 + static_cast<std::int64_t>(seed % 6);
    shape.write_permille = 300 + static_cast<std::int64_t>(seed % 3) * 100;
    shape.cas_permille = static_cast<std::int64_t>(seed % 4) * 120;
    shape.info_permille = static_cast<std::int64_t>(seed % 5) * 30;
    const History history = generate_history(shape);
    const CheckResult result = testing::check_with("linearizable", history);
    ASSERT_EQ(result.verdict, Verdict::valid)
        << "seed " << seed << "\n"
        << testing::to_text(testing::part_of(history, result.findings.front().witness));
  }
}

// Dense little histories, where every reduction is at work, against the model that has none of them.
TEST(LinearizableGenerated, AgreesWithTheTransactionModel) {
  const std::array corruptions{Corruption::swapped_reads, Corruption::stale_read, Corruption::dropped_write};
  std::array<int, 3> seen{};
  const auto cases = static_cast<std::uint64_t>(testing::rounds(1'200, 200'000));
  for (std::uint64_t seed = 1; seed <= cases; ++seed) {
    GeneratorOptions shape;
    shape.seed = seed;
    shape.operations = 10 + seed % 40;
    shape.clients = 3 + static_cast<std::int64_t>(seed % 6);
    shape.values = 2 + static_cast<std::int64_t>(seed % 4);
    shape.cas_permille = seed % 2 == 0 ? 250 : 0;
    shape.info_permille = static_cast<std::int64_t>(seed % 3) * 20;
    History history = generate_history(shape);
    ASSERT_EQ(check(history, {}).verdict, Verdict::valid) << "seed " << seed << "\n"
                                                          << testing::to_text(history);
    History corrupted;
    bool certain = false;
    if (!corrupt(history, corruptions[seed % 3], 400, seed, corrupted, certain)) continue;
    const CheckResult result = check(corrupted, {});
    ASSERT_EQ(result.verdict, check(corrupted, {{"model", "kv"}}).verdict) << "seed " << seed << "\n"
                                                                           << testing::to_text(corrupted);
    EXPECT_EQ(confirm(corrupted, result, {}), "") << "seed " << seed;
    ++seen[static_cast<std::size_t>(result.verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], cases / 80);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], cases / 3);
}

TEST(LinearizableGenerated, ManyInFlightNeedMoreThanOneWord) {
  for (const std::int64_t clients : {64, 65, 200, 300}) {
    GeneratorOptions shape;
    shape.operations = 2000;
    shape.clients = clients;
    shape.write_permille = 100;
    const History history = generate_history(shape);
    const CheckResult result = check(history, {});
    EXPECT_EQ(result.verdict, Verdict::valid) << clients << " clients: " << result.reason;
    EXPECT_EQ(confirm(history, result, {}), "") << clients << " clients";
  }
}

// Thousands in flight on one key, in the registers' own search and in that of every other model.
TEST(LinearizableGenerated, ThousandsInFlight) {
  GeneratorOptions shape;
  shape.operations = 5500;
  shape.clients = 5000;
  shape.values = 3;
  shape.write_permille = 50;
  const History history = generate_history(shape);
  const CheckResult result = check(history, {});
  EXPECT_EQ(result.verdict, Verdict::valid) << result.reason;
  EXPECT_EQ(confirm(history, result, {}), "");
}

// More than a search can follow is said to be just that.
TEST(LinearizableGenerated, TooManyInFlightIsTheReason) {
  std::vector<testing::Line> lines;
  for (int i = 0; i < 66'000; ++i) lines.push_back({i, 100'000, testing::w(0, i % 2)});
  const CheckResult result = check(testing::make_history(std::move(lines)), {});
  EXPECT_EQ(result.verdict, Verdict::unknown);
  EXPECT_NE(result.reason.find("66000 operations are in flight"), std::string::npos) << result.reason;
}

// The witness of a violation among transactions is as small as that among registers.
TEST(LinearizableGenerated, WitnessesOfTransactionsAreSmall) {
  int small = 0, all = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    GeneratorOptions shape;
    shape.seed = seed;
    shape.operations = 400;
    shape.values = 0;
    shape.write_permille = 300;
    History corrupted;
    bool certain = false;
    if (!corrupt(generate_history(shape), Corruption::stale_read, 700, seed, corrupted, certain) || !certain)
      continue;
    const CheckerOptions kv{{"model", "kv"}};
    const CheckResult result = check(corrupted, kv);
    ASSERT_EQ(result.verdict, Verdict::invalid) << result.reason;
    EXPECT_EQ(confirm(corrupted, result, kv), "") << "seed " << seed;
    ++all;
    small += result.findings.front().witness.size() <= 4 ? 1 : 0;
  }
  EXPECT_GT(all, 5);
  EXPECT_EQ(small, all);
}

TEST(LinearizableGenerated, TheTransactionModelAgrees) {
  for (const GeneratorOptions& shape : shapes()) {
    if (shape.clients > 3) continue;
    const History history = generate_history(shape);
    const CheckerOptions kv{{"model", "kv"}};
    const CheckResult result = check(history, kv);
    EXPECT_EQ(result.verdict, Verdict::valid) << "seed " << shape.seed << ": " << result.reason;
    EXPECT_EQ(confirm(history, result, kv), "") << "seed " << shape.seed;
  }
}

void expect_caught(Corruption corruption, int certain_min) {
  int certain_seen = 0;
  for (const GeneratorOptions& shape : shapes()) {
    const History history = generate_history(shape);
    for (const std::int64_t place : {200, 600, 900}) {
      History corrupted;
      bool certain = false;
      if (!corrupt(history, corruption, place, shape.seed, corrupted, certain)) continue;
      const CheckResult result = check(corrupted, {});
      EXPECT_NE(result.verdict, Verdict::unknown) << "seed " << shape.seed << ": " << result.reason;
      if (certain) {
        EXPECT_EQ(result.verdict, Verdict::invalid) << "seed " << shape.seed << " at " << place;
        ++certain_seen;
      }
      EXPECT_EQ(confirm(corrupted, result, {}), "") << "seed " << shape.seed << " at " << place;
      if (certain) {
        EXPECT_LE(result.findings.front().witness.size(), 3u) << "seed " << shape.seed << " at " << place;
      }
    }
  }
  EXPECT_GE(certain_seen, certain_min);
}

TEST(LinearizableMutation, SwappedReads) { expect_caught(Corruption::swapped_reads, 10); }
TEST(LinearizableMutation, StaleRead) { expect_caught(Corruption::stale_read, 20); }
TEST(LinearizableMutation, PhantomRead) { expect_caught(Corruption::phantom_read, 20); }
TEST(LinearizableMutation, DroppedWrite) { expect_caught(Corruption::dropped_write, 10); }

// Hard on purpose: many in flight, few values, and at the end a read of what nobody wrote.
History hard_history(std::size_t operations = 20'000) {
  GeneratorOptions shape;
  shape.operations = operations;
  shape.clients = 60;
  shape.values = 12;
  shape.cas_permille = 200;
  shape.info_permille = 20;
  History corrupted;
  bool certain = false;
  const History history = generate_history(shape);
  EXPECT_TRUE(corrupt(history, Corruption::phantom_read, 900, 1, corrupted, certain));
  return corrupted;
}

TEST(LinearizableBudget, TimeEndsInUnknown) {
  Budget budget;
  budget.time_limit = 50 * kMillisecond;
  const CheckResult result = check(hard_history(), {}, budget);
  EXPECT_EQ(result.verdict, Verdict::unknown);
  EXPECT_NE(result.reason.find("time"), std::string::npos) << result.reason;
}

TEST(LinearizableBudget, MemoryEndsInUnknownWithinTheLimit) {
  const History history = hard_history();
  for (const std::size_t limit : {std::size_t{1} << 14, std::size_t{2} << 20}) {
    Budget budget;
    budget.memory_limit_bytes = limit;
    const CheckResult result = check(history, {}, budget);
    EXPECT_EQ(result.verdict, Verdict::unknown);
    EXPECT_NE(result.reason.find("memory"), std::string::npos) << result.reason;
    if (const Value* peak = find_fact(result.statistics, "memory_peak_bytes")) {
      EXPECT_LE(peak->as_integer(), static_cast<std::int64_t>(limit + limit / 10));
    }
  }
}

TEST(LinearizableBudget, StopEndsInUnknown) {
  const std::atomic<bool> stop = true;
  Budget budget;
  budget.stop = &stop;
  const CheckResult result = check(hard_history(2000), {}, budget);
  EXPECT_EQ(result.verdict, Verdict::unknown);
  EXPECT_NE(result.reason.find("stopped"), std::string::npos) << result.reason;
}

TEST(LinearizableGenerated, ResultsDoNotDependOnThreads) {
  GeneratorOptions shape;
  shape.operations = 30'000;
  shape.keys = 20;
  History corrupted;
  bool certain = false;
  ASSERT_TRUE(corrupt(generate_history(shape), Corruption::phantom_read, 500, 1, corrupted, certain));
  const CheckResult first = check(corrupted, {});
  EXPECT_EQ(first.verdict, Verdict::invalid);
  for (int round = 0; round < 3; ++round) {
    const CheckResult again = check(corrupted, {});
    ASSERT_EQ(again.findings.size(), first.findings.size());
    EXPECT_EQ(again.findings.front().witness, first.findings.front().witness);
    EXPECT_EQ(again.findings.front().steps, first.findings.front().steps);
    EXPECT_EQ(*find_fact(again.statistics, "configurations"), *find_fact(first.statistics, "configurations"));
  }
}

}  // namespace
}  // namespace assay::checkers
