#include "checkers/isolation/choosing.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "checkers/isolation/paths.h"
#include "checkers/isolation/sat_solver.h"

namespace assay::checkers::isolation {

namespace {

constexpr std::size_t kCyclesPerLook = 4000;
constexpr std::size_t kFarCyclesPerLook = 100;
constexpr std::size_t kBytesPerVariable = 300;
constexpr std::size_t kBytesPerCycle = 300;

class Chooser {
 public:
  Chooser(EventGraph& graph, const std::vector<std::int8_t>& sides, const std::vector<Node>& likely,
          Limits& limits)
      : graph_(graph),
        limits_(limits),
        charge_(limits, graph.node_count() * 32),
        solver_(limits),
        finder_(graph),
        base_edges_(graph.edges().size()),
        place_(graph.node_count()) {
    variable_.assign(sides.size(), 0);
    for (std::uint32_t at = 0; at < likely.size(); ++at) place_[likely[at]] = at;
    for (std::uint32_t choice = 0; choice < sides.size(); ++choice) {
      if (sides[choice] >= 0) continue;
      open_.push_back(choice);
      variable_[choice] = static_cast<int>(open_.size());
      const EventGraph::Side side = graph.side(choice, 0);
      const bool likely_side = place_[side.edges[0].from] < place_[side.edges[0].to];
      likely_.push_back(likely_side);
    }
    mentioned_.assign(open_.size(), false);
    charge_.grow(open_.size() * kBytesPerVariable);
  }

  Choosing run(std::uint64_t solver_calls) {
    const std::size_t bytes = open_.size() * 2 * (sizeof(Edge) + 8);
    if (limits_.spent() || !limits_.fits(bytes)) return {};
    charge_.grow(bytes);
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const int variable = static_cast<int>(i + 1);
      solver_.prefer(likely_[i] ? variable : -variable);
    }
    Choosing result;
    while (!limits_.spent() && result.solved < solver_calls) {
      ++result.solved;
      const SatSolver::Answer answer = solver_.solve();
      if (answer == SatSolver::Answer::unsatisfiable) {
        result.verdict = Verdict::invalid;
        result.cycles = needed_cycles();
      }
      if (answer != SatSolver::Answer::satisfiable) break;
      draw_choice();
      if (sort_events(graph_, result.order)) {
        result.verdict = Verdict::valid;
        break;
      }
      forbid_cycles();
    }
    result.clauses = cycles_.size();
    graph_.forget_edges_from(base_edges_);
    graph_.index();
    return result;
  }

 private:
  // The edges of the sides that the solver picked.
  void draw_choice() {
    graph_.forget_edges_from(base_edges_);
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const bool first = mentioned_[i] ? solver_.holds(static_cast<int>(i + 1)) : likely_[i];
      const EventGraph::Side side = graph_.side(open_[i], first ? 0 : 1);
      for (std::size_t edge = 0; edge < side.count; ++edge) graph_.add_edge(side.edges[edge]);
    }
    graph_.index();
  }

  bool is_open(const Edge& edge) const { return edge.choice != kNone && variable_[edge.choice / 2] != 0; }

  // That side of that choice, as the solver knows it.
  int literal(const Edge& edge) const {
    const int variable = variable_[edge.choice / 2];
    return edge.choice % 2 == 0 ? variable : -variable;
  }

  // Cycles of the graph as it is drawn, through as many different chosen edges as are on any. What is known goes
  // forward in the likely order, so every cycle has a chosen edge that goes backward; cycles with one of them stay
  // between its ends, which is mostly a short way to look. Only if there is none are others looked for.
  void forbid_cycles() {
    component_ = components(graph_);
    covered_.assign(2 * variable_.size(), false);
    if (forbid_cycles(false, kCyclesPerLook) == 0) forbid_cycles(true, kFarCyclesPerLook);
  }

  std::size_t forbid_cycles(bool far, std::size_t most) {
    std::vector<EdgeId> path;
    std::size_t found = 0;
    for (std::size_t id = base_edges_; id < graph_.edges().size() && found < most; ++id) {
      const Edge& edge = graph_.edges()[id];
      if (component_[edge.from] == kNone || component_[edge.from] != component_[edge.to]) continue;
      const std::uint32_t first = place_[edge.to], last = place_[edge.from];
      if (covered_[edge.choice] || (!far && last < first)) continue;
      if (limits_.spent()) break;
      const auto cost = [&](const Edge& next) {
        if (component_[next.from] != component_[next.to]) return kForbidden;
        const bool between = place_[next.to] >= first && place_[next.to] <= last;
        return !far && !between ? kForbidden : is_open(next) ? 1 : 0;
      };
      if (!finder_.find(edge.to, edge.from, cost, path)) continue;
      path.push_back(static_cast<EdgeId>(id));
      for (const EdgeId other : path) {
        if (is_open(graph_.edges()[other])) covered_[graph_.edges()[other].choice] = true;
      }
      found += forbid(path) ? 1 : 0;
    }
    return found;
  }

  bool forbid(const std::vector<EdgeId>& path) {
    std::vector<int> clause;
    for (const EdgeId id : path) {
      if (is_open(graph_.edges()[id])) clause.push_back(-literal(graph_.edges()[id]));
    }
    std::sort(clause.begin(), clause.end());
    clause.erase(std::unique(clause.begin(), clause.end()), clause.end());
    if (!known_.insert(clause).second) return false;
    for (const int literal : clause) mentioned_[static_cast<std::size_t>(std::abs(literal) - 1)] = true;
    solver_.add_clause(clause);
    charge_.grow(kBytesPerCycle + path.size() * sizeof(Edge) + clause.size() * 4);
    std::vector<Edge>& cycle = cycles_.emplace_back();
    for (const EdgeId id : path) cycle.push_back(graph_.edges()[id]);
    return true;
  }

  // Asks once more, with each clause on an assumption, which of them it takes.
  std::vector<std::vector<Edge>> needed_cycles() {
    SatSolver again(limits_);
    std::vector<int> assumptions;
    std::vector<int> clause;
    for (std::size_t i = 0; i < cycles_.size(); ++i) {
      assumptions.push_back(static_cast<int>(open_.size() + i + 1));
      clause.assign(1, -assumptions.back());
      for (const Edge& edge : cycles_[i]) {
        if (is_open(edge)) clause.push_back(-literal(edge));
      }
      again.add_clause(clause);
    }
    if (again.solve(assumptions) != SatSolver::Answer::unsatisfiable) return cycles_;
    std::vector<std::vector<Edge>> needed;
    for (std::size_t i = 0; i < cycles_.size(); ++i) {
      if (again.was_needed(assumptions[i])) needed.push_back(cycles_[i]);
    }
    return needed;
  }

  EventGraph& graph_;
  Limits& limits_;
  Charge charge_;
  SatSolver solver_;
  PathFinder finder_;
  std::size_t base_edges_;
  std::vector<std::uint32_t> open_;  // choice of each variable, which count from 1
  std::vector<int> variable_;        // by choice; 0: not open
  std::vector<bool> likely_;
  std::vector<bool> mentioned_;       // in a clause; the solver says nothing of others
  std::vector<std::uint32_t> place_;  // of each event in the likely order
  std::vector<std::uint32_t> component_;
  std::vector<bool> covered_;  // sides that are on a cycle found in this look
  std::vector<std::vector<Edge>> cycles_;
  std::set<std::vector<int>> known_;
};

}  // namespace

Choosing choose_sides(EventGraph& graph, const std::vector<std::int8_t>& sides,
                      const std::vector<Node>& likely, std::uint64_t solver_calls, Limits& limits) {
  return Chooser(graph, sides, likely, limits).run(solver_calls);
}

}  // namespace assay::checkers::isolation
