#include "checkers/datatypes/log_cycles.h"

#include <bit>
#include <span>
#include <utility>

#include "checkers/elle/cycle_report.h"
#include "checkers/elle/cyclic_part.h"
#include "checkers/elle/serial_order.h"

namespace assay::checkers::datatypes::kafka {

namespace {

using elle::Edge;
using elle::EdgeKind;

// Who sent what somebody else polled or sent behind it. The detail of an edge is the number of its element.
struct Dependency {
  OpId from;
  OpId to;
  std::uint32_t key;
  std::uint32_t element;
  EdgeKind kind;
};

class LogGraph {
 public:
  LogGraph(const History& history, const LogIndex& index, Limits& limits, Charge& charge)
      : history_(history), index_(index), limits_(limits), charge_(charge) {}

  // Cycles need somebody who polls and is depended on. False when the budget is spent.
  bool build(bool order_of_sends, Report& report, bool& may_have_cycles) {
    may_have_cycles = false;
    if (!limits_.fits(history_.size() * 16)) return false;
    charge_.grow(history_.size() * 16);
    times_.invoked.reserve(history_.size());
    times_.completed.reserve(history_.size());
    for (const Operation op : history_.operations()) {
      if (report.spent(op.mops.size() + 1)) return false;
      times_.invoked.push_back(op.invoked);
      times_.completed.push_back(op.outcome == Outcome::ok ? op.completed : kNever);
      bool sends = false, polls = false;
      for (const Mop& mop : op.mops) {
        sends = sends || mop.fn == Fn::send;
        if (op.outcome != Outcome::ok || mop.fn != Fn::poll || mop.result.kind() != Value::Kind::list)
          continue;
        polls = true;
        if (!add_polled(op.id, mop, report)) return false;
      }
      may_have_cycles = may_have_cycles || (sends && polls);
    }
    for (std::uint32_t key = 0; order_of_sends && key < index_.keys().size(); ++key) {
      if (report.spent(index_.log(key).sightings.size())) return false;
      add_order(key);
    }
    may_have_cycles = may_have_cycles || order_of_sends;
    return !limits_.spent();
  }

  // Besides, each operation stands before the next of its process.
  void add_processes() {
    const std::vector<OpId> next = elle::next_of_process(history_);
    for (OpId id = 0; id < next.size(); ++id) add(id, next[id], 0, 0, EdgeKind::process);
  }

  std::uint32_t operations() const { return static_cast<std::uint32_t>(history_.size()); }
  std::uint32_t nodes() const { return operations(); }
  std::size_t edges_max() const { return dependencies_.size(); }
  const elle::Times& times() const { return times_; }

  template <class Visit>
  void visit_edges(const Visit& visit) const {
    for (const Dependency& each : dependencies_) {
      visit(Edge{each.from, each.to, each.kind, elle::Evidence::observed, elle::Strength::plain, each.key,
                 each.element});
    }
  }

 private:
  OpId sender(std::uint32_t key, std::uint32_t element) const {
    return index_.log(key).elements[element].sent_by;
  }

  void add(OpId from, OpId to, std::uint32_t key, std::uint32_t element, EdgeKind kind) {
    // Where there is no room the limits are spent, and the graph is of no use.
    if (from != elle::kNoOp && to != elle::kNoOp && from != to &&
        make_room(dependencies_, 1, limits_, charge_)) {
      dependencies_.push_back({from, to, key, element, kind});
    }
  }

  bool add_polled(OpId poller, const Mop& mop, Report& report) {
    const std::uint32_t key = index_.keys().find(mop.key);
    std::size_t rank = 0;
    for (const Value& each : mop.result.as_list()) {
      if (report.spent()) return false;
      const std::uint32_t element = index_.sighting_of(key, each, rank + 1, rank).element;
      add(sender(key, element), poller, key, element, EdgeKind::wr);
    }
    return true;
  }

  void add_order(std::uint32_t key) {
    const std::vector<Sighting>& sightings = index_.log(key).sightings;
    for (std::size_t i = 1; i < sightings.size(); ++i) {
      add(sender(key, sightings[i - 1].element), sender(key, sightings[i].element), key, sightings[i].element,
          EdgeKind::ww);
    }
  }

  const History& history_;
  const LogIndex& index_;
  Limits& limits_;
  Charge& charge_;
  elle::Times times_;
  std::vector<Dependency> dependencies_;
};

class LogWords final : public elle::EdgeWords {
 public:
  LogWords(const History& history, const LogIndex& index) : history_(history), index_(index) {}

  std::string reason(const Edge& edge, const std::string& from, const std::string& to) const override {
    const std::string element = index_.log(edge.key).ids[edge.detail].to_string();
    if (edge.kind == EdgeKind::wr)
      return to + " polled from " + key_text(edge) + " the element " + element + ", which " + from + " sent";
    return to + " sent " + element + ", which stands in " + key_text(edge) + " behind what " + from + " sent";
  }

  // The order of two elements may rest on polls by others.
  void support(const Edge& edge, const elle::Cycle&, std::vector<OpId>& operations) const override {
    if (edge.kind == EdgeKind::wr) return;
    const std::vector<Sighting>& sightings = index_.log(edge.key).sightings;
    for (std::size_t i = 1; i < sightings.size(); ++i) {
      if (sightings[i].element != edge.detail) continue;
      operations.push_back(sightings[i - 1].op);
      operations.push_back(sightings[i].op);
    }
  }

  std::string key_text(const Edge& edge) const override {
    return "key " + history_.key_name(index_.keys()[edge.key]);
  }

 private:
  const History& history_;
  const LogIndex& index_;
};

// Who polled before a send began is told as a phantom-read.
bool is_told(const elle::Cycle& cycle) {
  for (const Edge& edge : cycle) {
    if (cycle.size() == 2 && (edge.kind == EdgeKind::process || edge.kind == EdgeKind::realtime)) return true;
  }
  return false;
}

}  // namespace

bool find_log_cycles(const History& history, const LogIndex& index, bool order_of_sends, Report& report) {
  Limits& limits = report.limits();
  Charge charge(limits);
  LogGraph graph(history, index, report.limits(), charge);
  bool may_have_cycles = false;
  if (!graph.build(order_of_sends, report, may_have_cycles)) return false;
  if (!may_have_cycles) return true;
  elle::CyclicPart part;
  if (!elle::cyclic_part(graph, graph.times(), limits, charge, part)) return false;
  if (part.components == 0) return true;
  const LogWords words(history, index);
  bool finished = false;
  for (const elle::FoundCycle& found : elle::find_cycles(part, history, limits, finished)) {
    const std::string_view name = elle::anomaly_name(std::countr_zero(found.anomaly));
    if (is_told(found.cycle) || !(name.starts_with("G0") || name.starts_with("G1c"))) continue;
    if (!report.found(name)) continue;
    elle::Anomaly anomaly = elle::cycle_anomaly(found, history, words);
    report.accuse({name, std::move(anomaly.finding.object), std::move(anomaly.finding.summary),
                   std::move(anomaly.finding.steps), std::move(anomaly.finding.witness)});
  }
  return finished;
}

bool find_log_order(const History& history, const LogIndex& index, bool order_of_sends, Report& report,
                    std::vector<OpId>& order) {
  Charge charge(report.limits());
  LogGraph graph(history, index, report.limits(), charge);
  bool may_have_cycles = false;
  if (!graph.build(order_of_sends, report, may_have_cycles)) return false;
  graph.add_processes();
  if (report.limits().spent()) return false;
  if (!elle::serial_order(graph, history, graph.times(), elle::Strength::realtime, report.limits(), order))
    return false;
  std::erase_if(order, [&](OpId id) { return history.at(id).outcome == Outcome::fail; });
  return true;
}

}  // namespace assay::checkers::datatypes::kafka
