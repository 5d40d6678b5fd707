// What any order must respect, for first-in-first-out queues whose elements are unique: what saturation.h is for
// registers.
//
// The rules, for elements x and y of one queue (those of Gibbons & Korach, "Testing shared memories", SIAM J. Comput. 26,
// 1997, and Bouajjani, Emmi, Enea & Hamza, "On reducing linearizability to state reachability", Inf. Comput. 2018, with
// the order of processes in place of that of time):
//  - x is put in before it is taken out;
//  - x is put in before y if and only if it is taken out before y; what is never taken out is put in after all that is;
//  - who finds nothing comes before x is put in, or after it was taken out.
//
// Elements that were put in, or taken out, more than once are left out. Operations of unknown outcome that put something
// in count if it was taken out; where one that may have taken something out is of unknown outcome, nothing is known of
// elements that nobody else took out.
//
// Thread safety: none. Complexity: each round is linear in operations times processes, with a logarithm.
#pragma once

#include "checkers/common/limits.h"
#include "checkers/sequential/problem.h"
#include "checkers/sequential/saturation.h"

namespace assay::checkers {

// Requires: problem.has_elements.
Saturation saturate_queues(const SequentialProblem& problem, Limits& limits);

}  // namespace assay::checkers
