// Dependencies between transactions, as Adya's direct serialization graph has them, and the orders in which a cycle may be
// closed: of a process, and of real time.
//
// Nodes below the number of operations are operations. Nodes above are virtual: they stand for many edges at once, such
// as "everything that was invoked later"; an edge into one has the kind of the dependency, edges out of it are `pass`.
//
// Thread safety: plain data.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/core/operation.h"

namespace assay::checkers::elle {

enum class EdgeKind : std::uint8_t {
  ww,            // `to` installed the version that follows one of `from`
  wr,            // `to` read a version of `from`
  rw,            // `to` overwrote a version that `from` read
  process,       // one process did `from`, then `to`
  realtime,      // `from` completed before `to` was invoked
  predicate_rw,  // `to` installed a row that `from` did not find when it read by predicate
  pass,          // goes on with the edge that led into the virtual node
};

inline constexpr bool is_anti(EdgeKind kind) {
  return kind == EdgeKind::rw || kind == EdgeKind::predicate_rw;
}

// What had to be assumed to infer a dependency: that no cycle of this class exists. An edge of a higher class than its
// kind counts as one when a cycle is named.
enum class Evidence : std::uint8_t { observed, read_committed, single };

// The weakest order in which a cycle closes: of data alone, with the order of processes, with real time.
enum class Strength : std::uint8_t { plain, process, realtime };

struct Edge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  EdgeKind kind = EdgeKind::pass;
  Evidence evidence = Evidence::observed;
  Strength strength = Strength::plain;
  std::uint32_t key = 0;     // dense number of the key
  std::uint32_t detail = 0;  // meaning known to who made the edge
};

using Cycle =
    std::vector<Edge>;  // each edge begins where the one before it ends; no virtual nodes, no pass edges

inline constexpr std::uint32_t kNoNode32 = UINT32_MAX;

}  // namespace assay::checkers::elle
