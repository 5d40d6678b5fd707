// The only source of randomness: xoshiro256** (Blackman & Vigna, "Scrambled linear pseudorandom number
// generators", TOMS 2021), seeded through splitmix64. Everything is integer arithmetic, so a seed gives the
// same sequence with every compiler and library. One Rng per concern: fork() derives an independent generator
// from a label, so that drawing more numbers for one concern never shifts another.
//
// Thread safety: none; give each thread a fork. Complexity: a few nanoseconds a draw.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/assert.h"

namespace assay {

class Rng {
 public:
  explicit Rng(std::uint64_t seed);

  // 64 uniform bits.
  std::uint64_t next();

  // Uniform in [0, bound), without modulo bias. Requires: bound > 0.
  std::uint64_t below(std::uint64_t bound);

  // Uniform in [low, high], both included. Requires: low <= high.
  std::int64_t between(std::int64_t low, std::int64_t high);

  // True with probability numerator / denominator. Requires: denominator > 0.
  bool chance(std::uint64_t numerator, std::uint64_t denominator) { return below(denominator) < numerator; }

  // Exponentially distributed with the given mean (von Neumann's comparison method: no floating point).
  // Requires: 0 <= mean < 2^31 seconds in nanoseconds.
  std::int64_t exponential(std::int64_t mean);

  // An independent generator for one concern. Does not advance this one.
  Rng fork(std::string_view label) const;
  Rng fork(std::string_view label, std::uint64_t number) const;
  // Rng(fork_seed(...)) is fork(...): for those who write it down.
  std::uint64_t fork_seed(std::string_view label, std::uint64_t number) const;

  // Fisher-Yates; the same on every platform (std::shuffle is not).
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

  // Requires: items not empty.
  template <typename T>
  const T& pick(const std::vector<T>& items) {
    ASSAY_ASSERT(!items.empty());
    return items[below(items.size())];
  }

 private:
  std::array<std::uint64_t, 4> state_;
};

// A stable 64-bit hash (FNV-1a) for digests and for deriving seeds from names.
std::uint64_t stable_hash(std::string_view text, std::uint64_t basis = 0xcbf29ce484222325u);

}  // namespace assay
