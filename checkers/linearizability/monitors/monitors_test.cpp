// The monitors against the search and the oracle, on random intervals: nothing about these histories is
// plausible, so that every way of being wrong occurs.
#include "checkers/linearizability/monitors/monitors.h"

#include <gtest/gtest.h>

#include <array>

#include "checkers/linearizability/model_search.h"
#include "checkers/linearizability/models/models.h"
#include "checkers/linearizability/monitors/bit_tree.h"
#include "checkers/linearizability/monitors/trees.h"
#include "checkers/testing/fixture.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/object_generator.h"
#include "checkers/testing/oracle.h"
#include "checkers/verify/certificate.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::Line;

struct Shape {
  const char* model;
  Fn put, take;
};

const std::array kShapes{
    Shape{"fifo-queue", Fn::enqueue, Fn::dequeue}, Shape{"unordered-queue", Fn::enqueue, Fn::dequeue},
    Shape{"priority-queue", Fn::enqueue, Fn::dequeue}, Shape{"stack", Fn::push, Fn::pop}};

Line random_line(Rng& rng, Nanos from, Nanos span, const Mop& mop) {
  const Nanos begin = from + rng.between(0, span);
  return Line(begin, begin + rng.between(0, span / 2), mop);
}

// Elements that come in and go out at random times, with a bias to the right order.
History random_collection(const Shape& shape, Rng& rng, std::int64_t elements, bool thieves) {
  std::vector<Line> lines;
  const Nanos span = rng.between(4, 14);
  const bool empties = rng.chance(1, 2);
  for (std::int64_t i = 0; i < elements; ++i) {
    const std::int64_t value = (i * 5) % 11;
    const Nanos from = rng.between(0, 3 * elements);
    Line put = random_line(rng, from, span, {shape.put, 0, value, {}});
    if (thieves && rng.chance(1, 6)) put.outcome = Outcome::info, put.completed = kNever;
    lines.push_back(put);
    if (rng.chance(4, 5))
      lines.push_back(random_line(rng, from + rng.between(0, span), span, {shape.take, 0, {}, value}));
    if (empties && rng.chance(1, 4))
      lines.push_back(random_line(rng, rng.between(0, 4 * elements), span, {shape.take, 0, {}, {}}));
    if (thieves && rng.chance(1, 4)) {
      Line thief = random_line(rng, rng.between(0, 4 * elements), span, {shape.take, 0, {}, {}});
      thief.outcome = Outcome::info, thief.completed = kNever;
      lines.push_back(thief);
    }
  }
  return testing::make_history(std::move(lines));
}

std::vector<OpId> all_ids(const History& history) {
  std::vector<OpId> ids;
  for (const Operation op : history.operations()) ids.push_back(op.id);
  return ids;
}

constexpr std::uint64_t kSearchMost = 3'000;  // configurations

int rounds() { return testing::rounds(2'500, 100'000); }

// The monitor's verdict, after comparing it with the search, and its order with the verifier.
Verdict compare(const std::string& name, const History& history, bool with_oracle) {
  Limits limits((Budget()));
  const auto model = make_object_model(name, Value());
  std::vector<OpId> ids = all_ids(history);
  model->drop_useless(history, ids);
  const ObjectVerdict monitor = model->monitor(history, ids, true, limits);
  const Verdict search = search_model(*model, history, ids, {kSearchMost, false}, limits).verdict;
  const std::string text = testing::to_text(history);
  if (with_oracle) {
    const bool valid = testing::linearizable_by_brute_force(history, Value(), name);
    EXPECT_EQ(search, valid ? Verdict::valid : Verdict::invalid) << text;
  }
  if (monitor.verdict == Verdict::unknown) return Verdict::unknown;
  // The search may give up where the monitor need not.
  if (search != Verdict::unknown) {
    EXPECT_EQ(monitor.verdict, search) << text;
  }
  if (monitor.verdict == Verdict::valid) {
    const Certificate certificate{"linearizable", {{"model", name}}, {{0, monitor.order}}};
    EXPECT_EQ(refute_certificate(history, certificate), "") << text;
  } else {
    EXPECT_FALSE(monitor.conflict.empty()) << text;
  }
  return monitor.verdict;
}

class Monitor : public ::testing::TestWithParam<Shape> {};

TEST_P(Monitor, AgreesWithTheSearch) {
  Rng rng(3);
  std::array<int, 3> seen{};
  for (int round = 0; round < rounds(); ++round) {
    const std::int64_t elements = rng.between(2, 7);
    const History history = random_collection(GetParam(), rng, elements, false);
    const Verdict verdict = compare(GetParam().model, history, history.size() <= 7);
    ASSERT_FALSE(HasFailure()) << "round " << round;
    ASSERT_NE(verdict, Verdict::unknown);
    ++seen[static_cast<std::size_t>(verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds() / 20);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds() / 20);
}

TEST_P(Monitor, AgreesWithTheSearchWhereOutcomesAreUnknown) {
  Rng rng(5);
  std::array<int, 3> seen{};
  for (int round = 0; round < rounds(); ++round) {
    const History history = random_collection(GetParam(), rng, rng.between(2, 5), true);
    const Verdict verdict = compare(GetParam().model, history, history.size() <= 6);
    ASSERT_FALSE(HasFailure()) << "round " << round;
    ++seen[static_cast<std::size_t>(verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds() / 20);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds() / 20);
  // It decides most of them.
  EXPECT_LT(seen[static_cast<std::size_t>(Verdict::unknown)], rounds() / 3);
}

// Nested and interleaved as a real object makes them, and then disturbed.
TEST_P(Monitor, AgreesWithTheSearchOnLongerHistories) {
  std::array<int, 3> seen{};
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    testing::ObjectOptions options;
    options.model = GetParam().model;
    options.seed = seed;
    options.operations = 20 + seed % 40;
    options.clients = 2 + static_cast<std::int64_t>(seed % 5);
    options.put_permille = seed % 3 == 0 ? 600 : 480;
    History history = testing::generate_object_history(options);
    if (seed % 2 == 0) {
      History corrupted;
      const auto kind = static_cast<testing::ObjectCorruption>(seed / 2 % testing::kObjectCorruptions);
      if (corrupt_object(history, kind, 500, seed, corrupted)) history = std::move(corrupted);
    }
    const Verdict verdict = compare(GetParam().model, history, false);
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
    ASSERT_NE(verdict, Verdict::unknown) << "seed " << seed;
    ++seen[static_cast<std::size_t>(verdict)];
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], 50);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], 50);
}

INSTANTIATE_TEST_SUITE_P(Collections, Monitor, ::testing::ValuesIn(kShapes), [](const auto& each) {
  std::string name;
  for (const char c : std::string(each.param.model)) {
    if (c != '-') name += c;
  }
  return name;
});

// Adds, removes and sights of a few elements at random times; or adds, and reads of everything.
History random_set(Rng& rng, bool whole) {
  std::vector<Line> lines;
  const std::int64_t elements = rng.between(1, 3);
  const Nanos span = rng.between(4, 12);
  for (std::int64_t i = 0; i < elements; ++i) {
    Line add = random_line(rng, rng.between(0, 6), span, {Fn::add, 0, i, {}});
    if (!whole && rng.chance(1, 2)) add.mops[0].result = Value::boolean(true);
    if (rng.chance(1, 8)) add.outcome = Outcome::info, add.completed = kNever;
    lines.push_back(add);
    if (whole) continue;
    if (rng.chance(2, 3))
      lines.push_back(
          random_line(rng, rng.between(2, 12), span, {Fn::remove, 0, i, Value::boolean(rng.chance(5, 6))}));
    for (std::int64_t sights = rng.between(0, 2); sights > 0; --sights)
      lines.push_back(
          random_line(rng, rng.between(0, 14), span, {Fn::read, 0, i, Value::boolean(rng.chance(1, 2))}));
  }
  for (std::int64_t reads = whole ? rng.between(1, 3) : 0; reads > 0; --reads) {
    std::vector<Value> found;
    for (std::int64_t i = 0; i < elements; ++i) {
      if (rng.chance(1, 2)) found.push_back(i);
    }
    lines.push_back(random_line(rng, rng.between(0, 14), span, {Fn::read, 0, {}, Value::list(found)}));
  }
  return testing::make_history(std::move(lines));
}

TEST(MonitorOfSets, AgreesWithTheSearch) {
  Rng rng(9);
  for (const bool whole : {false, true}) {
    std::array<int, 3> seen{};
    for (int round = 0; round < rounds(); ++round) {
      const History history = random_set(rng, whole);
      const Verdict verdict = compare("set", history, history.size() <= 7);
      ASSERT_FALSE(HasFailure()) << "round " << round;
      ASSERT_NE(verdict, Verdict::unknown) << testing::to_text(history);
      ++seen[static_cast<std::size_t>(verdict)];
    }
    EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds() / 20);
    EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds() / 20);
  }
}

TEST(MonitorTrees, FindWhatAPlainScanFinds) {
  Rng rng(1);
  for (int round = 0; round < 50; ++round) {
    const std::size_t size = rng.between(1, 300);
    BitTree bits(size);
    std::vector<bool> plain(size, false);
    std::vector<Nanos> entries;
    for (std::size_t i = 0; i < size; ++i) entries.push_back(rng.between(0, 100));
    LeastTree least(entries);
    for (int step = 0; step < 60; ++step) {
      const auto at = static_cast<std::uint32_t>(rng.below(size));
      plain[at] = rng.chance(1, 2);
      plain[at] ? bits.set(at) : bits.clear(at);
      const auto from = static_cast<std::uint32_t>(rng.below(size + 1));
      std::uint32_t expected = from;
      while (expected < size && !plain[expected]) ++expected;
      ASSERT_EQ(bits.next(from), expected < size ? expected : kNone);
      const std::size_t begin = rng.below(size + 1), end = begin + rng.below(size + 1 - begin);
      const Nanos limit = rng.between(0, 30);
      std::vector<std::size_t> found, wanted;
      least.take(begin, end, limit, [&](std::size_t i) { found.push_back(i); });
      std::sort(found.begin(), found.end());
      for (std::size_t i = begin; i < end; ++i) {
        if (entries[i] > limit) continue;
        wanted.push_back(i);
        entries[i] = kNever;
      }
      ASSERT_EQ(found, wanted);
    }
  }
}

}  // namespace
}  // namespace assay::checkers
