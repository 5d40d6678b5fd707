#include "checkers/elle/register_words.h"

#include <algorithm>
#include <map>

#include "checkers/elle/components.h"
#include "checkers/transactions/read_consistency.h"
#include "harness/core/predicate.h"

namespace assay::checkers::elle {

namespace {

constexpr std::size_t kFindingsOfARead = 2;

std::string operation_name(OpId id) { return "operation " + std::to_string(id); }

bool missed_by(const Mop& scan, Key key) {
  if (scan.result.is_nil()) return true;
  const auto rows = scan.result.as_list();
  return std::none_of(rows.begin(), rows.end(), [&](const Value& row) { return row.first() == Value(key); });
}

void add_anomaly(const char* name, Finding finding, std::vector<Anomaly>& anomalies) {
  std::vector<OpId>& witness = finding.witness;
  std::sort(witness.begin(), witness.end());
  witness.erase(std::unique(witness.begin(), witness.end()), witness.end());
  anomalies.push_back({anomaly_named(name), std::move(finding)});
}

}  // namespace

std::string RegisterWords::key_text(const Edge& edge) const {
  return "key " + history_.history().key_name(history_.key(edge.key));
}

std::string RegisterWords::version_text(std::uint32_t version) const {
  const OpId writer = graph_.writer(version);
  return writer == kNoOp ? std::string("the initial state")
                         : value_text(history_, writer, graph_.write_of(version));
}

std::string RegisterWords::why(const VersionStep& step) const {
  const std::string from = version_text(step.from), to = version_text(step.to);
  switch (step.source) {
    case OrderSource::initial:
      return "every key begins with its initial state";
    case OrderSource::write_follows_read:
      return operation_name(step.before) + " read " + from + " before it wrote " + to;
    case OrderSource::process:
      return "process " + std::to_string(history_.history().at(step.before).process) + " knew " + from +
             " in " + operation_name(step.before) + ", and later met " + to + " in " +
             operation_name(step.after);
    case OrderSource::realtime:
      break;
  }
  return operation_name(step.before) + ", which knew " + from + ", completed before " +
         operation_name(step.after) + ", which met " + to + ", was invoked";
}

std::string RegisterWords::reason(const Edge& edge, const std::string& from, const std::string& to) const {
  const std::string key = key_text(edge);
  if (edge.kind == EdgeKind::wr)
    return to + " read from " + key + " the " + version_text(edge.detail) + " that " + from + " wrote";
  if (edge.kind == EdgeKind::predicate_rw) return scan_reason(edge, from, to);
  const VersionStep& step = graph_.step(edge.detail);
  const std::string verb = edge.kind == EdgeKind::rw ? " read " : " wrote ";
  return from + verb + version_text(step.from) + (edge.kind == EdgeKind::rw ? " from " : " to ") + key +
         ", and " + to + " wrote " + version_text(step.to) + ", which is later, as " + why(step);
}

std::string RegisterWords::scan_reason(const Edge& edge, const std::string& from,
                                       const std::string& to) const {
  const OpId writer = graph_.writer(graph_.step(edge.detail).to);
  const Key key = history_.key(edge.key);
  Value written;
  for (const Mop& mop : told_.at(writer).mops) {
    if (mop.key != key) continue;
    if (mop.fn == Fn::write) written = mop.argument;
    if (mop.fn == Fn::cas) written = mop.argument.second();
  }
  std::string wanted = "rows";
  for (const Mop& mop : told_.at(edge.from).mops) {
    if (mop.fn != Fn::scan || !missed_by(mop, key) || !matches(mop.argument, key, written)) continue;
    wanted = predicate_text(mop.argument);
    break;
  }
  return from + " looked for " + wanted + " and did not find " + key_text(edge) + ", to which " + to +
         " wrote " + written.to_string() + ", which matches, as does all that was written to it";
}

void RegisterWords::support(const VersionStep& step, std::vector<OpId>& operations) const {
  for (const OpId op : {step.before, step.after, graph_.writer(step.from), graph_.writer(step.to)}) {
    if (op != kNoOp) operations.push_back(op);
  }
}

void RegisterWords::support(const Edge& edge, const Cycle&, std::vector<OpId>& operations) const {
  if (edge.kind != EdgeKind::wr) support(graph_.step(edge.detail), operations);
}

void find_lost_updates(const RegisterGraph& graph, const History& told, std::vector<Anomaly>& anomalies) {
  const RegisterWords words(graph, told);
  const History& history = told;
  std::map<std::uint32_t, OpId> first;  // of each version, who read and overwrote it
  std::size_t count = 0;
  for (const RegisterGraph::Touch& touch : graph.touches()) {
    if (!touch.reads_first || !touch.writes_last) continue;
    const auto [found, fresh] = first.try_emplace(touch.first, touch.op);
    if (fresh || ++count > kFindingsOfARead) continue;
    Finding finding;
    finding.object = "key " + history.key_name(graph.history().key(graph.key(touch.first)));
    finding.summary = "Two transactions read the same state of " + finding.object + " and both overwrote it.";
    for (const OpId op : {found->second, touch.op}) {
      finding.steps.push_back(operation_name(op) + " is " + describe(history.at(op)) + ".");
      finding.witness.push_back(op);
    }
    finding.steps.push_back("Both read " + words.version_text(touch.first) + " from " + finding.object +
                            ", and both wrote it: whichever committed last did not see the other.");
    if (graph.writer(touch.first) != kNoOp) finding.witness.push_back(graph.writer(touch.first));
    add_anomaly("lost-update", std::move(finding), anomalies);
  }
}

bool find_cyclic_versions(const RegisterGraph& graph, const History& told, Limits& limits,
                          std::vector<Anomaly>& anomalies) {
  const auto successor = [&](std::uint32_t version, std::uint32_t& state) -> std::uint32_t {
    while (graph.first_step(version) + state < graph.first_step(version + 1)) {
      const VersionStep& step = graph.step(graph.first_step(version) + state++);
      if (step.strength == Strength::plain) return step.to;
    }
    return UINT32_MAX;
  };
  Components components;
  if (!strong_components(graph.versions(), successor, limits, components)) return false;
  const RegisterWords words(graph, told);
  for (std::size_t i = 0; i < components.cyclic.size() && i < kFindingsOfARead; ++i) {
    // A breadth-first search from the first version of the component back to itself.
    const auto inside = [&](std::uint32_t version) { return components.of[version] == components.cyclic[i]; };
    std::uint32_t start = 0;
    while (!inside(start)) ++start;
    std::map<std::uint32_t, std::uint32_t> came_by;  // step that led to a version first
    std::vector<std::uint32_t> queue = {start};
    for (std::size_t next = 0; next < queue.size() && !came_by.contains(start); ++next) {
      for (std::uint32_t j = graph.first_step(queue[next]); j < graph.first_step(queue[next] + 1); ++j) {
        const VersionStep& step = graph.step(j);
        if (step.strength != Strength::plain || !inside(step.to)) continue;
        if (came_by.try_emplace(step.to, j).second) queue.push_back(step.to);
      }
    }
    std::vector<const VersionStep*> circle;
    std::uint32_t at = start;
    do {
      circle.insert(circle.begin(), &graph.step(came_by.at(at)));
      at = circle.front()->from;
    } while (at != start);
    Finding finding;
    finding.object = "key " + graph.history().history().key_name(graph.history().key(graph.key(start)));
    finding.summary = "Versions of " + finding.object + " come each before the other.";
    for (const VersionStep* step : circle) {
      finding.steps.push_back(words.version_text(step->from) + " is before " + words.version_text(step->to) +
                              ", as " + words.why(*step) + ".");
      words.support(*step, finding.witness);
    }
    add_anomaly("cyclic-versions", std::move(finding), anomalies);
  }
  return !limits.spent();
}

}  // namespace assay::checkers::elle
