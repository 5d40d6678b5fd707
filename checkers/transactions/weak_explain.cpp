#include "checkers/transactions/weak_explain.h"

#include <algorithm>
#include <optional>
#include <set>

#include "checkers/transactions/read_consistency.h"

namespace assay::checkers {

namespace {

// How an earlier transaction is known to a reader.
enum class Tie : std::uint8_t { read, session, path };

// Why t2 must commit before t1.
struct Force {
  TransactionId reader = kNobody;  // t3
  MopId read = kNobody;            // its read from t1 of a key that t2 writes
  Tie tie = Tie::path;
  std::vector<TransactionId> path;  // from t2 to t3
};

bool writes(const RegisterHistory& history, TransactionId id, KeyId key) {
  const auto mops = history.mops(id);
  return std::any_of(mops.begin(), mops.end(),
                     [&](const RegisterMop& mop) { return mop.is_last_write() && mop.key() == key; });
}

// The first mop of `reader` that reads from `source` and stands before `end`.
MopId read_of(const RegisterHistory& history, TransactionId reader, TransactionId source, MopId end) {
  for (MopId at = history.first_mop(reader); at < std::min(end, history.first_mop(reader + 1)); ++at) {
    if (reads_from_other(history.mop(at), reader) && history.mop(at).source == source) return at;
  }
  return kNobody;
}

bool before_in_session(const RegisterHistory& history, TransactionId a, TransactionId b) {
  return history.session(a) == history.session(b) && history.position(a) < history.position(b);
}

class Explainer {
 public:
  Explainer(const RegisterHistory& history, WeakLevel level, Limits& limits)
      : history_(history), level_(level), limits_(limits) {}

  Finding cycle(const std::vector<TransactionId>& cycle) {
    std::vector<Force> forces;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const TransactionId a = cycle[i], b = cycle[(i + 1) % cycle.size()];
      add_witness(a);
      if (say_known(a, b)) continue;
      std::optional<Force> force = find_force(a, b);
      if (!force) continue;
      say_forced(a, b, *force);
      forces.push_back(std::move(*force));
    }
    name(forces, cycle);
    finish();
    return std::move(finding_);
  }

  Finding initial_read(const InitialRead& read) {
    Force force;
    force.reader = read.reader;
    for (MopId at = history_.first_mop(read.reader); at < history_.first_mop(read.reader + 1); ++at) {
      const RegisterMop& mop = history_.mop(at);
      if (mop.kind() == MopKind::read_initial && mop.key() == read.key) force.read = at;
    }
    tie(read.writer, force);
    const std::string key = key_text(history_, read.key);
    finding_.object = key;
    finding_.anomaly = anomaly(force.tie, true);
    finding_.summary = text(read.reader) + " read the initial value of " + key + ", which " +
                       text(read.writer) + " had overwritten in its own past.";
    add_witness(read.writer);
    finding_.steps.push_back(text(read.writer) + " wrote " + key + ".");
    say_tie(read.writer, force);
    finding_.steps.push_back(text(read.reader) + " read the initial value of " + key +
                             " all the same, and nothing can come before the initial state.");
    finish();
    return std::move(finding_);
  }

 private:
  std::string text(TransactionId id) const { return operation_text(history_, id); }
  void add_witness(TransactionId id) { witness_.insert(id); }

  void finish() {
    finding_.model = weak_level_name(level_);
    finding_.witness.assign(witness_.begin(), witness_.end());
  }

  // An edge of a session, or of a read; false if it is neither.
  bool say_known(TransactionId a, TransactionId b) {
    const MopId read = read_of(history_, b, a, kNobody);
    if (read != kNobody) {
      finding_.steps.push_back(text(b) + " read " + value_text(history_, b, read) + " of " +
                               key_text(history_, history_.mop(read).key()) + " from " + text(a) + ".");
    } else if (before_in_session(history_, a, b)) {
      finding_.steps.push_back(text(b) + " came after " + text(a) + " in the same process.");
    } else {
      return false;
    }
    add_witness(b);
    return true;
  }

  void say_tie(TransactionId t2, const Force& force) {
    for (std::size_t i = 0; i + 1 < force.path.size(); ++i) say_known(force.path[i], force.path[i + 1]);
    if (force.path.empty()) say_known(t2, force.reader);
    add_witness(force.reader);
  }

  void say_forced(TransactionId t2, TransactionId t1, const Force& force) {
    say_tie(t2, force);
    const std::string key = key_text(history_, history_.mop(force.read).key());
    finding_.steps.push_back(text(force.reader) + " read " + value_text(history_, force.reader, force.read) +
                             " of " + key + ", which " + text(t1) + " wrote, although it follows " +
                             text(t2) + ", which wrote " + key + " too: so " + text(t2) +
                             " must come before " + text(t1) + ".");
  }

  // How t2 is in the past of the force's reader, as the level sees it; false if it is not.
  bool tie(TransactionId t2, Force& force) {
    if (read_of(history_, force.reader, t2, level_ == WeakLevel::read_committed ? force.read : kNobody) !=
        kNobody) {
      force.tie = Tie::read;
      return true;
    }
    if (level_ == WeakLevel::read_committed) return false;
    if (before_in_session(history_, t2, force.reader)) {
      force.tie = Tie::session;
      return true;
    }
    if (level_ == WeakLevel::read_atomic) return false;
    force.tie = Tie::path;
    force.path = shortest_path(t2, {force.reader});
    return !force.path.empty();
  }

  // Some read of a key that t2 writes, from t1, by a transaction that t2 is tied to.
  std::optional<Force> find_force(TransactionId t2, TransactionId t1) {
    std::vector<Force> candidates;
    for (TransactionId id = 0; id < history_.transaction_count(); ++id) {
      if (!history_.committed(id) || id == t2) continue;
      for (MopId at = history_.first_mop(id); at < history_.first_mop(id + 1); ++at) {
        const RegisterMop& mop = history_.mop(at);
        if (!reads_from_other(mop, id) || mop.source != t1 || !writes(history_, t2, mop.key())) continue;
        Force force{id, at, Tie::path, {}};
        if (level_ >= WeakLevel::causal) {
          candidates.push_back(force);
        } else if (tie(t2, force)) {
          return force;
        }
      }
    }
    std::vector<TransactionId> readers;
    for (const Force& force : candidates) readers.push_back(force.reader);
    std::vector<TransactionId> path = shortest_path(t2, readers);
    if (path.empty()) return std::nullopt;
    for (Force& force : candidates) {
      if (force.reader != path.back()) continue;
      if (path.size() > 2) force.path = path;
      force.tie = path.size() > 2                                 ? Tie::path
                  : before_in_session(history_, t2, force.reader) ? Tie::session
                                                                  : Tie::read;
      return force;
    }
    return std::nullopt;
  }

  // By sessions and reads-from, to the nearest of the targets; both ends included.
  std::vector<TransactionId> shortest_path(TransactionId from, const std::vector<TransactionId>& targets) {
    const std::size_t count = history_.transaction_count();
    if (!limits_.fits(count * 8)) return {};
    Charge charge(limits_, count * 8);
    std::vector<TransactionId> next(count, kNobody);
    std::vector<TransactionId> queue;
    for (const TransactionId target : targets) {
      if (next[target] == kNobody) queue.push_back(target);
      next[target] = target;
    }
    for (std::size_t at = 0; at < queue.size() && next[from] == kNobody; ++at) {
      if (at % kAskEvery == 0 && limits_.spent()) return {};
      const TransactionId id = queue[at];
      const auto visit = [&](TransactionId before) {
        if (before == kNobody || next[before] != kNobody) return;
        next[before] = id;
        queue.push_back(before);
      };
      visit(previous_in_session(history_, id));
      for (const RegisterMop& mop : history_.mops(id)) {
        if (reads_from_other(mop, id)) visit(mop.source);
      }
      // Anything earlier in the session is one step away for people.
      if (before_in_session(history_, from, id) && next[from] == kNobody) next[from] = id;
    }
    if (next[from] == kNobody) return {};
    std::vector<TransactionId> path = {from};
    while (next[path.back()] != path.back()) path.push_back(next[path.back()]);
    return path;
  }

  std::string anomaly(Tie tie, bool initial) const {
    if (level_ == WeakLevel::read_committed) return "non-monotonic-read";
    if (tie == Tie::read) return "fractured-read";
    if (tie == Tie::session) return "read-your-writes";
    return initial ? "write-co-init-read" : "write-co-read";
  }

  void name(const std::vector<Force>& forces, const std::vector<TransactionId>& cycle) {
    const std::string all = std::to_string(cycle.size()) + " transactions";
    if (forces.empty()) {
      finding_.anomaly = "causality-cycle";
      finding_.summary = all + " each follow one another by sessions and reads, in a circle.";
      finding_.object = "transactions";
      return;
    }
    const RegisterMop& read = history_.mop(forces.front().read);
    finding_.object = key_text(history_, read.key());
    if (forces.size() > 1) {
      finding_.anomaly = "commit-order-cycle";
      finding_.summary = "No order of " + all + " agrees with what was read of them.";
      return;
    }
    finding_.anomaly = anomaly(forces.front().tie, false);
    finding_.summary = text(forces.front().reader) + " read an old value of " + finding_.object +
                       ", although a newer one was in its past.";
  }

  const RegisterHistory& history_;
  WeakLevel level_;
  Limits& limits_;
  Finding finding_;
  std::set<OpId> witness_;
};

}  // namespace

Finding explain_cycle(const RegisterHistory& history, WeakLevel level,
                      const std::vector<TransactionId>& cycle, Limits& limits) {
  return Explainer(history, level, limits).cycle(cycle);
}

Finding explain_initial_read(const RegisterHistory& history, WeakLevel level, const InitialRead& read,
                             Limits& limits) {
  return Explainer(history, level, limits).initial_read(read);
}

}  // namespace assay::checkers
