#include "checkers/testing/transaction_generator.h"

#include <algorithm>
#include <map>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "checkers/testing/transaction_programs.h"
#include "harness/core/predicate.h"
#include "harness/core/rng.h"

namespace assay::checkers::testing {

namespace {

struct Version {
  Value element;
  std::uint64_t committed;  // number of the commit that made it visible
};

struct Client {
  ProcessId process = 0;
  OpId op = 0;
  Request mops;
  std::size_t next_mop = 0;
  std::uint64_t snapshot = 0;
  std::vector<std::pair<Key, Value>> writes;  // not visible yet
  bool working = false;
  bool settled = false;  // committed or failed, and about to say so
  bool failed = false;
};

struct Event {
  Nanos time;
  std::size_t client;
  bool operator<(const Event& other) const {
    return time != other.time ? time > other.time : client > other.client;
  }
};

class Simulation {
 public:
  explicit Simulation(const TransactionOptions& options)
      : options_(options), rng_(options.seed), programs_(Rng(options.seed).fork("programs")) {
    clients_.resize(options.clients);
    for (std::size_t i = 0; i < options.clients; ++i) {
      clients_[i].process = static_cast<ProcessId>(i);
      events_.push({rng_.exponential(options_.latency), i});
    }
    next_process_ = static_cast<ProcessId>(options.clients);
    for (std::int64_t key = 0; key < options.keys; ++key) active_.push_back(next_key_++);
  }

  History run() {
    while (!events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      now_ = event.time;
      Client& client = clients_[event.client];
      if (!act(client)) continue;
      const bool rests = !client.working && options_.pause > 0;
      events_.push({now_ + 1 + rng_.exponential(rests ? options_.pause : options_.latency), event.client});
    }
    return builder_.build();
  }

 private:
  bool act(Client& client) {
    if (!client.working) return begin(client);
    if (client.settled) {
      finish(client);
      return true;
    }
    const bool at_once =
        options_.isolation == Isolation::strict_serializable || options_.isolation == Isolation::serializable;
    if (at_once) {
      client.snapshot = commits_;
      const bool only_reads = std::all_of(client.mops.begin(), client.mops.end(), [](const Mop& mop) {
        return mop.fn == Fn::read || mop.fn == Fn::scan;
      });
      if (options_.isolation == Isolation::serializable && only_reads) {
        client.snapshot -= std::min<std::uint64_t>(commits_, rng_.below(4));
      }
      while (client.next_mop < client.mops.size()) step(client);
      settle(client);
    } else if (client.next_mop < client.mops.size()) {
      if (client.next_mop == 0) client.snapshot = snapshot();
      step(client);
    } else {
      settle(client);
    }
    return true;
  }

  bool begin(Client& client) {
    if (begun_ - refused_ == options_.transactions) return false;
    ++begun_;
    client.working = true;
    client.settled = client.failed = false;
    client.next_mop = 0;
    client.writes.clear();
    client.mops.clear();
    if (options_.program == Program::tpcc) {
      for (const ProgramStep& each : programs_.next()) {
        Mop mop;
        mop.key = each.key;
        client.mops.push_back(each.writes ? new_write(mop) : mop);
      }
    } else {
      const std::size_t count = options_.mops_min + rng_.below(options_.mops_max - options_.mops_min + 1);
      for (std::size_t i = 0; i < count; ++i) client.mops.push_back(new_mop());
    }
    Operation op;
    op.process = client.process;
    op.due = op.invoked = now_;
    op.mops = client.mops;
    client.op = builder_.add(op);
    return true;
  }

  Mop new_mop() {
    const std::size_t place = rng_.below(active_.size());
    Mop mop;
    mop.key = active_[place];
    if (static_cast<std::int64_t>(rng_.below(1000)) < options_.read_permille) return mop;
    if (options_.scan_permille > 0 && chance(options_.scan_permille)) return new_scan();
    if (options_.delete_permille > 0 && chance(options_.delete_permille)) {
      mop.fn = Fn::write;
      return mop;
    }
    mop = new_write(mop);
    if (options_.writes_per_key > 0 &&
        mop.argument.as_integer() >= static_cast<std::int64_t>(options_.writes_per_key)) {
      written_.erase(mop.key);
      active_[place] = next_key_++;
    }
    return mop;
  }

  Mop new_write(Mop mop) {
    mop.fn = options_.registers ? Fn::write : Fn::append;
    mop.argument = Value(++written_[mop.key]);
    return mop;
  }

  // The number of commits that a transaction sees which begins now.
  std::uint64_t snapshot() {
    if (options_.lag == 0) return commits_;
    const Nanos time = now_ - rng_.between(0, options_.lag);
    const auto seen = std::lower_bound(commit_times_.begin(), commit_times_.end(), time);
    return static_cast<std::uint64_t>(seen - commit_times_.begin());
  }

  bool chance(std::int64_t permille) { return static_cast<std::int64_t>(rng_.below(1000)) < permille; }

  Mop new_scan() {
    Mop scan;
    scan.fn = Fn::scan;
    const auto low = static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(next_key_)));
    switch (rng_.below(4)) {
      case 0:
        scan.argument = Value::list({Value::text("mod"), 2, static_cast<std::int64_t>(rng_.below(2))});
        break;
      case 1:
        scan.argument = Value::list({Value::text("keys"), low, low + 1});
        break;
      case 2:
        scan.argument = Value::list({Value::text("="), static_cast<std::int64_t>(1 + rng_.below(2))});
        break;
      default:
        break;
    }
    return scan;
  }

  Value scan(const Client& client, const Value& predicate, std::uint64_t snapshot) {
    std::vector<Value> rows;
    for (Key key = 0; key < next_key_; ++key) {
      Value value = read(client, key, snapshot);
      if (matches(predicate, key, value)) rows.push_back(Value::pair(key, value));
    }
    return Value::list(std::move(rows));
  }

  void step(Client& client) {
    Mop& mop = client.mops[client.next_mop++];
    const bool latest =
        options_.isolation == Isolation::read_committed || options_.isolation == Isolation::read_uncommitted;
    if (mop.fn == Fn::scan) {
      mop.result = scan(client, mop.argument, latest ? commits_ : client.snapshot);
    } else if (mop.fn == Fn::read) {
      mop.result = read(client, mop.key, latest ? commits_ : client.snapshot);
    } else if (options_.isolation == Isolation::read_uncommitted) {
      versions(mop.key).push_back({mop.argument, ++commits_});
    } else {
      client.writes.emplace_back(mop.key, mop.argument);
    }
  }

  Value read(const Client& client, Key key, std::uint64_t snapshot) {
    const std::vector<Version>& held = versions(key);
    const auto seen = std::partition_point(
        held.begin(), held.end(), [&](const Version& version) { return version.committed <= snapshot; });
    if (options_.registers) {
      for (auto own = client.writes.rbegin(); own != client.writes.rend(); ++own) {
        if (own->first == key) return own->second;
      }
      return seen == held.begin() ? Value() : (seen - 1)->element;
    }
    std::vector<Value> elements;
    for (auto version = held.begin(); version != seen; ++version) elements.push_back(version->element);
    for (const auto& [written, element] : client.writes) {
      if (written == key) elements.push_back(element);
    }
    return elements.empty() ? Value() : Value::list(std::move(elements));
  }

  void settle(Client& client) {
    client.settled = true;
    client.failed = static_cast<std::int64_t>(rng_.below(1000)) < options_.fail_permille;
    if (options_.isolation == Isolation::snapshot_isolation) {
      bool refused = false;
      for (const auto& [key, element] : client.writes) {
        const std::vector<Version>& held = versions(key);
        refused = refused || (!held.empty() && held.back().committed > client.snapshot);
      }
      refused_ += refused ? 1 : 0;
      client.failed = client.failed || refused;
    }
    if (client.failed || client.writes.empty()) return;
    ++commits_;
    commit_times_.push_back(now_);
    for (const auto& [key, element] : client.writes) versions(key).push_back({element, commits_});
  }

  void finish(Client& client) {
    client.working = false;
    if (static_cast<std::int64_t>(rng_.below(1000)) < options_.info_permille) {
      client.process = next_process_++;
      return;
    }
    const Outcome outcome = client.failed ? Outcome::fail : Outcome::ok;
    builder_.complete(client.op, outcome, now_, client.mops, {});
  }

  std::vector<Version>& versions(Key key) { return versions_[key]; }

  TransactionOptions options_;
  Rng rng_;
  TpccPrograms programs_;
  HistoryBuilder builder_;
  std::vector<Client> clients_;
  std::priority_queue<Event> events_;
  std::vector<Key> active_;
  std::unordered_map<Key, std::int64_t> written_;
  std::unordered_map<Key, std::vector<Version>> versions_;
  std::vector<Nanos> commit_times_;
  std::uint64_t commits_ = 0;
  std::size_t begun_ = 0;
  std::size_t refused_ = 0;
  Nanos now_ = 0;
  Key next_key_ = 0;
  ProcessId next_process_ = 0;
};

bool drop_row(Mop& scan) {
  if (scan.result.kind() != Value::Kind::list || scan.result.as_list().empty()) return false;
  const auto rows = scan.result.as_list();
  scan.result = Value::list({rows.begin() + 1, rows.end()});
  return true;
}

// What a corruption does to one read; false if the read is not suited.
bool corrupt_read(TransactionCorruption corruption, Mop& mop) {
  if (corruption == TransactionCorruption::missed_row) return false;
  if (mop.result.is_nil()) return false;
  if (mop.result.kind() != Value::Kind::list) {
    if (corruption == TransactionCorruption::stale_read) {
      if (mop.result.as_integer() < 2) return false;
      mop.result = Value(mop.result.as_integer() - 1);
    } else {
      mop.result = Value(1'000'000'000);
    }
    return true;
  }
  const auto read = mop.result.as_list();
  std::vector<Value> elements(read.begin(), read.end());
  switch (corruption) {
    case TransactionCorruption::stale_read:
      elements.pop_back();
      break;
    case TransactionCorruption::thin_air:
      elements.push_back(Value(1'000'000'000));
      break;
    case TransactionCorruption::duplicate:
      elements.push_back(elements.front());
      break;
    case TransactionCorruption::reordered:
      if (elements.size() < 2) return false;
      std::swap(elements[elements.size() - 1], elements[elements.size() - 2]);
      break;
    case TransactionCorruption::aborted_write:
    case TransactionCorruption::missed_row:
      return false;
  }
  mop.result = Value::list(std::move(elements));
  return true;
}

// Whether somebody else read the first write of this operation.
bool is_read_elsewhere(const History& history, const Operation& writer) {
  for (const Mop& write : writer.mops) {
    if (write.fn == Fn::read || write.fn == Fn::scan) continue;
    for (const Operation op : history.operations()) {
      if (op.outcome != Outcome::ok || op.id == writer.id) continue;
      for (const Mop& mop : op.mops) {
        if (mop.fn != Fn::read || mop.key != write.key) continue;
        if (mop.result == write.argument) return true;
        if (mop.result.kind() != Value::Kind::list) continue;
        const auto list = mop.result.as_list();
        if (std::find(list.begin(), list.end(), write.argument) != list.end()) return true;
      }
    }
  }
  return false;
}

bool corrupt_operation(const History& history, TransactionCorruption corruption, Operation& op,
                       Request& mops) {
  if (op.outcome != Outcome::ok) return false;
  if (corruption == TransactionCorruption::aborted_write) {
    if (!is_read_elsewhere(history, op)) return false;
    op.outcome = Outcome::fail;
    return true;
  }
  for (Mop& mop : mops) {
    if (mop.fn == Fn::read && corrupt_read(corruption, mop)) return true;
    if (mop.fn == Fn::scan && corruption == TransactionCorruption::missed_row && drop_row(mop)) return true;
  }
  return false;
}

}  // namespace

TransactionOptions snapshot_store(Program program) {
  TransactionOptions options;
  options.program = program;
  options.isolation = Isolation::snapshot_isolation;
  options.transactions = 1'000;
  options.clients = 20;
  options.registers = true;
  options.keys = 1'000;
  options.writes_per_key = 0;
  options.mops_min = options.mops_max = 8;
  options.latency = 100;
  options.pause = 20'000;
  return options;
}

TransactionOptions small_options(std::uint64_t seed, bool registers) {
  TransactionOptions options;
  options.seed = seed;
  options.registers = registers;
  options.transactions = 2 + seed % 4;
  options.clients = 1 + seed / 4 % 3;
  options.keys = 1 + static_cast<std::int64_t>(seed / 3 % 3);
  options.mops_max = 3;
  options.isolation = static_cast<Isolation>(seed % 6);
  options.info_permille = seed % 5 == 0 ? 200 : 0;
  options.fail_permille = seed % 7 == 0 ? 200 : 0;
  return options;
}

TransactionOptions small_scan_options(std::uint64_t seed) {
  TransactionOptions options = small_options(seed, true);
  options.read_permille = 250;
  options.scan_permille = 500;
  options.delete_permille = seed % 11 == 0 ? 300 : 0;
  options.writes_per_key = seed % 2 == 0 ? 1 : 3;
  return options;
}

History generate_transactions(const TransactionOptions& options) { return Simulation(options).run(); }

bool corrupt_transactions(const History& history, TransactionCorruption corruption, std::int64_t permille,
                          History& corrupted) {
  const auto from = static_cast<OpId>(history.size() * static_cast<std::size_t>(permille) / 1000);
  HistoryBuilder builder;
  bool done = false;
  for (Operation op : history.operations()) {
    Request mops(op.mops.begin(), op.mops.end());
    if (!done && op.id >= from) done = corrupt_operation(history, corruption, op, mops);
    op.mops = mops;
    builder.add(op);
  }
  corrupted = builder.build();
  return done;
}

}  // namespace assay::checkers::testing
