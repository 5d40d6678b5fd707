#include "checkers/linearizability/models/collection.h"

#include <algorithm>
#include <iterator>

namespace assay::checkers {

namespace {

// Something took out what nothing in the witness put in.
void name_unexplained(const History& history, OpId any, const Value& value, Fn put, Fn take,
                      std::string& anomaly, std::string& summary) {
  bool failed = false, later = false;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != put || mop.key != history.at(any).mops.front().key || mop.argument != value) continue;
      (op.outcome == Outcome::fail ? failed : later) = true;
    }
  }
  anomaly = later ? "future-element" : failed ? "aborted-element" : "phantom-element";
  summary = "A " + std::string(fn_name(take)) + " returned " + value.to_string() +
            (later    ? " before the operation that puts it in was invoked."
             : failed ? ", which only operations that failed would have put in."
                      : ", which no operation put in.");
}

}  // namespace

std::string object_to(const Operation& op, std::initializer_list<Fn> known) {
  if (op.mops.size() > 1) return "is a transaction of several steps";
  const Fn fn = op.mops.front().fn;
  if (std::find(known.begin(), known.end(), fn) != known.end()) return {};
  return "is a " + std::string(fn_name(fn));
}

std::uint64_t hash_values(std::span<const Value> values) {
  std::uint64_t hash = values.size();
  for (const Value& value : values) {
    hash = (hash ^ value.hash()) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
  }
  return hash;
}

bool found_empty(const Operation& op, Fn take) {
  return op.mops.front().fn == take && op.outcome == Outcome::ok && op.mops.front().result.is_nil();
}

Separable collection_parts(const Operation& op, Fn take, std::vector<Part>& parts) {
  const Mop& mop = op.mops.front();
  if (mop.fn != take) {
    parts.push_back({mop.key, mop.argument, true});
    return Separable::yes;
  }
  if (op.outcome == Outcome::info) return Separable::no;
  if (!mop.result.is_nil()) parts.push_back({mop.key, mop.result, false});
  return Separable::yes;
}

void drop_untaken(const History& history, Fn put, Fn take, std::vector<OpId>& ids) {
  std::vector<Value> unknown;
  for (const OpId id : ids) {
    const Operation op = history.at(id);
    if (op.outcome == Outcome::info && op.mops.front().fn == put) unknown.push_back(op.mops.front().argument);
  }
  if (unknown.empty()) return;
  std::sort(unknown.begin(), unknown.end());
  unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
  std::vector<bool> taken(unknown.size(), false);
  const auto place_of = [&](const Value& value) {
    const auto found = std::lower_bound(unknown.begin(), unknown.end(), value);
    const bool there = found != unknown.end() && *found == value;
    return there ? static_cast<std::size_t>(found - unknown.begin()) : unknown.size();
  };
  for (const OpId id : ids) {
    const Operation op = history.at(id);
    if (op.outcome != Outcome::ok || op.mops.front().fn != take) continue;
    const std::size_t place = place_of(op.mops.front().result);
    if (place < taken.size()) taken[place] = true;
  }
  std::erase_if(ids, [&](OpId id) {
    const Operation op = history.at(id);
    if (op.outcome != Outcome::info || op.mops.front().fn != put) return false;
    return !taken[place_of(op.mops.front().argument)];
  });
}

TakeTimes::TakeTimes(const History& history, std::span<const OpId> ids, Fn put, Fn take) {
  for (const OpId id : ids) {
    const Operation op = history.at(id);
    const Mop& mop = op.mops.front();
    if (mop.fn == put) ++times_[mop.argument].puts;
    if (mop.fn == take && op.outcome == Outcome::info) thieves_.push_back(op.invoked);
    if (mop.fn != take || op.outcome != Outcome::ok || mop.result.is_nil()) continue;
    Times& its = times_[mop.result];
    ++its.takes;
    its.first = std::min(its.first, op.invoked);
    its.last = std::max(its.last, op.completed);
  }
  std::sort(thieves_.begin(), thieves_.end());
  for (auto& [value, its] : times_) {
    if (its.puts <= its.takes) continue;
    its.last = kNever;
    if (!thieves_.empty()) its.first = std::min(its.first, thieves_.front());
  }
}

bool TakeTimes::can_precede(const Value& first, const Value& second) const {
  const auto a = times_.find(first), b = times_.find(second);
  return a == times_.end() || b == times_.end() || b->second.last >= a->second.first;
}

bool TakeTimes::is_lost(const Value& value) const {
  const auto found = times_.find(value);
  return found == times_.end() || found->second.takes == 0;
}

bool TakeTimes::may_stay(const Value& value) const {
  const auto found = times_.find(value);
  return found == times_.end() || found->second.last == kNever;
}

std::size_t TakeTimes::thieves_before(const Value& value) const {
  const auto found = times_.find(value);
  if (found == times_.end()) return thieves_.size();
  return static_cast<std::size_t>(std::upper_bound(thieves_.begin(), thieves_.end(), found->second.last) -
                                  thieves_.begin());
}

TakeRanks::TakeRanks(const History& history, std::span<const OpId> ids, Fn put, Fn take) {
  constexpr std::size_t kCandidatesPerTake = 64;
  struct Take {
    Nanos invoked, completed;
    OpId id;
  };
  std::vector<Take> takes;
  std::vector<Nanos> began, ended, thieves;
  std::vector<Value> puts, taken;
  for (const OpId id : ids) {
    const Operation op = history.at(id);
    const Mop& mop = op.mops.front();
    if (mop.fn == put) puts.push_back(mop.argument);
    if (mop.fn != take || found_empty(op, take)) continue;
    if (op.outcome == Outcome::info) {
      thieves.push_back(op.invoked);
      continue;
    }
    taken.push_back(mop.result);
    takes.push_back({op.invoked, op.completed, id});
    began.push_back(op.invoked);
    ended.push_back(op.completed);
  }
  std::sort(puts.begin(), puts.end());
  std::sort(taken.begin(), taken.end());
  std::set_difference(puts.begin(), puts.end(), taken.begin(), taken.end(), std::back_inserter(surplus_));
  std::sort(began.begin(), began.end());
  std::sort(ended.begin(), ended.end());
  const auto before = [&](Nanos time) {
    return static_cast<std::size_t>(std::lower_bound(ended.begin(), ended.end(), time) - ended.begin());
  };
  sure_ = takes.size();
  for (const Nanos thief : thieves) sure_ = std::min(sure_, before(thief));
  const std::size_t ranks = takes.size() + thieves.size();
  for (const Take& one : takes) {
    const auto later =
        static_cast<std::size_t>(began.end() - std::upper_bound(began.begin(), began.end(), one.completed));
    for (std::size_t rank = before(one.invoked); rank < ranks - later; ++rank) {
      candidates_.push_back({rank, history.at(one.id).mops.front().result});
      if (candidates_.size() > kCandidatesPerTake * takes.size()) return;
    }
  }
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.rank != b.rank ? a.rank < b.rank : a.value < b.value;
  });
  known_ = true;
}

bool TakeRanks::can_be_number(std::size_t rank, const Value& value) const {
  if (!known_) return true;
  if (rank >= sure_ && std::binary_search(surplus_.begin(), surplus_.end(), value)) return true;
  const auto found = std::lower_bound(candidates_.begin(), candidates_.end(), rank,
                                      [&](const Candidate& a, std::size_t wanted) {
                                        return a.rank != wanted ? a.rank < wanted : a.value < value;
                                      });
  return found != candidates_.end() && found->rank == rank && found->value == value;
}

void name_collection_violation(const History& history, std::span<const OpId> witness, Fn put, Fn take,
                               const char* order_name, std::string& anomaly, std::string& summary) {
  bool empty = false;
  std::vector<Value> in, out;
  for (const OpId id : witness) {
    const Operation op = history.at(id);
    const Mop& mop = op.mops.front();
    if (mop.fn == put) in.push_back(mop.argument);
    empty = empty || found_empty(op, take);
    if (mop.fn == take && op.outcome == Outcome::ok && !mop.result.is_nil()) out.push_back(mop.result);
  }
  const std::string it = std::string(fn_name(take));
  for (const Value& value : out) {
    const auto puts = std::count(in.begin(), in.end(), value);
    const auto takes = std::count(out.begin(), out.end(), value);
    if (puts == 0) {
      name_unexplained(history, witness.front(), value, put, take, anomaly, summary);
      return;
    }
    if (takes > puts) {
      anomaly = "duplicate-element";
      summary = "Element " + value.to_string() + " was put in " + std::to_string(puts) +
                (puts == 1 ? " time" : " times") + " and taken out " + std::to_string(takes) + " times.";
      return;
    }
  }
  if (out.size() == 1 && in.size() == 1 && !empty) {
    anomaly = "future-element";
    summary = "A " + it + " returned " + out.front().to_string() + " before it was put in.";
  } else if (empty) {
    anomaly = "wrong-empty";
    summary = "A " + it + " found nothing, although something was there all the time that it took.";
  } else if (!out.empty()) {
    anomaly = order_name;
    summary =
        "Elements were taken out in an order that they cannot have had (" + std::string(order_name) + ").";
  }
}

}  // namespace assay::checkers
