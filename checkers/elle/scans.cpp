#include "checkers/elle/scans.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "checkers/elle/time_order.h"
#include "harness/core/predicate.h"

namespace assay::checkers::elle {

namespace {

constexpr std::size_t kFindingsMax = 4;

// A value that an operation of any outcome writes to a key.
struct Written {
  Value value;
  Key key;
  OpId op;
};

std::span<const Value> rows_of(const Mop& scan) {
  return scan.result.is_nil() ? std::span<const Value>() : scan.result.as_list();
}

const Value* value_written(const Mop& mop, Value& scratch) {
  if (mop.fn == Fn::write) return &mop.argument;
  if (mop.fn != Fn::cas || mop.argument.kind() != Value::Kind::pair) return nullptr;
  scratch = mop.argument.second();
  return &scratch;
}

class Reader {
 public:
  Reader(const History& history, const Value& initial, Limits& limits, Charge& charge, Scans& scans,
         bool missed_are_reads)
      : history_(history),
        initial_(initial),
        limits_(limits),
        charge_(charge),
        scans_(scans),
        missed_are_reads_(missed_are_reads) {}

  bool run(std::string& error) {
    const std::size_t bytes = history_.memory_bytes();
    if (!limits_.fits(bytes)) return false;
    charge_.grow(bytes);
    if (!check_and_collect(error) || !sort_writes()) return false;
    HistoryBuilder builder;
    builder.set_node_names(history_.node_names());
    std::vector<Mop> mops;
    for (Operation op : history_.operations()) {
      if (op.id % kAskEvery == 0 && limits_.spent()) return false;
      mops.clear();
      for (std::size_t i = 0; i < op.mops.size(); ++i) {
        if (op.mops[i].fn != Fn::scan) {
          mops.push_back(op.mops[i]);
        } else if (op.outcome == Outcome::ok) {
          ++scans_.ok_scans;
          if (!read_scan(op, i, mops)) return false;
        }
      }
      name_keys(mops, builder);
      op.mops = mops;
      builder.add(op);
    }
    scans_.items = builder.build();
    return !limits_.spent();
  }

 private:
  bool check_and_collect(std::string& error) {
    Value scratch;
    for (const Operation op : history_.operations()) {
      if (op.id % kAskEvery == 0 && limits_.spent()) return false;
      for (const Mop& mop : op.mops) {
        if (const Value* const value = value_written(mop, scratch)) {
          writes_.push_back({*value, mop.key, op.id});
        } else if (mop.fn == Fn::scan && !(is_predicate(mop.argument) && are_rows(mop.result))) {
          error =
              "operation " + std::to_string(op.id) +
              " scans, but with an unknown predicate or for something that is no list of pairs (key, value)";
          return false;
        }
      }
    }
    return true;
  }

  bool sort_writes() {
    const std::size_t bytes = writes_.size() * (sizeof(Written) + sizeof(std::uint32_t));
    if (!limits_.fits(bytes)) return false;
    charge_.grow(bytes);
    std::stable_sort(writes_.begin(), writes_.end(),
                     [](const Written& a, const Written& b) { return a.key < b.key; });
    by_value_.resize(writes_.size());
    for (std::uint32_t i = 0; i < by_value_.size(); ++i) by_value_[i] = i;
    std::sort(by_value_.begin(), by_value_.end(), [this](std::uint32_t a, std::uint32_t b) {
      const auto order = writes_[a].value <=> writes_[b].value;
      return order != 0 ? order < 0 : a < b;
    });
    return !limits_.spent();
  }

  std::span<const Written> writes_to(Key key) const {
    const auto begin = std::lower_bound(writes_.begin(), writes_.end(), key,
                                        [](const Written& each, Key wanted) { return each.key < wanted; });
    auto end = begin;
    while (end != writes_.end() && end->key == key) ++end;
    return {begin, end};
  }

  // Keys of which every version but perhaps the initial one matches.
  const std::vector<Key>& sure_keys(const Value& predicate) {
    const auto [found, fresh] = sure_.try_emplace(predicate);
    if (!fresh) return found->second;
    std::vector<Key>& keys = found->second;
    const auto consider = [&](std::span<const Written> writes) {
      const bool all = std::all_of(writes.begin(), writes.end(), [&](const Written& each) {
        return matches(predicate, each.key, each.value);
      });
      if (all) keys.push_back(writes.front().key);
    };
    if (predicate.kind() == Value::Kind::list && predicate.as_list()[0].as_text() == "=") {
      const Value& wanted = predicate.as_list()[1];
      auto at =
          std::lower_bound(by_value_.begin(), by_value_.end(), wanted,
                           [this](std::uint32_t i, const Value& value) { return writes_[i].value < value; });
      Key last = 0;
      for (bool first = true; at != by_value_.end() && writes_[*at].value == wanted; ++at, first = false) {
        if (!first && writes_[*at].key == last) continue;
        last = writes_[*at].key;
        consider(writes_to(last));
      }
    } else {
      for (std::size_t begin = 0; begin < writes_.size();) {
        std::size_t end = begin;
        while (end < writes_.size() && writes_[end].key == writes_[begin].key) ++end;
        consider(std::span(writes_).subspan(begin, end - begin));
        begin = end;
      }
    }
    std::sort(keys.begin(), keys.end());
    charge_.grow(keys.size() * sizeof(Key) + 64);
    return keys;
  }

  bool read_scan(const Operation& op, std::size_t place, std::vector<Mop>& mops) {
    const Mop& scan = op.mops[place];
    found_.clear();
    for (const Value& row : rows_of(scan)) {
      const Key key = row.first().as_integer();
      mops.push_back({Fn::read, key, {}, row.second()});
      if (!matches(scan.argument, key, row.second())) add_stranger(op, scan, row);
      found_.push_back(key);
    }
    std::sort(found_.begin(), found_.end());
    const auto twice = std::adjacent_find(found_.begin(), found_.end());
    if (twice != found_.end()) add_twice(op, *twice);
    own_.clear();
    for (std::size_t i = 0; i < place; ++i) {
      Value scratch;
      if (const Value* const value = value_written(op.mops[i], scratch)) own_[op.mops[i].key] = *value;
    }
    for (const auto& [key, value] : own_) {
      if (matches(scan.argument, key, value) && !found(key)) add_own(op, scan, key, value);
    }
    std::size_t before = scans_.missed.size();
    for (const Key key : sure_keys(scan.argument)) {
      if (found(key) || own_.contains(key)) continue;
      if (matches(scan.argument, key, initial_)) {
        add_miss(op, scan, key);
      } else {
        scans_.missed.push_back({op.id, key});
        if (missed_are_reads_) mops.push_back({Fn::read, key, {}, initial_});
        if (scans_.missed.size() % kAskEvery == 0 && !account()) return false;
      }
    }
    std::sort(scans_.missed.begin() + static_cast<std::ptrdiff_t>(before), scans_.missed.end(),
              [](const Missed& a, const Missed& b) { return a.key < b.key; });
    return account();
  }

  bool found(Key key) const { return std::binary_search(found_.begin(), found_.end(), key); }

  bool account() {
    const std::size_t each = sizeof(Missed) + (missed_are_reads_ ? sizeof(Mop) : 0);
    const std::size_t held = scans_.missed.capacity() * each;
    if (held > charged_) {
      if (!limits_.fits(held - charged_)) return false;
      charge_.grow(held - charged_);
      charged_ = held;
    }
    return !limits_.spent();
  }

  void name_keys(const std::vector<Mop>& mops, HistoryBuilder& builder) {
    for (const Mop& mop : mops) {
      if (!named_.insert(mop.key).second) continue;
      std::string name = history_.key_name(mop.key);
      if (name != std::to_string(mop.key)) builder.set_key_name(mop.key, std::move(name));
    }
  }

  std::string key_text(Key key) const { return "key " + history_.key_name(key); }

  void add(const char* name, const Operation& op, Key key, std::string summary, std::string step,
           OpId witness = kNoOp) {
    if (++counts_[name] > kFindingsMax) return;
    Finding finding;
    finding.object = key_text(key);
    finding.summary = std::move(summary);
    finding.steps = {"operation " + std::to_string(op.id) + " is " + describe(op) + ".", std::move(step)};
    finding.witness = {op.id};
    if (witness != kNoOp && witness != op.id) finding.witness.push_back(witness);
    std::sort(finding.witness.begin(), finding.witness.end());
    scans_.anomalies.push_back({anomaly_named(name), std::move(finding)});
  }

  void add_own(const Operation& op, const Mop& scan, Key key, const Value& value) {
    add("internal", op, key, "A predicate read did not find a row that its own transaction had written.",
        "It had written " + value.to_string() + " to " + key_text(key) + ", and then asked for " +
            predicate_text(scan.argument) + ", but did not find it.");
  }
  void add_twice(const Operation& op, Key key) {
    add("internal", op, key, "A predicate read found one row twice.",
        "It found " + key_text(key) + " more than once in one read.");
  }
  void add_stranger(const Operation& op, const Mop& scan, const Value& row) {
    add("predicate-read-miss", op, row.first().as_integer(),
        "A predicate read found a row that does not match its predicate.",
        "It asked for " + predicate_text(scan.argument) + ", and found " +
            key_text(row.first().as_integer()) + " with " + row.second().to_string() + ".");
  }
  void add_miss(const Operation& op, const Mop& scan, Key key) {
    add("predicate-read-miss", op, key, "A predicate read missed a row every version of which matches.",
        "It asked for " + predicate_text(scan.argument) + "; the initial value " + initial_.to_string() +
            " of " + key_text(key) + " matches, and so does whatever was written to it.",
        writes_to(key).front().op);
  }

  const History& history_;
  const Value& initial_;
  Limits& limits_;
  Charge& charge_;
  Scans& scans_;
  bool missed_are_reads_;
  std::size_t charged_ = 0;
  std::vector<Written> writes_;          // by key
  std::vector<std::uint32_t> by_value_;  // numbers of writes
  std::map<Value, std::vector<Key>> sure_;
  std::vector<Key> found_;    // of the scan at hand
  std::map<Key, Value> own_;  // what its transaction wrote before it
  std::set<Key> named_;
  std::map<std::string, std::size_t> counts_;
};

}  // namespace

bool has_scans(const History& history) {
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::scan) return true;
    }
  }
  return false;
}

bool read_scans(const History& history, const Value& initial, Limits& limits, Charge& charge, Scans& scans,
                std::string& error, bool missed_are_reads) {
  return Reader(history, initial, limits, charge, scans, missed_are_reads).run(error);
}

}  // namespace assay::checkers::elle
