// Sequential consistency: what separates it from linearizability and from causal consistency, the oracle,
// generated histories and budgets.
#include <gtest/gtest.h>

#include <array>

#include "checkers/testing/fixture.h"
#include "checkers/testing/history_generator.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/object_generator.h"
#include "checkers/testing/oracle.h"
#include "checkers/verify/certificate.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::check_with;
using testing::Line;
using testing::make_history;
using testing::make_sessions;
using testing::r;
using testing::w;

CheckResult check(const History& history, CheckerOptions options, const Budget& budget = {}) {
  options.emplace("certificate", "yes");
  return check_with("sequential", history, options, budget);
}

// What is wrong with a result, empty if nothing is.
std::string confirm(const History& history, const CheckResult& result, const CheckerOptions& options) {
  if (result.reason.empty()) return "no reason";
  if ((result.verdict == Verdict::invalid) == result.findings.empty()) return "findings do not fit";
  if (result.verdict == Verdict::valid)
    return result.certificate ? refute_certificate(history, *result.certificate) : "no certificate";
  for (const Finding& finding : result.findings) {
    if (finding.anomaly.empty() || finding.summary.empty() || finding.steps.empty()) return "no words";
    const History alone = testing::part_of(history, finding.witness);
    const CheckResult again = check(alone, options);
    if (again.verdict != Verdict::invalid)
      return "a witness that is not invalid: " + again.reason + "\n" + testing::to_text(alone);
  }
  return {};
}

std::string judge(const History& history, const std::string& model = "cas-register") {
  const CheckerOptions options{{"model", model}};
  const CheckResult result = check(history, options);
  EXPECT_EQ(confirm(history, result, options), "") << testing::to_text(history);
  if (result.verdict == Verdict::unknown) return result.reason;
  return result.findings.empty() ? "valid" : result.findings.front().anomaly;
}

Line by(ProcessId process, Nanos invoked, Nanos completed, const Mop& mop) {
  Line line(invoked, completed, mop);
  line.process = process;
  return line;
}

TEST(Sequential, TimeBetweenProcessesDoesNotCount) {
  // A stale read: not linearizable, yet sequentially consistent.
  const History stale = make_history({by(0, 1, 2, w(0, 1)), by(1, 3, 4, r(0)), by(1, 5, 6, r(0, 1))});
  EXPECT_EQ(judge(stale), "valid");
  EXPECT_EQ(check_with("linearizable", stale).verdict, Verdict::invalid);
  // A process sees its own write.
  EXPECT_EQ(judge(make_history({by(0, 1, 2, w(0, 1)), by(0, 3, 4, r(0))})), "non-sequential");
  EXPECT_EQ(judge(make_history({by(0, 1, 2, w(0, 1)), by(1, 3, 4, r(0, 1)), by(1, 5, 6, r(0))})),
            "non-sequential");
  EXPECT_EQ(judge(make_history({by(0, 1, 2, r(0, 9))})), "phantom-read");
}

// Each explained by causal consistency, none by one order.
TEST(Sequential, SeparatingHistories) {
  // Store buffering (Dekker): each writes, and misses the other's write.
  EXPECT_EQ(judge(make_sessions({{{w(0, 1)}, {r(1)}}, {{w(1, 1)}, {r(0)}}})), "non-sequential");
  // Independent reads of independent writes, in different orders.
  EXPECT_EQ(judge(make_sessions({{{w(0, 1)}}, {{w(1, 1)}}, {{r(0, 1)}, {r(1)}}, {{r(1, 1)}, {r(0)}}})),
            "non-sequential");
  // Two writes of one key, seen in different orders.
  EXPECT_EQ(judge(make_sessions({{{w(0, 1)}}, {{w(0, 2)}}, {{r(0, 1)}, {r(0, 2)}}, {{r(0, 2)}, {r(0, 1)}}})),
            "non-sequential");
  // Message passing that works.
  EXPECT_EQ(judge(make_sessions({{{w(0, 1)}, {w(1, 1)}}, {{r(1)}, {r(0)}, {r(1, 1)}, {r(0, 1)}}})), "valid");
  EXPECT_EQ(judge(make_sessions({{{w(0, 1)}, {w(1, 1)}}, {{r(1, 1)}, {r(0)}}})), "non-sequential");
}

// Herlihy & Wing 1990, figure 6: each queue alone is sequentially consistent, both together are not.
TEST(Sequential, IsNotLocal) {
  const auto enqueue = [](Key key, std::int64_t value) { return Mop{Fn::enqueue, key, value, {}}; };
  const auto dequeue = [](Key key, std::int64_t value) { return Mop{Fn::dequeue, key, {}, value}; };
  const History both = make_sessions({{{enqueue(0, 1)}, {enqueue(1, 1)}, {dequeue(0, 2)}},
                                      {{enqueue(1, 2)}, {enqueue(0, 2)}, {dequeue(1, 1)}}});
  EXPECT_NE(judge(both, "fifo-queue"), "valid");
  EXPECT_EQ(judge(make_sessions({{{enqueue(0, 1)}, {dequeue(0, 2)}}, {{enqueue(0, 2)}}}), "fifo-queue"),
            "valid");
}

// The element that was taken out first in time lies behind the other one.
TEST(Sequential, ElementsAreTakenOutInAnotherOrderThanThatOfTime) {
  const auto enqueue = [](std::int64_t value) { return Mop{Fn::enqueue, 0, value, {}}; };
  const auto dequeue = [](std::int64_t value) { return Mop{Fn::dequeue, 0, {}, value}; };
  const History history =
      make_history({by(1, 1, 2, enqueue(2)), by(0, 3, 4, enqueue(1)), by(1, 5, 8, enqueue(4)),
                    by(0, 6, 7, dequeue(1)), by(0, 9, 10, dequeue(4)), by(1, 11, 12, dequeue(2))});
  EXPECT_EQ(judge(history, "fifo-queue"), "valid");
  EXPECT_EQ(check_with("linearizable", history, {{"model", "fifo-queue"}}).verdict, Verdict::invalid);
}

TEST(Sequential, InfoMayHaveHappened) {
  const auto info = [](ProcessId process, Nanos at, const Mop& mop) { return by(process, at, kNever, mop); };
  EXPECT_EQ(judge(make_history({info(0, 1, w(0, 1)), by(1, 2, 3, r(0, 1))})), "valid");
  EXPECT_EQ(judge(make_history({info(0, 1, w(0, 1)), by(1, 2, 3, r(0)), by(1, 4, 5, r(0))})), "valid");
  EXPECT_EQ(judge(make_history({info(0, 1, w(0, 1)), by(1, 2, 3, r(0, 1)), by(1, 4, 5, r(0))})),
            "non-sequential");
}

TEST(Sequential, ExplainsEachStepOfACycle) {
  const CheckResult result = check(make_sessions({{{w(0, 1)}, {r(1)}}, {{w(1, 1)}, {r(0)}}}), {});
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings.front().witness.size(), 4u);
  EXPECT_EQ(result.findings.front().steps.size(), 5u);
  EXPECT_NE(result.findings.front().steps.front().find("before"), std::string::npos);
  EXPECT_NE(result.findings.front().steps.back().find("before itself"), std::string::npos);
}

int rounds() { return testing::rounds(1'500, 100'000); }

// Results drawn at random, so that both verdicts are common; several processes and keys.
History random_history(Rng& rng, bool distinct, bool transactions) {
  std::vector<Line> lines;
  const std::size_t size = rng.between(3, 7);
  const std::int64_t processes = rng.between(2, 3);
  std::vector<bool> retired(static_cast<std::size_t>(processes), false);
  for (std::size_t i = 0; i < size; ++i) {
    const auto process = static_cast<ProcessId>(rng.below(static_cast<std::uint64_t>(processes)));
    if (retired[static_cast<std::size_t>(process)]) continue;
    Line line;
    line.process = process;
    line.invoked = static_cast<Nanos>(10 * i);
    line.completed = line.invoked + 5;
    for (std::int64_t steps = transactions ? rng.between(1, 2) : 1; steps > 0; --steps) {
      const Key key = rng.between(0, 1);
      const auto value =
          static_cast<std::int64_t>(distinct ? 10 * i + static_cast<std::size_t>(steps) : rng.below(2));
      const std::uint64_t kind = rng.below(8);
      if (kind < 4) {
        const auto seen = static_cast<std::int64_t>(distinct ? 10 * rng.below(size) + 1 : rng.below(2));
        line.mops.push_back(r(key, rng.chance(1, 3) ? Value() : Value(seen)));
      } else if (kind < 7) {
        line.mops.push_back(w(key, value));
      } else {
        line.mops.push_back(
            {Fn::cas, key, Value::pair(rng.chance(1, 2) ? Value() : Value(value - 10), value), {}});
      }
    }
    if (rng.chance(1, 8)) {
      line.outcome = Outcome::info, line.completed = kNever;
      retired[static_cast<std::size_t>(process)] = true;
    }
    lines.push_back(line);
  }
  return make_history(lines);
}

TEST(SequentialOracle, RegistersAndTransactions) {
  for (const bool distinct : {false, true}) {
    for (const bool transactions : {false, true}) {
      Rng rng(distinct ? 3 : 5);
      const CheckerOptions options{{"model", transactions ? "kv" : "cas-register"}};
      std::array<int, 3> seen{};
      for (int round = 0; round < rounds(); ++round) {
        const History history = random_history(rng, distinct, transactions);
        const CheckResult result = check(history, options);
        ++seen[static_cast<std::size_t>(result.verdict)];
        if (result.verdict == Verdict::unknown) continue;
        const bool expected = testing::sequential_by_brute_force(history, Value());
        ASSERT_EQ(result.verdict, expected ? Verdict::valid : Verdict::invalid) << testing::to_text(history);
        ASSERT_EQ(confirm(history, result, options), "") << testing::to_text(history);
      }
      EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds() / 15);
      EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds() / 15);
      EXPECT_LT(seen[static_cast<std::size_t>(Verdict::unknown)], rounds() / 10);
    }
  }
}

TEST(SequentialOracle, DataTypes) {
  Rng rng(8);
  for (const char* model :
       {"fifo-queue", "stack", "set", "counter", "unordered-queue", "priority-queue", "append-list"}) {
    const CheckerOptions options{{"model", model}};
    std::array<int, 3> seen{};
    for (int round = 0; round < rounds() / 5; ++round) {
      testing::ObjectOptions shape;
      shape.model = model;
      shape.seed = static_cast<std::uint64_t>(round) + 1;
      shape.operations = static_cast<std::size_t>(rng.between(3, 7));
      shape.clients = 2;
      shape.keys = rng.between(1, 2);
      shape.put_permille = 550;
      History history = testing::generate_object_history(shape);
      for (int times = 0; times < 2; ++times) {
        History corrupted;
        const auto kind = static_cast<testing::ObjectCorruption>(rng.below(3));
        if (corrupt_object(history, kind, rng.between(0, 700), shape.seed, corrupted))
          history = std::move(corrupted);
      }
      const CheckResult result = check(history, options);
      ASSERT_NE(result.verdict, Verdict::unknown) << result.reason;
      const bool expected = testing::sequential_by_brute_force(history, Value(), model);
      ASSERT_EQ(result.verdict, expected ? Verdict::valid : Verdict::invalid) << model << "\n"
                                                                              << testing::to_text(history);
      ASSERT_EQ(confirm(history, result, options), "") << model << "\n" << testing::to_text(history);
      ++seen[static_cast<std::size_t>(result.verdict)];
    }
    EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds() / 100) << model;
    EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds() / 100) << model;
  }
}

// Elements that come and go at moments of no meaning, in processes that know nothing of each other.
History random_elements(Rng& rng, Fn put, Fn take) {
  std::vector<testing::Line> lines;
  std::vector<std::int64_t> in;
  std::array<Nanos, 4> clocks{};
  const auto processes = static_cast<std::size_t>(rng.between(2, 4));
  const bool unique = rng.chance(1, 2);
  for (std::int64_t left = rng.between(3, 7); left > 0; --left) {
    const std::size_t process = rng.below(processes);
    const Nanos begin = clocks[process] + 1 + rng.between(0, 10);
    clocks[process] = begin + rng.between(0, 4);
    Mop mop{take, 0, {}, {}};
    if (in.empty() || rng.chance(1, 2)) {
      in.push_back(unique ? left : rng.between(1, 3));
      mop = {put, 0, in.back(), {}};
    } else if (!rng.chance(1, 6)) {
      const std::size_t which = rng.below(in.size());
      mop.result = in[which];
      if (unique) in.erase(in.begin() + static_cast<std::ptrdiff_t>(which));
    }
    testing::Line line(begin, clocks[process], mop);
    line.process = static_cast<ProcessId>(process);
    lines.push_back(line);
  }
  return testing::make_history(std::move(lines));
}

// What a search for linearizations may learn from the times of operations says nothing here.
TEST(SequentialOracle, ForgetsTheTimesOfCollections) {
  Rng rng(12);
  for (const std::string model : {"fifo-queue", "stack", "unordered-queue", "priority-queue"}) {
    const bool stack = model == "stack";
    const CheckerOptions options{{"model", model}};
    std::array<int, 3> seen{};
    for (int round = 0; round < rounds() / 2; ++round) {
      const History history =
          random_elements(rng, stack ? Fn::push : Fn::enqueue, stack ? Fn::pop : Fn::dequeue);
      const CheckResult result = check(history, options);
      const bool expected = testing::sequential_by_brute_force(history, Value(), model);
      ASSERT_EQ(result.verdict, expected ? Verdict::valid : Verdict::invalid) << model << "\n"
                                                                              << testing::to_text(history);
      ASSERT_EQ(confirm(history, result, options), "") << model << "\n" << testing::to_text(history);
      ++seen[static_cast<std::size_t>(result.verdict)];
    }
    EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds() / 10) << model;
    EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds() / 20) << model;
  }
}

// Valid by construction, and with every process's clock bent: no longer linearizable, still in order.
TEST(SequentialGenerated, SkewedClocksAreForgiven) {
  int not_linearizable = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    testing::GeneratorOptions shape;
    shape.seed = seed;
    shape.operations = 400;
    shape.clients = 4;
    shape.keys = seed % 2 == 0 ? 3 : 1;
    shape.values = 0;
    const History history = testing::skew_processes(generate_history(shape), 7000);
    not_linearizable += check_with("linearizable", history).verdict == Verdict::invalid ? 1 : 0;
    const CheckResult result = check(history, {});
    EXPECT_EQ(result.verdict, Verdict::valid) << "seed " << seed << ": " << result.reason;
    EXPECT_EQ(confirm(history, result, {}), "") << "seed " << seed;
  }
  EXPECT_GT(not_linearizable, 5);
}

TEST(SequentialGenerated, CorruptedReadsAreCaught) {
  int invalid = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    testing::GeneratorOptions shape;
    shape.seed = seed;
    shape.operations = 1000;
    shape.clients = 5;
    shape.values = 0;
    History corrupted;
    bool certain = false;
    if (!corrupt(generate_history(shape), testing::Corruption::swapped_reads, 800, seed, corrupted, certain))
      continue;
    const CheckResult result = check(corrupted, {});
    EXPECT_NE(result.verdict, Verdict::unknown) << "seed " << seed << ": " << result.reason;
    EXPECT_EQ(confirm(corrupted, result, {}), "") << "seed " << seed;
    invalid += result.verdict == Verdict::invalid ? 1 : 0;
    if (result.verdict == Verdict::invalid) {
      EXPECT_LE(result.findings.front().witness.size(), 12u);
    }
  }
  EXPECT_GT(invalid, 4);
}

// Queues whose clocks are bent, one with two elements that changed places: rules find that, whatever the search would need.
TEST(SequentialGenerated, QueuesAreDecidedByRules) {
  int invalid = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    testing::ObjectOptions shape;
    shape.seed = seed;
    shape.operations = 300;
    shape.clients = 6;
    shape.keys = 2;
    const History history = testing::skew_processes(generate_object_history(shape), 7000);
    History corrupted;
    if (!corrupt_object(history, testing::ObjectCorruption::swapped_results, 500, seed, corrupted)) continue;
    const CheckerOptions options{{"model", "fifo-queue"}};
    Budget budget;
    budget.time_limit = kSecond;
    const CheckResult result = check(corrupted, options, budget);
    if (result.verdict != Verdict::invalid) continue;
    ++invalid;
    EXPECT_EQ(confirm(corrupted, result, options), "") << "seed " << seed;
    EXPECT_EQ(find_fact(result.statistics, "configurations"), nullptr) << "seed " << seed;
  }
  EXPECT_GT(invalid, 4);
}

TEST(SequentialBudget, EndsInUnknown) {
  testing::GeneratorOptions shape;
  shape.operations = 20'000;
  shape.clients = 30;
  shape.values = 3;
  const History history = testing::skew_processes(generate_history(shape), 7000);
  Budget time, memory;
  time.time_limit = kMillisecond / 5;
  memory.memory_limit_bytes = 1 << 16;
  const CheckResult late = check(history, {}, time), large = check(history, {}, memory);
  EXPECT_EQ(late.verdict, Verdict::unknown);
  EXPECT_NE(late.reason.find("time"), std::string::npos) << late.reason;
  EXPECT_EQ(large.verdict, Verdict::unknown);
  EXPECT_NE(large.reason.find("memory"), std::string::npos) << large.reason;
}

}  // namespace
}  // namespace assay::checkers
