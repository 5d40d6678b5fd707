// Counters and locks, decided without a search, against the search and the oracle; and the few operations
// that show what is wrong with them.
#include "checkers/linearizability/monitors/chain.h"

#include <gtest/gtest.h>

#include <array>

#include "checkers/linearizability/model_search.h"
#include "checkers/linearizability/models/models.h"
#include "checkers/testing/linearizable_fixture.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/object_generator.h"
#include "checkers/testing/oracle.h"
#include "checkers/verify/certificate.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::Line;

constexpr std::size_t kOracleMost = 7;
constexpr std::uint64_t kSearchMost = 20'000;  // configurations

int rounds() { return testing::rounds(10'000); }

Line at_random(Rng& rng, Nanos span, Mop mop, bool info) {
  const Nanos begin = rng.between(0, span);
  Line line(begin, begin + rng.between(0, span / 2), std::move(mop));
  if (info) line.outcome = Outcome::info, line.completed = kNever;
  return line;
}

// Acquires and releases at random times, with tokens for all, for some or for none.
History random_lock(Rng& rng, bool fenced) {
  std::vector<Line> lines;
  const auto operations = rng.between(2, 8);
  const Nanos span = rng.between(4, 24);
  const bool tokens = fenced && rng.chance(4, 5), infos = rng.chance(1, 3), all = rng.chance(5, 6);
  std::int64_t token = 0;
  for (std::int64_t i = 0; i < operations; ++i) {
    const bool acquires = rng.chance(1, 2), info = infos && rng.chance(1, 4);
    Mop mop{acquires ? Fn::acquire : Fn::release, 0, {}, {}};
    if (tokens && acquires && !info && (all || rng.chance(2, 3))) {
      token += rng.chance(1, 8) ? 0 : 1;
      mop.result = token;
    }
    if (tokens && !acquires && rng.chance(1, 2))
      mop.argument = rng.between(1, std::max<std::int64_t>(1, token));
    lines.push_back(at_random(rng, span, mop, info));
  }
  return testing::make_history(std::move(lines));
}

// Adds of one amount, some with the sum after them, and reads.
History random_counter(Rng& rng) {
  std::vector<Line> lines;
  const auto operations = rng.between(2, 8);
  const Nanos span = rng.between(4, 24);
  const std::int64_t amount = std::array<std::int64_t, 4>{1, 1, 2, -3}[rng.below(4)];
  const bool infos = rng.chance(1, 3), sums = rng.chance(1, 3);
  std::int64_t adds = 0;
  for (std::int64_t i = 0; i < operations; ++i) {
    const bool reads = rng.chance(1, 2), info = infos && !reads && rng.chance(1, 4);
    Mop mop{reads ? Fn::read : Fn::add, 0, {}, {}};
    if (!reads) mop.argument = amount, ++adds;
    if (reads) mop.result = amount * rng.between(0, adds + 1) + (rng.chance(1, 30) ? 1 : 0);
    if (!reads && !info && sums && rng.chance(1, 2)) mop.result = amount * rng.between(1, adds + 1);
    lines.push_back(at_random(rng, span, mop, info));
  }
  return testing::make_history(std::move(lines));
}

int told = 0, untold = 0;  // contradictions that the model put into words, and others

// What the monitor says, after comparing it with the search, the oracle, and the verifier.
Verdict compare(const std::string& name, const History& history) {
  Limits limits((Budget()));
  const auto model = make_object_model(name, Value());
  std::vector<OpId> ids;
  for (const Operation op : history.operations()) {
    if (op.outcome != Outcome::fail) ids.push_back(op.id);
  }
  const ObjectVerdict monitor = model->monitor(history, ids, true, limits);
  if (monitor.verdict == Verdict::unknown) return Verdict::unknown;
  const std::string text = testing::to_text(history);
  const Verdict search = search_model(*model, history, ids, {kSearchMost, false}, limits).verdict;
  if (search != Verdict::unknown) {
    EXPECT_EQ(monitor.verdict, search) << text;
  }
  if (history.size() <= kOracleMost) {
    const bool valid = testing::linearizable_by_brute_force(history, Value(), name);
    EXPECT_EQ(monitor.verdict, valid ? Verdict::valid : Verdict::invalid) << text;
  }
  if (monitor.verdict == Verdict::valid) {
    const Certificate certificate{"linearizable", {{"model", name}}, {{0, monitor.order}}};
    EXPECT_EQ(refute_certificate(history, certificate), "") << text;
  } else {
    EXPECT_TRUE(monitor.stuck_at != kNone || !monitor.conflict.empty()) << text;
    const Contradiction shown = model->contradict(history, ids, monitor);
    ++(shown.witness.empty() ? untold : told);
    if (!shown.witness.empty()) {
      EXPECT_EQ(search_model(*model, history, shown.witness, {kSearchMost, false}, limits).verdict,
                Verdict::invalid)
          << text << shown.summary;
    }
  }
  return monitor.verdict;
}

// How many were decided as valid, invalid, and not at all (in the order of the verdicts).
template <class Make>
std::array<int, 3> compare_many(const std::string& name, std::uint64_t seed, Make make) {
  Rng rng(seed);
  std::array<int, 3> seen{};
  for (int round = 0; round < rounds(); ++round) {
    ++seen[static_cast<std::size_t>(compare(name, make(rng)))];
    if (::testing::Test::HasFailure()) {
      ADD_FAILURE() << "round " << round;
      break;
    }
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], rounds() / 20);
  EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], rounds() / 20);
  EXPECT_GT(told, 5 * untold);
  return seen;
}

TEST(MonitorOfLocks, AgreesWithTheSearch) {
  const auto seen = compare_many("mutex", 1, [](Rng& rng) { return random_lock(rng, false); });
  EXPECT_EQ(seen[static_cast<std::size_t>(Verdict::unknown)], 0);
}

TEST(MonitorOfLocks, AgreesWithTheSearchWhereThereAreTokens) {
  const auto seen = compare_many("fenced-mutex", 2, [](Rng& rng) { return random_lock(rng, true); });
  EXPECT_LT(seen[static_cast<std::size_t>(Verdict::unknown)], rounds() / 2);
}

TEST(MonitorOfCounters, AgreesWithTheSearch) {
  const auto seen = compare_many("counter", 3, [](Rng& rng) { return random_counter(rng); });
  // Where there is no add, or one of zero, there is nothing to leave to the search either.
  EXPECT_EQ(seen[static_cast<std::size_t>(Verdict::unknown)], 0);
}

// As real objects make them, longer, and then disturbed.
TEST(MonitorOfChains, AgreesWithTheSearchOnLongerHistories) {
  for (const std::string model : {"mutex", "fenced-mutex", "counter"}) {
    std::array<int, 3> seen{};
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
      testing::ObjectOptions options;
      options.model = model;
      options.seed = seed;
      options.operations = 20 + seed % 180;
      options.clients = 2 + static_cast<std::int64_t>(seed % 12);
      options.info_permille = seed % 5 == 0 ? 20 : 0;
      History history = testing::generate_object_history(options);
      if (seed % 2 == 0) {
        History corrupted;
        const auto kind = static_cast<testing::ObjectCorruption>(seed / 2 % testing::kObjectCorruptions);
        if (corrupt_object(history, kind, 500, seed, corrupted)) history = std::move(corrupted);
      }
      ++seen[static_cast<std::size_t>(compare(model, history))];
      ASSERT_FALSE(HasFailure()) << model << " seed " << seed;
    }
    EXPECT_GT(seen[static_cast<std::size_t>(Verdict::valid)], 150) << model;
    EXPECT_GT(seen[static_cast<std::size_t>(Verdict::invalid)], 30) << model;
    EXPECT_LT(seen[static_cast<std::size_t>(Verdict::unknown)], 80) << model;
  }
}

Mop acquire(Value token = {}) { return {Fn::acquire, 0, {}, std::move(token)}; }
Mop release(Value token = {}) { return {Fn::release, 0, std::move(token), {}}; }
Mop add(std::int64_t amount, Value sum = {}) { return {Fn::add, 0, amount, std::move(sum)}; }
Mop read(std::int64_t sum) { return {Fn::read, 0, {}, sum}; }

// The witness, after confirming it.
std::vector<OpId> witness_of(const std::string& model, std::vector<Line> lines) {
  const History history = testing::make_history(std::move(lines));
  const CheckerOptions options{{"model", model}};
  const CheckResult result = testing::check(history, options);
  EXPECT_EQ(testing::confirm(history, result, options), "");
  return result.findings.empty() ? std::vector<OpId>() : result.findings.front().witness;
}

using Ids = std::vector<OpId>;

TEST(WitnessOfLocks, IsTheShortestStretch) {
  std::vector<Line> lines;
  for (Nanos i = 0; i < 50; ++i) {
    lines.push_back({10 * i, 10 * i + 1, acquire()});
    lines.push_back({10 * i + 2, 10 * i + 3, release()});
  }
  lines.push_back({500, 501, acquire()});
  lines.push_back({502, 503, acquire()});
  EXPECT_EQ(witness_of("mutex", lines), (Ids{100, 101}));
  EXPECT_EQ(witness_of("fenced-mutex", lines), (Ids{100, 101}));
  // One release that may have come between two of them, but not between three.
  lines.push_back({502, 600, release()});
  lines.push_back({504, 505, acquire()});
  EXPECT_EQ(witness_of("mutex", lines), (Ids{100, 101, 102, 103}));
  EXPECT_EQ(witness_of("mutex", {{1, 2, acquire()}, {3, 4, release()}, {5, 6, release()}}), (Ids{1, 2}));
  EXPECT_EQ(witness_of("mutex", {{1, 2, release()}, {3, 4, acquire()}}), (Ids{0}));
}

// Many clients acquire for a long time, so that only counting them all shows that it cannot be; but each
// releases what it acquired itself.
TEST(WitnessOfLocks, IsTwoHoldersAtOnce) {
  std::vector<Line> lines;
  const auto hold = [&](ProcessId process, Nanos from, Nanos until) {
    for (const bool acquires : {true, false}) {
      Line line = acquires ? Line(from, from + 12, acquire()) : Line(until, until + 12, release());
      line.process = process;
      lines.push_back(line);
    }
  };
  for (Nanos i = 0; i < 6; ++i) hold(static_cast<ProcessId>(i % 2), 20 * i, 20 * i + 14);
  hold(2, 61, 106);
  const std::vector<OpId> witness = witness_of("mutex", lines);
  ASSERT_EQ(witness.size(), 4u);
}

TEST(WitnessOfLocks, NamesTheTokensThatContradict) {
  const std::vector<Line> some{{1, 2, acquire(1)}, {3, 4, release(1)},  {5, 6, acquire(5)},
                               {7, 8, release(5)}, {9, 10, acquire(3)}, {11, 12, release(3)}};
  EXPECT_EQ(witness_of("fenced-mutex", some), (Ids{2, 4}));
  EXPECT_EQ(witness_of("fenced-mutex", {{1, 2, acquire(1)}, {3, 4, release()}, {5, 6, acquire(1)}}),
            (Ids{0, 2}));
  EXPECT_EQ(witness_of("fenced-mutex", {{1, 2, acquire(1)}, {3, 4, release(2)}}), (Ids{1}));
  EXPECT_EQ(witness_of("fenced-mutex",
                       {{1, 2, acquire(1)}, {1, 9, release()}, {5, 6, acquire(2)}, {7, 8, release(1)}}),
            (Ids{0, 2, 3}));
}

TEST(WitnessOfCounters, IsTwoSightsAndWhatWasBetweenThem) {
  std::vector<Line> lines;
  for (Nanos i = 0; i < 50; ++i) {
    lines.push_back({10 * i, 10 * i + 1, add(2)});
    lines.push_back({10 * i + 2, 10 * i + 3, read(2 * i + 2)});
  }
  lines.push_back({500, 501, read(98)});
  EXPECT_EQ(witness_of("counter", lines), (Ids{99, 100}));
  lines.back() = {500, 501, read(104)};
  EXPECT_EQ(witness_of("counter", lines), (Ids{99, 100}));
  lines.back() = {500, 501, read(99)};
  EXPECT_EQ(witness_of("counter", lines), (Ids{100}));
  lines.back() = {500, 501, add(2)};
  lines.push_back({502, 503, read(100)});
  EXPECT_EQ(witness_of("counter", lines), (Ids{99, 100, 101}));
  EXPECT_EQ(witness_of("counter", {{1, 5, add(1, 1)}, {2, 6, add(1, 2)}, {3, 7, add(1, 2)}}), (Ids{1, 2}));
  // Amounts that differ are searched, and yet told in the same way.
  EXPECT_EQ(witness_of("counter", {{1, 2, add(1)}, {3, 4, add(7)}, {5, 6, read(8)}, {7, 8, read(7)}}),
            (Ids{2, 3}));
}

}  // namespace
}  // namespace assay::checkers
