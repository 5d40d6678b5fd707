// The interface to the solver: answers, assumptions, and an end when the budget is spent.
#include "checkers/isolation/sat_solver.h"

#include <gtest/gtest.h>

#include <vector>

namespace assay::checkers::isolation {
namespace {

using Answer = SatSolver::Answer;
using Clause = std::vector<int>;

TEST(SatSolver, FindsValues) {
  Limits limits{Budget{}};
  SatSolver solver(limits);
  solver.add_clause(Clause{1, 2});
  solver.add_clause(Clause{-1});
  ASSERT_EQ(solver.solve(), Answer::satisfiable);
  EXPECT_FALSE(solver.holds(1));
  EXPECT_TRUE(solver.holds(2));
  solver.add_clause(Clause{-2});
  EXPECT_EQ(solver.solve(), Answer::unsatisfiable);
}

TEST(SatSolver, SaysWhichAssumptionsItNeeded) {
  Limits limits{Budget{}};
  SatSolver solver(limits);
  solver.add_clause(Clause{-1, -2});
  solver.add_clause(Clause{3, 4});
  const Clause assumptions = {3, 1, 2};
  ASSERT_EQ(solver.solve(assumptions), Answer::unsatisfiable);
  EXPECT_TRUE(solver.was_needed(1));
  EXPECT_TRUE(solver.was_needed(2));
  EXPECT_FALSE(solver.was_needed(3));
  EXPECT_EQ(solver.solve(), Answer::satisfiable);
}

TEST(SatSolver, TriesThePreferredValueFirst) {
  Limits limits{Budget{}};
  for (const int literal : {1, -1}) {
    SatSolver solver(limits);
    solver.add_clause(Clause{1, 2});
    solver.add_clause(Clause{-1, -2});
    solver.prefer(literal);
    solver.prefer(-2 * literal);
    ASSERT_EQ(solver.solve(), Answer::satisfiable);
    EXPECT_EQ(solver.holds(1), literal > 0);
  }
}

// One pigeon more than holes: unsatisfiable, and beyond what such a solver can show.
void add_pigeons(SatSolver& solver, int holes) {
  for (int pigeon = 0; pigeon <= holes; ++pigeon) {
    Clause somewhere;
    for (int hole = 1; hole <= holes; ++hole) somewhere.push_back(pigeon * holes + hole);
    solver.add_clause(somewhere);
    for (int other = 0; other < pigeon; ++other) {
      for (int hole = 1; hole <= holes; ++hole) {
        solver.add_clause(Clause{-(pigeon * holes + hole), -(other * holes + hole)});
      }
    }
  }
}

TEST(SatSolver, EndsWithTheBudget) {
  Budget budget;
  budget.time_limit = 50 * kMillisecond;
  Limits time(budget);
  SatSolver solver(time);
  add_pigeons(solver, 30);
  EXPECT_EQ(solver.solve(), Answer::unknown);
  EXPECT_TRUE(time.spent());

  budget = Budget();
  budget.memory_limit_bytes = 4'000'000;
  Limits memory(budget);
  SatSolver another(memory);
  add_pigeons(another, 30);
  EXPECT_EQ(another.solve(), Answer::unknown);
  EXPECT_EQ(memory.why(), "the memory budget is spent");
}

}  // namespace
}  // namespace assay::checkers::isolation
