// A set of slots, in a fixed number of machine words.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace assay::checkers {

template <std::size_t Words>
struct SlotBits {
  static constexpr std::size_t kSlots = Words * 64;
  std::array<std::uint64_t, Words> words{};

  bool test(std::uint32_t slot) const { return (words[slot / 64] >> (slot % 64) & 1) != 0; }
  void set(std::uint32_t slot) { words[slot / 64] |= std::uint64_t{1} << (slot % 64); }
  void clear(std::uint32_t slot) { words[slot / 64] &= ~(std::uint64_t{1} << (slot % 64)); }

  SlotBits operator&(const SlotBits& other) const {
    SlotBits both;
    for (std::size_t i = 0; i < Words; ++i) both.words[i] = words[i] & other.words[i];
    return both;
  }
  SlotBits without(const SlotBits& other) const {
    SlotBits rest;
    for (std::size_t i = 0; i < Words; ++i) rest.words[i] = words[i] & ~other.words[i];
    return rest;
  }
  bool subset_of(const SlotBits& other) const {
    std::uint64_t extra = 0;
    for (std::size_t i = 0; i < Words; ++i) extra |= words[i] & ~other.words[i];
    return extra == 0;
  }
  friend bool operator==(const SlotBits&, const SlotBits&) = default;

  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::size_t i = 0; i < Words; ++i) {
      for (std::uint64_t rest = words[i]; rest != 0; rest &= rest - 1) {
        visit(static_cast<std::uint32_t>(i * 64 + static_cast<std::size_t>(std::countr_zero(rest))));
      }
    }
  }
};

}  // namespace assay::checkers
