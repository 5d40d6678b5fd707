#include "checkers/isolation/sat_solver.h"

#include <cadical.hpp>

namespace assay::checkers::isolation {

namespace {

constexpr std::size_t kBytesPerClause = 64;
constexpr std::size_t kBytesPerLiteral = 16;
constexpr int kSatisfiable = 10;
constexpr int kUnsatisfiable = 20;

// Asked by the library while it searches. Of what it learns the limits are told by estimate.
class Clock final : public CaDiCaL::Terminator {
 public:
  explicit Clock(Limits& limits) : limits_(limits) {}
  bool terminate() override { return limits_.spent(); }

 private:
  Limits& limits_;
};

}  // namespace

struct SatSolver::Library {
  explicit Library(Limits& limits) : clock(limits) {
    solver.set("quiet", 1);
    solver.connect_terminator(&clock);
  }
  ~Library() { solver.disconnect_terminator(); }

  Clock clock;
  CaDiCaL::Solver solver;
};

SatSolver::SatSolver(Limits& limits) : charge_(limits), library_(std::make_unique<Library>(limits)) {}

SatSolver::~SatSolver() = default;

void SatSolver::add_clause(std::span<const int> literals) {
  charge_.grow(kBytesPerClause + kBytesPerLiteral * literals.size());
  for (const int literal : literals) library_->solver.add(literal);
  library_->solver.add(0);
}

void SatSolver::prefer(int literal) { library_->solver.phase(literal); }

SatSolver::Answer SatSolver::solve(std::span<const int> assumptions) {
  for (const int literal : assumptions) library_->solver.assume(literal);
  const int answer = library_->solver.solve();
  return answer == kSatisfiable     ? Answer::satisfiable
         : answer == kUnsatisfiable ? Answer::unsatisfiable
                                    : Answer::unknown;
}

bool SatSolver::holds(int variable) const { return library_->solver.val(variable) > 0; }

bool SatSolver::was_needed(int assumption) const { return library_->solver.failed(assumption); }

}  // namespace assay::checkers::isolation
