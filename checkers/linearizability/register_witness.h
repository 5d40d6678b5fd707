// Why a register is not linearizable: the smallest set of operations found that contradict each other.
//
// A set of operations shows a violation only if leaving out the rest cannot have caused it. Leaving out reads
// never does, nor does leaving out a write or compare-and-set that no remaining operation can have got its
// value from. So a set is *sound* if it has, for each of its reads and compare-and-sets, every operation that
// may have left the value it saw: those not invoked after it returned, and not overwritten, by an operation
// of the set that lies in between in real time. (Take a linearization of the whole history and strike out
// what is not in a sound set: each remaining reader still follows the value it saw. So if the set has no
// linearization, the history has none.)
//
// The search starts from the end of the shortest beginning of the history that cannot be linearized, takes as
// many operations before it as are needed, then drops what it can, checking each set afresh.
//
// Thread safety: pure functions. Bounded: a few hundred checks of small sets.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "checkers/linearizability/object_checker.h"
#include "checkers/linearizability/register_object.h"

namespace assay::checkers {

// Indexes of operations in an object, sorted.
using OpSet = std::vector<std::uint32_t>;

class WitnessSearch {
 public:
  WitnessSearch(const RegisterObject& object, Limits& limits);

  // A read or compare-and-set that nothing can explain, whatever the order of the rest, with the operation
  // that overwrote what it saw if there is one; of several the one that returned first. Empty if there is
  // none.
  OpSet evident() const;
  // Requires: the operations that return up to `stuck_at` cannot be linearized.
  OpSet from_prefix(std::uint32_t stuck_at);
  // Requires: the operations contradict each other.
  OpSet from_conflict(const OpSet& conflict);

  // Adds what is missing to make the set sound.
  OpSet closure(OpSet set) const;
  bool is_sound(const OpSet& set) const;
  // Whether the operations of the set alone cannot be linearized; false also when that takes too long.
  bool is_invalid(const OpSet& set) const;

  // The operations that may have left the value that `reader` needs, given the evidence in the set.
  OpSet sources(std::uint32_t reader, const OpSet& set) const;
  // Everything that leaves the value.
  const OpSet& writers(std::uint32_t value) const { return writers_[value]; }
  // Whether the initial value may be what the reader saw, given the evidence in the set.
  bool initial_possible(std::uint32_t reader, const OpSet& set) const;

 private:
  Nanos overwritten_before(std::uint32_t reader, const OpSet& set) const;
  Nanos last_look(std::uint32_t reader, const OpSet& set) const;
  OpSet minimise(OpSet set);
  bool out_of_effort() const;

  const RegisterObject& object_;
  Limits& limits_;
  std::vector<OpSet> writers_;  // by value
  mutable int checks_ = 0;
  Nanos deadline_ = 0;
};

// The operations of the set as an object of its own. Indexes in it are positions in the set, unless
// `drop_useless` leaves some out.
RegisterObject sub_object(const RegisterObject& object, const OpSet& set);

Finding explain_register(const History& history, std::span<const OpId> ids, const Value& initial,
                         const ObjectVerdict& verdict, Limits& limits);

}  // namespace assay::checkers
