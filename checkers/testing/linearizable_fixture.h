// Short ways to write histories in tests, to check them, and to confirm what the checker said.
//
// Thread safety: none needed; for tests.
#pragma once

#include <string>
#include <vector>

#include "harness/core/checker.h"

namespace assay::checkers::testing {

// One operation. A completion of kNever makes it info.
struct Line {
  Nanos invoked = 0;
  Nanos completed = 0;
  std::vector<Mop> mops;
  Outcome outcome = Outcome::ok;

  Line() = default;
  Line(Nanos begin, Nanos end, const Mop& mop) : Line(begin, end, std::vector<Mop>{mop}) {}
  Line(Nanos begin, Nanos end, std::vector<Mop> steps)
      : invoked(begin),
        completed(end),
        mops(std::move(steps)),
        outcome(end == kNever ? Outcome::info : Outcome::ok) {}
};

// Sorts by invocation; operations of equal invocation keep their order.
History make_history(std::vector<Line> lines);

// The part of a history with these ids, which get new ones.
History part_of(const History& history, const std::vector<OpId>& ids);

std::string to_text(const History& history);

const CheckerPlugin& linearizable();

// Checks with these options, and asks for a certificate.
CheckResult check(const History& history, CheckerOptions options, const Budget& budget = {});

// What is wrong with a result, empty if nothing is: a certificate that the verifier refutes, a finding without words,
// a witness that is not invalid when checked alone, by the checker and, if it is small, by trying every order.
std::string confirm(const History& history, const CheckResult& result, const CheckerOptions& options);

}  // namespace assay::checkers::testing
