#include "checkers/isolation/choosing.h"

#include <algorithm>
#include <set>

#include "checkers/isolation/paths.h"
#include "checkers/isolation/sat_solver.h"

namespace assay::checkers::isolation {

namespace {

constexpr std::size_t kCyclesPerLook = 400;
constexpr std::size_t kBytesPerVariable = 300;
constexpr std::size_t kBytesPerCycle = 300;

class Chooser {
 public:
  Chooser(EventGraph& graph, const std::vector<std::int8_t>& sides, const std::vector<Node>& likely,
          Limits& limits)
      : graph_(graph), limits_(limits), charge_(limits), solver_(limits), base_edges_(graph.edges().size()) {
    variable_.assign(sides.size(), 0);
    std::vector<std::uint32_t> place(graph.node_count());
    for (std::uint32_t at = 0; at < likely.size(); ++at) place[likely[at]] = at;
    for (std::uint32_t choice = 0; choice < sides.size(); ++choice) {
      if (sides[choice] >= 0) continue;
      open_.push_back(choice);
      variable_[choice] = static_cast<int>(open_.size());
      const EventGraph::Side side = graph.side(choice, 0);
      const bool likely_side = place[side.edges[0].from] < place[side.edges[0].to];
      likely_.push_back(likely_side);
    }
    charge_.grow(open_.size() * kBytesPerVariable);
  }

  Choosing run() {
    const std::size_t bytes = open_.size() * 2 * (sizeof(Edge) + 8);
    if (limits_.spent() || !limits_.fits(bytes)) return {};
    charge_.grow(bytes);
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const int variable = static_cast<int>(i + 1);
      // Mentioned once, so that the solver knows it.
      const int either[] = {variable, -variable};
      solver_.add_clause(either);
      solver_.prefer(likely_[i] ? variable : -variable);
    }
    Choosing result;
    while (!limits_.spent()) {
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
      const bool first = solver_.holds(static_cast<int>(i + 1));
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

  // Cycles of the graph as it is drawn, through as many different chosen edges as are on any.
  void forbid_cycles() {
    const std::vector<std::uint32_t> component = components(graph_);
    PathFinder finder(graph_);
    const auto cost = [&](const Edge& edge) {
      if (component[edge.from] != component[edge.to]) return kForbidden;
      return is_open(edge) ? 1 : 0;
    };
    std::vector<bool> covered(2 * variable_.size(), false);
    std::vector<EdgeId> path;
    std::size_t found = 0;
    for (std::size_t id = base_edges_; id < graph_.edges().size() && found < kCyclesPerLook; ++id) {
      const Edge& edge = graph_.edges()[id];
      if (component[edge.from] == kNone || component[edge.from] != component[edge.to]) continue;
      if (covered[edge.choice] || limits_.spent()) continue;
      if (!finder.find(edge.to, edge.from, cost, path)) continue;
      path.push_back(static_cast<EdgeId>(id));
      for (const EdgeId other : path) {
        if (is_open(graph_.edges()[other])) covered[graph_.edges()[other].choice] = true;
      }
      found += forbid(path) ? 1 : 0;
    }
  }

  bool forbid(const std::vector<EdgeId>& path) {
    std::vector<int> clause;
    for (const EdgeId id : path) {
      if (is_open(graph_.edges()[id])) clause.push_back(-literal(graph_.edges()[id]));
    }
    std::sort(clause.begin(), clause.end());
    clause.erase(std::unique(clause.begin(), clause.end()), clause.end());
    if (!known_.insert(clause).second) return false;
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
  std::size_t base_edges_;
  std::vector<std::uint32_t> open_;  // choice of each variable, which count from 1
  std::vector<int> variable_;        // by choice; 0: not open
  std::vector<bool> likely_;
  std::vector<std::vector<Edge>> cycles_;
  std::set<std::vector<int>> known_;
};

}  // namespace

Choosing choose_sides(EventGraph& graph, const std::vector<std::int8_t>& sides,
                      const std::vector<Node>& likely, Limits& limits) {
  return Chooser(graph, sides, likely, limits).run();
}

}  // namespace assay::checkers::isolation
