#include "checkers/elle/list_anomalies.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace assay::checkers::elle {

namespace {

constexpr std::size_t kFindingsOfAKind = 4;
constexpr std::size_t kShownMax = 8;

std::span<const Value> list_of(const Value& value) {
  if (value.kind() != Value::Kind::list) return {};
  return value.as_list();
}

std::string operation_name(OpId id) { return "operation " + std::to_string(id); }

class Search {
 public:
  Search(const ListHistory& lists, Limits& limits, std::vector<Anomaly>& anomalies)
      : lists_(lists), history_(*lists.history), limits_(limits), anomalies_(anomalies) {}

  bool run() {
    std::size_t read = 0;
    for (std::size_t i = 0; i < lists_.suspects.size(); ++i) {
      if (i % 1024 == 0 && limits_.spent()) return false;
      const Operation op = history_.at(lists_.suspects[i]);
      check_inside(op);
      while (read < lists_.reads.size() && lists_.reads[read].op < op.id)
        ++read;  // reads are in the order of operations
      for (; read < lists_.reads.size() && lists_.reads[read].op == op.id; ++read)
        check_own(op, lists_.reads[read]);
    }
    for (const std::uint32_t each : lists_.intermediate_reads) check_intermediate(lists_.reads[each]);
    for (const std::uint32_t misfit : lists_.misfits) check_order(lists_.reads[misfit]);
    if (lists_.gaps || !lists_.misfits.empty()) check_strangers();
    return !limits_.spent();
  }

 private:
  std::string key_text(std::uint32_t key) const { return "key " + history_.key_name(lists_.keys[key].name); }

  bool enough(const char* name) { return ++counts_[name] > kFindingsOfAKind; }

  void add(const char* name, std::string object, std::string summary, std::vector<std::string> steps,
           std::vector<OpId> witness) {
    Anomaly anomaly;
    anomaly.name = anomaly_named(name);
    anomaly.finding.object = std::move(object);
    anomaly.finding.summary = std::move(summary);
    anomaly.finding.steps = std::move(steps);
    std::sort(witness.begin(), witness.end());
    witness.erase(std::unique(witness.begin(), witness.end()), witness.end());
    anomaly.finding.witness = std::move(witness);
    anomalies_.push_back(std::move(anomaly));
  }

  // A transaction against itself: what it read of a key must follow from what it did to the key before.
  void check_inside(const Operation& op) {
    for (std::size_t i = 0; i < op.mops.size(); ++i) {
      if (op.mops[i].fn != Fn::read) continue;
      const auto read = list_of(op.mops[i].result);
      std::vector<Value> expected;
      bool known = false, touched = false;
      for (std::size_t j = 0; j < i; ++j) {
        if (op.mops[j].key != op.mops[i].key) continue;
        touched = true;
        if (op.mops[j].fn == Fn::append) {
          expected.push_back(op.mops[j].argument);
        } else {
          const auto before = list_of(op.mops[j].result);
          expected.assign(before.begin(), before.end());
          known = true;
        }
      }
      if (!touched) continue;
      const bool fits = known ? std::equal(read.begin(), read.end(), expected.begin(), expected.end())
                              : read.size() >= expected.size() &&
                                    std::equal(expected.begin(), expected.end(),
                                               read.end() - static_cast<std::ptrdiff_t>(expected.size()));
      if (fits || enough("internal")) continue;
      const std::string key = "key " + history_.key_name(op.mops[i].key);
      const std::string wanted =
          known ? short_list(expected) : "a list that ends with " + short_list(expected);
      add("internal", key,
          "A transaction contradicts itself: it read " + key + " as " + short_list(read) +
              " after its own steps made it " + wanted + ".",
          {operation_name(op.id) + " is " + describe(op) + ".",
           "By its own earlier steps, " + key + " must then be " + wanted + ".",
           "But it read " + short_list(read) + "."},
          {op.id});
    }
  }

  // A list that holds an element of its own transaction, other than at the end where earlier steps put it.
  void check_own(const Operation& op, const ListHistory::Read& read) {
    const ListHistory::KeyRow& row = lists_.keys[read.key];
    const auto first = lists_.writer.begin() + row.slot_begin;
    if (!row.broken && std::find(first, first + read.length, op.id) == first + read.length) return;
    const std::span<const Value> others(read.elements, read.length);
    for (std::size_t j = 0; j < op.mops.size(); ++j) {
      const Mop& own = op.mops[j];
      if (own.fn != Fn::append || own.key != row.name) continue;
      if (std::find(others.begin(), others.end(), own.argument) == others.end()) continue;
      const bool later = j > read.mop;
      if (enough(later ? "future-read" : "internal")) return;
      const std::string key = key_text(read.key);
      const std::string element = own.argument.to_string();
      add(later ? "future-read" : "internal", key,
          later
              ? "A transaction read from " + key + " the element " + element +
                    ", which it appended only afterwards."
              : "A transaction read from " + key + " its own element " + element + " where it cannot stand.",
          {operation_name(op.id) + " is " + describe(op) + ".",
           "It read " + key + " as " + short_list(others) + " before anything that it had appended last.",
           later ? "It appended " + element + " to " + key + " later than that."
                 : "It had appended " + element + " to " + key +
                       " itself, once, behind what others had appended."},
          {op.id});
      return;
    }
  }

  void check_intermediate(const ListHistory::Read& read) {
    if (lists_.keys[read.key].broken || enough("G1b")) return;
    const OpId writer = lists_.writer[lists_.keys[read.key].slot_begin + read.length - 1];
    const std::string key = key_text(read.key);
    const std::string last = read.elements[read.length - 1].to_string();
    add("G1b", key, "A transaction saw " + key + " in the middle of another transaction.",
        {operation_name(writer) + " is " + describe(history_.at(writer)) + ".",
         "It appended " + last + " to " + key + " and after that another element.",
         operation_name(read.op) + " read " + key + " as " + short_list({read.elements, read.length}) +
             ", which ends with " + last + ": a state that was never committed."},
        {writer, read.op});
  }

  bool repeats(const ListHistory::Read& read, Value& element) const {
    std::set<Value> seen;
    for (std::uint32_t i = 0; i < read.length; ++i) {
      if (seen.insert(read.elements[i]).second) continue;
      element = read.elements[i];
      return true;
    }
    return false;
  }

  void check_order(const ListHistory::Read& read) {
    const ListHistory::KeyRow& row = lists_.keys[read.key];
    if (enough("incompatible-order")) return;
    std::uint32_t place = 0;
    while (read.elements[place] == row.longest[place]) ++place;
    const std::string key = key_text(read.key);
    const std::string one = short_list({read.elements, read.length});
    const std::string other = short_list({row.longest, row.observed});
    add("incompatible-order", key,
        "Two transactions read " + key + " as lists that cannot be of one history.",
        {operation_name(read.op) + " read " + key + " as " + one + ".",
         operation_name(row.longest_reader) + " read " + key + " as " + other + ".",
         "Elements are only appended, so the shorter list must be the beginning of the longer one; but "
         "element " +
             std::to_string(place + 1) + " is " + read.elements[place].to_string() + " in one and " +
             row.longest[place].to_string() + " in the other."},
        {read.op, row.longest_reader});
  }

  // Elements that come from a failed transaction, from nowhere, or twice: only in lists of few keys.
  void check_strangers() {
    if (!find_suspicious_keys()) return;
    std::set<std::pair<std::uint32_t, Value>> told;
    for (std::size_t i = 0; i < lists_.reads.size(); ++i) {
      if (i % 64 == 0 && limits_.spent()) return;
      const ListHistory::Read& read = lists_.reads[i];
      if (read.length <= first_stranger_[read.key]) continue;
      Value twice;
      if (repeats(read, twice) && told.insert({read.key, Value()}).second) add_duplicate(read, twice);
      for (std::uint32_t j = first_stranger_[read.key]; j < read.length; ++j) {
        const auto element = std::pair(lists_.keys[read.key].name, read.elements[j]);
        if (written_.contains(element) || !told.insert({read.key, read.elements[j]}).second) continue;
        const auto failed = failed_.find(element);
        if (failed == failed_.end()) {
          add_thin_air(read, j);
        } else {
          add_aborted(read, j, failed->second);
        }
      }
    }
  }

  // Where in the lists of each key strangers may begin, and who appended what to the keys that have any. False when the
  // limits are spent.
  bool find_suspicious_keys() {
    std::set<Key> suspicious;
    first_stranger_.resize(lists_.keys.size());
    for (std::size_t key = 0; key < lists_.keys.size(); ++key) {
      const ListHistory::KeyRow& row = lists_.keys[key];
      const auto begin = lists_.writer.begin() + row.slot_begin;
      const auto stranger = std::find(begin, begin + row.observed, kNoOp) - begin;
      first_stranger_[key] = row.broken ? 0 : static_cast<std::uint32_t>(stranger);
      if (first_stranger_[key] < row.observed) suspicious.insert(row.name);
    }
    for (const Operation op : history_.operations()) {
      if (op.id % 4096 == 0 && limits_.spent()) return false;
      for (const Mop& mop : op.mops) {
        if (mop.fn != Fn::append || !suspicious.contains(mop.key)) continue;
        auto& owners = op.outcome == Outcome::fail ? failed_ : written_;
        owners.emplace(std::pair(mop.key, mop.argument), op.id);
      }
    }
    return true;
  }

  void add_duplicate(const ListHistory::Read& read, const Value& element) {
    if (enough("duplicate-elements")) return;
    const std::string key = key_text(read.key);
    add("duplicate-elements", key,
        "A list holds the element " + element.to_string() + " twice, which was appended once.",
        {operation_name(read.op) + " read " + key + " as " + short_list({read.elements, read.length}) + ".",
         "The element " + element.to_string() +
             " occurs in it more than once, but only one append of it was made."},
        {read.op});
  }

  void add_thin_air(const ListHistory::Read& read, std::uint32_t place) {
    if (enough("thin-air-read")) return;
    const std::string key = key_text(read.key);
    const std::string element = read.elements[place].to_string();
    add("thin-air-read", key,
        "A transaction read from " + key + " the element " + element + ", which nobody appended.",
        {operation_name(read.op) + " read " + key + " as " + short_list({read.elements, read.length}) + ".",
         "No transaction appends " + element + " to " + key + "."},
        {read.op});
  }

  void add_aborted(const ListHistory::Read& read, std::uint32_t place, OpId failed) {
    const std::string key = key_text(read.key);
    const std::string element = read.elements[place].to_string();
    const std::string list = short_list({read.elements, read.length});
    if (!enough("G1a")) {
      add("G1a", key, "A transaction read what a failed transaction had appended to " + key + ".",
          {operation_name(failed) + " failed; it is " + describe(history_.at(failed)) + ".",
           operation_name(read.op) + " read " + key + " as " + list + ", with the " + element +
               " of that transaction."},
          {failed, read.op});
    }
    for (std::uint32_t j = place + 1; j < read.length; ++j) {
      const auto writer = written_.find({lists_.keys[read.key].name, read.elements[j]});
      if (writer == written_.end() || history_.at(writer->second).outcome != Outcome::ok) continue;
      if (enough("dirty-update")) return;
      add("dirty-update", key, "A committed append to " + key + " builds upon one of a failed transaction.",
          {operation_name(failed) + " failed; it is " + describe(history_.at(failed)) + ".",
           operation_name(writer->second) + " committed, and appended " + read.elements[j].to_string() +
               " to " + key + ".",
           operation_name(read.op) + " read " + key + " as " + list +
               ": the committed element stands behind the " + element + " of the failed transaction."},
          {failed, writer->second, read.op});
      return;
    }
  }

  const ListHistory& lists_;
  const History& history_;
  Limits& limits_;
  std::vector<Anomaly>& anomalies_;
  std::map<std::string, std::size_t> counts_;
  std::map<std::pair<Key, Value>, OpId> written_;
  std::map<std::pair<Key, Value>, OpId> failed_;
  std::vector<std::uint32_t> first_stranger_;  // of each key, the first place in its lists that may have one
};

}  // namespace

bool find_list_anomalies(const ListHistory& lists, Limits& limits, std::vector<Anomaly>& anomalies) {
  return Search(lists, limits, anomalies).run();
}

std::string short_list(std::span<const Value> elements) {
  std::string text = "[";
  const std::size_t first = elements.size() > kShownMax ? elements.size() - kShownMax : 0;
  if (first > 0) text += "...";
  for (std::size_t i = first; i < elements.size(); ++i) {
    if (text.size() > 1) text += " ";
    text += elements[i].to_string();
  }
  return text + "]";
}

}  // namespace assay::checkers::elle
