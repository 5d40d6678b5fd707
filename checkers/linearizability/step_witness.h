// A witness cut down to the steps that matter: of a transaction that reads and writes often only what it wrote counts, and
// what it read, and whoever wrote that, can go.
//
// What may be left out of a history of reads, writes, compare-and-sets, appends and adds, without making a valid one invalid:
//  - a read; and that a compare-and-set looked, which makes it a write;
//  - something written that no read which is kept can have seen. (Take an order of the whole, and strike it out: what
//    the others saw stays.) It can have been seen by who saw its value, if that did not return before it was invoked,
//    and if nothing else was surely written over it first; an add by whoever read its key.
// So where what is left has no order, the whole has none. The operations that have steps left, whole, have none
// either: they demand more.
//
// Thread safety: none. Bounded: a few hundred checks, a second, an eighth of the time that is left.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "checkers/linearizability/model_witness.h"
#include "harness/core/checker.h"

namespace assay::checkers {

struct CutWitness {
  History part;           // the operations with the steps that matter
  std::vector<OpId> ids;  // what each is in the whole history, in order of invocation
  bool cut = false;     // some operation has fewer steps than it had, or only writes what it compared and set
  bool minimal = true;  // no step can be left out any more; false: the effort ended first
};

// Nothing cut yet.
CutWitness whole_witness(const History& history, std::span<const OpId> ids);

// Requires: the operations have no order, as the judge says of them; they have the steps named above only.
CutWitness cut_to_steps(const History& history, std::span<const OpId> ids, WitnessJudge& judge,
                        Limits& limits);

// "Operation 3 (process 0: read key 1 -> 2)", with the steps that matter; `id` is of the part.
std::string operation_text(const CutWitness& shown, OpId id);
// Adds to the finding that steps were left out, or that the effort ended before all was tried.
void tell_cut(const CutWitness& shown, Finding& finding);

}  // namespace assay::checkers
