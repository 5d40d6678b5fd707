// Splits a history into objects that can be checked apart (linearizability is local: Herlihy & Wing 1990,
// section 3.2): one key each, or the keys that transactions tie together; a model may also want the whole
// history.
//
// Operations that cannot matter are left out: outcome fail (proved not to have happened) and info operations
// that change nothing.
//
// Thread safety: pure functions. Complexity: near linear. Memory: what a partition holds is for the caller to charge;
// what making one takes is charged meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkers/linearizability/object_model.h"
#include "checkers/linearizability/register_object.h"
#include "harness/core/history.h"

namespace assay::checkers {

struct Partition {
  std::vector<Key> keys;               // the smallest key of each object, in order
  std::vector<std::uint32_t> offsets;  // object i has ids[offsets[i]] .. ids[offsets[i + 1] - 1]
  std::vector<OpId> ids;               // in order of invocation within an object
  std::size_t operations = 0;          // that count: ids.size()

  std::size_t size() const { return keys.size(); }
  std::span<const OpId> of(std::size_t object) const {
    return std::span(ids).subspan(offsets[object], offsets[object + 1] - offsets[object]);
  }
  std::size_t bytes() const {
    return ids.capacity() * sizeof(OpId) + keys.capacity() * sizeof(Key) + offsets.capacity() * 4;
  }
};

// Returns false and sets `error` to one sentence when the history has an operation that the model does not
// know; false without an error when the budget is spent.
bool make_partition(const History& history, const ObjectModel& model, Limits& limits, Partition& partition,
                    std::string& error);

// Keeps every operation given (see drop_useless_infos). Requires: the ids are of one object of a register
// model.
RegisterObject make_register_object(const History& history, std::span<const OpId> ids, const Value& initial);

}  // namespace assay::checkers
