#include "checkers/isolation/pruning.h"

#include <algorithm>

namespace assay::checkers::isolation {

namespace {

constexpr std::size_t kBytesPerChoice = 48;
constexpr std::size_t kAskEvery = 16'384;  // choices between questions about the budget
constexpr std::size_t kCyclesTried = 64;
constexpr std::size_t kImpossibleMax = 32;
constexpr std::size_t kEdgesLookedAt = 2'000'000;

}  // namespace

// A backward edge closes a cycle if its source can be reached from its target; a forward edge is implied if its target
// can be reached from its source already.
// Returns false when the budget is spent.
bool Pruning::ask(const std::vector<std::uint32_t>& place) {
  questions_.clear();
  for (std::uint32_t choice = 0; choice < side_.size(); ++choice) {
    if (choice % kAskEvery == 0 && limits_.spent()) return false;
    if (side_[choice] != kOpen) continue;
    for (int side = 0; side < 2; ++side) {
      const EventGraph::Side edges = graph_.side(choice, side);
      for (std::size_t i = 0; i < edges.count; ++i) {
        const Edge& edge = edges.edges[i];
        const bool forward = place[edge.from] < place[edge.to];
        questions_.push_back(forward ? Question{edge.from, edge.to} : Question{edge.to, edge.from});
      }
    }
  }
  return true;
}

// Reads the answers to the questions in the order in which they were asked. Returns false when nothing was forced.
bool Pruning::force_sides(const std::vector<std::uint32_t>& place) {
  const std::uint64_t before = forced_;
  std::size_t next = 0;
  for (std::uint32_t choice = 0; choice < side_.size() && impossible_.size() < kImpossibleMax; ++choice) {
    if (choice % kAskEvery == 0 && limits_.spent()) break;
    if (side_[choice] != kOpen) continue;
    bool possible[2] = {true, true};
    Edge missing[2][2];
    std::size_t missing_count[2] = {0, 0};
    for (int side = 0; side < 2; ++side) {
      const EventGraph::Side edges = graph_.side(choice, side);
      for (std::size_t i = 0; i < edges.count; ++i) {
        const Edge& edge = edges.edges[i];
        const bool reached = answers_[next++] != 0;
        const bool forward = place[edge.from] < place[edge.to];
        if (reached && !forward) possible[side] = false;
        if (!reached || !forward) missing[side][missing_count[side]++] = edge;
      }
    }
    if (possible[0] && possible[1]) continue;
    if (!possible[0] && !possible[1]) {
      impossible_.push_back(choice);
      continue;
    }
    const int side = possible[0] ? 0 : 1;
    side_[choice] = static_cast<std::int8_t>(side);
    forced_in_[choice] = round_;
    ++forced_;
    for (std::size_t i = 0; i < missing_count[side]; ++i) graph_.add_edge(missing[side][i]);
  }
  return impossible_.empty() && forced_ > before;
}

Outlook Pruning::run() {
  const std::size_t count = graph_.choices().size();
  if (!limits_.fits(count * kBytesPerChoice)) return Outlook::spent;
  charge_.grow(count * kBytesPerChoice);
  side_.assign(count, kOpen);
  forced_in_.assign(count, 0);
  std::vector<Node> order;
  std::vector<std::uint32_t> place(graph_.node_count());
  while (true) {
    if (!sort_events(graph_, order)) return Outlook::refuted;
    for (std::uint32_t at = 0; at < order.size(); ++at) place[order[at]] = at;
    ++round_;
    if (!ask(place)) return Outlook::spent;
    if (questions_.empty()) return Outlook::open;
    const std::size_t edges_before = graph_.edges().size();
    if (!reachable(graph_, order, questions_, limits_, answers_)) return Outlook::spent;
    const bool more = force_sides(place);
    if (!impossible_.empty()) {
      graph_.index();
      return Outlook::refuted;
    }
    if (limits_.spent()) return Outlook::spent;
    if (!more) return Outlook::open;
    const std::size_t grown = (graph_.edges().size() - edges_before) * (sizeof(Edge) + 8);
    if (!limits_.fits(grown) || limits_.spent()) return Outlook::spent;
    charge_.grow(grown);
    graph_.index();
  }
}

void Pruning::need_chain(std::uint32_t chain) {
  for (const Txn txn : graph_.members(chain)) needed_[txn] = true;
}

// Beside the two transactions of a known edge those from which the order of the versions is known.
void Pruning::need_evidence(const Edge& edge) {
  if (edge.kind != EdgeKind::ww && edge.kind != EdgeKind::rw && edge.kind != EdgeKind::seen) return;
  const Problem& problem = graph_.problem();
  const auto shown = problem.shown_of(edge.key);
  if (!shown.empty()) {
    // Somebody has seen the whole list, if only the one who wrote its end.
    needed_[shown.back()] = true;
    const Txn reader = graph_.reader_of(problem.write_of(shown.back(), edge.key));
    if (reader != kNone) needed_[reader] = true;
    return;
  }
  const Txn from = graph_.txn_of(edge.from);
  if (edge.kind == EdgeKind::ww || from == kNone) return need_chain(graph_.chain_begin()[edge.key]);
  for (const Problem::Read& read : problem.reads_of(from)) {
    if (read.key == edge.key && read.writer != kInitial) needed_[read.writer] = true;
  }
}

void Pruning::need(const Edge& edge) {
  for (const Node node : {edge.from, edge.to}) {
    if (graph_.txn_of(node) != kNone) needed_[graph_.txn_of(node)] = true;
  }
  if (edge.choice == kNone) return need_evidence(edge);
  const std::uint32_t choice = edge.choice / 2;
  need_chain(graph_.choices()[choice].first);
  need_chain(graph_.choices()[choice].second);
  // Of a choice that is open the cycles given cover both sides.
  if (side_[choice] == kOpen || explained_[choice]) return;
  explained_[choice] = true;
  to_explain_.push_back(choice);
}

// The cycle that this side would close with what was known before that round.
void Pruning::need_refutation(std::uint32_t choice, int side, std::uint32_t before_round) {
  PathFinder finder(graph_);
  const auto cost = [&](const Edge& edge) {
    if (edge.choice == kNone) return 0;
    return forced_in_[edge.choice / 2] < before_round ? 1 : kForbidden;
  };
  const EventGraph::Side edges = graph_.side(choice, side);
  std::vector<EdgeId> path;
  for (std::size_t i = 0; i < edges.count; ++i) {
    if (!finder.find(edges.edges[i].to, edges.edges[i].from, cost, path)) continue;
    need_chain(graph_.choices()[choice].first);
    need_chain(graph_.choices()[choice].second);
    for (const EdgeId id : path) need(graph_.edges()[id]);
    return;
  }
}

// The shortest of some cycles of the graph.
std::vector<EdgeId> Pruning::known_cycle() {
  const std::vector<std::uint32_t> component = components(graph_);
  PathFinder finder(graph_);
  std::vector<EdgeId> best, path;
  const auto cost = [&](const Edge& edge) {
    return component[edge.from] == component[edge.to] ? 1 : kForbidden;
  };
  std::size_t tried = 0;
  for (EdgeId id = 0; id < graph_.edges().size() && tried < kCyclesTried; ++id) {
    const Edge& edge = graph_.edges()[id];
    if (component[edge.from] == kNone || component[edge.from] != component[edge.to]) continue;
    ++tried;
    if (!finder.find(edge.to, edge.from, cost, path)) continue;
    path.push_back(id);
    if (best.empty() || path.size() < best.size()) best = path;
  }
  return best;
}

std::vector<Txn> Pruning::follow_reasons() {
  while (!to_explain_.empty() && !limits_.spent()) {
    const std::uint32_t choice = to_explain_.back();
    to_explain_.pop_back();
    need_refutation(choice, 1 - side_[choice], forced_in_[choice]);
  }
  std::vector<Txn> result;
  for (Txn txn = 0; txn < needed_.size(); ++txn) {
    // With an argument that could not be followed to its end everything may be needed.
    if (needed_[txn] || !to_explain_.empty()) result.push_back(txn);
  }
  return result;
}

void Pruning::forget_reasons() {
  needed_.assign(graph_.problem().size(), false);
  explained_.assign(graph_.choices().size(), false);
  side_.resize(graph_.choices().size(), kOpen);  // run() may not have come so far
  forced_in_.resize(graph_.choices().size(), 0);
}

std::vector<Txn> Pruning::reasons() {
  if (impossible_.empty()) {
    forget_reasons();
    for (const EdgeId id : known_cycle()) need(graph_.edges()[id]);
    return follow_reasons();
  }
  // The shortest argument of some: following one costs a look at the whole graph.
  const std::size_t most =
      std::clamp<std::size_t>(kEdgesLookedAt / graph_.edges().size(), 1, impossible_.size());
  std::vector<Txn> best;
  for (std::size_t i = 0; i < most && (i == 0 || !limits_.spent()); ++i) {
    forget_reasons();
    for (int side = 0; side < 2; ++side) need_refutation(impossible_[i], side, round_);
    std::vector<Txn> reasons = follow_reasons();
    if (best.empty() || reasons.size() < best.size()) best = std::move(reasons);
  }
  return best;
}

std::vector<Txn> Pruning::reasons_of(const std::vector<std::vector<Edge>>& cycles) {
  forget_reasons();
  for (const std::vector<Edge>& cycle : cycles) {
    for (const Edge& edge : cycle) need(edge);
  }
  return follow_reasons();
}

}  // namespace assay::checkers::isolation
