// Shows that a checker works on a history that it accepts: changes the history in many ways (mutation.h) and looks which
// changes it notices. What a change breaks is known from how it was made, and which promises a checker is about from the
// table in trial.cpp; where either is not known, the result says so and counts for nothing.
//
// Thread safety: pure function. Complexity: a check and a copy of the history for each mutation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/mutate/mutation.h"
#include "harness/core/checker.h"

namespace assay::checkers {

struct SelfTestRow {
  std::string_view kind;
  int effective = 0;  // changes that the checker must notice
  int caught = 0;     // of these
  int undecided = 0;  // of these: the budget was spent
  int harmless = 0;   // changes that nobody may accuse
  int accused = 0;    // of these
  int unclear = 0;    // changes of which it is not known whether they break what the checker is about
  int noticed = 0;    // of these
};

struct SelfTestResult {
  // Of the history as it is. Unless it is valid there is nothing to show, and no row.
  CheckResult unchanged;
  std::vector<SelfTestRow> rows;     // kinds that the history has a place for
  std::vector<std::string> trouble;  // one sentence for each that was missed, or accused without reason
  bool finished = true;              // false: the budget was spent before all kinds were tried
};

struct SelfTestSubject {
  std::string_view name;  // of the checker
  const CheckerOptions& options;
  const Checker& checker;
};

// The time limit is for all mutations together.
SelfTestResult self_test(const SelfTestSubject& subject, const History& history, bool has_times,
                         std::uint64_t seed, int of_each_kind, const Budget& budget);

// The kinds of mutations that a checker is asked by name to notice: those about its type of data. None where it has to
// notice all that break a store.
std::vector<std::string_view> kinds_demanded_of(std::string_view checker);

// Whether the checker has to notice a mutation; unknown when that cannot be told. Breakage::none: must not accuse.
enum class Duty : std::uint8_t { notice, leave_alone, unclear };
Duty duty_of(const SelfTestSubject& subject, std::string_view kind, Breakage effect);

}  // namespace assay::checkers
