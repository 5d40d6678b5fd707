#include "harness/core/rng.h"

namespace assay {

namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::uint64_t rotate_left(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

}  // namespace

Rng::Rng(std::uint64_t seed) {
  for (auto& word : state_) word = splitmix64(seed);
}

std::uint64_t Rng::next() {
  const std::uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotate_left(state_[3], 45);
  return result;
}

std::uint64_t Rng::below(std::uint64_t bound) {
  ASSAY_ASSERT(bound > 0);
  // Lemire, "Fast random integer generation in an interval" (TOMACS 2019).
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(next()) * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < threshold) product = static_cast<Wide>(next()) * bound;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

std::int64_t Rng::between(std::int64_t low, std::int64_t high) {
  ASSAY_ASSERT(low <= high);
  const auto width = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
  const std::uint64_t offset = width == 0 ? next() : below(width);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

std::int64_t Rng::exponential(std::int64_t mean) {
  ASSAY_ASSERT(mean >= 0);
  // Von Neumann 1951: the length of a descending run of uniforms is odd with probability exp(-first).
  for (std::int64_t whole = 0;; ++whole) {
    const std::uint64_t first = next() >> 32;
    std::uint64_t previous = first;
    int length = 1;
    for (std::uint64_t draw = next() >> 32; draw < previous; draw = next() >> 32) {
      previous = draw;
      ++length;
    }
    if (length % 2 == 1) {
      __extension__ using Wide = __int128;
      const Wide scaled = (static_cast<Wide>(whole) << 32 | first) * mean;
      return static_cast<std::int64_t>(scaled >> 32);
    }
  }
}

Rng Rng::fork(std::string_view label) const { return fork(label, 0); }

Rng Rng::fork(std::string_view label, std::uint64_t number) const { return Rng(fork_seed(label, number)); }

std::uint64_t Rng::fork_seed(std::string_view label, std::uint64_t number) const {
  std::uint64_t seed = stable_hash(label);
  for (const std::uint64_t word : state_) seed = splitmix64(seed) ^ word;
  seed ^= number * 0xd6e8feb86659fd93u;
  return splitmix64(seed);
}

std::uint64_t stable_hash(std::string_view text, std::uint64_t basis) {
  std::uint64_t hash = basis;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  return hash;
}

}  // namespace assay
