// Witnesses are small where values are few, where transactions tie keys together, and where counters stand
// beside registers; and each is a violation of its own.
#include "checkers/linearizability/model_witness.h"

#include <gtest/gtest.h>

#include "checkers/testing/fixture.h"
#include "checkers/testing/history_generator.h"
#include "checkers/testing/linearizable_fixture.h"
#include "harness/core/rng.h"

namespace assay::checkers::testing {
namespace {

struct Sizes {
  int invalid = 0;
  std::size_t largest = 0;
  std::size_t sum = 0;

  void add(const History& history, const CheckerOptions& options) {
    const CheckResult result = check_with("linearizable", history, options);
    if (result.verdict != Verdict::invalid) return;
    EXPECT_EQ(confirm(history, result, options), "");
    ++invalid;
    const std::size_t size = result.findings.front().witness.size();
    largest = std::max(largest, size);
    sum += size;
  }
};

// Transactions of two steps on three keys, each with three values, that read or write; every fifth one that
// writes adds to a counter, if asked. They take effect one after the other; one read among the last is
// wrong. (Who does both needs what it read, that needs what it read itself, and so on: such witnesses
// cannot be small.)
std::vector<Line> few_values(std::uint64_t seed, bool counters) {
  Rng rng(seed);
  std::vector<Line> lines;
  std::int64_t state[4] = {0, 0, 0, 0};
  const std::size_t wrong = 250 + rng.below(40);
  bool done = false;
  for (std::size_t i = 0; i < 300; ++i) {
    std::vector<Mop> mops;
    const bool writes = rng.chance(2, 5);
    for (int step = 0; step < 2; ++step) {
      const std::size_t key = rng.below(3);
      if (counters && writes && i % 5 == 0 && step == 0) {
        mops.push_back({Fn::add, 3, 1, {}});
        ++state[3];
      } else if (writes) {
        state[key] = rng.between(0, 2);
        mops.push_back(w(static_cast<Key>(key), state[key]));
      } else {
        const bool lie = i >= wrong && !done;
        done = done || lie;
        mops.push_back(r(static_cast<Key>(key), lie ? (state[key] + 1) % 3 : state[key]));
      }
    }
    const Nanos effect = static_cast<Nanos>(i) * 10 + 100;
    lines.emplace_back(effect - rng.between(0, 20), effect + rng.between(0, 20), std::move(mops));
  }
  return lines;
}

TEST(ModelWitness, TransactionsOfFewValues) {
  for (const bool counters : {false, true}) {
    Sizes sizes;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      sizes.add(make_history(few_values(seed, counters)), {{"model", "kv"}, {"initial", "0"}});
    }
    EXPECT_GT(sizes.invalid, 4) << counters;
    EXPECT_LE(sizes.largest, 12u) << counters << ": " << sizes.sum << " in " << sizes.invalid;
  }
}

TEST(ModelWitness, RegistersOfFewValuesUnderTheGeneralModel) {
  Sizes sizes;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    GeneratorOptions shape;
    shape.seed = seed;
    shape.operations = 300;
    shape.values = 3;
    shape.write_permille = 300;
    History corrupted;
    bool certain = false;
    if (!corrupt(generate_history(shape), Corruption::stale_read, 700, seed, corrupted, certain)) continue;
    sizes.add(corrupted, {{"model", "kv"}});
  }
  EXPECT_GT(sizes.invalid, 3);
  EXPECT_LE(sizes.largest, 12u);
}

// Holdings one after the other, each with a token that its release names; some acquires of unknown outcome;
// one operation is shifted.
TEST(ModelWitness, FencedLocks) {
  Sizes sizes;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    const std::uint64_t shifted = 120 + rng.below(60);
    std::vector<Line> lines;
    for (std::uint64_t i = 0; i < 200; ++i) {
      const bool acquires = i % 2 == 0;
      const auto token = static_cast<std::int64_t>(i / 2);
      const Nanos effect = static_cast<Nanos>(i) * 10 + 1000 + (i == shifted ? rng.between(40, 90) : 0);
      Mop mop{acquires ? Fn::acquire : Fn::release, 0, {}, {}};
      (acquires ? mop.result : mop.argument) = token;
      const bool unknown = acquires && i != shifted && rng.chance(1, 20);
      lines.emplace_back(effect - rng.between(0, 15), unknown ? kNever : effect + rng.between(0, 15), mop);
      if (unknown) lines.back().mops[0].result = Value();
    }
    sizes.add(make_history(std::move(lines)), {{"model", "fenced-mutex"}});
  }
  EXPECT_GT(sizes.invalid, 10);
  EXPECT_LE(sizes.largest, 12u);
}

// As above, by several clients, but no release names a token; the tokens' order alone shows what is wrong, as many acquires
// are in flight for long.
TEST(ModelWitness, FencedLocksWhoseReleasesNameNoToken) {
  Sizes sizes;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Rng rng(seed);
    const std::uint64_t shifted = 120 + rng.below(60);
    std::vector<Line> lines;
    for (std::uint64_t i = 0; i < 200; ++i) {
      const bool acquires = i % 2 == 0, waits = acquires && i != shifted && rng.chance(1, 2);
      const Nanos effect = static_cast<Nanos>(i) * 10 + 1000 + (i == shifted ? rng.between(40, 90) : 0);
      Mop mop{acquires ? Fn::acquire : Fn::release, 0, {}, {}};
      if (acquires) mop.result = static_cast<std::int64_t>(i / 2);
      lines.emplace_back(effect - rng.between(0, waits ? 300 : 15), effect + rng.between(0, waits ? 300 : 15),
                         mop);
    }
    sizes.add(make_history(std::move(lines)), {{"model", "fenced-mutex"}});
  }
  EXPECT_GT(sizes.invalid, 10);
  EXPECT_LE(sizes.largest, 16u) << sizes.sum << " in " << sizes.invalid;
}

}  // namespace
}  // namespace assay::checkers::testing
