#include "checkers/testing/weak_oracle.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace assay::checkers::testing {

namespace {

constexpr int kInitial = -1;

struct Read {
  Key key = 0;
  int source = kInitial;  // index of a transaction
};

struct Transaction {
  Operation op;
  std::vector<Read> reads;  // of others, in order
  std::map<Key, Value> writes;
};

bool is_write(const Mop& mop) { return mop.fn == Fn::write || mop.fn == Fn::cas; }
Value written(const Mop& mop) { return mop.fn == Fn::cas ? mop.argument.second() : mop.argument; }

// False when a read is wrong by itself.
bool find_sources(std::vector<Transaction>& all, const Value& initial) {
  for (Transaction& t : all) {
    for (const Mop& mop : t.op.mops) {
      if (is_write(mop)) t.writes[mop.key] = written(mop);
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::map<Key, Value> own;
    for (const Mop& mop : all[i].op.mops) {
      const bool known = mop.fn == Fn::cas || (mop.fn == Fn::read && all[i].op.outcome == Outcome::ok);
      if (known) {
        const Value value = mop.fn == Fn::cas ? mop.argument.first() : mop.result;
        std::optional<int> source;
        if (value == initial) source = kInitial;
        for (std::size_t j = 0; j < all.size(); ++j) {
          const auto found = all[j].writes.find(mop.key);
          if (j != i && found != all[j].writes.end() && found->second == value) source = static_cast<int>(j);
        }
        if (own.contains(mop.key)) {
          if (own[mop.key] != value) return false;
        } else if (!source) {
          return false;
        } else {
          all[i].reads.push_back({mop.key, *source});
        }
      }
      if (is_write(mop)) own[mop.key] = written(mop);
    }
  }
  return true;
}

using Relation = std::vector<std::vector<bool>>;

// Sessions and reads-from.
Relation base(const std::vector<Transaction>& all) {
  Relation before(all.size(), std::vector<bool>(all.size(), false));
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) before[j][i] = all[j].op.process == all[i].op.process;
    for (const Read& read : all[i].reads) {
      if (read.source != kInitial) before[static_cast<std::size_t>(read.source)][i] = true;
    }
  }
  return before;
}

Relation closed(Relation before) {
  for (std::size_t k = 0; k < before.size(); ++k) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      for (std::size_t j = 0; j < before.size(); ++j) {
        before[i][j] = before[i][j] || (before[i][k] && before[k][j]);
      }
    }
  }
  return before;
}

bool holds(const std::vector<Transaction>& all, const Relation& direct, const Relation& transitive,
           const std::vector<std::size_t>& place, std::string_view level) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      if (direct[i][j] && place[i] >= place[j]) return false;
    }
  }
  for (std::size_t t3 = 0; t3 < all.size(); ++t3) {
    for (std::size_t read = 0; read < all[t3].reads.size(); ++read) {
      const int t1 = all[t3].reads[read].source;
      for (std::size_t t2 = 0; t2 < all.size(); ++t2) {
        if (static_cast<int>(t2) == t1 || !all[t2].writes.contains(all[t3].reads[read].key)) continue;
        bool sees = level == "causal" ? transitive[t2][t3] : level == "read-atomic" && direct[t2][t3];
        for (std::size_t other = 0; level == "read-committed" && other < read; ++other) {
          sees = sees || all[t3].reads[other].source == static_cast<int>(t2);
        }
        if (sees && (t1 == kInitial || place[t2] > place[static_cast<std::size_t>(t1)])) return false;
      }
    }
  }
  return true;
}

bool some_order_holds(std::vector<Transaction> all, const Value& initial, std::string_view level) {
  if (!find_sources(all, initial)) return false;
  const Relation direct = base(all);
  const Relation transitive = closed(direct);
  std::vector<std::size_t> place(all.size());
  for (std::size_t i = 0; i < place.size(); ++i) place[i] = i;
  do {
    if (holds(all, direct, transitive, place, level)) return true;
  } while (std::next_permutation(place.begin(), place.end()));
  return false;
}

// Places what is left, one transaction after the other, and looks at the reads of the process.
bool can_be_placed(const std::vector<Transaction>& all, const Relation& before, ProcessId process,
                   std::vector<bool>& placed, const std::map<Key, int>& last) {
  if (std::find(placed.begin(), placed.end(), false) == placed.end()) return true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    bool may_be_next = !placed[i];
    for (std::size_t j = 0; j < all.size(); ++j) may_be_next = may_be_next && (placed[j] || !before[j][i]);
    for (const Read& read : all[i].reads) {
      const auto found = last.find(read.key);
      const int source = found == last.end() ? kInitial : found->second;
      may_be_next = may_be_next && (all[i].op.process != process || source == read.source);
    }
    if (!may_be_next) continue;
    std::map<Key, int> next = last;
    for (const auto& [key, value] : all[i].writes) next[key] = static_cast<int>(i);
    placed[i] = true;
    const bool found = can_be_placed(all, before, process, placed, next);
    placed[i] = false;
    if (found) return true;
  }
  return false;
}

bool every_view_exists(std::vector<Transaction> all, const Value& initial, std::string_view level) {
  if (!find_sources(all, initial)) return false;
  Relation before = closed(base(all));
  for (std::size_t i = 0; level == "pram" && i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j)
      before[j][i] = j < i && all[j].op.process == all[i].op.process;
  }
  for (const Transaction& t : all) {
    std::vector<bool> placed(all.size(), false);
    if (!can_be_placed(all, before, t.op.process, placed, {})) return false;
  }
  return true;
}

template <typename Decide>
bool some_choice_of_infos(const History& history, Decide decide) {
  std::vector<OpId> infos;
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::info) infos.push_back(op.id);
  }
  // Each info operation happened or did not.
  for (std::size_t happened = 0; happened < std::size_t{1} << infos.size(); ++happened) {
    std::vector<Transaction> all;
    for (const Operation op : history.operations()) {
      const auto at = std::find(infos.begin(), infos.end(), op.id) - infos.begin();
      const bool included =
          op.outcome == Outcome::ok || (op.outcome == Outcome::info && (happened >> at & 1) != 0);
      if (included) all.push_back({op, {}, {}});
    }
    if (decide(std::move(all))) return true;
  }
  return false;
}

}  // namespace

bool views_by_saturation(const History& history, const Value& initial, std::string_view level) {
  std::vector<Transaction> all;
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::ok) all.push_back({op, {}, {}});
  }
  if (!find_sources(all, initial)) return false;
  const Relation known = base(all);
  for (const Transaction& one : all) {
    Relation before = known;
    for (std::size_t i = 0; level == "pram" && i < all.size(); ++i) {
      if (all[i].op.process == one.op.process) continue;
      for (std::size_t j = 0; j < all.size(); ++j)
        before[j][i] = j < i && all[j].op.process == all[i].op.process;
    }
    for (bool changed = true; changed;) {
      changed = false;
      before = closed(std::move(before));
      for (std::size_t t3 = 0; t3 < all.size(); ++t3) {
        if (all[t3].op.process != one.op.process) continue;
        for (const Read& read : all[t3].reads) {
          for (std::size_t t2 = 0; t2 < all.size(); ++t2) {
            if (!before[t2][t3] || static_cast<int>(t2) == read.source || !all[t2].writes.contains(read.key))
              continue;
            if (read.source == kInitial) return false;
            changed = changed || !before[t2][static_cast<std::size_t>(read.source)];
            before[t2][static_cast<std::size_t>(read.source)] = true;
          }
        }
      }
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (before[i][i]) return false;
    }
  }
  return true;
}

bool weak_level_by_brute_force(const History& history, const Value& initial, std::string_view level) {
  return some_choice_of_infos(history, [&](std::vector<Transaction> all) {
    return some_order_holds(std::move(all), initial, level);
  });
}

bool views_by_brute_force(const History& history, const Value& initial, std::string_view level) {
  return some_choice_of_infos(history, [&](std::vector<Transaction> all) {
    return every_view_exists(std::move(all), initial, level);
  });
}

}  // namespace assay::checkers::testing
