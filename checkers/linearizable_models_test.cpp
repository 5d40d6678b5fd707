// Every data type: small cases that decide what the words mean, the oracle that tries every order, larger
// histories that are valid by construction, and what becomes of them when one operation is corrupted.
#include <gtest/gtest.h>

#include <array>

#include "checkers/testing/linearizable_fixture.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/object_generator.h"
#include "checkers/testing/oracle.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::check;
using testing::confirm;
using testing::Line;
using testing::make_history;
using testing::ObjectCorruption;
using testing::ObjectOptions;

Mop enqueue(std::int64_t value) { return {Fn::enqueue, 0, value, {}}; }
Mop dequeue(Value result) { return {Fn::dequeue, 0, {}, std::move(result)}; }
Mop push(std::int64_t value) { return {Fn::push, 0, value, {}}; }
Mop pop(Value result) { return {Fn::pop, 0, {}, std::move(result)}; }
Mop acquire(Value token = {}) { return {Fn::acquire, 0, {}, std::move(token)}; }
Mop release(Value token = {}) { return {Fn::release, 0, std::move(token), {}}; }
Mop add(std::int64_t element, Value result = {}) { return {Fn::add, 0, element, std::move(result)}; }
Mop remove(std::int64_t element, Value result = {}) { return {Fn::remove, 0, element, std::move(result)}; }
Mop read(Value result) { return {Fn::read, 0, {}, std::move(result)}; }
Mop contains(std::int64_t element, bool there) { return {Fn::read, 0, element, Value::boolean(there)}; }
Mop append(std::int64_t element) { return {Fn::append, 0, element, {}}; }
Value list(std::vector<Value> elements) { return Value::list(std::move(elements)); }

// "valid", or the name of the anomaly.
std::string judge(const std::string& model, std::vector<Line> lines) {
  const History history = make_history(std::move(lines));
  const CheckerOptions options{{"model", model}};
  const CheckResult result = check(history, options);
  EXPECT_EQ(confirm(history, result, options), "") << testing::to_text(history);
  if (result.verdict == Verdict::unknown) return result.reason;
  return result.findings.empty() ? "valid" : result.findings.front().anomaly;
}

TEST(LinearizableModels, FifoQueue) {
  const std::string queue = "fifo-queue";
  EXPECT_EQ(judge(queue, {{1, 2, enqueue(1)}, {3, 4, enqueue(2)}, {5, 6, dequeue(1)}, {7, 8, dequeue(2)}}),
            "valid");
  EXPECT_EQ(judge(queue, {{1, 2, enqueue(1)}, {3, 4, enqueue(2)}, {5, 6, dequeue(2)}, {7, 8, dequeue(1)}}),
            "fifo-order");
  EXPECT_EQ(judge(queue, {{1, 3, enqueue(1)}, {2, 4, enqueue(2)}, {5, 6, dequeue(2)}, {7, 8, dequeue(1)}}),
            "valid");
  EXPECT_EQ(judge(queue, {{1, 2, enqueue(1)}, {3, 4, dequeue({})}}), "wrong-empty");
  EXPECT_EQ(judge(queue, {{1, 2, enqueue(1)}, {3, 9, dequeue(1)}, {4, 8, dequeue({})}}), "valid");
  EXPECT_EQ(judge(queue, {{1, 2, dequeue(1)}}), "phantom-element");
  EXPECT_EQ(judge(queue, {{1, 2, dequeue(1)}, {3, 4, enqueue(1)}}), "future-element");
  EXPECT_EQ(judge(queue, {{1, 2, enqueue(1)}, {3, 4, dequeue(1)}, {3, 4, dequeue(1)}}), "duplicate-element");
  EXPECT_EQ(judge(queue, {{1, 2, enqueue(1)}, {3, 4, enqueue(1)}, {5, 6, dequeue(1)}, {5, 6, dequeue(1)}}),
            "valid");
  // One that failed did nothing; one of unknown outcome may have taken the first.
  Line failed{5, 6, dequeue({})};
  failed.outcome = Outcome::fail;
  EXPECT_EQ(judge(queue, {{1, 2, enqueue(1)}, failed, {7, 8, dequeue(1)}}), "valid");
  EXPECT_EQ(
      judge(queue, {{1, 2, enqueue(1)}, {3, 4, enqueue(2)}, {5, kNever, dequeue({})}, {7, 8, dequeue(2)}}),
      "valid");
  EXPECT_EQ(
      judge(queue, {{1, 2, enqueue(1)}, {3, 4, enqueue(2)}, {9, kNever, dequeue({})}, {7, 8, dequeue(2)}}),
      "fifo-order");
  EXPECT_EQ(judge(queue, {{1, kNever, enqueue(1)}, {3, 4, dequeue({})}, {5, 6, dequeue(1)}}), "valid");
  // Something is there all the time, though not the same thing.
  EXPECT_EQ(judge(queue, {{1, 2, enqueue(1)}, {5, 6, enqueue(2)}, {3, 10, dequeue({})}, {7, 8, dequeue(1)}}),
            "wrong-empty");
}

TEST(LinearizableModels, UnorderedQueueAndPriorityQueue) {
  const std::vector<Line> crossed{
      {1, 2, enqueue(5)}, {3, 4, enqueue(2)}, {5, 6, dequeue(2)}, {7, 8, dequeue(5)}};
  EXPECT_EQ(judge("unordered-queue", crossed), "valid");
  EXPECT_EQ(judge("priority-queue", crossed), "valid");
  EXPECT_EQ(judge("fifo-queue", crossed), "fifo-order");
  const std::vector<Line> straight{
      {1, 2, enqueue(2)}, {3, 4, enqueue(1)}, {5, 6, dequeue(2)}, {7, 8, dequeue(1)}};
  EXPECT_EQ(judge("unordered-queue", straight), "valid");
  EXPECT_EQ(judge("priority-queue", straight), "priority-order");
  EXPECT_EQ(judge("unordered-queue", {{1, 2, enqueue(1)},
                                      {3, 4, enqueue(2)},
                                      {5, kNever, dequeue({})},
                                      {7, 8, dequeue(1)},
                                      {9, 10, dequeue({})}}),
            "valid");
  EXPECT_EQ(judge("unordered-queue",
                  {{1, 2, enqueue(1)}, {3, 4, enqueue(2)}, {5, kNever, dequeue({})}, {9, 10, dequeue({})}}),
            "wrong-empty");
}

TEST(LinearizableModels, Stack) {
  EXPECT_EQ(
      judge("stack", {{1, 2, push(1)}, {3, 4, push(2)}, {5, 6, pop(2)}, {7, 8, pop(1)}, {9, 10, pop({})}}),
      "valid");
  EXPECT_EQ(judge("stack", {{1, 2, push(1)}, {3, 4, push(2)}, {5, 6, pop(1)}, {7, 8, pop(2)}}), "lifo-order");
  EXPECT_EQ(judge("stack", {{1, 2, push(1)}, {3, 4, push(2)}, {5, 6, pop(1)}}), "lifo-order");
  EXPECT_EQ(judge("stack", {{1, 2, push(1)}, {3, 6, push(2)}, {5, 6, pop(1)}, {7, 8, pop(2)}}), "valid");
  EXPECT_EQ(judge("stack", {{1, 2, push(1)}, {5, 6, pop({})}}), "wrong-empty");
}

TEST(LinearizableModels, Locks) {
  EXPECT_EQ(judge("mutex", {{1, 2, acquire()}, {3, 4, release()}, {5, 6, acquire()}}), "valid");
  EXPECT_EQ(judge("mutex", {{1, 2, acquire()}, {5, 6, acquire()}}), "non-linearizable");
  EXPECT_EQ(judge("mutex", {{1, 2, acquire()}, {3, kNever, release()}, {5, 6, acquire()}}), "valid");
  EXPECT_EQ(judge("mutex", {{1, 2, release()}, {1, kNever, acquire()}}), "valid");
  EXPECT_EQ(judge("mutex", {{1, 2, release()}}), "non-linearizable");
  const std::string fenced = "fenced-mutex";
  EXPECT_EQ(judge(fenced, {{1, 2, acquire(7)}, {3, 4, release(7)}, {5, 6, acquire(8)}}), "valid");
  EXPECT_EQ(judge(fenced, {{1, 2, acquire(7)}, {3, 4, release(6)}}), "non-linearizable");
  EXPECT_EQ(judge(fenced, {{1, 2, acquire(7)}, {3, 4, release()}, {5, 6, acquire(7)}}), "non-linearizable");
  // The one in between had a token of its own.
  EXPECT_EQ(judge(fenced, {{1, 2, acquire(7)},
                           {3, 4, release()},
                           {5, kNever, acquire()},
                           {6, 7, release()},
                           {8, 9, acquire(8)}}),
            "non-linearizable");
  EXPECT_EQ(judge(fenced, {{1, 2, acquire(7)},
                           {3, 4, release()},
                           {5, kNever, acquire()},
                           {6, 7, release()},
                           {8, 9, acquire(9)}}),
            "valid");
}

TEST(LinearizableModels, SetsCountersAndLists) {
  EXPECT_EQ(judge("set", {{1, 2, add(1)}, {3, 4, add(2)}, {5, 6, read(list({2, 1}))}}), "valid");
  EXPECT_EQ(judge("set", {{1, 2, add(1)}, {3, 4, add(2)}, {5, 6, read(list({2}))}}), "non-linearizable");
  EXPECT_EQ(judge("set", {{1, 2, add(1)}, {5, 6, read(list({1, 1}))}}), "duplicate-element");
  EXPECT_EQ(judge("set", {{1, 2, add(1)}, {5, 6, read(list({1, 3}))}}), "phantom-element");
  EXPECT_EQ(judge("set", {{1, 2, add(1, Value::boolean(true))}, {5, 6, add(1, Value::boolean(false))}}),
            "valid");
  EXPECT_EQ(judge("set", {{1, 2, add(1, Value::boolean(true))}, {5, 6, add(1, Value::boolean(true))}}),
            "non-linearizable");
  EXPECT_EQ(judge("set", {{1, 2, add(1)}, {3, 4, remove(1)}, {5, 6, contains(1, false)}, {7, 8, read({})}}),
            "valid");
  EXPECT_EQ(judge("set", {{1, 2, add(1)}, {3, 4, remove(1)}, {5, 6, contains(1, true)}}), "non-linearizable");
  EXPECT_EQ(judge("counter", {{1, 2, add(2)}, {3, 4, add(-1)}, {5, 6, read(1)}}), "valid");
  EXPECT_EQ(judge("counter", {{1, 2, add(2)}, {3, kNever, add(5)}, {5, 6, read(7)}, {7, 8, read(2)}}),
            "non-linearizable");
  EXPECT_EQ(judge("counter", {{1, 2, read({})}, {3, 4, add(1, 1)}, {5, 6, add(1, 3)}}), "non-linearizable");
  EXPECT_EQ(judge("append-list", {{1, 5, append(1)}, {2, 6, append(2)}, {7, 8, read(list({2, 1}))}}),
            "valid");
  EXPECT_EQ(judge("append-list", {{1, 2, append(1)}, {3, 6, append(2)}, {7, 8, read(list({2, 1}))}}),
            "non-linearizable");
}

const std::array kModels{"mutex", "fenced-mutex",   "set",     "fifo-queue", "unordered-queue",
                         "stack", "priority-queue", "counter", "append-list"};

int oracle_rounds() { return testing::rounds(1'250, 120'000); }

// Small histories, most of them corrupted once or twice.
History random_history(const std::string& model, std::uint64_t seed, Rng& rng) {
  ObjectOptions options;
  options.model = model;
  options.seed = seed;
  options.operations = static_cast<std::size_t>(rng.between(3, 7));
  options.clients = rng.between(2, 4);
  options.values = rng.chance(1, 2) ? 0 : rng.between(1, 3);
  options.put_permille = rng.between(400, 700);
  options.info_permille = rng.chance(1, 2) ? 0 : 200;
  options.latency = rng.between(2, 12);
  History history = testing::generate_object_history(options);
  for (std::int64_t times = rng.between(0, 2); times > 0; --times) {
    History corrupted;
    const auto kind = static_cast<ObjectCorruption>(rng.below(testing::kObjectCorruptions));
    if (corrupt_object(history, kind, rng.between(0, 800), seed, corrupted)) history = std::move(corrupted);
  }
  return history;
}

class LinearizableModelOracle : public ::testing::TestWithParam<const char*> {};

TEST_P(LinearizableModelOracle, Agrees) {
  const std::string model = GetParam();
  const CheckerOptions options{{"model", model}};
  Rng rng(17);
  std::array<int, 3> seen{};
  for (int round = 0; round < oracle_rounds(); ++round) {
    const History history = random_history(model, static_cast<std::uint64_t>(round) + 1, rng);
    const CheckResult result = check(history, options);
    ++seen[static_cast<std::size_t>(result.verdict)];
    if (result.verdict == Verdict::unknown) {
      ASSERT_NE(result.reason.find("nothing was tested"), std::string::npos) << result.reason;
      continue;
    }
    const bool expected = testing::linearizable_by_brute_force(history, Value(), model);
    ASSERT_EQ(result.verdict, expected ? Verdict::valid : Verdict::invalid) << "round " << round << "\n"
                                                                            << testing::to_text(history);
    ASSERT_EQ(confirm(history, result, options), "") << "round " << round << "\n"
                                                     << testing::to_text(history);
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], oracle_rounds() / 10);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], oracle_rounds() / 10);
}

TEST_P(LinearizableModelOracle, ValidByConstructionAndCaughtWhenCorrupted) {
  const std::string model = GetParam();
  const CheckerOptions options{{"model", model}};
  int invalid = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    ObjectOptions shape;
    shape.model = model;
    shape.seed = seed;
    shape.operations = seed % 4 == 0 ? 60 : 120;
    shape.clients = seed % 2 == 0 ? 3 : 5;
    shape.keys = seed % 3 == 0 ? 3 : 1;
    shape.values = seed % 4 == 0 ? 8 : 0;
    shape.info_permille = seed % 3 == 1 ? 10 : 0;
    const History history = generate_object_history(shape);
    Budget budget;
    budget.time_limit = 5 * kSecond;
    const CheckResult result = check(history, options, budget);
    ASSERT_EQ(result.verdict, Verdict::valid) << "seed " << seed << ": " << result.reason;
    ASSERT_EQ(confirm(history, result, options), "") << "seed " << seed;
    for (int kind = 0; kind < testing::kObjectCorruptions; ++kind) {
      History corrupted;
      if (!corrupt_object(history, static_cast<ObjectCorruption>(kind), 600, seed, corrupted)) continue;
      const CheckResult after = check(corrupted, options, budget);
      EXPECT_NE(after.verdict, Verdict::unknown)
          << "seed " << seed << " kind " << kind << ": " << after.reason;
      ASSERT_EQ(confirm(corrupted, after, options), "") << "seed " << seed << " kind " << kind;
      invalid += after.verdict == Verdict::invalid ? 1 : 0;
    }
  }
  EXPECT_GT(invalid, 3);
}

INSTANTIATE_TEST_SUITE_P(Models, LinearizableModelOracle, ::testing::ValuesIn(kModels), [](const auto& each) {
  std::string name;
  for (const char c : std::string(each.param)) {
    if (c != '-') name += c;
  }
  return name;
});

}  // namespace
}  // namespace assay::checkers
