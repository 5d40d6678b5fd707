#include "checkers/isolation/sat_solver.h"

#include <cadical.hpp>

namespace assay::checkers::isolation {

namespace {

constexpr std::size_t kBytesPerClause = 64;
constexpr std::size_t kBytesPerLiteral = 16;
constexpr int kSatisfiable = 10;
constexpr int kUnsatisfiable = 20;

// Asked by the library while it searches, and told what it learns. What it forgets again it does not tell, so that the
// count is an upper bound.
class Watch final : public CaDiCaL::Terminator, public CaDiCaL::Learner {
 public:
  explicit Watch(Limits& limits) : limits_(limits), charge_(limits) {}
  bool terminate() override { return limits_.spent(); }
  bool learning(int size) override {
    charge_.grow(kBytesPerClause + kBytesPerLiteral * static_cast<std::size_t>(size));
    return false;
  }
  void learn(int) override {}

 private:
  Limits& limits_;
  Charge charge_;
};

}  // namespace

struct SatSolver::Library {
  explicit Library(Limits& limits) : watch(limits) {
    solver.set("quiet", 1);
    // Whatever would give variables other values than the preferred ones, without need.
    for (const char* option : {"lucky", "walk", "rephase", "elim"}) solver.set(option, 0);
    solver.connect_terminator(&watch);
    solver.connect_learner(&watch);
  }
  ~Library() {
    solver.disconnect_terminator();
    solver.disconnect_learner();
  }

  Watch watch;
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
