#include <algorithm>
#include <set>

#include "checkers/transactions/read_consistency.h"
#include "checkers/transactions/view_level.h"

namespace assay::checkers {

namespace {

constexpr std::size_t kStepsPerQuestion = 1024;
constexpr std::size_t kNoEdge = ~std::size_t{0};

class ViewExplainer {
 public:
  ViewExplainer(const RegisterHistory& history, ViewLevel level, const ViewViolation& violation,
                Limits& limits)
      : history_(history), level_(level), violation_(violation), limits_(limits) {
    for (std::size_t i = 0; i < violation.edges.size(); ++i)
      by_after_.emplace_back(violation.edges[i].after, i);
    std::sort(by_after_.begin(), by_after_.end());
  }

  Finding explain() {
    const bool initial = violation_.initial;
    const TransactionId end = initial ? violation_.reader : violation_.writer;
    const std::vector<Step> path = find_path(violation_.writer, end, violation_.edges.size());
    need(path);
    // Each inferred edge after those that it follows from.
    for (const std::size_t edge : needed_) say_edge(edge);
    say_path(path);
    const std::string process = "process " + std::to_string(history_.process(violation_.session));
    finding_.model = view_level_name(level_);
    finding_.object = process;
    witness_.insert({violation_.writer, end});
    if (initial) {
      const std::string key = key_text(history_, violation_.key);
      finding_.anomaly = "write-hb-init-read";
      finding_.summary = text(end) + " read the initial value of " + key + ", though for its process " +
                         text(violation_.writer) + " had overwritten it.";
      finding_.steps.push_back(text(violation_.writer) + " wrote " + key + ", but " + text(end) +
                               ", which follows it, read the initial value.");
    } else {
      finding_.anomaly = "cyclic-hb";
      finding_.summary = "What " + process + " read fits no order of the writes.";
      finding_.steps.push_back("So " + text(violation_.writer) + " would have to come before itself.");
    }
    finding_.witness.assign(witness_.begin(), witness_.end());
    return std::move(finding_);
  }

 private:
  // Along a path: the transaction, and the inferred edge that leads from it to the next, if it is one.
  struct Step {
    TransactionId id = kNobody;
    std::size_t edge = kNoEdge;
  };

  std::string text(TransactionId id) const { return operation_text(history_, id); }

  // The shortest way from one to the other by sessions, reads of the base, and the first `limit` inferred
  // edges; from one to itself: a circle.
  std::vector<Step> find_path(TransactionId from, TransactionId to, std::size_t limit) {
    const std::size_t count = history_.transaction_count();
    if (!limits_.fits(count * 16)) return {};
    Charge charge(limits_, count * 16);
    std::vector<Step> next(count);
    std::vector<TransactionId> queue = {to};
    for (std::size_t at = 0; at < queue.size() && next[from].id == kNobody; ++at) {
      if (at % kStepsPerQuestion == 0 && limits_.spent()) return {};
      const TransactionId id = queue[at];
      const auto visit = [&](TransactionId before, std::size_t edge) {
        if (before == kNobody || next[before].id != kNobody) return;
        next[before] = {id, edge};
        queue.push_back(before);
      };
      const bool own = history_.session(id) == violation_.session;
      if (own || level_ == ViewLevel::causal_memory) {
        for (const RegisterMop& mop : history_.mops(id)) {
          if (reads_from_other(mop, id)) visit(mop.source, kNoEdge);
        }
      }
      for (auto it = std::lower_bound(by_after_.begin(), by_after_.end(), std::pair(id, std::size_t{0}));
           it != by_after_.end() && it->first == id && it->second < limit; ++it) {
        visit(violation_.edges[it->second].before, it->second);
      }
      visit(previous_in_session(history_, id), kNoEdge);
      // Anything earlier in the session is one step away for people.
      const bool session = history_.session(from) == history_.session(id);
      if (session && history_.position(from) < history_.position(id)) visit(from, kNoEdge);
    }
    if (next[from].id == kNobody) return {};
    std::vector<Step> path;
    TransactionId id = from;
    do {
      path.push_back({id, next[id].edge});
      id = next[id].id;
    } while (id != to);
    path.push_back({to, kNoEdge});
    return path;
  }

  // Collects the inferred edges that a path uses, and what they follow from.
  void need(const std::vector<Step>& path) {
    for (const Step& step : path) {
      witness_.insert(step.id);
      if (step.edge == kNoEdge || !needed_.insert(step.edge).second) continue;
      const ViewEdge& edge = violation_.edges[step.edge];
      witness_.insert({edge.before, edge.after, edge.reader});
      paths_.emplace_back(step.edge, find_path(edge.before, edge.reader, step.edge));
      const std::vector<Step> reason = paths_.back().second;
      need(reason);
    }
  }

  void say_path(const std::vector<Step>& path) {
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      const TransactionId a = path[i].id, b = path[i + 1].id;
      if (path[i].edge != kNoEdge) {
        finding_.steps.push_back(text(a) + " must come before " + text(b) + ", as shown.");
        continue;
      }
      MopId read = kNobody;
      for (MopId at = history_.first_mop(b); at < history_.first_mop(b + 1); ++at) {
        if (reads_from_other(history_.mop(at), b) && history_.mop(at).source == a) read = at;
      }
      if (read != kNobody && history_.session(a) != history_.session(b)) {
        finding_.steps.push_back(text(b) + " read " + value_text(history_, b, read) + " of " +
                                 key_text(history_, history_.mop(read).key()) + " from " + text(a) + ".");
      } else {
        finding_.steps.push_back(text(b) + " came after " + text(a) + " in the same process.");
      }
    }
  }

  void say_edge(std::size_t number) {
    const ViewEdge& edge = violation_.edges[number];
    for (const auto& [of, path] : paths_) {
      if (of == number) say_path(path);
    }
    const std::string key = key_text(history_, edge.key);
    finding_.steps.push_back(text(edge.reader) + " follows " + text(edge.before) + ", which wrote " + key +
                             ", but read of it what " + text(edge.after) + " wrote: for process " +
                             std::to_string(history_.process(violation_.session)) + " " + text(edge.before) +
                             " must come before " + text(edge.after) + ".");
  }

  const RegisterHistory& history_;
  ViewLevel level_;
  const ViewViolation& violation_;
  Limits& limits_;
  std::vector<std::pair<TransactionId, std::size_t>> by_after_;
  std::set<std::size_t> needed_;
  std::vector<std::pair<std::size_t, std::vector<Step>>> paths_;
  std::set<OpId> witness_;
  Finding finding_;
};

}  // namespace

Finding explain_view(const RegisterHistory& history, ViewLevel level, const ViewViolation& violation,
                     Limits& limits) {
  return ViewExplainer(history, level, violation, limits).explain();
}

}  // namespace assay::checkers
