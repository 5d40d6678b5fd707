// In which order the writes of one register can stand so that every read is among the next k of its write:
// k-atomicity as a question about writes alone.
//
// A version is a write with its reads: it begins with the write, `first_end` is when the first of its
// operations ended, and `last_begin` when the last of them began. An order of all operations exists in which
// each read returns one of the k newest writes before it if and only if there is an order of the writes with
//   (1) a before b wherever a.first_end < b.begin: a read between them would otherwise stand before its write;
//   (2) at most k - 2 writes between a and b wherever a comes before b and b.first_end < a.last_begin, for then
//       the last read of a stands after b.
// (Reads go right behind the last write that some operation before them in time belongs to, or behind their
// own.) So the order is made from its end: a write may come last if none left begins after its first end, and
// whoever is still read later than that must follow within k - 1 steps.
//
//   chunks()            parts of a history that can be ordered apart, for every k (FZF, stage 1: Golab, Hurwitz
//                       & Li, "On the k-atomicity-verification problem", ICDCS 2013, section IV): versions whose
//                       forward zones overlap, with the backward zones inside of them. What lies outside fits
//                       anywhere.
//   two_atomic()        k = 2, exact: limited backtracking (LBT, section III of the same). With k = 2 each
//                       choice forces the next until nobody waits any more, and what was placed by then need
//                       never be taken back; the choices are tried in turns, each a little further, so the
//                       shortest that succeeds decides. n log n + c n for at most c writes at once.
//   order_exists()      any k, exact, up to 64 versions: depth first, with the same places of no return, and a
//                       memory of what led nowhere. Exponential at worst, so it is given a number of steps.
//   lower_bound_of_k(), upper_bound_of_k()   n log n: what lies between in real time, and the order of first
//                       ends, which always satisfies (1).
//
// Thread safety: pure functions. Units: nanoseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "checkers/common/limits.h"

namespace assay::checkers {

struct Version {
  Nanos begin = 0;       // of the write
  Nanos first_end = 0;   // kNever: its outcome is unknown, and nobody read it
  Nanos last_begin = 0;  // not before `begin`
  std::uint32_t write = 0;
};

// Those with more than one version; the others are atomic by themselves. Requires: begin <= first_end.
std::vector<std::vector<Version>> chunks(std::span<const Version> versions);

// Nothing when the budget is spent. Where there is an order and it is asked for, it is given: writes, first to last.
using WriteOrder = std::vector<std::uint32_t>;
std::optional<bool> two_atomic(std::span<const Version> versions, const Limits& limits,
                               WriteOrder* order = nullptr);

inline constexpr std::size_t kSearchedVersionsMax = 64;
// Nothing when the steps or the budget are spent. Requires: at most kSearchedVersionsMax versions; k > 0.
std::optional<bool> order_exists(std::span<const Version> versions, std::uint32_t k, std::uint64_t steps,
                                 Limits& limits, WriteOrder* order = nullptr);

std::uint32_t lower_bound_of_k(std::span<const Version> versions);
std::uint32_t upper_bound_of_k(std::span<const Version> versions, WriteOrder* order = nullptr);

// By one of these, within a bounded number of steps. False when no order was found. Requires: k > 1.
bool find_order(std::span<const Version> versions, std::uint32_t k, Limits& limits, WriteOrder& order);

}  // namespace assay::checkers
