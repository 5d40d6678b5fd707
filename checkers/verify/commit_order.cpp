#include "checkers/verify/commit_order.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <vector>

namespace assay::checkers {

namespace {

constexpr std::size_t kNowhere = 0;  // places begin at 1; 0 is the initial state's

class Verifier {
 public:
  Verifier(const History& history, const Certificate& certificate)
      : history_(history), level_(certificate.claim), order_(certificate.objects.front().order) {
    const auto option = certificate.options.find("initial");
    if (option != certificate.options.end() && option->second != "nil") {
      initial_ = Value(static_cast<std::int64_t>(std::strtoll(option->second.c_str(), nullptr, 10)));
    }
  }

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
    for (std::size_t i = 0; i < order_.size(); ++i) {
      if (order_[i] >= history_.size()) return "It names an operation that the history does not have.";
      if (place_[order_[i]] != kNowhere) return "Operation " + std::to_string(order_[i]) + " is in it twice.";
      place_[order_[i]] = i + 1;
    }
    for (const Operation op : history_.operations()) {
      const bool placed = place_[op.id] != kNowhere;
      if (op.outcome == Outcome::ok && !placed) return "Operation " + std::to_string(op.id) + " is missing.";
      if (op.outcome == Outcome::fail && placed) return "Operation " + std::to_string(op.id) + " failed.";
    }
    return {};
  }

  static bool does_write(const Mop& mop) { return mop.fn == Fn::write || mop.fn == Fn::cas; }
  static Value written(const Mop& mop) { return mop.fn == Fn::cas ? mop.argument.second() : mop.argument; }

  // Last writes of each transaction in the order.
  void note_writes() {
    for (const OpId id : order_) {
      std::map<Key, Value> last;
      for (const Mop& mop : history_.at(id).mops) {
        if (does_write(mop)) last[mop.key] = written(mop);
      }
      for (const auto& [key, value] : last) writer_[{key, value}] = id;
    }
  }

  // Whether an operation's reads happened: of an info operation only those of compare-and-sets are known.
  static bool does_read(const Operation& op, const Mop& mop) {
    return mop.fn == Fn::cas || (mop.fn == Fn::read && op.outcome == Outcome::ok);
  }

  struct Read {
    Key key;
    std::size_t source;  // place in the order; kNowhere for the initial state
  };

  std::string follow(const Operation& op) {
    const std::string name = "Operation " + std::to_string(op.id);
    Session& session = sessions_[op.process];
    if (!session.done.empty() && session.done.back() > op.id) return name + " is out of its session's order.";
    std::vector<Read> reads;
    std::map<Key, Value> own;
    const std::string wrong = gather(op, reads, own);
    if (!wrong.empty()) return name + wrong;
    // What is before it by its session and its reads.
    session.past[op.process] = session.done.size();
    for (const Read& read : reads) {
      if (read.source == kNowhere) continue;
      for (const auto& [process, count] : past_of_[order_[read.source - 1]]) {
        session.past[process] = std::max(session.past[process], count);
      }
    }
    for (std::size_t i = 0; i < reads.size(); ++i) {
      if (overtaken(op, reads, i)) return name + " reads older than what is in its sight.";
    }
    session.done.push_back(op.id);
    for (const auto& [key, value] : own) session.writes[key].push_back(session.done.size() - 1);
    if (own.empty()) return {};
    past_of_[op.id] = session.past;
    past_of_[op.id][op.process] = session.done.size();
    return {};
  }

  // Where each read comes from, and what is written.
  std::string gather(const Operation& op, std::vector<Read>& reads, std::map<Key, Value>& own) {
    for (const Mop& mop : op.mops) {
      if (does_read(op, mop)) {
        const Value value = mop.fn == Fn::cas ? mop.argument.first() : mop.result;
        if (own.contains(mop.key)) {
          if (own[mop.key] != value) return " does not see its own write.";
        } else {
          const auto found = writer_.find({mop.key, value});
          const bool other = found != writer_.end() && found->second != op.id;
          if (!other && value != initial_) return " reads what nobody wrote.";
          reads.push_back({mop.key, other ? place_[found->second] : kNowhere});
          if (reads.back().source >= place_[op.id]) return " comes before a write that it reads.";
        }
      }
      if (does_write(mop)) own[mop.key] = written(mop);
    }
    return {};
  }

  // Whether something in sight of a read wrote the same key after its source.
  bool overtaken(const Operation& op, const std::vector<Read>& reads, std::size_t i) {
    const auto after_source = [&](OpId id) { return place_[id] > reads[i].source; };
    for (std::size_t j = 0; j < (level_ == "read-committed" ? i : reads.size()); ++j) {
      if (reads[j].source == kNowhere) continue;
      const OpId other = order_[reads[j].source - 1];
      if (writes(other, reads[i].key) && after_source(other)) return true;
    }
    if (level_ == "read-committed") return false;
    for (const auto& [process, count] : sessions_[op.process].past) {
      if (level_ == "read-atomic" && process != op.process) continue;
      Session& session = sessions_[process];
      const std::vector<std::size_t>& others = session.writes[reads[i].key];
      const auto end = std::lower_bound(others.begin(), others.end(), count);
      if (end != others.begin() && after_source(session.done[*(end - 1)])) return true;
    }
    return false;
  }

  bool writes(OpId id, Key key) const {
    const auto mops = history_.at(id).mops;
    return std::any_of(mops.begin(), mops.end(),
                       [&](const Mop& mop) { return does_write(mop) && mop.key == key; });
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
  return Verifier(history, certificate).refute();
}

}  // namespace assay::checkers
