#include "checkers/elle/cycle_search.h"

#include <algorithm>
#include <array>

#include "checkers/elle/components.h"
#include "checkers/elle/path_search.h"
#include "checkers/elle/search_graph.h"

namespace assay::checkers::elle {

namespace {

constexpr std::uint64_t kStepsPerClass = 20'000'000;
constexpr std::uint64_t kStepsOfReachability = 300'000'000;
constexpr std::size_t kCandidatesMax = 100'000;

constexpr std::array kSuffixes = {"", "-process", "-realtime"};

AnomalySet named(const char* base, Strength strength) {
  return anomaly_named(std::string(base) + kSuffixes[static_cast<std::size_t>(strength)]);
}

class CycleSearch {
 public:
  CycleSearch(const CyclicPart& part, const History& history, Limits& limits)
      : graph_(part, history, limits), limits_(limits), paths_(graph_, limits) {
    has_predicates_ = std::any_of(part.edges.begin(), part.edges.end(),
                                  [](const Edge& edge) { return edge.kind == EdgeKind::predicate_rw; });
  }

  bool run() {
    if (!graph_.complete()) return false;
    for (const Strength strength : {Strength::plain, Strength::process, Strength::realtime}) {
      if (!search_level(strength)) return false;
    }
    return true;
  }

  std::vector<FoundCycle> take() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const FoundCycle& a, const FoundCycle& b) { return a.anomaly < b.anomaly; });
    return std::move(found_);
  }

 private:
  bool known(const char* base, Strength strength) const {
    return (implied_anomalies(all_) & named(base, strength)) != 0;
  }

  // At the first level everything is looked for, later only what nothing found so far implies.
  bool wanted(const char* base, Strength strength) const {
    return strength == Strength::plain || !known(base, strength);
  }

  bool search_level(Strength strength) {
    const Filter writes{true, false, false, false, Evidence::observed, strength};
    const Filter information{true, true, false, false, Evidence::read_committed, strength};
    const Filter dependencies{true, true, false, false, Evidence::single, strength};
    const Filter everything{true, true, true, false, Evidence::single, strength};
    const Filter causes{false, true, false, false, Evidence::observed, strength};
    const Filter with_predicates{true, true, true, true, Evidence::single, strength};
    if (!components(with_predicates, all_components_)) return false;
    if (all_components_.cyclic.empty()) return true;
    if (wanted("G0", strength) && !search_within(writes, EdgeKind::ww)) return false;
    if (wanted("G1c", strength) && !search_within(information, EdgeKind::wr)) return false;
    if (wanted("G-single", strength) && !search_single(dependencies, EdgeKind::rw)) return false;
    if (strength < Strength::realtime && wanted("causality-violation", strength)) {
      as_ = named("causality-violation", strength);
      const bool searched = search_single(causes, EdgeKind::rw);
      as_ = 0;
      if (!searched) return false;
    }
    if (wanted("G-nonadjacent", strength) && !search_nonadjacent(everything, EdgeKind::rw)) return false;
    if (wanted("G2-item", strength) && !search_adjacent(everything)) return false;
    return search_predicates(dependencies, with_predicates);
  }

  // Cycles with an anti-dependency by predicate: what G2 may have and G2-item may not.
  bool search_predicates(const Filter& dependencies, const Filter& everything) {
    const Strength strength = everything.strength;
    if (limits_.spent()) return false;
    if (!has_predicates_) return true;
    constexpr EdgeKind kKind = EdgeKind::predicate_rw;
    if (wanted("G-single-predicate", strength) && !search_single(dependencies, kKind)) return false;
    if (wanted("G-nonadjacent-predicate", strength) && !search_nonadjacent(everything, kKind)) return false;
    return !wanted("G2", strength) || search_any(everything, kKind);
  }

  // Cycles of any kind that take an anti-dependency of this kind.
  bool search_any(const Filter& filter, EdgeKind kind) {
    begin_class();
    for (std::uint32_t i = 0; i < graph_.edge_count() && best_ > 2 && !paths_.exhausted(); ++i) {
      const Edge& edge = graph_.edge(i);
      if (edge.kind != kind || !filter.admits(edge)) continue;
      if (all_components_.of[edge.from] == all_components_.of[edge.to]) close_cycle(i, filter, false);
    }
    return !limits_.spent();
  }

  bool components(const Filter& filter, Components& found) {
    const auto successor = [&](std::uint32_t node, std::uint32_t& state) -> std::uint32_t {
      while (graph_.begin(node) + state < graph_.end(node)) {
        const Edge& edge = graph_.edge(graph_.begin(node) + state++);
        if (filter.admits(edge)) return edge.to;
      }
      return UINT32_MAX;
    };
    return strong_components(graph_.nodes(), successor, limits_, found);
  }

  // Cycles of the filter's edges that take at least one edge of this kind.
  bool search_within(const Filter& filter, EdgeKind kind) {
    if (!components(filter, components_)) return false;
    if (components_.cyclic.empty()) return true;
    begin_class();
    for (std::uint32_t i = 0; i < graph_.edge_count() && best_ > 2 && !paths_.exhausted(); ++i) {
      const Edge& edge = graph_.edge(i);
      const bool starts =
          edge.kind == kind || (kind == EdgeKind::wr && edge.evidence == Evidence::read_committed);
      if (!starts || !filter.admits(edge) || components_.of[edge.from] != components_.of[edge.to]) continue;
      close_cycle(i, filter, false);
    }
    return !limits_.spent();
  }

  // Cycles of dependencies and one anti-dependency of this kind.
  bool search_single(const Filter& dependencies, EdgeKind anti) {
    if (!components(dependencies, components_)) return false;
    std::vector<std::uint32_t> candidates;
    for (std::uint32_t i = 0; i < graph_.edge_count(); ++i) {
      const Edge& edge = graph_.edge(i);
      const bool starts =
          edge.kind == anti || (edge.evidence == Evidence::single && edge.kind != EdgeKind::predicate_rw);
      if (!starts || edge.strength > dependencies.strength || edge.evidence > dependencies.evidence) continue;
      if (all_components_.of[edge.from] != all_components_.of[edge.to]) continue;
      // Everything else leads from lower components to higher ones.
      if (components_.of[edge.to] <= components_.of[edge.from]) candidates.push_back(i);
    }
    if (candidates.empty()) return true;
    if (!keep_closing(dependencies, candidates)) return false;
    begin_class();
    for (std::size_t i = 0; i < candidates.size() && best_ > 2 && !paths_.exhausted(); ++i) {
      close_cycle(candidates[i], dependencies, false);
    }
    return !limits_.spent();
  }

  // Keeps the candidates whose end reaches their beginning: a word of bits a component, 64 candidates a pass, each pass
  // over just the components between the first end and the last beginning.
  bool keep_closing(const Filter& filter, std::vector<std::uint32_t>& candidates) {
    const auto to_component = [&](std::uint32_t i) { return components_.of[graph_.edge(i).to]; };
    const auto from_component = [&](std::uint32_t i) { return components_.of[graph_.edge(i).from]; };
    std::stable_sort(candidates.begin(), candidates.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return to_component(a) < to_component(b); });
    const std::vector<std::uint32_t> order = nodes_by_component();
    if (limits_.spent()) return false;
    std::vector<std::uint64_t> reached(std::size_t{graph_.nodes()} + 1, 0);
    std::vector<std::uint32_t> kept;
    std::uint64_t steps = 0;
    for (std::size_t begin = 0; begin < candidates.size(); begin += 64) {
      if (steps > kStepsOfReachability || kept.size() > kCandidatesMax) break;
      if (limits_.spent()) return false;
      const std::size_t end = std::min(begin + 64, candidates.size());
      std::uint32_t last = 0;
      for (std::size_t i = begin; i < end; ++i) {
        reached[to_component(candidates[i])] |= std::uint64_t{1} << (i - begin);
        last = std::max(last, from_component(candidates[i]));
      }
      auto place = std::lower_bound(
          order.begin(), order.end(), to_component(candidates[begin]),
          [&](std::uint32_t node, std::uint32_t component) { return components_.of[node] < component; });
      const auto window = place;
      for (; place != order.end() && components_.of[*place] <= last; ++place) {
        const std::uint64_t bits = reached[components_.of[*place]];
        if (bits == 0) continue;
        for (std::uint32_t i = graph_.begin(*place); i < graph_.end(*place); ++i, ++steps) {
          if (filter.admits(graph_.edge(i)) && components_.of[graph_.edge(i).to] <= last) {
            reached[components_.of[graph_.edge(i).to]] |= bits;
          }
        }
      }
      for (std::size_t i = begin; i < end; ++i) {
        if ((reached[from_component(candidates[i])] >> (i - begin) & 1) != 0) kept.push_back(candidates[i]);
      }
      for (auto node = window; node != place; ++node) reached[components_.of[*node]] = 0;
    }
    std::sort(kept.begin(), kept.end());
    candidates = std::move(kept);
    return true;
  }

  std::vector<std::uint32_t> nodes_by_component() const {
    std::vector<std::uint32_t> next(std::size_t{graph_.nodes()} + 2, 0);
    for (std::uint32_t node = 0; node < graph_.nodes(); ++node) ++next[components_.of[node] + 1];
    for (std::size_t i = 0; i + 1 < next.size(); ++i) next[i + 1] += next[i];
    std::vector<std::uint32_t> order(graph_.nodes());
    for (std::uint32_t node = 0; node < graph_.nodes(); ++node) order[next[components_.of[node]]++] = node;
    return order;
  }

  // Cycles in which no two anti-dependencies are adjacent: components of the graph of pairs (node, whether an
  // anti-dependency led there). They take an anti-dependency of this kind.
  bool search_nonadjacent(const Filter& filter, EdgeKind anti) {
    const auto successor = [&](std::uint32_t state, std::uint32_t& at) -> std::uint32_t {
      const std::uint32_t node = state / 2;
      while (graph_.begin(node) + at < graph_.end(node)) {
        const Edge& edge = graph_.edge(graph_.begin(node) + at++);
        if (!filter.admits(edge)) continue;
        if (edge.kind == EdgeKind::pass) return edge.to * 2 + state % 2;
        if (!is_anti(edge.kind)) return edge.to * 2;
        if (state % 2 == 0) return edge.to * 2 + 1;
      }
      return UINT32_MAX;
    };
    if (!strong_components(graph_.nodes() * 2, successor, limits_, components_)) return false;
    if (components_.cyclic.empty()) return true;
    begin_class();
    for (std::uint32_t i = 0; i < graph_.edge_count() && best_ > 2 && !paths_.exhausted(); ++i) {
      const Edge& edge = graph_.edge(i);
      if (edge.kind != anti || !filter.admits(edge)) continue;
      if (components_.of[edge.from * 2] == components_.of[edge.to * 2 + 1]) close_cycle(i, filter, true);
    }
    return !limits_.spent();
  }

  // Cycles with two anti-dependencies in a row.
  bool search_adjacent(const Filter& filter) {
    begin_class();
    for (std::uint32_t i = 0; i < graph_.edge_count() && best_ > 2 && !paths_.exhausted(); ++i) {
      const Edge& first = graph_.edge(i);
      if (first.kind != EdgeKind::rw || !filter.admits(first)) continue;
      if (all_components_.of[first.from] != all_components_.of[first.to]) continue;
      std::array<std::uint32_t, 4> middle_edges{};
      for (std::size_t n = 0, count = middles(first.to, middle_edges); n < std::max<std::size_t>(count, 1);
           ++n) {
        std::vector<std::uint32_t> edges = {i};
        std::uint32_t middle = first.to;
        if (graph_.is_virtual(first.to)) {
          if (count == 0 || !walk_to(first.to, middle_edges[n], filter, edges)) continue;
          middle = middle_edges[n];
        }
        for (std::uint32_t j = graph_.begin(middle); j < graph_.end(middle) && best_ > 2; ++j) {
          const Edge& second = graph_.edge(j);
          if (second.kind == EdgeKind::rw && filter.admits(second)) close_adjacent(edges, j, middle, filter);
        }
      }
    }
    return !limits_.spent();
  }

  void close_adjacent(std::vector<std::uint32_t> edges, std::uint32_t second, std::uint32_t middle,
                      const Filter& filter) {
    edges.push_back(second);
    PathSearch::Query query;
    query.from = graph_.edge(second).to;
    query.to = graph_.edge(edges[0]).from;
    query.filter = filter;
    query.avoid = middle;
    query.length_max = best_ == kNoBest ? graph_.nodes() : best_ - 3;
    if (paths_.find(query, edges)) record(edges);
  }

  // Some operations behind a virtual node, at most as many as fit.
  std::size_t middles(std::uint32_t node, std::array<std::uint32_t, 4>& found) const {
    std::size_t count = 0;
    if (!graph_.is_virtual(node)) return 0;
    for (std::size_t hops = 0; hops < found.size(); ++hops) {
      std::uint32_t next = node;
      for (std::uint32_t i = graph_.begin(node); i < graph_.end(node); ++i) {
        const std::uint32_t to = graph_.edge(i).to;
        if (!graph_.is_virtual(to)) {
          found[count++] = to;
        } else {
          next = to;
        }
        if (count == found.size()) return count;
      }
      if (next == node) break;
      node = next;
    }
    return count;
  }

  bool walk_to(std::uint32_t from, std::uint32_t to, const Filter& filter,
               std::vector<std::uint32_t>& edges) {
    PathSearch::Query query;
    query.from = from;
    query.to = to;
    query.filter = filter;
    query.length_max = 0;
    return paths_.find(query, edges);
  }

  void close_cycle(std::uint32_t start, const Filter& filter, bool apart) {
    std::vector<std::uint32_t> edges = {start};
    PathSearch::Query query;
    query.from = graph_.edge(start).to;
    query.to = graph_.edge(start).from;
    query.filter = filter;
    query.apart = apart;
    query.after_rw = is_anti(graph_.edge(start).kind);
    query.length_max = best_ == kNoBest ? graph_.nodes() : best_ - 2;
    if (paths_.find(query, edges)) record(edges);
  }

  void begin_class() {
    best_ = kNoBest;
    paths_.set_budget(kStepsPerClass);
  }

  // Keeps a cycle if it is the shortest of its name.
  void record(const std::vector<std::uint32_t>& numbers) {
    // A cycle that was begun behind a virtual node is told from its first operation on.
    std::size_t first = 0;
    while (graph_.edge(numbers[first]).kind == EdgeKind::pass) ++first;
    Cycle cycle;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const Edge& edge = graph_.edge(numbers[(first + i) % numbers.size()]);
      if (edge.kind != EdgeKind::pass) {
        cycle.push_back(edge);
        continue;
      }
      // The edge into the virtual node gets the end, and what is known about it there.
      Edge& whole = cycle.back();
      whole.to = edge.to;
      whole.evidence = std::max(whole.evidence, edge.evidence);
      whole.strength = std::max(whole.strength, edge.strength);
      if (whole.kind != EdgeKind::process && whole.kind != EdgeKind::realtime) whole.detail = edge.detail;
    }
    for (Edge& edge : cycle) {
      edge.from = graph_.operation(edge.from);
      edge.to = graph_.operation(edge.to);
    }
    best_ = std::min(best_, static_cast<std::uint32_t>(cycle.size()));
    const AnomalySet anomaly = as_ != 0 ? as_ : classify(cycle);
    all_ |= anomaly;
    const auto same = std::find_if(found_.begin(), found_.end(),
                                   [&](const FoundCycle& each) { return each.anomaly == anomaly; });
    if (same == found_.end()) {
      found_.push_back({anomaly, std::move(cycle)});
    } else if (cycle.size() < same->cycle.size()) {
      same->cycle = std::move(cycle);
    }
  }

  static constexpr std::uint32_t kNoBest = UINT32_MAX;

  SearchGraph graph_;
  Limits& limits_;
  PathSearch paths_;
  bool has_predicates_ = false;
  Components all_components_;
  Components components_;
  std::vector<FoundCycle> found_;
  AnomalySet all_ = 0;
  AnomalySet as_ = 0;             // what cycles are called if not by their class
  std::uint32_t best_ = kNoBest;  // length of the shortest cycle of the class searched
};

}  // namespace

AnomalySet classify(const Cycle& cycle) {
  std::size_t anti = 0;
  bool adjacent = false, information = false, single = false, predicate = false;
  Strength strength = Strength::plain;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const Edge& edge = cycle[i];
    const Edge& next = cycle[(i + 1) % cycle.size()];
    anti += is_anti(edge.kind) ? 1 : 0;
    adjacent = adjacent || (is_anti(edge.kind) && is_anti(next.kind) && cycle.size() > 1);
    predicate = predicate || edge.kind == EdgeKind::predicate_rw;
    information = information || edge.kind == EdgeKind::wr || edge.evidence == Evidence::read_committed;
    single = single || edge.evidence == Evidence::single;
    strength = std::max(strength, edge.strength);
  }
  if (predicate && anti > 1) return named(adjacent ? "G2" : "G-nonadjacent-predicate", strength);
  if (predicate) return named("G-single-predicate", strength);
  if (anti > 1) return named(adjacent ? "G2-item" : "G-nonadjacent", strength);
  if (anti == 1 || single) return named("G-single", strength);
  return named(information ? "G1c" : "G0", strength);
}

std::vector<FoundCycle> find_cycles(const CyclicPart& part, const History& history, Limits& limits,
                                    bool& finished) {
  const std::size_t nodes = part.nodes() + std::size_t{2} * part.operations;
  const std::size_t bytes =
      SearchGraph::bytes(part) + PathSearch::bytes(static_cast<std::uint32_t>(nodes)) + nodes * 60;
  finished = false;
  if (!limits.fits(bytes) || limits.spent()) return {};
  Charge charge(limits, bytes);
  CycleSearch search(part, history, limits);
  finished = search.run();
  return search.take();
}

}  // namespace assay::checkers::elle
