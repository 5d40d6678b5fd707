#include "checkers/isolation/circle.h"

#include <algorithm>
#include <set>

namespace assay::checkers::isolation {

namespace {

std::size_t count(const Circle& circle, EdgeKind kind) {
  return static_cast<std::size_t>(
      std::count_if(circle.begin(), circle.end(), [&](const Link& link) { return link.kind == kind; }));
}

std::size_t transactions_in(const Circle& circle) {
  std::set<Txn> all;
  for (const Link& link : circle) all.insert(link.from);
  return all.size();
}

bool adjacent_rw(const Circle& circle) {
  for (std::size_t i = 0; i < circle.size(); ++i) {
    if (circle[i].kind == EdgeKind::rw && circle[(i + 1) % circle.size()].kind == EdgeKind::rw) return true;
  }
  return false;
}

// Of circles of two links: which is the rw one.
const Link& rw_of(const Circle& circle) { return circle[0].kind == EdgeKind::rw ? circle[0] : circle[1]; }
const Link& other_of(const Circle& circle) { return circle[0].kind == EdgeKind::rw ? circle[1] : circle[0]; }

}  // namespace

Circle circle_of(const EventGraph& graph, const std::vector<Edge>& cycle) {
  Circle circle;
  const auto begin = static_cast<std::size_t>(
      std::find_if(cycle.begin(), cycle.end(),
                   [&](const Edge& edge) { return graph.txn_of(edge.from) != kNone; }) -
      cycle.begin());
  Txn reader = kNone;  // of the version that the next edge overwrites
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const Edge& edge = cycle[(begin + i) % cycle.size()];
    if (edge.kind == EdgeKind::own) continue;
    if (edge.kind == EdgeKind::seen) {
      reader = graph.txn_of(edge.from);
      continue;
    }
    const Txn from = graph.txn_of(edge.from) == kNone ? reader : graph.txn_of(edge.from);
    circle.push_back({from, graph.txn_of(edge.to), edge.kind, edge.key, edge.choice});
  }
  return circle;
}

CircleName name_of(const Circle& circle) {
  const std::size_t rw = count(circle, EdgeKind::rw), wr = count(circle, EdgeKind::wr);
  const bool timed = count(circle, EdgeKind::real_time) > 0, process = count(circle, EdgeKind::session) > 0;
  const std::string suffix = timed ? "-realtime" : process ? "-process" : "";
  const bool plain = suffix.empty();
  if (rw == 0)
    return wr == 0 && plain ? CircleName{"G0", 0} : CircleName{(wr == 0 ? "G0" : "G1c") + suffix, 1};
  if (rw == 1) {
    if (plain && circle.size() == 2 && other_of(circle).kind == EdgeKind::ww &&
        other_of(circle).key == rw_of(circle).key) {
      return {"lost-update", 2};
    }
    if (plain && circle.size() == 2 && other_of(circle).kind == EdgeKind::wr) return {"fractured-read", 2};
    return {"G-single" + suffix, 2};
  }
  if (adjacent_rw(circle)) {
    if (plain && circle.size() == 2 && circle[0].key != circle[1].key) return {"write-skew", 4};
    return {"G2-item" + suffix, 4};
  }
  const bool fork = plain && circle.size() == 4 && rw == 2 && wr == 2 && transactions_in(circle) == 4;
  return {fork ? "long-fork" : "G-nonadjacent" + suffix, 3};
}

std::string Names::written(Txn number, KeyNumber key) const {
  std::string result;
  for (const Mop& mop : history.at(problem.transactions[number].id).mops) {
    if (mop.key != keys[key]) continue;
    if (mop.fn == Fn::write || mop.fn == Fn::append) result = mop.argument.to_string();
    if (mop.fn == Fn::cas) result = mop.argument.second().to_string();
  }
  return result;
}

std::string Names::sentence(const Link& link) const {
  const std::string a = txn(link.from), b = txn(link.to);
  const std::string before =
      two_events ? a + " committed before " + b + " started" : a + " comes before " + b;
  switch (link.kind) {
    case EdgeKind::session:
      return "process " + std::to_string(problem.transactions[link.from].process) + " did " + a +
             " and later " + b + ", so " + before;
    case EdgeKind::real_time:
      return a + " had completed when " + b + " was invoked, so " + before;
    case EdgeKind::wr:
      return b + " read " + key(link.key) + " with " + written(link.from, link.key) + ", which " + a +
             " wrote, so " + before;
    case EdgeKind::ww:
      return a + " wrote " + written(link.from, link.key) + " to " + key(link.key) + " before " + b +
             " wrote " + written(link.to, link.key) + ", so " + before;
    default:
      return a + " read " + key(link.key) + " and did not see the later write of " +
             written(link.to, link.key) + " by " + b + ", so " +
             (two_events ? a + " started before " + b + " committed" : before);
  }
}

}  // namespace assay::checkers::isolation
