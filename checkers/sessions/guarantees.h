// The session guarantees (Terry, Demers, Petersen, Spreitzer, Theimer & Welch, "Session guarantees for weakly
// consistent replicated data", PDIS 1994), for the versions of one key, older to newer, and a session (a
// process):
//   read-your-writes     a read returns the session's earlier writes, or something newer
//   monotonic-reads      a read returns what the session read before, or something newer
//   monotonic-writes     a write makes a version newer than the session's earlier writes
//   writes-follow-reads  a write makes a version newer than what the session read before
//   session-causal       all four at once, in one order of versions (Brzezinski, Sobaniec & Wawrzyniak, "From
//                        session causality to causal consistency", PDP 2004)
//   consistent-prefix    a read returns the first so many of the versions, none left out (Terry, "Replicated
//                        data consistency explained through baseball", CACM 2013); it tells something only
//                        where reads return lists
// All presuppose that the versions of a key have one order for everybody, as they have in stores that
// converge; where processes may order concurrent writes differently (causal memory), none of these is
// promised.
//
// Thread safety: plain data.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/core/operation.h"

namespace assay::checkers {

enum class Guarantee : std::uint8_t {
  read_your_writes,
  monotonic_reads,
  monotonic_writes,
  writes_follow_reads,
  session_causal,
  consistent_prefix,
};
inline constexpr std::size_t kGuarantees = 6;
inline constexpr std::array<std::string_view, kGuarantees> kGuaranteeNames = {
    "read-your-writes",    "monotonic-reads", "monotonic-writes",
    "writes-follow-reads", "session-causal",  "consistent-prefix"};

constexpr unsigned bit(Guarantee guarantee) { return 1u << static_cast<unsigned>(guarantee); }
inline constexpr unsigned kAllGuarantees = (1u << kGuarantees) - 1;
inline constexpr unsigned kFourGuarantees = 15;

// Two operations of one session in the wrong order: the versions that they read or wrote of a key.
struct SessionViolation {
  Guarantee guarantee = Guarantee::read_your_writes;
  Key key = 0;
  OpId earlier = 0;
  OpId later = 0;
  std::vector<OpId> evidence;  // what else it takes to see it: who wrote the versions, or shows their order
};

// The first violations of each guarantee, and the number of all.
struct SessionViolations {
  std::array<std::vector<SessionViolation>, kGuarantees> first;
  std::array<std::uint64_t, kGuarantees> count{};
  static constexpr std::size_t kKept = 1;

  void add(SessionViolation violation) {
    const auto at = static_cast<std::size_t>(violation.guarantee);
    ++count[at];
    if (first[at].size() < kKept) first[at].push_back(std::move(violation));
  }
};

}  // namespace assay::checkers
