#include "checkers/testing/small_transactions.h"

#include <algorithm>
#include <map>

#include "checkers/testing/fixture.h"
#include "harness/core/rng.h"

namespace assay::checkers::testing {

namespace {

// The versions that a key has had, of a list each with all its elements.
using Versions = std::map<Key, std::vector<Value>>;

Value appended(const Value& list, const Value& element) {
  std::vector<Value> elements;
  if (!list.is_nil()) elements.assign(list.as_list().begin(), list.as_list().end());
  elements.push_back(element);
  return Value::list(std::move(elements));
}

class Small {
 public:
  explicit Small(const SmallOptions& options) : options_(options), rng_(options.seed) {}

  History make() {
    plan();
    std::vector<std::size_t> order(lines_.size());
    std::vector<Nanos> moment(lines_.size());
    const bool by_time = rng_.chance(7, 10);
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = i;
      const Nanos end = lines_[i].completed == kNever ? lines_[i].invoked + 20 : lines_[i].completed;
      moment[i] = by_time ? rng_.between(lines_[i].invoked, end) : rng_.between(0, 1000);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return moment[a] < moment[b]; });
    for (const std::size_t i : order) fill(lines_[i]);
    return make_history(std::move(lines_));
  }

 private:
  // When, by whom, and what is written; what is read comes later.
  void plan() {
    std::vector<Nanos> free(static_cast<std::size_t>(options_.processes), 0);
    std::vector<ProcessId> name(free.size());
    for (std::size_t i = 0; i < name.size(); ++i) name[i] = static_cast<ProcessId>(i);
    auto next_name = static_cast<ProcessId>(name.size());
    for (std::size_t i = 0; i < options_.transactions; ++i) {
      const std::size_t process = rng_.below(free.size());
      Line line;
      line.invoked = free[process] + rng_.between(1, 4);
      line.completed = line.invoked + rng_.between(0, 8);
      line.process = name[process];
      free[process] = line.completed;
      if (rng_.chance(options_.info_permille, 1000)) {
        line.outcome = Outcome::info;
        line.completed = kNever;
        name[process] = next_name++;
      } else if (rng_.chance(options_.fail_permille, 1000)) {
        line.outcome = Outcome::fail;
      }
      const std::int64_t mops = rng_.between(1, options_.mops_max);
      for (std::int64_t mop = 0; mop < mops; ++mop) {
        const Key key = rng_.between(0, options_.keys - 1);
        if (rng_.chance(1, 2)) {
          line.mops.push_back(r(key));
        } else if (!options_.lists && rng_.chance(1, 6)) {
          line.mops.push_back({Fn::cas, key, Value::pair({}, ++last_value_), {}});
          written_[key].push_back(last_value_);
        } else {
          line.mops.push_back(options_.lists ? append(key, ++last_value_) : w(key, ++last_value_));
          written_[key].push_back(last_value_);
        }
      }
      lines_.push_back(std::move(line));
    }
  }

  // Runs a transaction on the latest state, or on an older one, and sometimes makes it see something else.
  void fill(Line& line) {
    std::map<Key, Value> view;
    const bool stale = rng_.chance(options_.stale_permille, 1000);
    for (auto& [key, versions] : versions_) {
      const std::size_t back = stale ? rng_.below(3) : 0;
      if (back < versions.size()) view[key] = versions[versions.size() - 1 - back];
    }
    for (Mop& mop : line.mops) {
      Value& value = view[mop.key];
      if (mop.fn == Fn::write) value = mop.argument;
      if (mop.fn == Fn::cas) {
        mop.argument = Value::pair(value, mop.argument.second());
        value = mop.argument.second();
      }
      if (mop.fn == Fn::append) value = appended(value, mop.argument);
      if (mop.fn != Fn::read || line.outcome != Outcome::ok) continue;
      mop.result = value;
      const std::vector<Value>& all = written_[mop.key];
      if (!options_.lists && !all.empty() && rng_.chance(options_.wild_permille, 1000))
        mop.result = rng_.pick(all);
      if (rng_.chance(options_.wild_permille, 4000)) mop.result = options_.lists ? Value() : Value(999);
    }
    const bool happens = line.outcome == Outcome::ok || (line.outcome == Outcome::info && rng_.chance(1, 2));
    if (!happens && !rng_.chance(1, 10)) return;
    for (const Mop& mop : line.mops) {
      if (mop.fn == Fn::read) continue;
      std::vector<Value>& versions = versions_[mop.key];
      // A list only grows, whatever the transaction saw.
      if (mop.fn == Fn::append) {
        versions.push_back(appended(versions.empty() ? Value() : versions.back(), mop.argument));
      } else {
        versions.push_back(mop.fn == Fn::cas ? mop.argument.second() : mop.argument);
      }
    }
  }

  SmallOptions options_;
  Rng rng_;
  std::vector<Line> lines_;
  std::int64_t last_value_ = 0;
  std::map<Key, std::vector<Value>> written_;
  Versions versions_;
};

}  // namespace

History small_transactions(const SmallOptions& options) { return Small(options).make(); }

}  // namespace assay::checkers::testing
