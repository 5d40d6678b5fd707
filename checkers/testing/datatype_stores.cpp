#include "checkers/testing/datatype_stores.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace assay::checkers::testing {

namespace {

std::vector<Request> reads_of(std::int64_t keys) {
  std::vector<Request> requests;
  for (Key key = 0; key < keys; ++key) requests.push_back({{Fn::read, key, {}, {}}});
  return requests;
}

class Bank final : public Store {
 public:
  explicit Bank(std::int64_t keys)
      : balances_(static_cast<std::size_t>(std::max<std::int64_t>(keys, 2)), 10) {}

  Request request(Rng& rng, ProcessId) override {
    Request request;
    if (rng.chance(1, 2)) {
      for (std::size_t key = 0; key < balances_.size(); ++key) {
        request.push_back({Fn::read, static_cast<Key>(key), {}, {}});
      }
      return request;
    }
    const auto from = static_cast<Key>(rng.below(balances_.size()));
    const auto to = static_cast<Key>((static_cast<std::size_t>(from) + 1 + rng.below(balances_.size() - 1)) %
                                     balances_.size());
    const std::int64_t amount = rng.between(1, 5);
    return {{Fn::add, from, Value(-amount), {}}, {Fn::add, to, Value(amount), {}}};
  }
  bool apply(Request& mops, ProcessId) override {
    for (const Mop& mop : mops) {
      if (mop.fn == Fn::add && balances_[static_cast<std::size_t>(mop.key)] + mop.argument.as_integer() < 0) {
        return false;
      }
    }
    for (Mop& mop : mops) {
      std::int64_t& balance = balances_[static_cast<std::size_t>(mop.key)];
      if (mop.fn == Fn::add) balance += mop.argument.as_integer();
      if (mop.fn == Fn::read) mop.result = Value(balance);
    }
    return true;
  }

 private:
  std::vector<std::int64_t> balances_;
};

// Sets and lists: elements in the order in which they came.
class Elements final : public Store {
 public:
  Elements(const DatatypeOptions& options, Fn add)
      : keys_(options.keys),
        add_(add),
        // Reads return everything: few of them in long histories.
        read_permille_(options.operations > 2000 ? 1 : 200),
        elements_(static_cast<std::size_t>(options.keys)) {}

  Request request(Rng& rng, ProcessId) override {
    const auto key = static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_)));
    if (rng.chance(read_permille_, 1000)) return {{Fn::read, key, {}, {}}};
    return {{add_, key, Value(++last_), {}}};
  }
  bool apply(Request& mops, ProcessId) override {
    for (Mop& mop : mops) {
      std::vector<Value>& elements = elements_[static_cast<std::size_t>(mop.key)];
      if (mop.fn == Fn::read) {
        mop.result = Value::list(elements);
      } else {
        elements.push_back(mop.argument);
      }
    }
    return true;
  }
  std::vector<Request> last_requests() override { return reads_of(keys_); }
  bool last_from_every_node() const override { return true; }

 private:
  std::int64_t keys_;
  Fn add_;
  std::uint64_t read_permille_;
  std::vector<std::vector<Value>> elements_;
  std::int64_t last_ = 0;
};

class Registers final : public Store {
 public:
  explicit Registers(std::int64_t keys) : keys_(keys), values_(static_cast<std::size_t>(keys)) {}

  Request request(Rng& rng, ProcessId) override {
    const auto key = static_cast<Key>(rng.below(static_cast<std::uint64_t>(keys_)));
    if (rng.chance(1, 2)) return {{Fn::read, key, {}, {}}};
    return {{Fn::write, key, Value(++last_), {}}};
  }
  bool apply(Request& mops, ProcessId) override {
    for (Mop& mop : mops) {
      Value& value = values_[static_cast<std::size_t>(mop.key)];
      if (mop.fn == Fn::read) mop.result = value;
      if (mop.fn == Fn::write) value = mop.argument;
    }
    return true;
  }
  std::vector<Request> last_requests() override { return reads_of(keys_); }
  bool last_from_every_node() const override { return true; }

 private:
  std::int64_t keys_;
  std::vector<Value> values_;
  std::int64_t last_ = 0;
};

class Queue final : public Store {
 public:
  explicit Queue(std::int64_t keys) : queues_(static_cast<std::size_t>(keys)) {}

  Request request(Rng& rng, ProcessId) override {
    const auto key = static_cast<Key>(rng.below(queues_.size()));
    if (rng.chance(1, 2)) return {{Fn::dequeue, key, {}, {}}};
    return {{Fn::enqueue, key, Value(++last_), {}}};
  }
  bool apply(Request& mops, ProcessId) override {
    for (Mop& mop : mops) {
      std::deque<Value>& queue = queues_[static_cast<std::size_t>(mop.key)];
      if (mop.fn == Fn::enqueue) {
        queue.push_back(mop.argument);
      } else if (!queue.empty()) {
        mop.result = queue.front();
        queue.pop_front();
      }
    }
    return true;
  }
  std::vector<Request> last_requests() override {
    std::vector<Request> requests;
    for (std::size_t key = 0; key < queues_.size(); ++key) {
      requests.insert(requests.end(), queues_[key].size() + 1,
                      {{Fn::dequeue, static_cast<Key>(key), {}, {}}});
    }
    return requests;
  }

 private:
  std::vector<std::deque<Value>> queues_;
  std::int64_t last_ = 0;
};

class Counter final : public Store {
 public:
  explicit Counter(std::int64_t keys) : values_(static_cast<std::size_t>(keys), 0) {}

  Request request(Rng& rng, ProcessId) override {
    const auto key = static_cast<Key>(rng.below(values_.size()));
    if (rng.chance(1, 2)) return {{Fn::read, key, {}, {}}};
    return {{Fn::add, key, Value(rng.chance(1, 4) ? -1 : 1), {}}};
  }
  bool apply(Request& mops, ProcessId) override {
    for (Mop& mop : mops) {
      std::int64_t& value = values_[static_cast<std::size_t>(mop.key)];
      if (mop.fn == Fn::add) value += mop.argument.as_integer();
      if (mop.fn == Fn::read) mop.result = Value(value);
    }
    return true;
  }

 private:
  std::vector<std::int64_t> values_;
};

class Ids final : public Store {
 public:
  Request request(Rng&, ProcessId) override { return {{Fn::generate, 0, {}, {}}}; }
  bool apply(Request& mops, ProcessId) override {
    mops[0].result = Value(++last_);
    return true;
  }

 private:
  std::int64_t last_ = 0;
};

class Fork final : public Store {
 public:
  Request request(Rng& rng, ProcessId) override {
    // Three of four are about the latest pair of keys; each key is written once.
    const Key pair = 2 * (next_ / 2);
    if (rng.chance(1, 3)) return {{Fn::write, next_++, Value(1), {}}};
    const Key key = pair >= 2 && rng.chance(1, 4) ? pair - 2 : pair;
    Request request{{Fn::read, key, {}, {}}, {Fn::read, key + 1, {}, {}}};
    if (rng.chance(1, 2)) std::swap(request[0], request[1]);
    return request;
  }
  bool apply(Request& mops, ProcessId) override {
    for (Mop& mop : mops) {
      if (mop.fn == Fn::write) {
        written_.insert(mop.key);
      } else if (written_.contains(mop.key)) {
        mop.result = Value(1);
      }
    }
    return true;
  }

 private:
  Key next_ = 0;
  std::set<Key> written_;
};

class Lock final : public Store {
 public:
  explicit Lock(std::int64_t keys) : locks_(static_cast<std::size_t>(keys)) {}

  Request request(Rng& rng, ProcessId process) override {
    for (std::size_t key = 0; key < locks_.size(); ++key) {
      if (locks_[key].holder == process) return {{Fn::release, static_cast<Key>(key), locks_[key].token, {}}};
    }
    return {{Fn::acquire, static_cast<Key>(rng.below(locks_.size())), {}, {}}};
  }
  bool apply(Request& mops, ProcessId process) override {
    One& lock = locks_[static_cast<std::size_t>(mops[0].key)];
    if (mops[0].fn == Fn::release) {
      if (lock.holder != process) return false;
      lock.holder = kFree;
      return true;
    }
    // Whoever was retired and holds it was asked to let go by an operator.
    if (lock.holder != kFree && !retired_.contains(lock.holder)) return false;
    lock.holder = process;
    lock.token = mops[0].result = Value(++last_token_);
    return true;
  }
  void retire(ProcessId process) override { retired_.insert(process); }

 private:
  static constexpr ProcessId kFree = -1;
  struct One {
    ProcessId holder = kFree;
    Value token;
  };
  std::vector<One> locks_;
  std::set<ProcessId> retired_;
  std::int64_t last_token_ = 0;
};

// Offsets have gaps, as those of transactions have.
class Log final : public Store {
 public:
  explicit Log(std::int64_t keys) : logs_(static_cast<std::size_t>(keys)) {}

  Request request(Rng& rng, ProcessId) override {
    Request request;
    for (std::uint64_t mops = rng.between(1, 3); mops > 0; --mops) {
      const auto key = static_cast<Key>(rng.below(logs_.size()));
      if (rng.chance(1, 2)) {
        request.push_back({Fn::send, key, Value(++last_), {}});
      } else {
        request.push_back({Fn::poll, key, {}, {}});
      }
    }
    return request;
  }
  bool apply(Request& mops, ProcessId process) override {
    // Polls see what was committed before.
    for (Mop& mop : mops) {
      if (mop.fn != Fn::poll) continue;
      const auto& log = logs_[static_cast<std::size_t>(mop.key)];
      std::size_t& position = positions_[{process, mop.key}];
      std::vector<Value> found;
      for (; position < log.size() && found.size() < 8; ++position) found.push_back(log[position]);
      mop.result = Value::list(std::move(found));
    }
    for (Mop& mop : mops) {
      if (mop.fn != Fn::send) continue;
      auto& log = logs_[static_cast<std::size_t>(mop.key)];
      offset_ += 1 + offset_ % 2;
      mop.result = Value(offset_);
      log.push_back(Value::pair(mop.result, mop.argument));
    }
    return true;
  }
  std::vector<Request> last_requests() override {
    std::vector<Request> requests;
    for (std::size_t key = 0; key < logs_.size(); ++key) {
      requests.insert(requests.end(), logs_[key].size() / 8 + 1, {{Fn::poll, static_cast<Key>(key), {}, {}}});
    }
    return requests;
  }

 private:
  std::vector<std::vector<Value>> logs_;
  std::map<std::pair<ProcessId, Key>, std::size_t> positions_;
  std::int64_t offset_ = 0;
  std::int64_t last_ = 0;
};

// Two keys, written alone or together; watchers of both, which begin anew now and then and get bookmarks.
class Watch final : public Store {
 public:
  Request request(Rng& rng, ProcessId process) override {
    if (process % 2 == 0) {
      Request request;
      const std::uint64_t which = rng.below(3);
      if (which != 1) request.push_back({Fn::write, 0, Value(++last_), {}});
      if (which != 0) request.push_back({Fn::write, 1, Value(++last_), {}});
      return request;
    }
    const auto begun = next_.find(process);
    Value from;
    if (begun == next_.end()) from = Value(1);
    if (begun != next_.end() && rng.chance(1, 5)) from = Value(std::max<std::int64_t>(1, begun->second - 1));
    return {{Fn::watch, 0, from, {}}, {Fn::watch, 1, from, {}}};
  }
  bool apply(Request& mops, ProcessId process) override {
    if (mops[0].fn == Fn::write) {
      ++revision_;
      for (Mop& mop : mops) {
        mop.result = Value(revision_);
        changes_.push_back({revision_, mop.key, mop.argument});
      }
      return true;
    }
    std::int64_t& next = next_[process];
    if (!mops[0].argument.is_nil()) next = mops[0].argument.as_integer();
    std::vector<Value> found[2];
    const std::int64_t until = std::min(revision_, next + 9);
    auto change = std::partition_point(changes_.begin(), changes_.end(),
                                       [&](const Change& each) { return each.revision < next; });
    for (; change != changes_.end() && change->revision <= until; ++change) {
      found[change->key].push_back(Value::pair(Value(change->revision), change->value));
    }
    next = std::max(next, until + 1);
    if (until % 3 == 0 && until > 0) {
      for (auto& each : found) each.push_back(Value(until));
    }
    for (Mop& mop : mops) mop.result = Value::list(std::move(found[mop.key]));
    return true;
  }

 private:
  struct Change {
    std::int64_t revision;
    Key key;
    Value value;
  };
  std::vector<Change> changes_;
  std::map<ProcessId, std::int64_t> next_;
  std::int64_t revision_ = 0;
  std::int64_t last_ = 0;
};

}  // namespace

std::unique_ptr<Store> make_store(Datatype type, const DatatypeOptions& options) {
  switch (type) {
    case Datatype::bank:
      return std::make_unique<Bank>(options.keys);
    case Datatype::set:
      return std::make_unique<Elements>(options, Fn::add);
    case Datatype::lists:
      return std::make_unique<Elements>(options, Fn::append);
    case Datatype::queue:
      return std::make_unique<Queue>(options.keys);
    case Datatype::counter:
      return std::make_unique<Counter>(options.keys);
    case Datatype::ids:
      return std::make_unique<Ids>();
    case Datatype::fork:
      return std::make_unique<Fork>();
    case Datatype::lock:
      return std::make_unique<Lock>(options.keys);
    case Datatype::log:
      return std::make_unique<Log>(options.keys);
    case Datatype::registers:
      return std::make_unique<Registers>(options.keys);
    case Datatype::watch:
      break;
  }
  return std::make_unique<Watch>();
}

}  // namespace assay::checkers::testing
