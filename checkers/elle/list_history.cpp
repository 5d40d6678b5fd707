#include "checkers/elle/list_history.h"

#include <algorithm>
#include <cstring>

namespace assay::checkers::elle {

namespace {

// An append of an operation that did not fail.
struct Append {
  std::int64_t code;
  OpId op;
  std::uint32_t key;
};

// Dense numbers of keys: a table for small keys, which is what histories have, and a map for the others.
class KeyNumbers {
 public:
  explicit KeyNumbers(std::vector<ListHistory::KeyRow>& rows) : rows_(rows) {}

  std::uint32_t of(Key key) {
    if (key >= 0 && key < kTableMax) {
      const auto place = static_cast<std::size_t>(key);
      if (place >= table_.size()) table_.resize(std::max(place + 1, table_.size() * 2), 0);
      if (table_[place] == 0) table_[place] = add(key) + 1;
      return table_[place] - 1;
    }
    const auto [found, fresh] = map_.try_emplace(key, 0);
    if (fresh) found->second = add(key);
    return found->second;
  }

 private:
  static constexpr Key kTableMax = Key{1} << 22;

  std::uint32_t add(Key key) {
    rows_.emplace_back().name = key;
    return static_cast<std::uint32_t>(rows_.size() - 1);
  }

  std::vector<ListHistory::KeyRow>& rows_;
  std::vector<std::uint32_t> table_;
  std::unordered_map<Key, std::uint32_t> map_;
};

// Numbers for elements: an integer is its own, anything else gets one of a range that integers are taken out of.
class ElementCodes {
 public:
  static constexpr std::int64_t kUnseen = INT64_MIN;

  std::int64_t add(const Value& element) {
    if (plain(element)) return element.as_integer();
    const auto next = kFirst + static_cast<std::int64_t>(codes_.size());
    return codes_.try_emplace(element, next).first->second;
  }
  std::int64_t find(const Value& element) const {
    if (plain(element)) return element.as_integer();
    const auto found = codes_.find(element);
    return found == codes_.end() ? kUnseen : found->second;
  }

 private:
  static constexpr std::int64_t kFirst = INT64_MIN + 1;
  static constexpr std::int64_t kIntegersFrom = INT64_MIN / 2;

  struct Hash {
    std::size_t operator()(const Value& value) const { return value.hash(); }
  };
  static bool plain(const Value& element) {
    return element.is_integer() && element.as_integer() >= kIntegersFrom;
  }

  std::unordered_map<Value, std::int64_t, Hash> codes_;
};

class Reader {
 public:
  Reader(const History& history, Limits& limits, Charge& charge, ListHistory& lists)
      : history_(history), limits_(limits), charge_(charge), lists_(lists), numbers_(lists.keys) {}

  bool run(std::string& error) {
    if (!collect(error) || !sort_appends()) return false;
    if (!place_versions(error)) return false;
    return compare_reads();
  }

 private:
  static constexpr std::size_t kLook = 4096;  // operations between looks at the limits

  // Memory of the arrays as they grow; false when too much.
  bool account() {
    const std::size_t held =
        lists_.reads.capacity() * sizeof(ListHistory::Read) + appends_.capacity() * sizeof(Append) * 2 +
        lists_.keys.capacity() * sizeof(ListHistory::KeyRow) + lists_.times.invoked.capacity() * 16;
    if (held > charged_) {
      charge_.grow(held - charged_);
      charged_ = held;
    }
    return !limits_.spent();
  }

  bool collect(std::string& error) {
    const std::size_t reserved = 2 * (sizeof(ListHistory::Read) + sizeof(Append));
    if (!limits_.fits(history_.size() * (16 + reserved))) return false;
    lists_.history = &history_;
    lists_.times.invoked.reserve(history_.size());
    lists_.times.completed.reserve(history_.size());
    // Memory that is reserved but never touched costs nothing.
    lists_.reads.reserve(history_.size() * 2);
    appends_.reserve(history_.size() * 2);
    for (const Operation op : history_.operations()) {
      if (op.id % kLook == 0 && !account()) return false;
      lists_.times.invoked.push_back(op.invoked);
      lists_.times.completed.push_back(op.outcome == Outcome::ok ? op.completed : kNever);
      if (op.outcome == Outcome::fail) continue;
      lists_.transactions += op.outcome == Outcome::ok ? 1 : 0;
      bool again = false;
      for (std::uint32_t i = 0; i < op.mops.size(); ++i) {
        const Mop& mop = op.mops[i];
        if (mop.fn != Fn::read && mop.fn != Fn::append) {
          error = "operation " + std::to_string(op.id) + " does \"" + std::string(fn_name(mop.fn)) +
                  "\", and only reads and appends of lists are known here";
          return false;
        }
        const std::uint32_t key = numbers_.of(mop.key);
        const bool touched = lists_.keys[key].last_touch == op.id + 1;
        again = again || touched;
        lists_.keys[key].last_touch = op.id + 1;
        if (mop.fn == Fn::append) {
          add_append(op.id, key, mop);
        } else if (op.outcome == Outcome::ok && !add_read(op, key, i, touched, error)) {
          return false;
        }
      }
      if (again && op.outcome == Outcome::ok && contradicts_itself(op.mops)) lists_.suspects.push_back(op.id);
    }
    return account();
  }

  void add_append(OpId op, std::uint32_t key, const Mop& mop) {
    const std::int64_t code = codes_.add(mop.argument);
    ListHistory::KeyRow& row = lists_.keys[key];
    ++row.appends;
    row.low = std::min(row.low, code);
    row.high = std::max(row.high, code);
    appends_.push_back({code, op, key});
  }

  bool add_read(const Operation& op, std::uint32_t key, std::uint32_t mop_index, bool touched,
                std::string& error) {
    const Value& result = op.mops[mop_index].result;
    ListHistory::Read read{nullptr, op.id, key, 0, mop_index};
    if (result.kind() == Value::Kind::list) {
      const auto elements = touched ? list_of_others(op.mops, mop_index) : result.as_list();
      read.elements = elements.data();
      read.length = static_cast<std::uint32_t>(elements.size());
    } else if (!result.is_nil()) {
      error = "operation " + std::to_string(op.id) + " read " + result.to_string() + ", which is no list";
      return false;
    }
    ListHistory::KeyRow& row = lists_.keys[key];
    if (row.longest_reader == kNoOp || read.length > row.observed) {
      row.longest = read.elements;
      row.observed = read.length;
      row.longest_reader = op.id;
    }
    ++lists_.observed_reads;
    lists_.reads.push_back(read);
    return true;
  }

  // Appends by key; those of one key stay in the history's order.
  bool sort_appends() {
    begin_.assign(lists_.keys.size() + 1, 0);
    for (std::size_t key = 0; key < lists_.keys.size(); ++key) {
      begin_[key + 1] = begin_[key] + lists_.keys[key].appends;
    }
    std::vector<std::uint32_t> place(begin_.begin(), begin_.end() - 1);
    by_key_.resize(appends_.size());
    for (const Append& append : appends_) by_key_[place[append.key]++] = append;
    std::vector<Append>().swap(appends_);
    return !limits_.spent();
  }

  // Makes `find_append` work for one key. Returns false when an element was appended twice.
  bool index_key(std::uint32_t key) {
    const ListHistory::KeyRow& row = lists_.keys[key];
    const std::uint64_t range =
        row.appends == 0 ? 0 : static_cast<std::uint64_t>(row.high) - static_cast<std::uint64_t>(row.low);
    direct_ = range < std::uint64_t{row.appends} * 8 + 64;
    if (direct_) {
      table_.assign(row.appends == 0 ? 0 : range + 1, kNoOp);
      for (std::uint32_t i = begin_[key]; i < begin_[key + 1]; ++i) {
        std::uint32_t& entry = table_[static_cast<std::size_t>(by_key_[i].code - row.low)];
        if (entry != kNoOp) return repeated(key, i);
        entry = i;
      }
      return true;
    }
    sorted_.resize(row.appends);
    for (std::uint32_t i = 0; i < row.appends; ++i) sorted_[i] = begin_[key] + i;
    std::sort(sorted_.begin(), sorted_.end(),
              [this](std::uint32_t a, std::uint32_t b) { return by_key_[a].code < by_key_[b].code; });
    for (std::size_t i = 1; i < sorted_.size(); ++i) {
      if (by_key_[sorted_[i]].code == by_key_[sorted_[i - 1]].code) return repeated(key, sorted_[i]);
    }
    return true;
  }

  bool repeated(std::uint32_t key, std::uint32_t append) {
    repeated_ = "operation " + std::to_string(by_key_[append].op) + " appends to key " +
                history_.key_name(lists_.keys[key].name) + " an element that was appended before";
    return false;
  }

  // The append of that code to the key indexed last; kNoOp when there is none.
  std::uint32_t find_append(std::uint32_t key, std::int64_t code) const {
    const ListHistory::KeyRow& row = lists_.keys[key];
    if (row.appends == 0 || code < row.low || code > row.high) return kNoOp;
    if (direct_) return table_[static_cast<std::size_t>(code - row.low)];
    const auto found =
        std::lower_bound(sorted_.begin(), sorted_.end(), code,
                         [this](std::uint32_t a, std::int64_t wanted) { return by_key_[a].code < wanted; });
    return found != sorted_.end() && by_key_[*found].code == code ? *found : kNoOp;
  }

  bool place_versions(std::string& error) {
    lists_.writer.reserve(by_key_.size());
    lists_.flags.reserve(by_key_.size());
    charge_.grow(by_key_.size() * 6);
    placed_.assign(by_key_.size(), 0);
    for (std::uint32_t key = 0; key < lists_.keys.size(); ++key) {
      if (key % 64 == 0 && limits_.spent()) return false;
      if (!index_key(key)) {
        error = repeated_;
        return false;
      }
      ListHistory::KeyRow& row = lists_.keys[key];
      row.slot_begin = static_cast<std::uint32_t>(lists_.writer.size());
      for (std::uint32_t i = 0; i < row.observed; ++i)
        place(key, find_append(key, codes_.find(row.longest[i])));
      OpId first_unseen = kNoOp;
      for (std::uint32_t i = begin_[key]; i < begin_[key + 1]; ++i) {
        if (placed_[i] != 0) continue;
        if (first_unseen == kNoOp) first_unseen = by_key_[i].op;
        row.tail_is_open = row.tail_is_open || by_key_[i].op != first_unseen;
        place(key, i);
      }
      row.slot_end = static_cast<std::uint32_t>(lists_.writer.size());
      lists_.open_tails += row.tail_is_open ? 1 : 0;
    }
    return true;
  }

  void place(std::uint32_t key, std::uint32_t append) {
    using Flag = ListHistory::SlotFlag;
    if (append == kNoOp) {
      lists_.gaps = true;
      lists_.writer.push_back(kNoOp);
      lists_.flags.push_back(Flag::unknown);
      return;
    }
    if (placed_[append] != 0) {  // an element twice: only its first place counts
      lists_.keys[key].broken = lists_.gaps = true;
      lists_.writer.push_back(kNoOp);
      lists_.flags.push_back(Flag::repeated);
      return;
    }
    placed_[append] = 1;
    const bool more = append + 1 < begin_[key + 1] && by_key_[append + 1].op == by_key_[append].op;
    lists_.writer.push_back(by_key_[append].op);
    lists_.flags.push_back(more ? Flag::intermediate : Flag::none);
  }

  // Sets apart the reads whose list is no prefix of the longest one, and those that end within another transaction.
  bool compare_reads() {
    constexpr std::uint32_t kAhead = 8;  // lists are far apart in memory
    const auto count = static_cast<std::uint32_t>(lists_.reads.size());
    for (std::uint32_t i = 0; i < count; ++i) {
      if (i % kLook == 0 && limits_.spent()) return false;
      if (i + kAhead < count) __builtin_prefetch(lists_.reads[i + kAhead].elements);
      const ListHistory::Read& read = lists_.reads[i];
      if (read.length == 0) continue;
      ListHistory::KeyRow& row = lists_.keys[read.key];
      if (!is_prefix(read, row)) {
        row.broken = true;
        lists_.misfits.push_back(i);
        continue;
      }
      const std::uint32_t slot = row.slot_begin + read.length - 1;
      if (lists_.flags[slot] == ListHistory::SlotFlag::intermediate && lists_.writer[slot] != read.op) {
        lists_.intermediate_reads.push_back(i);
      }
    }
    return true;
  }

  static bool is_prefix(const ListHistory::Read& read, const ListHistory::KeyRow& row) {
    if (read.elements == row.longest) return true;
    // Equal bytes are equal values; different ones need a look.
    return std::memcmp(static_cast<const void*>(read.elements), static_cast<const void*>(row.longest),
                       read.length * sizeof(Value)) == 0 ||
           std::equal(read.elements, read.elements + read.length, row.longest);
  }

  const History& history_;
  Limits& limits_;
  Charge& charge_;
  ListHistory& lists_;
  KeyNumbers numbers_;
  ElementCodes codes_;
  std::vector<Append> appends_;
  std::vector<Append> by_key_;
  std::vector<std::uint32_t> begin_;  // of each key in by_key_
  std::vector<std::uint8_t> placed_;
  std::vector<std::uint32_t> table_;
  std::vector<std::uint32_t> sorted_;
  std::string repeated_;
  std::size_t charged_ = 0;
  bool direct_ = false;
};

}  // namespace

std::span<const Value> list_of_others(std::span<const Mop> mops, std::size_t read) {
  if (mops[read].result.kind() != Value::Kind::list) return {};
  const auto elements = mops[read].result.as_list();
  std::size_t others = elements.size();
  for (std::size_t i = read; i-- > 0 && others > 0;) {
    if (mops[i].key != mops[read].key || mops[i].fn != Fn::append) continue;
    if (elements[others - 1] != mops[i].argument) return elements;
    --others;
  }
  return elements.first(others);
}

bool contradicts_itself(std::span<const Mop> mops) {
  const auto list_of = [&](std::size_t i) {
    return mops[i].result.kind() == Value::Kind::list ? mops[i].result.as_list() : std::span<const Value>();
  };
  for (std::size_t i = 0; i < mops.size(); ++i) {
    if (mops[i].fn != Fn::read) continue;
    auto rest = list_of(i);  // without what the steps before appended, the last first
    for (std::size_t j = i; j-- > 0;) {
      if (mops[j].key != mops[i].key) continue;
      if (mops[j].fn == Fn::read) {
        const auto before = list_of(j);
        if (!std::equal(rest.begin(), rest.end(), before.begin(), before.end())) return true;
        break;
      }
      if (rest.empty() || rest.back() != mops[j].argument) return true;
      rest = rest.first(rest.size() - 1);
    }
    // Nothing else of its own may be there.
    for (std::size_t j = 0; j < mops.size(); ++j) {
      if (mops[j].fn != Fn::append || mops[j].key != mops[i].key) continue;
      const auto others = list_of_others(mops, i);
      if (std::find(others.begin(), others.end(), mops[j].argument) != others.end()) return true;
    }
  }
  return false;
}

std::vector<bool> committed(const ListHistory& lists) {
  std::vector<bool> sure(lists.times.size(), false);
  for (const Operation op : lists.history->operations())
    sure[op.id] = op.outcome == Outcome::ok && !op.mops.empty();
  for (const ListHistory::KeyRow& row : lists.keys) {
    for (std::uint32_t slot = row.slot_begin; slot < row.slot_begin + row.observed; ++slot) {
      if (lists.writer[slot] != kNoOp) sure[lists.writer[slot]] = true;
    }
  }
  return sure;
}

bool read_lists(const History& history, Limits& limits, Charge& charge, ListHistory& lists,
                std::string& error) {
  return Reader(history, limits, charge, lists).run(error);
}

}  // namespace assay::checkers::elle
