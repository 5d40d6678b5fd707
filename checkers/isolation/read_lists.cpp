#include <algorithm>
#include <optional>
#include <unordered_map>

#include "checkers/isolation/reading.h"

namespace assay::checkers::isolation {

namespace {

constexpr std::size_t kBytesPerAppend = 80;

using Elements = std::span<const Value>;

// Of a value of the history, which outlives this.
struct KeyValue {
  KeyNumber key;
  const Value* value;
  friend bool operator==(const KeyValue& a, const KeyValue& b) {
    return a.key == b.key && *a.value == *b.value;
  }
};
struct KeyValueHash {
  std::size_t operator()(const KeyValue& both) const {
    return both.value->hash() ^ both.key * 0x9e3779b97f4a7c15u;
  }
};

struct Append {
  OpId op = 0;
  bool last = true;        // of its transaction to this key
  bool ambiguous = false;  // another transaction appended the same
};

std::string transaction(OpId id) { return "transaction " + std::to_string(id); }

class ListReading {
 public:
  ListReading(const History& history, std::string_view model, Limits& limits, Charge& charge, Reading& result)
      : history_(history), model_(model), limits_(limits), charge_(charge), result_(result) {}

  void run() {
    placed_in_.assign(history_.size(), kNone);
    if (!collect()) return;
    for (KeyNumber key = 0; key < result_.keys.size(); ++key) resolve(key);
    if (!result_.objection.empty()) return;
    for (const Operation op : history_.operations()) {
      if (op.id % kAskEvery == 0 && limits_.spent()) result_.objection = limits_.why();
      if (!result_.objection.empty()) return;
      if (op.outcome == Outcome::ok) check_reads(op);
    }
    if (result_.findings.empty()) write_problem();
  }

 private:
  struct KeyState {
    Elements longest;
    OpId longest_reader = 0;
    std::vector<OpId> writers;  // of the longest list, one an element
    Elements external;          // scratch, of one transaction: what it read before its own appends
    OpId reader = kNone;        // the transaction that `external` is of
    OpId appender = kNone;      // the transaction that `own` is of
    std::vector<const Value*> own;
  };

  KeyNumber number(Key key) {
    const auto [at, fresh] = numbers_.try_emplace(key, static_cast<KeyNumber>(result_.keys.size()));
    if (fresh) {
      result_.keys.push_back(key);
      states_.emplace_back();
      last_append_.emplace_back(kNone, nullptr);
    }
    return at->second;
  }

  static bool elements_of(const Mop& mop, Elements& elements) {
    if (mop.result.is_nil()) return true;
    if (mop.result.kind() != Value::Kind::list) return false;
    elements = mop.result.as_list();
    return true;
  }

  void add_append(const Operation& op, const Mop& mop) {
    const KeyNumber key = number(mop.key);
    auto& last = last_append_[key];
    if (last.first == op.id && last.second != nullptr) last.second->last = false;
    const auto [at, fresh] = appends_.try_emplace({key, &mop.argument}, Append{op.id, true, false});
    if (!fresh) {
      const bool here_failed = op.outcome == Outcome::fail;
      const bool there_failed = history_.at(at->second.op).outcome == Outcome::fail;
      if (!here_failed && there_failed) at->second = {op.id, true, false};
      if (!here_failed && !there_failed) at->second.ambiguous = true;
    }
    last = {op.id, &at->second};
  }

  // Keys, appends, and the longest list of each key. False when the history cannot be judged.
  bool collect() {
    const HistoryShape shape = shape_of(history_);
    if (!limits_.fits(shape.count(Fn::append) * kBytesPerAppend + history_.size() * 4)) return refuse();
    appends_.reserve(shape.count(Fn::append));
    for (const Operation op : history_.operations()) {
      if (op.id % kAskEvery == 0) {
        const std::size_t now = appends_.size() * kBytesPerAppend + states_.size() * sizeof(KeyState);
        charge_.grow(now - charged_);
        charged_ = now;
        if (limits_.spent()) return refuse();
      }
      result_.transactions_ok += op.outcome == Outcome::ok ? 1 : 0;
      for (const Mop& mop : op.mops) {
        const KeyNumber key = number(mop.key);
        if (mop.fn == Fn::append) {
          add_append(op, mop);
        } else if (op.outcome == Outcome::ok) {
          Elements elements;
          if (!elements_of(mop, elements)) {
            result_.objection = "operation " + std::to_string(op.id) + " read something that is no list";
          } else if (elements.size() > states_[key].longest.size()) {
            states_[key].longest = elements;
            states_[key].longest_reader = op.id;
          }
        }
      }
      if (!result_.objection.empty()) return false;
    }
    return true;
  }

  bool refuse() {
    result_.objection = limits_.why();
    return false;
  }

  void find(std::string anomaly, KeyNumber key, std::string summary, std::string step,
            std::vector<OpId> witness) {
    if (result_.findings.size() >= kFindingsMax) return;
    Finding finding;
    finding.anomaly = std::move(anomaly);
    finding.model = model_;
    finding.object = name(key);
    finding.summary = std::move(summary);
    for (const OpId id : witness) finding.steps.push_back(describe(history_.at(id)) + ".");
    finding.steps.push_back(std::move(step));
    std::sort(witness.begin(), witness.end());
    witness.erase(std::unique(witness.begin(), witness.end()), witness.end());
    finding.witness = std::move(witness);
    result_.findings.push_back(std::move(finding));
  }
  std::string name(KeyNumber key) const { return "key " + history_.key_name(result_.keys[key]); }

  // Who appended each element of the longest list of a key.
  void resolve(KeyNumber key) {
    KeyState& state = states_[key];
    const OpId reader = state.longest_reader;
    state.writers.reserve(state.longest.size());
    for (const Value& element : state.longest) {
      // In words only where something is wrong.
      const auto what = [&] {
        return transaction(reader) + " read a list of " + name(key) + " with " + element.to_string();
      };
      const auto at = appends_.find({key, &element});
      if (at == appends_.end()) {
        find("thin-air-read", key, what() + ", which nobody appended.", "No transaction appended it.",
             {reader});
        state.writers.push_back(kNone);
        continue;
      }
      const OpId writer = at->second.op;
      if (at->second.ambiguous) {
        result_.objection = element.to_string() + " was appended to " + name(key) + " more than once";
      } else if (history_.at(writer).outcome == Outcome::fail) {
        find("G1a", key, what() + ", which only a failed transaction appended.",
             "What " + transaction(writer) + " appended must never be seen, because it failed.",
             {reader, writer});
      } else if (placed_in_[writer] == key && state.writers.back() != writer) {
        const bool twice = std::count(state.longest.begin(), state.longest.end(), element) > 1;
        if (twice) {
          find("duplicate-elements", key, what() + " twice.", "It was appended once.", {reader, writer});
        } else {
          find("G0", key,
               what() + ", with an element of another transaction between those of one transaction.",
               "All that " + transaction(writer) + " appended must come one after the other.",
               {reader, writer});
        }
      }
      placed_in_[writer] = key;
      state.writers.push_back(writer);
    }
    check_own_order(key);
  }

  // What a transaction appended stands together: all of it and in its own order, but for the end of the longest list.
  void check_own_order(KeyNumber key) {
    const KeyState& state = states_[key];
    for (std::size_t begin = 0, end = 0; begin < state.writers.size(); begin = end) {
      const OpId writer = state.writers[begin];
      for (end = begin; end < state.writers.size() && state.writers[end] == writer;) ++end;
      if (writer == kNone || history_.at(writer).outcome == Outcome::fail) continue;
      const Elements seen = state.longest.subspan(begin, end - begin);
      std::vector<Value> appended;
      for (const Mop& mop : history_.at(writer).mops) {
        if (mop.fn == Fn::append && mop.key == result_.keys[key]) appended.push_back(mop.argument);
      }
      const bool in_order =
          seen.size() <= appended.size() && std::equal(seen.begin(), seen.end(), appended.begin());
      if (in_order && (seen.size() == appended.size() || end == state.writers.size())) continue;
      const bool twice = std::adjacent_find(seen.begin(), seen.end()) != seen.end();
      const std::string what = transaction(state.longest_reader) + " read what " + transaction(writer) +
                               " appended to " + name(key);
      if (in_order) {
        find("G1b", key, what + " only in part, with elements of others behind it.",
             "All that a transaction appended is seen, or nothing.", {state.longest_reader, writer});
      } else {
        find(twice ? "duplicate-elements" : "incompatible-order", key,
             what + (twice ? " twice." : " in another order, or with elements missing."),
             "The elements of a transaction stand in its own order, each once.",
             {state.longest_reader, writer});
      }
    }
  }

  void check_reads(const Operation& op) {
    for (const Mop& mop : op.mops) {
      const KeyNumber key = number(mop.key);
      KeyState& state = states_[key];
      if (state.appender != op.id) {
        state.own.clear();
        state.appender = op.id;
      }
      if (mop.fn == Fn::append) {
        state.own.push_back(&mop.argument);
        continue;
      }
      Elements elements;
      elements_of(mop, elements);
      if (elements.data() != state.longest.data() &&
          !std::equal(elements.begin(), elements.end(), state.longest.begin())) {
        find("incompatible-order", key,
             "Two transactions read lists of " + name(key) + " that contradict one another.",
             "A list only grows at its end, so of two lists one begins with the other.",
             {op.id, state.longest_reader});
        continue;
      }
      check_read(op, key, elements);
    }
  }

  void check_read(const Operation& op, KeyNumber key, Elements elements) {
    KeyState& state = states_[key];
    const std::size_t own = state.own.size();
    bool consistent = elements.size() >= own;
    for (std::size_t i = 0; consistent && i < own; ++i) {
      consistent = elements[elements.size() - own + i] == *state.own[i];
    }
    if (!consistent) {
      find("internal", key, transaction(op.id) + " did not see its own appends to " + name(key) + ".",
           "What a transaction appended stands at the end of the list that it reads afterwards.", {op.id});
      return;
    }
    const Elements external = elements.first(elements.size() - own);
    if (state.reader == op.id && external.size() != state.external.size()) {
      find("non-repeatable-read", key,
           transaction(op.id) + " read " + name(key) + " twice and saw different lists.",
           "Nothing but its own appends may change what a transaction sees.", {op.id});
      return;
    }
    state.reader = op.id;
    state.external = external;
    if (external.empty() || state.writers[external.size() - 1] == kNone) return;
    const OpId writer = state.writers[external.size() - 1];
    if (writer == op.id) {
      find("future-read", key, transaction(op.id) + " read of " + name(key) + " what it appended only later.",
           "A read cannot see what the same transaction appends after it.", {op.id});
    } else if (!appends_.find({key, &external.back()})->second.last) {
      find("G1b", key,
           transaction(op.id) + " read a list of " + name(key) + " that ends amid another transaction.",
           transaction(writer) + " appended more to it: all of that is seen, or nothing.", {op.id, writer});
    }
  }

  // Committed: what is ok, and what somebody saw.
  void write_problem() {
    std::vector<Txn> number(history_.size(), kNone);
    std::vector<bool> seen(history_.size(), false);
    for (const KeyState& state : states_) {
      for (const OpId writer : state.writers) seen[writer] = true;
    }
    Txn next = 0;
    for (const Operation op : history_.operations()) {
      if (op.outcome == Outcome::ok || seen[op.id]) number[op.id] = next++;
    }
    Problem& problem = result_.problem;
    problem.keys = static_cast<std::uint32_t>(result_.keys.size());
    for (KeyState& state : states_) state.reader = state.appender = kNone;
    for (const Operation op : history_.operations()) {
      if (number[op.id] != kNone) add_transaction(op, number, problem);
    }
    for (const KeyState& state : states_) {
      for (std::size_t i = 0; i < state.writers.size(); ++i) {
        if (i == 0 || state.writers[i] != state.writers[i - 1])
          problem.shown.push_back(number[state.writers[i]]);
      }
      problem.shown_begin.push_back(static_cast<std::uint32_t>(problem.shown.size()));
    }
    charge_.grow(problem.bytes());
  }

  void add_transaction(const Operation& op, const std::vector<Txn>& number, Problem& problem) {
    for (const Mop& mop : op.mops) {
      const KeyNumber key = numbers_.find(mop.key)->second;
      KeyState& state = states_[key];
      if (state.appender != op.id) state.own.clear();
      state.appender = op.id;
      if (mop.fn == Fn::append) {
        if (state.own.empty()) problem.writes.push_back(key);
        state.own.push_back(&mop.argument);
      } else if (op.outcome == Outcome::ok && state.reader != op.id) {
        state.reader = op.id;
        Elements elements;
        elements_of(mop, elements);
        const std::size_t external = elements.size() - state.own.size();
        problem.reads.push_back({key, external == 0 ? kInitial : number[state.writers[external - 1]]});
      }
    }
    problem.finish({op.id, op.process, op.invoked, op.completed});
  }

  const History& history_;
  std::string_view model_;
  Limits& limits_;
  Charge& charge_;
  Reading& result_;
  std::size_t charged_ = 0;
  std::unordered_map<Key, KeyNumber> numbers_;
  std::unordered_map<KeyValue, Append, KeyValueHash> appends_;
  std::vector<std::pair<OpId, Append*>> last_append_;  // by key
  std::vector<KeyState> states_;
  std::vector<KeyNumber>
      placed_in_;  // by operation: the key whose list was last found to have an element of it
};

}  // namespace

Reading read_lists(const History& history, std::string_view model, Limits& limits, Charge& charge) {
  Reading result;
  result.lists = true;
  ListReading(history, model, limits, charge, result).run();
  return result;
}

}  // namespace assay::checkers::isolation
