// Orders in which transactions commit, for read-committed, read-atomic and causal (registers whose values are unique):
// each stands behind the writes that it reads and what its session did, and nobody reads a version of a key when another
// one, later in the order, was already in its sight: in what it read before (read-committed), in what it read at all or its
// session did (read-atomic), in anything that happened before it (causal).
#include <algorithm>
#include <map>
#include <vector>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/registers.h"

namespace assay::checkers {

namespace {

constexpr std::size_t kNowhere = 0;  // places begin at 1; 0 is the initial state's

class Verifier {
 public:
  Verifier(const History& history, const Certificate& certificate, Value initial)
      : history_(history),
        level_(certificate.claim),
        order_(certificate.objects.front().order),
        initial_(std::move(initial)) {}

  std::string refute() {
    std::string wrong = place_all();
    if (!wrong.empty()) return wrong;
    note_writes();
    for (const OpId id : order_) {
      wrong = follow(history_.at(id));
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

 private:
  struct Session {
    std::vector<OpId> done;                 // so far in the order
    std::map<ProcessId, std::size_t> past;  // how much of each session has happened before the last of `done`
    std::map<Key, std::vector<std::size_t>> writes;  // of each key: indices into done
  };

  std::string place_all() {
    place_.assign(history_.size(), kNowhere);
    std::vector<bool> seen(history_.size(), false);
    for (std::size_t i = 0; i < order_.size(); ++i) {
      std::string wrong = take(history_, order_[i], seen);
      if (!wrong.empty()) return wrong;
      place_[order_[i]] = i + 1;
    }
    return find_missing(history_, seen);
  }

  void note_writes() {
    for (const OpId id : order_) {
      for (const auto& version : last_writes(history_.at(id))) writer_[version] = id;
    }
  }

  struct Read {
    Key key;
    std::size_t source;  // place in the order; kNowhere for the initial state
  };

  std::string follow(const Operation& op) {
    const std::string name = "Operation " + std::to_string(op.id);
    Session& session = sessions_[op.process];
    if (!session.done.empty() && session.done.back() > op.id) return name + " is out of its session's order.";
    std::vector<Read> from;
    std::map<Key, Value> own;
    const std::string wrong = gather(op, from, own);
    if (!wrong.empty()) return name + wrong;
    // What is before it by its session and its reads.
    session.past[op.process] = session.done.size();
    for (const Read& read : from) {
      if (read.source == kNowhere) continue;
      for (const auto& [process, count] : past_of_[order_[read.source - 1]]) {
        session.past[process] = std::max(session.past[process], count);
      }
    }
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (overtaken(op, from, i)) return name + " reads older than what is in its sight.";
    }
    session.done.push_back(op.id);
    for (const auto& [key, value] : own) session.writes[key].push_back(session.done.size() - 1);
    if (own.empty()) return {};
    past_of_[op.id] = session.past;
    past_of_[op.id][op.process] = session.done.size();
    return {};
  }

  // Where each read comes from, and what is written.
  std::string gather(const Operation& op, std::vector<Read>& from, std::map<Key, Value>& own) {
    for (const Mop& mop : op.mops) {
      if (reads(op, mop)) {
        const Value value = read_by(mop);
        if (own.contains(mop.key)) {
          if (own[mop.key] != value) return " does not see its own write.";
        } else {
          const auto found = writer_.find({mop.key, value});
          const bool other = found != writer_.end() && found->second != op.id;
          if (!other && value != initial_) return " reads what nobody wrote.";
          from.push_back({mop.key, other ? place_[found->second] : kNowhere});
          if (from.back().source >= place_[op.id]) return " comes before a write that it reads.";
        }
      }
      if (writes(mop)) own[mop.key] = written(mop);
    }
    return {};
  }

  // Whether something in sight of a read wrote the same key after its source.
  bool overtaken(const Operation& op, const std::vector<Read>& from, std::size_t i) {
    const auto after_source = [&](OpId id) { return place_[id] > from[i].source; };
    for (std::size_t j = 0; j < (level_ == "read-committed" ? i : from.size()); ++j) {
      if (from[j].source == kNowhere) continue;
      const OpId other = order_[from[j].source - 1];
      if (writes_key(other, from[i].key) && after_source(other)) return true;
    }
    if (level_ == "read-committed") return false;
    for (const auto& [process, count] : sessions_[op.process].past) {
      if (level_ == "read-atomic" && process != op.process) continue;
      Session& session = sessions_[process];
      const std::vector<std::size_t>& others = session.writes[from[i].key];
      const auto end = std::lower_bound(others.begin(), others.end(), count);
      if (end != others.begin() && after_source(session.done[*(end - 1)])) return true;
    }
    return false;
  }

  bool writes_key(OpId id, Key key) const {
    const auto mops = history_.at(id).mops;
    return std::any_of(mops.begin(), mops.end(),
                       [&](const Mop& mop) { return writes(mop) && mop.key == key; });
  }

  const History& history_;
  const std::string level_;
  const std::vector<OpId>& order_;
  Value initial_;
  std::vector<std::size_t> place_;
  std::map<std::pair<Key, Value>, OpId> writer_;
  std::map<ProcessId, Session> sessions_;
  std::map<OpId, std::map<ProcessId, std::size_t>> past_of_;  // of those that write
};

}  // namespace

std::string refute_commit_order(const History& history, const Certificate& certificate) {
  if (certificate.objects.size() != 1) return "It is not one order.";
  Value initial;
  if (!initial_value(certificate, initial)) return kNoInitial;
  return Verifier(history, certificate, initial).refute();
}

}  // namespace assay::checkers
