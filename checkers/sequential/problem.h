// A history as the checker of sequential consistency sees it: processes, each with its operations in order,
// on objects whose states are numbered (linearizability/state_space.h). Time plays no part.
//
// For registers and transactions of reads, writes and compare-and-sets it also knows *parts*: a key with a
// value. Which operations leave one and which need one says more about possible orders than states do. Of queues, a part is
// a key with an element.
//
// Thread safety: none. Memory: charged to the limits.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/object_model.h"
#include "checkers/linearizability/partition.h"

namespace assay::checkers {

struct PartUse {
  std::uint32_t key = 0;   // dense
  std::uint32_t part = 0;  // number of (key, value)
};

struct SequentialOp {
  OpId id = 0;
  std::uint32_t process = 0;   // dense
  std::uint32_t position = 0;  // within the process
  std::uint32_t object = 0;
  std::uint32_t in_object = 0;  // index in the object's space
  bool info = false;
  bool reads_only = false;
  bool takes = false;           // of a queue: takes something out, or finds nothing
  std::uint32_t key = 0;        // of a queue: dense
  std::vector<PartUse> needs;   // what keys must hold before it; of a queue: what it took out
  std::vector<PartUse> leaves;  // what keys hold after it; of a queue: what it put in
};

struct SequentialProblem {
  std::vector<SequentialOp> ops;                      // in order of invocation
  std::vector<std::vector<std::uint32_t>> processes;  // indexes of operations
  std::vector<std::unique_ptr<StateSpace>> spaces;    // by object
  bool has_parts = false;                             // every operation is of reads, writes and cas
  std::vector<std::uint32_t> initial_part;            // by key: what it holds at first
  bool has_elements = false;                          // every operation puts into a queue or takes out of one
  std::uint32_t key_count = 0;
  std::uint32_t part_count = 0;
  std::unique_ptr<Charge> charge;
};

// `object_of`: by id, the object (kNone: the operation does not count). Requires: sorted ids; the limits
// outlive the problem. Where they are spent, the problem is of no use.
SequentialProblem make_sequential_problem(const ObjectModel& model, const History& history,
                                          std::span<const OpId> ids,
                                          const std::vector<std::uint32_t>& object_of, const Value& initial,
                                          Limits& limits);

}  // namespace assay::checkers
