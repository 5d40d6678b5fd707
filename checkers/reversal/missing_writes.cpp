#include "checkers/reversal/missing_writes.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

namespace assay::checkers {

namespace {

constexpr std::size_t kReadsPerQuestion = 1024;

struct Write {
  Nanos invoked = 0;
  Nanos completed = 0;
  OpId id = 0;
};

// The writes of each key in order of invocation, and of those from each one on the first to end.
class WritesByKey {
 public:
  explicit WritesByKey(const RegisterHistory& history, Charge& charge) : begin_(history.key_count() + 1, 0) {
    const auto each = [&](auto visit) {
      for (TransactionId id = 0; id < history.transaction_count(); ++id) {
        if (history.status(id) != RegisterHistory::Status::ok) continue;
        for (const RegisterMop& mop : history.mops(id)) {
          if (mop.is_last_write()) visit(id, mop.key());
        }
      }
    };
    each([&](TransactionId, KeyId key) { ++begin_[key + 1]; });
    for (std::size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
    writes_.resize(begin_.back());
    earliest_.resize(begin_.back());
    charge.grow(writes_.size() * (sizeof(Write) + 4) + begin_.size() * 8);
    std::vector<std::uint32_t> next(begin_.begin(), begin_.end() - 1);
    each([&](TransactionId id, KeyId key) {
      const Operation op = history.history().at(id);
      writes_[next[key]++] = {op.invoked, op.completed, id};
    });
    for (KeyId key = 0; key < history.key_count(); ++key) {
      for (std::uint32_t i = begin_[key + 1]; i-- > begin_[key];) {
        const bool last = i + 1 == begin_[key + 1];
        earliest_[i] =
            last || writes_[i].completed <= writes_[earliest_[i + 1]].completed ? i : earliest_[i + 1];
      }
    }
  }

  // Of the writes of a key that began after `time` the first to end, or null.
  const Write* first_to_end_after(KeyId key, Nanos time) const {
    const auto begin = writes_.begin() + begin_[key], end = writes_.begin() + begin_[key + 1];
    const auto after = std::upper_bound(
        begin, end, time, [](Nanos wanted, const Write& write) { return wanted < write.invoked; });
    return after == end ? nullptr : &writes_[earliest_[static_cast<std::size_t>(after - writes_.begin())]];
  }

 private:
  std::vector<std::uint32_t> begin_;
  std::vector<Write> writes_;
  std::vector<std::uint32_t> earliest_;
};

bool reads_several(const RegisterHistory& history, TransactionId id) {
  if (history.status(id) != RegisterHistory::Status::ok) return false;
  std::size_t reads = 0;
  for (const RegisterMop& mop : history.mops(id)) reads += reads_outside(mop, id) ? 1 : 0;
  return reads > 1;
}

// The elements of one key of a set, in order of their adds' ends.
struct Elements {
  std::vector<Write> adds;
  std::map<Value, OpId> writers;
};

}  // namespace

bool find_missing_in_real_time(const RegisterHistory& history, Limits& limits, MissingWrites& found) {
  if (!limits.fits(history.mop_count() * 28)) return false;
  Charge charge(limits);
  const WritesByKey writes(history, charge);
  for (TransactionId id = 0; id < history.transaction_count(); ++id) {
    if (id % kReadsPerQuestion == 0 && limits.spent()) return false;
    if (!reads_several(history, id)) continue;
    TransactionId newest = kNobody;  // of what it saw, the last to be invoked: ids are in that order
    for (const RegisterMop& mop : history.mops(id)) {
      if (reads_from_other(mop, id) && (newest == kNobody || mop.source > newest)) newest = mop.source;
    }
    if (newest == kNobody) continue;
    ++found.compared;
    const Nanos begun = history.history().at(newest).invoked;
    for (const RegisterMop& mop : history.mops(id)) {
      if (!reads_outside(mop, id)) continue;
      const Nanos seen =
          mop.has_source() ? history.history().at(mop.source).completed : std::numeric_limits<Nanos>::min();
      const Write* const missed = writes.first_to_end_after(mop.key(), seen);
      if (missed == nullptr || missed->completed >= begun) continue;
      found.add({missed->id, newest, id, mop.source, history.key(mop.key())});
    }
  }
  return true;
}

bool find_missing_by_process(const RegisterHistory& history, Limits& limits, MissingWrites& found) {
  if (!limits.fits(history.mop_count() * 64)) return false;
  Charge charge(limits, history.mop_count() * 64);
  std::unordered_map<std::uint64_t, std::vector<TransactionId>> writes;  // by session and key, in order
  const auto name = [&](SessionId session, KeyId key) {
    return session * std::uint64_t{history.key_count()} + key;
  };
  for (TransactionId id = 0; id < history.transaction_count(); ++id) {
    if (history.status(id) != RegisterHistory::Status::ok) continue;
    for (const RegisterMop& mop : history.mops(id)) {
      if (mop.is_last_write()) writes[name(history.session(id), mop.key())].push_back(id);
    }
  }
  std::map<SessionId, TransactionId> newest;
  for (TransactionId id = 0; id < history.transaction_count(); ++id) {
    if (id % kReadsPerQuestion == 0 && limits.spent()) return false;
    if (!reads_several(history, id)) continue;
    newest.clear();
    for (const RegisterMop& mop : history.mops(id)) {
      if (!reads_from_other(mop, id)) continue;
      TransactionId& last = newest.try_emplace(history.session(mop.source), mop.source).first->second;
      last = std::max(last, mop.source);
    }
    found.compared += newest.empty() ? 0 : 1;
    for (const RegisterMop& mop : history.mops(id)) {
      if (!reads_outside(mop, id)) continue;
      for (const auto& [session, last] : newest) {
        // Whether another process' write is older is not known.
        if (mop.has_source() && history.session(mop.source) != session) continue;
        const auto of_key = writes.find(name(session, mop.key()));
        if (of_key == writes.end()) continue;
        const auto& ids = of_key->second;
        const auto missed =
            mop.has_source() ? std::upper_bound(ids.begin(), ids.end(), mop.source) : ids.begin();
        if (missed == ids.end() || *missed >= last) continue;
        found.add({*missed, last, id, mop.source, history.key(mop.key())});
      }
    }
  }
  return true;
}

bool find_missing_elements(const History& history, Limits& limits, MissingWrites& found) {
  std::map<Key, Elements> keys;
  std::size_t held = 0;
  Charge charge(limits);
  for (const Operation op : history.operations()) {
    if (op.id % kReadsPerQuestion == 0 && limits.spent()) return false;
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::add || op.outcome == Outcome::fail) continue;
      Elements& elements = keys[mop.key];
      elements.writers.emplace(mop.argument, op.id);
      if (op.outcome == Outcome::ok) elements.adds.push_back({op.invoked, op.completed, op.id});
      if (++held % kReadsPerQuestion == 0) charge.grow(kReadsPerQuestion * 128);
    }
  }
  for (auto& [key, elements] : keys) {
    std::sort(elements.adds.begin(), elements.adds.end(),
              [](const Write& a, const Write& b) { return a.completed < b.completed; });
  }
  for (const Operation op : history.operations()) {
    if (op.id % kReadsPerQuestion == 0 && limits.spent()) return false;
    if (op.outcome != Outcome::ok) continue;
    std::set<OpId> seen;
    std::vector<Key> read;
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read || !keys.contains(mop.key)) continue;
      read.push_back(mop.key);
      if (mop.result.kind() != Value::Kind::list) continue;
      const Elements& elements = keys[mop.key];
      for (const Value& element : mop.result.as_list()) {
        const auto writer = elements.writers.find(element);
        if (writer != elements.writers.end()) seen.insert(writer->second);
      }
    }
    if (seen.empty()) continue;
    ++found.compared;
    const OpId newest = *seen.rbegin();
    const Nanos begun = history.at(newest).invoked;
    for (const Key key : read) {
      for (const Write& add : keys[key].adds) {
        if (add.completed >= begun) break;
        if (!seen.contains(add.id)) found.add({add.id, newest, op.id, kNobody, key});
      }
    }
  }
  return true;
}

}  // namespace assay::checkers
