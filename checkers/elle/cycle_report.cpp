#include "checkers/elle/cycle_report.h"

#include <algorithm>
#include <bit>
#include <map>

#include "checkers/common/duration_text.h"
#include "checkers/common/words.h"

namespace assay::checkers::elle {

namespace {

constexpr std::string_view edge_name(EdgeKind kind) {
  constexpr std::string_view kNames[] = {"ww", "wr", "rw", "process", "realtime", "predicate-rw", "pass"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string summary(const FoundCycle& found, std::size_t transactions) {
  const std::string_view name = anomaly_name(std::countr_zero(found.anomaly));
  std::string text =
      transactions == 2
          ? "Two transactions each come before the other"
          : std::to_string(transactions) + " transactions form a circle in which each comes before the next";
  if (name.starts_with("G0")) text += ": their writes interleave";
  if (name.starts_with("G1c")) text += ": each saw or overwrote the other's writes";
  if (name.starts_with("G1c") && transactions > 2)
    text = text.substr(0, text.find(':')) + " by what it wrote and saw";
  if (name.starts_with("G-single")) text += ": one of them read a state from before, and is yet after it";
  if (name.starts_with("G-nonadjacent"))
    text += ": several read states from before, with other dependencies between";
  if (name == "G2" || name.starts_with("G2-p") || name.starts_with("G2-r"))
    text += ": they looked for rows before others brought them";
  if (name.starts_with("G2-item")) text += ": they read what the others were about to overwrite";
  if (name.starts_with("causality")) text += ": one of them missed what came before something that it saw";
  if (name.ends_with("-process")) text += ", counting the order of processes";
  if (name.ends_with("-realtime")) text += ", counting real time";
  return text + ".";
}

bool of_one_key(const Cycle& cycle) {
  const Edge* first = nullptr;
  for (const Edge& edge : cycle) {
    if (edge.kind == EdgeKind::process || edge.kind == EdgeKind::realtime) continue;
    if (first != nullptr && first->key != edge.key) return false;
    first = &edge;
  }
  return true;
}

std::string_view summary_of_shape(AnomalySet shape) {
  if (shape == anomaly_named("write-skew"))
    return "Two transactions each read what the other was about to overwrite.";
  if (shape == anomaly_named("phantom"))
    return "A transaction saw another one, but had not found a row of it when it looked for all that match.";
  if (shape == anomaly_named("long-fork")) return "Two transactions saw two others in opposite orders.";
  if (shape == anomaly_named("fractured-read"))
    return "A transaction saw another one in one key, but not in a second one.";
  if (shape == anomaly_named("read-your-writes")) return "A process did not see what it had written itself.";
  if (shape == anomaly_named("monotonic-reads"))
    return "A process read a state that is older than one it had read before.";
  if (shape == anomaly_named("monotonic-writes"))
    return "Two writes of one process took effect in the wrong order.";
  if (shape == anomaly_named("writes-follow-reads"))
    return "A write of a process took effect before what the process had read.";
  return "A transaction read a state that had been overwritten before the transaction began.";
}

// What a cycle closed by one process is called, if it is about one key and nothing in it was assumed
// (Terry et al. 1994).
AnomalySet session_shape(const Cycle& cycle) {
  std::size_t at = cycle.size();
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    if (cycle[i].evidence != Evidence::observed || cycle[i].strength > Strength::process) return 0;
    if (cycle[i].kind != EdgeKind::process) {
      if (cycle[i].strength != Strength::plain) return 0;
      continue;
    }
    if (at != cycle.size()) return 0;
    at = i;
  }
  if (at == cycle.size() || cycle.size() > 3 || !of_one_key(cycle)) return 0;
  const EdgeKind back = cycle[(at + 1) % cycle.size()].kind;
  if (back != EdgeKind::rw && back != EdgeKind::ww) return 0;
  const bool own = cycle.size() == 2;
  if (!own && cycle[(at + 2) % cycle.size()].kind != EdgeKind::wr) return 0;
  if (back == EdgeKind::rw) return anomaly_named(own ? "read-your-writes" : "monotonic-reads");
  return anomaly_named(own ? "monotonic-writes" : "writes-follow-reads");
}

// A cycle of data with anti-dependencies in which all but one transaction write (Adya's G-update).
bool of_updates(const FoundCycle& found, const History& history) {
  const AnomalySet anti = anomaly_named("G-nonadjacent") | anomaly_named("G2-item") |
                          anomaly_named("G-nonadjacent-predicate") | anomaly_named("G2");
  std::size_t readers = 0;
  for (const Edge& edge : found.cycle) {
    const auto mops = history.at(edge.from).mops;
    readers += std::all_of(mops.begin(), mops.end(),
                           [](const Mop& mop) { return mop.fn == Fn::read || mop.fn == Fn::scan; })
                   ? 1
                   : 0;
  }
  return (found.anomaly & anti) != 0 && readers <= 1;
}

std::string order_reason(const Edge& edge, const History& history, const std::string& from,
                         const std::string& to) {
  const Operation before = history.at(edge.from);
  if (edge.kind == EdgeKind::process) {
    return "Process " + std::to_string(before.process) + " did " + from + ", then " + to;
  }
  return from + " completed " + duration_text(history.at(edge.to).invoked - before.completed) + " before " +
         to + " was invoked";
}

}  // namespace

AnomalySet shape_of_cycle(const Cycle& cycle) {
  const AnomalySet name = classify(cycle);
  if ((name & anomaly_named("G-single-realtime")) != 0 && of_one_key(cycle))
    return anomaly_named("stale-read");
  const auto rw = [&](std::size_t i) { return cycle[i].kind == EdgeKind::rw; };
  const bool plain = std::all_of(cycle.begin(), cycle.end(),
                                 [](const Edge& edge) { return edge.strength == Strength::plain; });
  if (!plain) return session_shape(cycle);
  const bool phantom = cycle.size() == 2 && name == anomaly_named("G-single-predicate") &&
                       (cycle[0].kind == EdgeKind::wr || cycle[1].kind == EdgeKind::wr);
  if (phantom) return anomaly_named("phantom");
  if (cycle.size() == 2 && rw(0) && rw(1) && cycle[0].key != cycle[1].key) return anomaly_named("write-skew");
  const bool fractured = cycle.size() == 2 && rw(0) != rw(1) && cycle[0].key != cycle[1].key &&
                         (cycle[0].kind == EdgeKind::wr || cycle[1].kind == EdgeKind::wr);
  if (fractured) return anomaly_named("fractured-read");
  if (cycle.size() != 4) return 0;
  const std::size_t first = rw(0) ? 0 : 1;
  const auto wr = [&](std::size_t i) { return cycle[i % 4].kind == EdgeKind::wr; };
  const bool fork = rw(first) && wr(first + 1) && rw(first + 2) && wr(first + 3) &&
                    cycle[first].key == cycle[(first + 1) % 4].key &&
                    cycle[first + 2].key == cycle[(first + 3) % 4].key;
  return fork ? anomaly_named("long-fork") : 0;
}

Anomaly cycle_anomaly(const FoundCycle& found, const History& history, const EdgeWords& words) {
  Anomaly anomaly;
  anomaly.name = found.anomaly;
  Finding& finding = anomaly.finding;
  std::map<OpId, std::string> names;
  for (const Edge& edge : found.cycle) {
    if (!names.try_emplace(edge.from, "T" + std::to_string(names.size() + 1)).second) continue;
    finding.steps.push_back(names[edge.from] + " is operation " + std::to_string(edge.from) + ", " +
                            describe(history.at(edge.from)) + ".");
    finding.witness.push_back(edge.from);
  }
  std::string kinds;
  std::vector<std::string> keys;
  for (const Edge& edge : found.cycle) {
    const std::string& from = names[edge.from];
    const std::string& to = names[edge.to];
    const bool order = edge.kind == EdgeKind::process || edge.kind == EdgeKind::realtime;
    const std::string reason = order ? order_reason(edge, history, from, to) : words.reason(edge, from, to);
    finding.steps.push_back(reason + ": so " + from + " is before " + to + ".");
    kinds += (kinds.empty() ? "" : " ") + std::string(edge_name(edge.kind));
    if (order) continue;
    words.support(edge, found.cycle, finding.witness);
    const std::string key = words.key_text(edge);
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  finding.steps.push_back(
      "So " + names[found.cycle.front().from] +
      " would have to come before itself: no order of these transactions explains what they saw.");
  finding.object = listed(keys);
  finding.summary = summary(found, names.size());
  finding.details.push_back({"cycle", Value::text(kinds)});
  finding.details.push_back({"length", Value(static_cast<std::int64_t>(found.cycle.size()))});
  if (const AnomalySet shape = shape_of_cycle(found.cycle); shape != 0) {
    finding.details.push_back({"shape", Value::text(anomaly_name(std::countr_zero(shape)))});
  }
  std::sort(finding.witness.begin(), finding.witness.end());
  finding.witness.erase(std::unique(finding.witness.begin(), finding.witness.end()), finding.witness.end());
  return anomaly;
}

void add_cycles(const CyclicPart& part, const History& history, const EdgeWords& words, Limits& limits,
                std::vector<Anomaly>& anomalies, bool& finished) {
  const auto told = [&](AnomalySet name) {
    return std::any_of(anomalies.begin(), anomalies.end(),
                       [&](const Anomaly& each) { return (implied_anomalies(each.name) & name) != 0; });
  };
  const auto add = [&](AnomalySet name, Anomaly anomaly, std::string_view sentence) {
    anomaly.name = name;
    anomaly.finding.summary = sentence;
    anomalies.push_back(std::move(anomaly));
  };
  bool searched = false;
  for (const FoundCycle& found : find_cycles(part, history, limits, searched)) {
    const Anomaly anomaly = cycle_anomaly(found, history, words);
    const AnomalySet shape = shape_of_cycle(found.cycle);
    if (shape != 0 && !told(shape)) add(shape, anomaly, summary_of_shape(shape));
    if (of_updates(found, history)) {
      add(anomaly_named("G-update"), anomaly,
          "Transactions that write, and at most one that only reads, form a circle.");
    }
    // Those of causality have better names in most cases.
    const bool class_of_its_own = classify(found.cycle) == found.anomaly;
    if (class_of_its_own || !told(found.anomaly)) anomalies.push_back(anomaly);
  }
  finished = finished && searched;
}

}  // namespace assay::checkers::elle
