#include "checkers/elle/list_shapes.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "checkers/elle/list_anomalies.h"

namespace assay::checkers::elle {

namespace {

constexpr std::size_t kFindingsOfAShape = 2;

// What a transaction on a cycle did to a key.
struct Deed {
  OpId op;
  std::uint32_t key;
  std::uint32_t place;  // of an append: its place in the key's order; of a read: the length of the list
  std::uint32_t mop;    // of a read
  bool is_read;
};

class Shapes {
 public:
  Shapes(const ListHistory& lists, const CyclicPart& part, Limits& limits, std::vector<Anomaly>& anomalies)
      : lists_(lists), history_(*lists.history), part_(part), limits_(limits), anomalies_(anomalies) {}

  bool run() {
    collect();
    if (limits_.spent()) return false;
    if (!limits_.fits(deeds_.size() * 3 * sizeof(Deed))) return false;
    const Charge charge(limits_, deeds_.size() * 3 * sizeof(Deed));
    find_lost_updates();
    find_fractures();
    find_sessions();
    return !limits_.spent();
  }

 private:
  bool on_cycle(OpId op) const { return rank_[op] != kNoOp; }
  // Place among the operations on cycles.
  std::uint32_t rank(OpId op) const { return rank_[op]; }
  std::string key_text(std::uint32_t key) const { return "key " + history_.key_name(lists_.keys[key].name); }
  static std::string name(OpId op) { return "operation " + std::to_string(op); }
  std::string told(OpId op) const { return name(op) + " is " + describe(history_.at(op)) + "."; }

  void collect() {
    rank_.assign(lists_.times.size(), kNoOp);
    for (std::uint32_t i = 0; i < part_.operations; ++i) rank_[part_.original[i]] = i;
    std::size_t misfit = 0;
    for (std::uint32_t i = 0; i < lists_.reads.size(); ++i) {
      if (misfit < lists_.misfits.size() && lists_.misfits[misfit] == i) {
        ++misfit;
        continue;
      }
      const ListHistory::Read& read = lists_.reads[i];
      if (on_cycle(read.op)) deeds_.push_back({read.op, read.key, read.length, read.mop, true});
    }
    for (std::uint32_t key = 0; key < lists_.keys.size(); ++key) {
      const ListHistory::KeyRow& row = lists_.keys[key];
      for (std::uint32_t slot = row.slot_begin; slot < row.slot_end; ++slot) {
        const OpId writer = lists_.writer[slot];
        if (writer != kNoOp && on_cycle(writer))
          deeds_.push_back({writer, key, slot - row.slot_begin, 0, false});
      }
    }
    if (limits_.spent()) return;
    // By operation, then within each.
    first_deed_.assign(std::size_t{part_.operations} + 1, 0);
    for (const Deed& deed : deeds_) ++first_deed_[rank(deed.op) + 1];
    for (std::size_t i = 0; i < part_.operations; ++i) first_deed_[i + 1] += first_deed_[i];
    std::vector<std::uint32_t> next(first_deed_.begin(), first_deed_.end() - 1);
    std::vector<Deed> sorted(deeds_.size());
    for (const Deed& deed : deeds_) sorted[next[rank(deed.op)]++] = deed;
    deeds_ = std::move(sorted);
    for (std::size_t i = 0; i < part_.operations; ++i) {
      std::sort(deeds_.begin() + first_deed_[i], deeds_.begin() + first_deed_[i + 1],
                [](const Deed& a, const Deed& b) {
                  return std::tie(a.is_read, a.mop, a.key, a.place) <
                         std::tie(b.is_read, b.mop, b.key, b.place);
                });
    }
  }

  // Requires: the operation is on a cycle.
  std::pair<const Deed*, const Deed*> deeds_of(OpId op) const {
    const std::uint32_t place = rank(op);
    return {deeds_.data() + first_deed_[place], deeds_.data() + first_deed_[place + 1]};
  }

  bool look(std::size_t count) const { return count % 4096 == 0 && limits_.spent(); }

  void add(const char* anomaly_name, std::uint32_t key, std::string summary, std::vector<std::string> steps,
           std::vector<OpId> witness) {
    const AnomalySet found = anomaly_named(anomaly_name);
    if (++counts_[found] > kFindingsOfAShape) return;
    Anomaly anomaly;
    anomaly.name = found;
    anomaly.finding.object = key_text(key);
    anomaly.finding.summary = std::move(summary);
    anomaly.finding.steps = std::move(steps);
    std::sort(witness.begin(), witness.end());
    witness.erase(std::unique(witness.begin(), witness.end()), witness.end());
    anomaly.finding.witness = std::move(witness);
    anomalies_.push_back(std::move(anomaly));
  }

  std::string list_text(const Deed& read) const {
    const ListHistory::KeyRow& row = lists_.keys[read.key];
    return read.place == 0 ? std::string("[]") : short_list({row.longest, read.place});
  }

  // The read that shows the order of an append, when somebody saw it; the appender itself otherwise.
  OpId shows(const Deed& append) const {
    const ListHistory::KeyRow& row = lists_.keys[append.key];
    return append.place < row.observed ? row.longest_reader : append.op;
  }

  // Two transactions read the same version of a key, and both appended to it.
  void find_lost_updates() {
    std::map<std::pair<std::uint32_t, std::uint32_t>, OpId> first;
    for (std::size_t i = 0; i < deeds_.size(); ++i) {
      if (look(i)) return;
      const Deed& read = deeds_[i];
      if (!read.is_read) continue;
      const auto [begin, end] = deeds_of(read.op);
      const bool appends = std::any_of(begin, end, [&](const Deed& deed) {
        return !deed.is_read && deed.key == read.key && deed.place >= read.place;
      });
      if (!appends) continue;
      const auto [found, fresh] = first.try_emplace({read.key, read.place}, read.op);
      if (fresh || found->second == read.op) continue;
      const std::string key = key_text(read.key);
      add("lost-update", read.key,
          "Two transactions read the same state of " + key + " and both appended to it.",
          {told(found->second), told(read.op),
           "Both read " + key + " as " + list_text(read) + ", and both appended to it.",
           "Whichever committed last did not see what the other had appended."},
          {found->second, read.op});
    }
  }

  // A transaction sees another in one key, but not in a second one.
  void find_fractures() {
    for (std::size_t i = 0; i < deeds_.size(); ++i) {
      if (look(i)) return;
      const Deed& seen = deeds_[i];
      if (!seen.is_read || seen.place == 0) continue;
      const OpId writer = lists_.writer[lists_.keys[seen.key].slot_begin + seen.place - 1];
      if (writer == kNoOp || writer == seen.op || !on_cycle(writer)) continue;
      const auto [own_begin, own_end] = deeds_of(seen.op);
      const auto [begin, end] = deeds_of(writer);
      for (const Deed* append = begin; append != end; ++append) {
        if (append->is_read || append->key == seen.key) continue;
        for (const Deed* other = own_begin; other != own_end; ++other) {
          if (!other->is_read || other->key != append->key || other->place > append->place) continue;
          add_fracture(seen, *other, *append);
        }
      }
    }
  }

  void add_fracture(const Deed& seen, const Deed& other, const Deed& append) {
    const bool vanished = other.mop > seen.mop;
    const std::string key = key_text(seen.key);
    const std::string missed = key_text(other.key);
    add(vanished ? "observed-transaction-vanishes" : "fractured-read", other.key,
        "A transaction saw another one in " + key + ", but not in " + missed + ".",
        {told(append.op), told(seen.op),
         name(seen.op) + " read " + key + " as " + list_text(seen) + ", which " + name(append.op) +
             " had made.",
         "It read " + missed + " as " + list_text(other) + ", without what " + name(append.op) +
             " appended to it."},
        {append.op, seen.op, shows(append)});
  }

  struct Session {
    const Deed* longest_read = nullptr;
    const Deed* last_append = nullptr;
  };

  void find_sessions() {
    std::map<std::pair<ProcessId, std::uint32_t>, Session> sessions;
    for (std::size_t i = 0, count = 0; i < deeds_.size();) {
      if (look(++count)) return;
      const Operation op = history_.at(deeds_[i].op);
      std::size_t end = i;
      while (end < deeds_.size() && deeds_[end].op == op.id) ++end;
      for (std::size_t j = i; j < end; ++j) {
        const auto found = sessions.find({op.process, deeds_[j].key});
        if (found != sessions.end()) compare(found->second, deeds_[j]);
      }
      for (std::size_t j = i; j < end && op.outcome == Outcome::ok; ++j) {
        Session& session = sessions[{op.process, deeds_[j].key}];
        const Deed*& best = deeds_[j].is_read ? session.longest_read : session.last_append;
        if (best == nullptr || best->place < deeds_[j].place) best = &deeds_[j];
      }
      i = end;
    }
  }

  void compare(const Session& session, const Deed& now) {
    const std::string key = key_text(now.key);
    const ListHistory::KeyRow& row = lists_.keys[now.key];
    const Deed* read = session.longest_read;
    const Deed* append = session.last_append;
    const auto two = [&](const Deed& before) {
      return std::vector<std::string>{told(before.op), told(now.op)};
    };
    const auto explain = [&](std::vector<std::string> steps, std::string last) {
      steps.push_back(std::move(last));
      return steps;
    };
    if (now.is_read && read != nullptr && now.place < read->place) {
      // Who wrote the first version between the two states.
      const auto first = lists_.writer.begin() + row.slot_begin;
      const auto missed =
          std::find_if(first + now.place, first + read->place, [](OpId writer) { return writer != kNoOp; });
      if (missed != first + read->place) {
        add("monotonic-reads", now.key,
            "A process read a state of " + key + " that is older than one it had read before.",
            explain(two(*read), "The process read " + key + " as " + list_text(*read) + ", and later as " +
                                    list_text(now) + "."),
            {read->op, now.op, *missed});
      }
    }
    if (now.is_read && append != nullptr && now.place <= append->place) {
      add("read-your-writes", now.key, "A process did not see in " + key + " what it had appended itself.",
          explain(two(*append),
                  "The process read " + key + " as " + list_text(now) + ", without what it had appended."),
          {append->op, now.op, shows(*append)});
    }
    if (!now.is_read && append != nullptr && now.place < append->place && now.place < row.observed) {
      add("monotonic-writes", now.key,
          "Two appends of one process to " + key + " took effect in the wrong order.",
          explain(two(*append),
                  name(row.longest_reader) + " read the later append of the process before the earlier one."),
          {append->op, now.op, row.longest_reader});
    }
    if (!now.is_read && read != nullptr && now.place < read->place) {
      add("writes-follow-reads", now.key,
          "An append of a process to " + key + " took effect before what the process had read there.",
          explain(two(*read), "The process read " + key + " as " + list_text(*read) +
                                  ", in which what it appended later stands already or would have to stand."),
          {read->op, now.op});
    }
  }

  const ListHistory& lists_;
  const History& history_;
  const CyclicPart& part_;
  Limits& limits_;
  std::vector<Anomaly>& anomalies_;
  std::vector<std::uint32_t> rank_;
  std::vector<std::uint32_t> first_deed_;  // by rank of the operation
  std::vector<Deed> deeds_;  // by operation: appends, then reads in the order of the transaction
  std::map<AnomalySet, std::size_t> counts_;
};

}  // namespace

bool find_list_shapes(const ListHistory& lists, const CyclicPart& part, Limits& limits,
                      std::vector<Anomaly>& anomalies) {
  return Shapes(lists, part, limits, anomalies).run();
}

}  // namespace assay::checkers::elle
