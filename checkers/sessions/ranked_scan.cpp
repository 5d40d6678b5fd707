#include "checkers/sessions/ranked_scan.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

namespace assay::checkers {

namespace {

constexpr std::int64_t kOldest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kUnplaced = std::numeric_limits<std::int64_t>::max();  // newer than all that was seen
constexpr OpId kNoOperation = std::numeric_limits<OpId>::max();
constexpr std::size_t kUnwrittenMax = 4;

// The newest versions that a session read and wrote of a key.
struct Seen {
  std::int64_t read = kOldest, write = kOldest;
  OpId reader = kNoOperation, writer = kNoOperation;
};

// Small numbers as they are, others from a map: places for tables.
class Places {
 public:
  std::size_t of(std::int64_t name) {
    if (static_cast<std::uint64_t>(name) < kDirect) return static_cast<std::size_t>(name);
    return kDirect + others_.try_emplace(name, others_.size()).first->second;
  }

 private:
  static constexpr std::uint64_t kDirect = std::uint64_t{1} << 16;
  std::unordered_map<std::int64_t, std::size_t> others_;
};

class RankTable {
 public:
  explicit RankTable(Limits& limits) : charge_(limits) {}

  Seen& of(ProcessId process, Key key) {
    const std::size_t session = sessions_.of(process);
    if (session >= seen_.size()) seen_.resize(session + 1);
    std::vector<Seen>& row = seen_[session];
    const std::size_t place = keys_.of(key);
    if (place >= row.size()) grow(row, place + 1);
    return row[place];
  }
  // Nothing follows in that session.
  void retire(ProcessId process) {
    const std::size_t session = sessions_.of(process);
    if (session >= seen_.size()) return;
    charge_.shrink(seen_[session].capacity() * sizeof(Seen));
    seen_[session] = {};
  }

 private:
  void grow(std::vector<Seen>& row, std::size_t size) {
    const std::size_t before = row.capacity();
    row.resize(std::max(size, row.size() + row.size() / 2));
    charge_.grow((row.capacity() - before) * sizeof(Seen));
  }

  Charge charge_;
  Places sessions_, keys_;
  std::vector<std::vector<Seen>> seen_;
};

class Comparer {
 public:
  // `unique`: a version that was read before it is written is newer than it may be; else values may be
  // written twice.
  Comparer(unsigned wanted, bool unique, Limits& limits, RankedResult& result)
      : wanted_(wanted), unique_(unique), table_(limits), result_(result) {}

  void read(const Operation& op, Key key, std::int64_t rank) {
    ++result_.reads;
    Seen& seen = table_.of(op.process, key);
    if (rank < seen.write) add(Guarantee::read_your_writes, key, seen.writer, op.id);
    if (rank < seen.read) add(Guarantee::monotonic_reads, key, seen.reader, op.id);
    if (rank <= seen.read) return;
    seen.read = rank;
    seen.reader = op.id;
  }
  void write(const Operation& op, Key key, std::int64_t rank) {
    ++result_.writes;
    Seen& seen = table_.of(op.process, key);
    if (rank < seen.write) add(Guarantee::monotonic_writes, key, seen.writer, op.id);
    if (rank < seen.read || (unique_ && rank == seen.read))
      add(Guarantee::writes_follow_reads, key, seen.reader, op.id);
    if (rank <= seen.write) return;
    seen.write = rank;
    seen.writer = op.id;
  }
  void retire(ProcessId process) { table_.retire(process); }

 private:
  void add(Guarantee guarantee, Key key, OpId earlier, OpId later) {
    // Within one transaction an earlier write is no version of its own.
    if (earlier == later) return;
    if ((wanted_ & (bit(guarantee) | bit(Guarantee::session_causal))) == 0) return;
    result_.violations.add({guarantee, key, earlier, later, {}});
  }

  unsigned wanted_;
  bool unique_;
  RankTable table_;
  RankedResult& result_;
};

// Elements of lists by key and value.
class ElementPlaces {
 public:
  std::int64_t& of(Key key, const Value& element) { return places_[{key, element}]; }
  // From 1; 0 when it is not there.
  std::int64_t find(Key key, const Value& element) const {
    const auto found = places_.find({key, element});
    return found == places_.end() ? 0 : found->second;
  }
  std::size_t bytes() const { return places_.size() * 64; }

 private:
  struct Hash {
    std::size_t operator()(const std::pair<Key, Value>& name) const {
      return name.second.hash() ^ static_cast<std::uint64_t>(name.first) * 0x9e3779b97f4a7c15u;
    }
  };
  std::unordered_map<std::pair<Key, Value>, std::int64_t, Hash> places_;
};

class ListScan {
 public:
  ListScan(const History& history, unsigned wanted, Limits& limits, RankedResult& result)
      : history_(history),
        wanted_(wanted),
        limits_(limits),
        result_(result),
        charge_(limits),
        comparer_(wanted, true, limits, result) {}

  bool run() {
    if (!find_longest()) return false;
    for (const Key key : keys_) place(key);
    charge_.grow(places_.bytes() + appended_.bytes());
    for (const Operation op : history_.operations()) {
      if (op.id % kAskEvery == 0 && limits_.spent()) return false;
      if (op.outcome == Outcome::info) comparer_.retire(op.process);
      if (op.outcome == Outcome::ok) compare(op);
    }
    // The longest list shows the order.
    for (auto& violations : result_.violations.first) {
      for (SessionViolation& violation : violations) {
        const auto found = longest_.find(violation.key);
        if (found != longest_.end()) violation.evidence.push_back(found->second.second);
      }
    }
    return true;
  }

 private:
  static std::span<const Value> elements(const Mop& mop) {
    return mop.result.kind() == Value::Kind::list ? mop.result.as_list() : std::span<const Value>();
  }

  bool find_longest() {
    for (const Operation op : history_.operations()) {
      if (op.id % kAskEvery == 0 && limits_.spent()) return false;
      for (const Mop& mop : op.mops) {
        if (mop.fn == Fn::append && op.outcome != Outcome::fail)
          appended_.of(mop.key, mop.argument) = op.id + 1;
        if (mop.fn != Fn::read || op.outcome != Outcome::ok) continue;
        const auto [found, fresh] = longest_.try_emplace(mop.key, &mop, op.id);
        if (fresh) keys_.push_back(mop.key);
        if (elements(mop).size() > elements(*found->second.first).size()) found->second = {&mop, op.id};
      }
    }
    return true;
  }

  void place(Key key) {
    std::int64_t at = 0;
    for (const Value& element : elements(*longest_[key].first)) places_.of(key, element) = ++at;
  }

  void compare(const Operation& op) {
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::append) {
        const std::int64_t place = places_.find(mop.key, mop.argument);
        result_.unordered += place == 0 ? 1 : 0;
        comparer_.write(op, mop.key, place == 0 ? kUnplaced : place);
      } else if (mop.fn == Fn::read) {
        check_prefix(op, mop);
        comparer_.read(op, mop.key, static_cast<std::int64_t>(elements(mop).size()));
      }
    }
  }

  void check_prefix(const Operation& op, const Mop& mop) {
    const auto list = elements(mop);
    const auto& [longest, reader] = longest_.at(mop.key);
    for (const Value& element : list) {
      if (appended_.find(mop.key, element) != 0) continue;
      if (result_.unwritten.size() < kUnwrittenMax) result_.unwritten.push_back(op.id);
      break;
    }
    if ((wanted_ & bit(Guarantee::consistent_prefix)) == 0) return;
    if (std::equal(list.begin(), list.end(), elements(*longest).begin())) return;
    result_.violations.add(
        {Guarantee::consistent_prefix, mop.key, std::min(op.id, reader), std::max(op.id, reader), {}});
  }

  const History& history_;
  unsigned wanted_;
  Limits& limits_;
  RankedResult& result_;
  Charge charge_;
  Comparer comparer_;
  std::unordered_map<Key, std::pair<const Mop*, OpId>> longest_;
  std::vector<Key> keys_;
  ElementPlaces places_, appended_;
};

}  // namespace

bool scan_monotonic(const History& history, unsigned wanted, Limits& limits, RankedResult& result) {
  Comparer comparer(wanted, false, limits, result);
  const auto rank = [&](const Value& value) {
    if (value.is_integer()) return value.as_integer();
    result.unordered += value.is_nil() ? 0 : 1;
    return kOldest;
  };
  for (const Operation op : history.operations()) {
    if (op.id % kAskEvery == 0 && limits.spent()) return false;
    if (op.outcome == Outcome::info) comparer.retire(op.process);
    if (op.outcome != Outcome::ok) continue;
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::read) {
        comparer.read(op, mop.key, rank(mop.result));
      } else if (mop.fn == Fn::write) {
        comparer.write(op, mop.key, rank(mop.argument));
      } else if (mop.fn == Fn::cas) {
        comparer.read(op, mop.key, rank(mop.argument.first()));
        comparer.write(op, mop.key, rank(mop.argument.second()));
      }
    }
  }
  return true;
}

bool scan_lists(const History& history, unsigned wanted, Limits& limits, RankedResult& result) {
  return ListScan(history, wanted, limits, result).run();
}

}  // namespace assay::checkers
