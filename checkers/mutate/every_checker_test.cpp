// Every checker, on histories of an atomic store: none accuses them, each notices all mutations that it must notice, and
// none accuses a history in which only an outcome was forgotten.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

#include "checkers/mutate/trial.h"
#include "checkers/registry.h"
#include "checkers/testing/application_histories.h"
#include "checkers/testing/datatype_generator.h"
#include "checkers/testing/fixture.h"
#include "harness/core/predicate.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::Line;

constexpr int kProcesses = 4;
constexpr int kOperations = 80;

// Operations take effect in the order of their invention, at moments ten apart; around these moments they overlap.
class Store {
 public:
  explicit Store(std::uint64_t seed) : rng_(seed) {}

  void perform(std::vector<Mop> mops) {
    const Nanos moment = ++moments_ * 10;
    std::vector<ProcessId> idle;
    for (ProcessId process = 0; process < kProcesses; ++process) {
      if (busy_until_[process] < moment) idle.push_back(process);
    }
    if (idle.empty()) return;  // the moment passes, and so must the effect: see room()
    const ProcessId process = rng_.pick(idle);
    const Nanos earliest = busy_until_[process] + 1;
    Line line(std::max(earliest, moment - static_cast<Nanos>(rng_.below(25))),
              moment + static_cast<Nanos>(rng_.below(25)), std::move(mops));
    line.process = process;
    busy_until_[process] = line.completed;
    lines_.push_back(std::move(line));
  }
  // Whether somebody is free at the next moment. Requires of the caller: perform() only then.
  bool room() {
    const Nanos moment = (moments_ + 1) * 10;
    const bool free = std::any_of(busy_until_.begin(), busy_until_.end(),
                                  [&](const auto& busy) { return busy.second < moment; });
    if (!free) ++moments_;
    return free;
  }
  Rng& rng() { return rng_; }
  History history() const { return testing::make_history(lines_); }

 private:
  Rng rng_;
  Nanos moments_ = 0;
  std::map<ProcessId, Nanos> busy_until_ = {{0, -1}, {1, -1}, {2, -1}, {3, -1}};
  std::vector<Line> lines_;
};

// Calls `one` for each operation of the history.
template <class One>
History made(std::uint64_t seed, One one) {
  Store store(seed);
  for (int i = 0; i < kOperations;) {
    if (!store.room()) continue;
    store.perform(one(store.rng(), i));
    ++i;
  }
  return store.history();
}

Mop read_of(const std::map<Key, Value>& values, Key key) {
  const auto found = values.find(key);
  return {Fn::read, key, {}, found == values.end() ? Value() : found->second};
}

// With few values, each is written many times.
History registers(std::size_t mops_most, std::int64_t values_most) {
  std::map<Key, Value> values;
  std::int64_t next = 1;
  return made(1, [&](Rng& rng, int) {
    std::vector<Mop> mops;
    for (std::size_t i = 1 + rng.below(mops_most); i > 0; --i) {
      const auto key = static_cast<Key>(mops.size() * 3 + rng.below(3));  // each key once in a transaction
      mops.push_back(read_of(values, key));
      if (rng.chance(1, 2)) continue;
      mops.back() = {Fn::write, key, Value(1 + next++ % values_most), {}};
      values[key] = mops.back().argument;
    }
    return mops;
  });
}

// Rows that are inserted and changed, and reads of those that match a predicate.
History rows() {
  std::map<Key, Value> values;
  std::int64_t next = 1;
  return made(8, [&](Rng& rng, int) {
    const auto key = static_cast<Key>(rng.below(30));
    if (rng.chance(1, 3)) {
      values[key] = Value(next++);
      return std::vector<Mop>{{Fn::write, key, values[key], {}}};
    }
    if (rng.chance(1, 2)) return std::vector<Mop>{read_of(values, key)};
    const Value predicate = rng.chance(1, 2) ? Value() : Value::list({Value::text("keys"), key - 5, key + 5});
    std::vector<Value> found;
    for (const auto& [each, value] : values) {
      if (matches(predicate, each, value)) found.push_back(Value::pair(each, value));
    }
    return std::vector<Mop>{{Fn::scan, 0, predicate, Value::list(std::move(found))}};
  });
}

History lists(std::size_t mops_most) {
  std::map<Key, std::vector<Value>> values;
  std::int64_t next = 1;
  return made(2, [&](Rng& rng, int) {
    std::vector<Mop> mops;
    for (std::size_t i = 1 + rng.below(mops_most); i > 0; --i) {
      const auto key = static_cast<Key>(mops.size() * 2 + rng.below(2));
      if (rng.chance(1, 2)) {
        mops.push_back({Fn::read, key, {}, Value::list(values[key])});
      } else {
        mops.push_back({Fn::append, key, Value(next), {}});
        values[key].emplace_back(next++);
      }
    }
    return mops;
  });
}

// Reads come last, as final reads do.
History set() {
  std::vector<Value> elements;
  return made(3, [&](Rng& rng, int i) {
    if (rng.chance(1, 3) || i + 5 > kOperations) {
      return std::vector<Mop>{{Fn::read, 0, {}, Value::list(elements)}};
    }
    elements.emplace_back(i);
    return std::vector<Mop>{{Fn::add, 0, Value(i), {}}};
  });
}

History counter() {
  std::int64_t sum = 0;
  return made(4, [&](Rng& rng, int) {
    if (rng.chance(1, 2)) return std::vector<Mop>{{Fn::read, 0, {}, Value(sum)}};
    const std::int64_t more = rng.between(1, 5);
    sum += more;
    return std::vector<Mop>{{Fn::add, 0, Value(more), {}}};
  });
}

History queue(bool stack) {
  std::deque<Value> elements;
  return made(5, [&](Rng& rng, int i) {
    const bool drain = static_cast<std::size_t>(kOperations - i) <= elements.size();
    if (!drain && (elements.empty() || rng.chance(1, 2))) {
      elements.emplace_back(i + 1);
      return std::vector<Mop>{{stack ? Fn::push : Fn::enqueue, 0, Value(i + 1), {}}};
    }
    if (elements.empty()) return std::vector<Mop>{{stack ? Fn::pop : Fn::dequeue, 0, {}, {}}};
    Value taken = stack ? elements.back() : elements.front();
    stack ? elements.pop_back() : elements.pop_front();
    return std::vector<Mop>{{stack ? Fn::pop : Fn::dequeue, 0, {}, std::move(taken)}};
  });
}

History ids() {
  return made(6, [&](Rng&, int i) { return std::vector<Mop>{{Fn::generate, 0, {}, Value(i + 1)}}; });
}

History bank() {
  constexpr int kAccounts = 4;
  std::map<Key, Value> balances;
  for (Key account = 0; account < kAccounts; ++account) balances[account] = Value(100);
  return made(7, [&](Rng& rng, int i) {
    std::vector<Mop> mops;
    if (i == 0 || rng.chance(1, 2)) {
      for (Key account = 0; account < kAccounts; ++account) mops.push_back(read_of(balances, account));
      return mops;
    }
    const auto from = static_cast<Key>(rng.below(kAccounts));
    const Key to = (from + 1) % kAccounts;
    const std::int64_t amount = std::min<std::int64_t>(rng.between(1, 5), balances[from].as_integer());
    balances[from] = Value(balances[from].as_integer() - amount);
    balances[to] = Value(balances[to].as_integer() + amount);
    return std::vector<Mop>{{Fn::add, from, Value(-amount), {}}, {Fn::add, to, Value(amount), {}}};
  });
}

// One process writes two keys in turn, the others read both.
History one_writer() {
  std::vector<Line> lines;
  Value values[2];
  for (int i = 1; i <= kOperations; ++i) {
    const bool writes = i % 3 == 0;
    Line line(i * 10, i * 10 + 5,
              std::vector<Mop>{{Fn::read, 0, {}, values[0]}, {Fn::read, 1, {}, values[1]}});
    if (writes) {
      values[i % 2] = Value(i);
      line.mops = {{Fn::write, i % 2, Value(i), {}}};
    }
    line.process = writes ? 0 : 1 + i % (kProcesses - 1);
    lines.push_back(line);
  }
  return testing::make_history(lines);
}

// Each holder lets go before the next one asks.
History lock() {
  std::vector<Line> lines;
  for (int i = 0; i < kOperations; ++i) {
    Line line(i * 10, i * 10 + 5, Mop{i % 2 == 0 ? Fn::acquire : Fn::release, 0, {}, {}});
    line.process = i / 2 % kProcesses;
    lines.push_back(line);
  }
  return testing::make_history(lines);
}

struct Named {
  const char* name;
  History history;
};

std::vector<Named> histories() {
  std::vector<Named> all;
  all.push_back({"registers", registers(1, 1'000'000)});
  all.push_back({"registers of few values", registers(1, 4)});
  all.push_back({"transactions of registers", registers(4, 1'000'000)});
  all.push_back({"rows read by predicate", rows()});
  all.push_back({"lists", lists(1)});
  all.push_back({"transactions of lists", lists(4)});
  all.push_back({"set", set()});
  all.push_back({"counter", counter()});
  all.push_back({"queue", queue(false)});
  all.push_back({"stack", queue(true)});
  all.push_back({"ids", ids()});
  all.push_back({"bank", bank()});
  all.push_back({"lock", lock()});
  all.push_back({"registers of one writer", one_writer()});
  all.push_back({"lock whose holders write", testing::fenced_lock()});
  all.push_back({"chat", testing::chat()});
  all.push_back({"cart", testing::cart()});
  all.push_back({"text", testing::shared_text()});
  const std::pair<const char*, testing::Datatype> generated[] = {
      {"bank of many", testing::Datatype::bank},
      {"sets read at the end", testing::Datatype::set},
      {"drained queue", testing::Datatype::queue},
      {"counter that falls", testing::Datatype::counter},
      {"pairs of keys", testing::Datatype::fork},
      {"lock with tokens", testing::Datatype::lock},
      {"logs", testing::Datatype::log},
      {"registers on every node", testing::Datatype::registers},
      {"lists on every node", testing::Datatype::lists},
      {"watches", testing::Datatype::watch},
  };
  for (const auto& [name, type] : generated) {
    testing::DatatypeOptions options;
    options.operations = 40;
    all.push_back({name, testing::generate_datatype(type, options)});
  }
  return all;
}

// The checker is for values that are promised to grow.
bool is_growing(std::string_view name) { return name == "ids" || name == "counter"; }

TEST(EveryChecker, NoticesWhatItMustAndAccusesNothingElse) {
  // Where a search runs wild, memory ends it, in every run at the same place.
  Budget budget;
  budget.memory_limit_bytes = std::size_t{1} << 20;
  std::map<std::pair<std::string_view, std::string_view>, int> caught;  // by checker and kind
  for (const auto& [name, history] : histories()) {
    for (const CheckerPlugin* plugin : all_plugins()) {
      CheckerOptions options;
      if (plugin->name == "monotonic" && is_growing(name)) options["order"] = "real-time";
      if (plugin->name == "causal-reverse" && std::string_view(name) == "chat") options["order"] = "answers";
      if (!plugin->unsuited(shape_of(history), options).empty()) continue;
      std::string error;
      const auto checker = plugin->make(options, error);
      ASSERT_NE(checker, nullptr) << plugin->name << ": " << error;
      const SelfTestResult result = self_test({plugin->name, options, *checker}, history, true, 3, 5, budget);
      EXPECT_NE(result.unchanged.verdict, Verdict::invalid)
          << plugin->name << " accuses " << name << ": " << result.unchanged.reason;
      for (const std::string& trouble : result.trouble)
        ADD_FAILURE() << plugin->name << " on " << name << ": " << trouble;
      for (const SelfTestRow& row : result.rows) {
        caught[{plugin->name, row.kind}] += row.caught;
        caught[{plugin->name, ""}] += row.caught;
      }
    }
  }
  // Something is demanded of every one, and it shows that on one of these histories at least.
  for (const CheckerPlugin* plugin : all_plugins()) {
    EXPECT_GT((caught[{plugin->name, ""}]), 0) << plugin->name;
    for (const std::string_view kind : kinds_demanded_of(plugin->name)) {
      EXPECT_GT((caught[{plugin->name, kind}]), 0) << plugin->name << " never had to notice " << kind;
    }
  }
}

}  // namespace
}  // namespace assay::checkers
