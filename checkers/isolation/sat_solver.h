// A satisfiability solver behind a small interface of our own: clauses over variables 1, 2, ..., where a negative
// number is the negation. The one file behind it is the only one of the checkers that knows the library (CaDiCaL, from
// Debian).
//
// Thread safety: none; one thread each. Ownership: keeps a reference to the limits, which must live longer; their time,
// memory and stop end a search. Errors: none; a search that was ended answers `unknown`.
// Memory: what clauses hold is charged to the limits by an estimate of 16 bytes a literal and 64 a clause.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "checkers/common/limits.h"

namespace assay::checkers::isolation {

class SatSolver {
 public:
  enum class Answer { satisfiable, unsatisfiable, unknown };

  explicit SatSolver(Limits& limits);
  ~SatSolver();

  // One of these literals must hold. Requires: not empty, no zero.
  void add_clause(std::span<const int> literals);

  // The value that is tried first for a variable. One that is in no clause may get any.
  void prefer(int literal);

  // Under these assumptions, which count for this call alone.
  Answer solve(std::span<const int> assumptions = {});

  // Requires: the last answer was satisfiable.
  bool holds(int variable) const;

  // Whether an assumption was needed. Requires: the last answer was unsatisfiable.
  bool was_needed(int assumption) const;

 private:
  struct Library;
  Charge charge_;
  std::unique_ptr<Library> library_;
};

}  // namespace assay::checkers::isolation
