#include "checkers/isolation/argument.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "checkers/isolation/circle.h"
#include "checkers/isolation/paths.h"

namespace assay::checkers::isolation {

namespace {

constexpr std::size_t kTransactionsMax = 60;  // of a part whose argument is put into words
constexpr int kDepthMax = 12;

// An order of two writes that had to be, as the other one closes a circle.
struct Lemma {
  std::uint32_t choice = 0;
  int side = 0;
  Circle circle;
};

// Lemmas, then: a circle; or a choice of which both sides close one; or a choice, and a proof for either side.
struct Proof {
  std::vector<Lemma> lemmas;
  std::optional<std::uint32_t> choice;
  std::vector<Circle> circles;
  std::unique_ptr<Proof> cases[2];
};

class Prover {
 public:
  Prover(EventGraph& graph, Limits& limits) : graph_(graph), limits_(limits) {}

  bool prove(std::vector<std::int8_t> sides, int depth, Proof& proof) {
    const std::size_t edges_before = graph_.edges().size();
    const bool done = prove_on(sides, depth, proof);
    graph_.forget_edges_from(edges_before);
    graph_.index();
    return done;
  }

 private:
  bool prove_on(std::vector<std::int8_t>& sides, int depth, Proof& proof) {
    if (Circle circle; known_circle(circle)) {
      proof.circles = {std::move(circle)};
      return true;
    }
    while (!limits_.spent()) {
      Lemma lemma;
      bool found = false;
      for (std::uint32_t choice = 0; choice < sides.size(); ++choice) {
        if (sides[choice] >= 0) continue;
        Circle circles[2];
        const bool closes[2] = {closed_by(choice, 0, circles[0]), closed_by(choice, 1, circles[1])};
        if (closes[0] && closes[1]) {
          proof.choice = choice;
          proof.circles = {std::move(circles[0]), std::move(circles[1])};
          return true;
        }
        if (found || closes[0] == closes[1]) continue;
        found = true;
        const int impossible = closes[0] ? 0 : 1;
        lemma = {choice, 1 - impossible, std::move(circles[impossible])};
      }
      if (!found) return split(sides, depth, proof);
      sides[lemma.choice] = static_cast<std::int8_t>(lemma.side);
      take(lemma.choice, lemma.side);
      proof.lemmas.push_back(std::move(lemma));
    }
    return false;
  }

  bool split(std::vector<std::int8_t>& sides, int depth, Proof& proof) {
    const auto open = std::find(sides.begin(), sides.end(), -1);
    if (open == sides.end() || depth == 0) return false;
    proof.choice = static_cast<std::uint32_t>(open - sides.begin());
    for (int side = 0; side < 2; ++side) {
      *open = static_cast<std::int8_t>(side);
      const std::size_t edges_before = graph_.edges().size();
      take(*proof.choice, side);
      proof.cases[side] = std::make_unique<Proof>();
      const bool done = prove(sides, depth - 1, *proof.cases[side]);
      graph_.forget_edges_from(edges_before);
      if (!done) return false;
    }
    return true;
  }

  void take(std::uint32_t choice, int side) {
    const EventGraph::Side edges = graph_.side(choice, side);
    for (std::size_t i = 0; i < edges.count; ++i) graph_.add_edge(edges.edges[i]);
    graph_.index();
  }

  // The shortest path back from the end of an edge to its beginning, and the edge.
  bool close(const Edge& edge, std::vector<Edge>& cycle) {
    PathFinder finder(graph_);
    std::vector<EdgeId> path;
    if (!finder.find(
            edge.to, edge.from, [](const Edge& other) { return other.kind == EdgeKind::own ? 0 : 1; },
            path)) {
      return false;
    }
    cycle = {edge};
    for (const EdgeId id : path) cycle.push_back(graph_.edges()[id]);
    return true;
  }

  bool closed_by(std::uint32_t choice, int side, Circle& circle) {
    const EventGraph::Side edges = graph_.side(choice, side);
    std::vector<Edge> cycle;
    for (std::size_t i = 0; i < edges.count; ++i) {
      if (close(edges.edges[i], cycle)) keep_shorter(cycle, circle);
    }
    return !circle.empty();
  }

  bool known_circle(Circle& circle) {
    const std::vector<std::uint32_t> component = components(graph_);
    std::vector<Edge> cycle;
    for (const Edge& edge : std::vector<Edge>(graph_.edges())) {
      if (component[edge.from] == kNone || component[edge.from] != component[edge.to]) continue;
      if (close(edge, cycle)) keep_shorter(cycle, circle);
    }
    return !circle.empty();
  }

  void keep_shorter(const std::vector<Edge>& cycle, Circle& circle) const {
    Circle found = circle_of(graph_, cycle);
    if (circle.empty() || found.size() < circle.size()) circle = std::move(found);
  }

  EventGraph& graph_;
  Limits& limits_;
};

class Writer {
 public:
  Writer(const EventGraph& graph, const Names& names) : graph_(graph), names_(names) {}

  void write(const Proof& proof, const std::string& indent, std::vector<std::string>& lines) {
    for (const std::size_t number : lemmas_needed(proof)) {
      const Lemma& lemma = proof.lemmas[number];
      lines.push_back(indent + wrote(lemma.choice, lemma.side) +
                      ", because the other order is impossible: " + words(lemma.circle) + ".");
    }
    if (!proof.choice) {
      lines.push_back(indent + words(proof.circles[0]) + ".");
      return;
    }
    lines.push_back(indent + "One of two writes of " + key_of(*proof.choice) +
                    " came first, and either order is impossible.");
    for (int side = 0; side < 2; ++side) {
      const std::string supposed = "Suppose that " + wrote(*proof.choice, side);
      if (proof.cases[0] == nullptr) {
        lines.push_back(indent + supposed + ": " + words(proof.circles[static_cast<std::size_t>(side)]) +
                        ".");
      } else {
        lines.push_back(indent + supposed + ".");
        write(*proof.cases[side], indent + "  ", lines);
      }
    }
  }

  CircleName name(const Proof& proof) const {
    CircleName result{"", -1};
    const auto consider = [&](const CircleName& name) {
      if (name.mildness > result.mildness) result = name;
    };
    for (const Circle& circle : proof.circles) consider(name_of(circle));
    // What a forced order avoids may be what happened instead.
    for (const std::size_t number : lemmas_needed(proof)) consider(name_of(proof.lemmas[number].circle));
    for (const auto& each : proof.cases) {
      if (each != nullptr) consider(name(*each));
    }
    return result;
  }

 private:
  static void labels_of(const Circle& circle, std::vector<std::uint32_t>& labels) {
    for (const Link& link : circle) {
      if (link.choice != kNone) labels.push_back(link.choice);
    }
  }
  static void labels_of(const Proof& proof, std::vector<std::uint32_t>& labels) {
    for (const Circle& circle : proof.circles) labels_of(circle, labels);
    for (const Lemma& lemma : proof.lemmas) labels_of(lemma.circle, labels);
    for (const auto& each : proof.cases) {
      if (each != nullptr) labels_of(*each, labels);
    }
  }

  // Those that the end, or a later lemma that is needed, relies on; in order.
  static std::vector<std::size_t> lemmas_needed(const Proof& proof) {
    std::vector<std::uint32_t> labels;
    for (const Circle& circle : proof.circles) labels_of(circle, labels);
    for (const auto& each : proof.cases) {
      if (each != nullptr) labels_of(*each, labels);
    }
    std::vector<std::size_t> needed;
    for (std::size_t i = proof.lemmas.size(); i-- > 0;) {
      const std::uint32_t label =
          2 * proof.lemmas[i].choice + static_cast<std::uint32_t>(proof.lemmas[i].side);
      if (std::find(labels.begin(), labels.end(), label) == labels.end()) continue;
      needed.push_back(i);
      labels_of(proof.lemmas[i].circle, labels);
    }
    std::reverse(needed.begin(), needed.end());
    return needed;
  }

  std::string key_of(std::uint32_t choice) const {
    return names_.key(graph_.chain(graph_.choices()[choice].first).key);
  }

  // "transaction 1 wrote key 3 before transaction 2 did"
  std::string wrote(std::uint32_t choice, int side) const {
    const Choice& both = graph_.choices()[choice];
    const Chain& before = graph_.chain(side == 0 ? both.first : both.second);
    const Chain& after = graph_.chain(side == 0 ? both.second : both.first);
    return names_.txn(before.last) + " wrote " + names_.key(before.key) + " before " +
           names_.txn(after.first) + " did";
  }

  std::string words(const Circle& circle) const {
    std::string text;
    for (const Link& link : circle) text += (text.empty() ? "" : "; ") + names_.sentence(link);
    return text + "; which closes a circle";
  }

  const EventGraph& graph_;
  const Names& names_;
};

std::string capitalised(std::string line) {
  const std::size_t first = line.find_first_not_of(' ');
  if (first != std::string::npos && line[first] >= 'a' && line[first] <= 'z') {
    line[first] = static_cast<char>(line[first] - 'a' + 'A');
  }
  return line;
}

std::string summary_of(const std::string& anomaly, std::size_t count, const Model& model) {
  const std::string these = std::to_string(count) + " transactions";
  if (anomaly == "lost-update")
    return "Two transactions overwrote a version without seeing each other: one update is lost.";
  if (anomaly == "write-skew")
    return "Two transactions each read what the other one overwrote: no order explains both.";
  if (anomaly == "long-fork") return "Two readers saw two writes in opposite orders.";
  if (anomaly == "fractured-read")
    return "A transaction saw a part of what another one wrote, and missed the rest.";
  if (anomaly == "G0" || anomaly == "G1c")
    return "The writes and reads of " + these + " go round in a circle.";
  return model.level == Level::snapshot_isolation
             ? "No order of snapshots and commits explains what these " + these + " read."
             : "No order of these " + these + " explains what they read.";
}

}  // namespace

Argument argue(const Problem& problem, const Model& model, const History& history,
               const std::vector<Key>& keys, Limits& limits) {
  Argument argument;
  argument.anomaly = model.level == Level::snapshot_isolation ? "G-nonadjacent" : "G2-item";
  argument.summary = summary_of("", problem.size(), model);
  if (problem.size() > kTransactionsMax) {
    argument.steps.push_back(
        "The budget did not allow to find fewer transactions that are impossible together.");
    return argument;
  }
  Charge charge(limits);
  EventGraph graph(problem, model.level, model.order, true, charge);
  if (!graph.list_choices(limits)) return argument;
  Proof proof;
  if (!Prover(graph, limits).prove(std::vector<std::int8_t>(graph.choices().size(), -1), kDepthMax, proof)) {
    argument.steps.push_back(
        "Every order of their writes leads to a circle; the budget did not allow to list them.");
    return argument;
  }
  const Names names{problem, history, keys, graph.two_events()};
  Writer writer(graph, names);
  argument.anomaly = writer.name(proof).name;
  argument.summary = summary_of(argument.anomaly, problem.size(), model);
  std::vector<std::string> lines;
  writer.write(proof, "", lines);
  for (const std::string& line : lines) argument.steps.push_back(capitalised(line));
  return argument;
}

}  // namespace assay::checkers::isolation
