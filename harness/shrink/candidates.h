// Plans that are smaller than a given one in one respect: what the search tries next. Each function gives the boldest first,
// and none when there is nothing to take away. Whether a candidate is possible at all (a schedule may name a node that it
// no longer has) is for whoever runs it to say.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <vector>

#include "harness/core/plan.h"

namespace assay::shrink {

// Sets of positions to keep, as in delta debugging (A. Zeller and R. Hildebrandt, "Simplifying and Isolating
// Failure-Inducing Input", TSE 2002, section 3): of `count` things cut into `pieces`, first each piece alone, then all but
// each piece. Of two pieces the second half would repeat the first, and is left out. Requires: 2 <= pieces <= count.
std::vector<std::vector<std::size_t>> pieces_and_complements(std::size_t count, std::size_t pieces);

// Only those windows, or operations; a list that would be empty is left out by the callers.
Plan with_windows(const Plan& plan, const std::vector<std::size_t>& keep);
Plan with_operations(const Plan& plan, const std::vector<std::size_t>& keep);

// A shorter main phase. Windows that would begin after its end go, those that would end after it are cut. `moment`: of the run,
// when all that matters was over, is tried too.
std::vector<Plan> shorter(const Plan& plan, Nanos moment);
// No warm-up; windows and operations closer to the beginning; everything at twice the speed.
std::vector<Plan> sooner(const Plan& plan);
// Each window half as long, or a quarter.
std::vector<Plan> briefer_windows(const Plan& plan);
std::vector<Plan> fewer_nodes(const Plan& plan);
std::vector<Plan> fewer_processes(const Plan& plan);
std::vector<Plan> fewer_keys(const Plan& plan);
// Of a plan that draws its operations.
std::vector<Plan> lower_rates(const Plan& plan);
// Moments in whole seconds, tenths or milliseconds, for people. A quarter longer at most.
std::vector<Plan> rounder(const Plan& plan);

}  // namespace assay::shrink
