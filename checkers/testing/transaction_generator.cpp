#include "checkers/testing/transaction_generator.h"

#include <algorithm>
#include <map>
#include <queue>

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

// A store of all versions, each with the number of the commit that made it.
class SnapshotStore {
 public:
  Value read(Key key, std::uint64_t snapshot) const {
    const auto found = versions_.find(key);
    if (found == versions_.end()) return {};
    const auto& all = found->second;
    for (std::size_t i = all.size(); i-- > 0;) {
      if (all[i].commit <= snapshot) return all[i].value;
    }
    return {};
  }
  std::uint64_t changed(Key key) const {
    const auto found = versions_.find(key);
    return found == versions_.end() ? 0 : found->second.back().commit;
  }
  void write(Key key, const Value& value, std::uint64_t commit) { versions_[key].push_back({commit, value}); }

 private:
  struct Version {
    std::uint64_t commit = 0;
    Value value;
  };
  std::map<Key, std::vector<Version>> versions_;
};

// Transactions as templates: reads have no result yet.
class Programs {
 public:
  Programs(const StoreOptions& options, Rng rng) : options_(options), rng_(rng) {}

  std::vector<Mop> next() {
    mops_.clear();
    if (options_.workload == Workload::general) {
      for (std::int64_t i = 0; i < options_.mops; ++i) {
        const Key key = rng_.between(0, options_.keys - 1);
        rng_.chance(options_.read_permille, 1000) ? read(key) : write(key);
      }
      return mops_;
    }
    const std::uint64_t kind = rng_.below(100);
    if (kind < 45) {
      new_order();
    } else if (kind < 88) {
      payment();
    } else if (kind < 92) {
      order_status();
    } else if (kind < 96) {
      delivery();
    } else {
      stock_level();
    }
    return mops_;
  }

 private:
  static constexpr Key kWarehouse = 1, kDistrict = 10, kCustomer = 1'000, kItem = 100'000, kStock = 200'000,
                       kOrder = 1'000'000, kHistory = 100'000'000;

  void read(Key key) { mops_.push_back(r(key)); }
  void write(Key key) {
    mops_.push_back(options_.lists ? append(key, ++last_value_) : w(key, ++last_value_));
  }
  void update(Key key) {
    read(key);
    write(key);
  }

  void new_order() {
    const Key district = rng_.between(0, 9);
    read(kWarehouse);
    update(kDistrict + district);
    read(kCustomer + rng_.between(0, 2999));
    const Key order = kOrder + 20 * ++orders_;
    const std::int64_t lines = rng_.between(5, 15);
    write(order);
    write(order + 1);
    for (std::int64_t line = 0; line < lines; ++line) {
      const Key item = rng_.between(0, 9'999);
      read(kItem + item);
      update(kStock + item);
      write(order + 2 + line);
    }
  }
  void payment() {
    update(kWarehouse + 1);
    update(kDistrict + 10 + rng_.between(0, 9));
    update(kCustomer + rng_.between(0, 2999));
    write(kHistory + ++histories_);
  }
  Key recent_order() { return kOrder + 20 * rng_.between(std::max<std::int64_t>(orders_ - 50, 0), orders_); }
  void order_status() {
    read(kCustomer + rng_.between(0, 2999));
    const Key order = recent_order();
    read(order);
    for (Key line = 0; line < 5; ++line) read(order + 2 + line);
  }
  void delivery() {
    const Key order = recent_order();
    update(order + 1);
    update(order);
    update(kCustomer + rng_.between(0, 2999));
  }
  void stock_level() {
    read(kDistrict + rng_.between(0, 9));
    for (int i = 0; i < 10; ++i) read(kStock + rng_.between(0, 9'999));
  }

  StoreOptions options_;
  Rng rng_;
  std::vector<Mop> mops_;
  std::int64_t last_value_ = 0, orders_ = 0, histories_ = 0;
};

class Clients {
 public:
  explicit Clients(const StoreOptions& options)
      : options_(options),
        rng_(Rng(options.seed).fork("clients")),
        programs_(options, Rng(options.seed).fork("programs")) {}

  History make() {
    for (ProcessId client = 0; client < options_.clients; ++client) {
      events_.emplace(rng_.exponential(options_.pause), client);
    }
    running_.resize(static_cast<std::size_t>(options_.clients));
    while (committed_ < options_.transactions) {
      const auto [now, client] = events_.top();
      events_.pop();
      Line& line = running_[static_cast<std::size_t>(client)];
      if (line.mops.empty()) {
        begin(now, client, line);
      } else {
        end(now, client, line);
      }
    }
    return make_history(std::move(done_));
  }

 private:
  void begin(Nanos now, ProcessId client, Line& line) {
    line.process = client;
    line.invoked = now;
    line.mops = programs_.next();
    snapshots_[client] = snapshot_at(now - (options_.lag > 0 ? rng_.between(0, options_.lag) : 0));
    events_.emplace(now + 1 + rng_.exponential(options_.latency), client);
  }

  // The number of commits at a time.
  std::uint64_t snapshot_at(Nanos time) const {
    return static_cast<std::uint64_t>(std::lower_bound(commit_times_.begin(), commit_times_.end(), time) -
                                      commit_times_.begin());
  }

  void end(Nanos now, ProcessId client, Line& line) {
    const std::uint64_t snapshot = options_.serializable ? commit_times_.size() : snapshots_[client];
    line.completed = now;
    line.outcome = Outcome::ok;
    bool conflict = false;
    std::map<Key, Value> own;
    for (Mop& mop : line.mops) {
      const auto found = own.find(mop.key);
      const Value seen = found == own.end() ? store_.read(mop.key, snapshot) : found->second;
      if (mop.fn == Fn::read) {
        mop.result = seen;
      } else {
        own[mop.key] = mop.fn == Fn::append ? appended(seen, mop.argument) : mop.argument;
        conflict = conflict || (options_.first_committer_wins && store_.changed(mop.key) > snapshot);
      }
    }
    if (conflict) {
      line.outcome = Outcome::fail;
    } else {
      ++committed_;
      commit_times_.push_back(now);
      for (const auto& [key, value] : own) store_.write(key, value, commit_times_.size());
    }
    done_.push_back(std::move(line));
    line = Line();
    events_.emplace(now + 1 + rng_.exponential(options_.pause), client);
  }

  using Event = std::pair<Nanos, ProcessId>;
  StoreOptions options_;
  Rng rng_;
  Programs programs_;
  SnapshotStore store_;
  std::priority_queue<Event, std::vector<Event>, std::greater<Event>> events_;
  std::vector<Line> running_, done_;
  std::map<ProcessId, std::uint64_t> snapshots_;
  std::vector<Nanos> commit_times_;
  std::size_t committed_ = 0;
};

}  // namespace

History small_transactions(const SmallOptions& options) { return Small(options).make(); }

History store_transactions(const StoreOptions& options) { return Clients(options).make(); }

}  // namespace assay::checkers::testing
