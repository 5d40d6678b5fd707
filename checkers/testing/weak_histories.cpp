#include "checkers/testing/weak_histories.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <queue>
#include <sstream>
#include <utility>
#include <vector>

#include "checkers/testing/fixture.h"

namespace assay::checkers::testing {

namespace {

// The writes of a store in order, and for each key where its writes stand in it.
class Log {
 public:
  explicit Log(std::size_t keys) : writes_(keys) {}
  void append(Key key, std::int64_t value) {
    writes_[static_cast<std::size_t>(key)].emplace_back(size_ + 1, value);
  }
  // What was appended since the last commit is one transaction.
  void commit() { ++size_; }
  std::size_t size() const { return size_; }
  // The value among the first `prefix` transactions; nil if there is none.
  Value at(Key key, std::size_t prefix) const {
    const auto& writes = writes_[static_cast<std::size_t>(key)];
    auto it = writes.end();
    while (it != writes.begin() && (it - 1)->first > prefix) --it;
    return it == writes.begin() ? Value() : Value((it - 1)->second);
  }

 private:
  std::size_t size_ = 0;
  std::vector<std::vector<std::pair<std::size_t, std::int64_t>>> writes_;
};

struct LogClient {
  ProcessId process = 0;
  std::size_t seen = 0;
};

// One transaction on the log: what it reads, and what it writes if it takes effect.
std::vector<Mop> run_transaction(Rng& rng, const LogStoreOptions& options, bool effect, LogClient& client,
                                 Log& log, std::int64_t& next_value) {
  const auto lag = static_cast<std::size_t>(options.lag > 0 ? rng.between(0, options.lag) : 0);
  client.seen = std::max(client.seen, log.size() - std::min(lag, log.size()));
  std::vector<Mop> mops;
  std::map<Key, Value> own;
  const std::int64_t count = rng.between(1, options.mops);
  for (std::int64_t i = 0; i < count; ++i) {
    const Key key = rng.between(0, options.keys - 1);
    if (rng.chance(static_cast<std::uint64_t>(options.write_permille), 1000)) {
      mops.push_back(w(key, next_value++));
      if (options.mops > 1 || effect) own[key] = mops.back().argument;
    } else {
      const auto found = own.find(key);
      mops.push_back(r(key, found != own.end() ? found->second : log.at(key, client.seen)));
    }
  }
  if (!effect || own.empty()) return mops;
  for (const auto& [key, value] : own) log.append(key, value.as_integer());
  log.commit();
  client.seen = log.size();
  return mops;
}

}  // namespace

History generate_log_store(const LogStoreOptions& options) {
  Rng rng(options.seed);
  HistoryBuilder builder;
  Log log(static_cast<std::size_t>(options.keys));
  std::vector<LogClient> clients(static_cast<std::size_t>(options.sessions));
  using Turn = std::pair<Nanos, std::size_t>;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    clients[i].process = static_cast<ProcessId>(i);
    turns.emplace(static_cast<Nanos>(rng.below(1000)), i);
  }
  auto next_process = static_cast<ProcessId>(clients.size());
  std::int64_t next_value = 1;
  for (std::size_t i = 0; i < options.operations; ++i) {
    const auto [now, index] = turns.top();
    turns.pop();
    LogClient& client = clients[index];
    const bool info = rng.chance(static_cast<std::uint64_t>(options.info_permille), 1000);
    const bool effect = !info || rng.chance(1, 2);
    const std::vector<Mop> mops = run_transaction(rng, options, effect, client, log, next_value);
    Operation op;
    op.process = client.process;
    op.node =
        options.nodes > 0 ? static_cast<NodeId>(index % static_cast<std::size_t>(options.nodes)) : kNoNode;
    op.due = op.invoked = now;
    op.outcome = info ? Outcome::info : Outcome::ok;
    const Nanos latency = 1 + static_cast<Nanos>(rng.below(1000));
    op.completed = info ? kNever : now + latency;
    op.mops = mops;
    builder.add(op);
    if (info) {
      client.process = next_process++;
      client.seen = 0;
    }
    turns.emplace(now + latency + 1 + static_cast<Nanos>(rng.below(100)), index);
  }
  return builder.build();
}

History generate_small(Rng& rng, const SmallSessions& options) {
  LogStoreOptions store;
  store.seed = rng.next();
  store.operations = static_cast<std::size_t>(rng.between(2, options.transactions));
  store.sessions = rng.between(1, options.sessions);
  store.keys = options.keys;
  store.mops = options.mops;
  store.lag = rng.between(0, 3);
  const History valid = generate_log_store(store);
  std::map<Key, std::vector<Value>> values;
  for (const Operation op : valid.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::write) values[mop.key].push_back(mop.argument);
    }
  }
  HistoryBuilder builder;
  ProcessId fresh = 100;
  std::map<ProcessId, ProcessId> renamed;
  for (const Operation op : valid.operations()) {
    std::vector<Mop> mops(op.mops.begin(), op.mops.end());
    for (Mop& mop : mops) {
      if (mop.fn != Fn::read || !rng.chance(static_cast<std::uint64_t>(options.odd_permille), 1000)) continue;
      const std::vector<Value>& choice = values[mop.key];
      const std::uint64_t pick = rng.below(choice.size() + 1);
      mop.result = pick < choice.size() ? choice[pick] : Value();
    }
    Operation changed = op;
    changed.mops = mops;
    if (const auto found = renamed.find(op.process); found != renamed.end()) changed.process = found->second;
    const auto odd = static_cast<std::uint64_t>(options.info_permille);
    if (rng.chance(odd, 1000)) {
      changed.outcome = Outcome::info;
      changed.completed = kNever;
      renamed[op.process] = fresh++;
    } else if (rng.chance(odd / 2, 1000)) {
      changed.outcome = Outcome::fail;
    }
    builder.add(changed);
  }
  return builder.build();
}

bool age_a_read(const History& history, std::int64_t permille, std::size_t back, History& aged) {
  std::map<Key, std::vector<Value>> values;
  const auto wanted = static_cast<OpId>(history.size() * static_cast<std::size_t>(permille) / 1000);
  OpId changed = static_cast<OpId>(history.size());
  Value old;
  for (const Operation op : history.operations()) {
    const Mop& mop = op.mops.front();
    std::vector<Value>& of_key = values[mop.key];
    if (mop.fn == Fn::write) of_key.push_back(mop.argument);
    if (mop.fn != Fn::read || op.outcome != Outcome::ok || op.id < wanted) continue;
    const auto found = std::find(of_key.begin(), of_key.end(), mop.result);
    if (found == of_key.end() || found - of_key.begin() < static_cast<std::ptrdiff_t>(back)) continue;
    changed = op.id;
    old = *(found - static_cast<std::ptrdiff_t>(back));
    break;
  }
  if (changed == history.size()) return false;
  HistoryBuilder builder;
  for (const Operation op : history.operations()) {
    std::vector<Mop> mops(op.mops.begin(), op.mops.end());
    if (op.id == changed) mops.front().result = old;
    Operation copy = op;
    copy.mops = mops;
    builder.add(copy);
  }
  aged = builder.build();
  return true;
}

History read_awdit_history(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::vector<std::vector<Mop>>> sessions(1, std::vector<std::vector<Mop>>(1));
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string kind;
    std::int64_t key = 0, value = 0;
    if (!(words >> kind)) continue;
    if (kind[0] == '-') {
      sessions.back().emplace_back();
    } else if (kind[0] == '=') {
      sessions.emplace_back(1);
    } else if (words >> key >> value) {
      sessions.back().back().push_back(kind == "w" ? w(key, value) : r(key, value));
    }
  }
  if (sessions.size() == 1 && sessions[0].size() == 1 && sessions[0][0].empty()) return History();
  return make_sessions(sessions);
}

}  // namespace assay::checkers::testing
