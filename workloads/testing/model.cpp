#include "workloads/testing/model.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <queue>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "checkers/registry.h"
#include "workloads/registry.h"

namespace assay::workloads::testing {

namespace {

constexpr Nanos kStep = kMillisecond;
constexpr int kFinalRequestsMax = 20'000;

std::vector<Value> elements_of(const Value& value) {
  if (value.kind() != Value::Kind::list) return {};
  return {value.as_list().begin(), value.as_list().end()};
}

struct Stamp {
  Nanos time = -1;
  int node = 0;
  friend auto operator<=>(const Stamp&, const Stamp&) = default;
};

// One copy of the data.
struct Copy {
  std::map<Key, Value> values;
  std::map<Key, Stamp> written;

  // False when the change is refused.
  bool change(const Mop& mop, Stamp stamp, const Model& model, Value& result) {
    Value& value = values[mop.key];
    switch (mop.fn) {
      case Fn::read:
        result = value;
        return true;
      case Fn::write:
        if (!(stamp < written[mop.key])) {  // also the second write of one request
          value = mop.argument;
          written[mop.key] = stamp;
        }
        return true;
      case Fn::cas:
        if (value != mop.argument.first()) return false;
        value = mop.argument.second();
        return true;
      case Fn::add:
      case Fn::append:
      case Fn::remove:
        return collect(mop, value);
      case Fn::insert:
      case Fn::erase:
        return edit(mop, value);
      case Fn::acquire: {
        const std::vector<Value> held = elements_of(value);
        const std::int64_t token = held.empty() ? 0 : held[0].as_integer();
        const bool free = held.empty() || !held[1].as_boolean() || model.forgets_locks;
        if (!free && mop.argument != Value(token)) return false;
        value = Value::list({token + 1, Value::boolean(true)});
        result = token + 1;
        return true;
      }
      case Fn::release: {
        const std::vector<Value> held = elements_of(value);
        if (held.empty() || held[0] != mop.argument || !held[1].as_boolean()) return false;
        value = Value::list({held[0], Value::boolean(false)});
        return true;
      }
      case Fn::enqueue:
      case Fn::dequeue:
        result = queue(mop, model, value);
        return true;
      case Fn::fence:
        if (!model.ignores_fences && value.is_integer() && value > mop.argument) return false;
        value = mop.argument;
        return true;
      default:
        return false;
    }
  }

 private:
  std::set<std::pair<Key, Value>> removed_;

  // What comes out: nil when it is empty, or when an element is put in.
  static Value queue(const Mop& mop, const Model& model, Value& value) {
    std::vector<Value> elements = elements_of(value);
    Value first;
    if (mop.fn == Fn::enqueue) {
      elements.push_back(mop.argument);
    } else if (!elements.empty()) {
      const auto from = model.last_comes_first ? elements.end() - 1 : elements.begin();
      first = *from;
      elements.erase(from);
    }
    value = Value::list(std::move(elements));
    return first;
  }

  // What was removed stays away, in whichever order the news comes: each element is added once.
  bool collect(const Mop& mop, Value& value) {
    if (mop.fn == Fn::add && mop.argument.is_integer()) {
      value = (value.is_integer() ? value.as_integer() : 0) + mop.argument.as_integer();
      return true;
    }
    std::vector<Value> elements = elements_of(value);
    const auto found = std::find(elements.begin(), elements.end(), mop.argument);
    if (mop.fn == Fn::add && removed_.contains({mop.key, mop.argument})) return true;
    if (mop.fn == Fn::remove) {
      removed_.emplace(mop.key, mop.argument);
      if (found != elements.end()) elements.erase(found);
    } else if (mop.fn == Fn::append || found == elements.end()) {
      elements.push_back(mop.argument);
    }
    value = Value::list(std::move(elements));
    return true;
  }

  // Positions count bytes here: texts of tests are plain.
  static bool edit(const Mop& mop, Value& value) {
    std::string text(value.kind() == Value::Kind::text ? value.as_text() : "");
    const auto at = std::min(static_cast<std::size_t>(mop.argument.first().as_integer()), text.size());
    if (mop.fn == Fn::insert) {
      text.insert(at, mop.argument.second().as_text());
    } else {
      text.erase(at, static_cast<std::size_t>(mop.argument.second().as_integer()));
    }
    value = Value::text(text);
    return true;
  }
};

class Store {
 public:
  Store(const Model& model, Rng rng) : model_(model), rng_(rng), copies_(model.lag > 0 ? model.nodes : 1) {}

  // Null: it failed.
  std::optional<Request> serve(Request request, int node, Nanos now, ProcessId process) {
    deliver(now);
    if (model_.siblings) return with_siblings(request, process);
    if (model_.wander) node = static_cast<int>(rng_.below(static_cast<std::uint64_t>(model_.nodes)));
    const auto home = static_cast<std::size_t>(node) % copies_.size();
    const bool changes = std::any_of(request.begin(), request.end(), [](const Mop& mop) {
      return mop.fn != Fn::read && mop.fn != Fn::backup;
    });
    if (request[0].fn == Fn::backup || request[0].fn == Fn::restore) return administer(request);
    if (changes && one_in(model_.lose_one_in)) return request;
    const Copy before = copies_[home];
    const bool half = one_in(model_.half_in);
    for (Mop& mop : request) {
      if (half && &mop != &request.front() && mop.fn != Fn::read) continue;
      if (copies_[home].change(mop, {now, node}, model_, mop.result)) continue;
      copies_[home] = before;
      return std::nullopt;
    }
    if (changes && copies_.size() > 1 && !one_in(model_.withhold_one_in)) {
      for (std::size_t other = 0; other < copies_.size(); ++other) {
        if (other == home) continue;
        const auto late = static_cast<Nanos>(rng_.below(static_cast<std::uint64_t>(model_.lag)));
        under_way_.push_back({now + model_.lag + late, other, {now, node}, request});
      }
    }
    return request;
  }

 private:
  struct Message {
    Nanos due;
    std::size_t to;
    Stamp stamp;
    Request request;
  };

  // A write replaces what its process has read.
  std::optional<Request> with_siblings(Request request, ProcessId process) {
    Mop& mop = request[0];
    auto& siblings = siblings_[mop.key];
    if (mop.fn == Fn::write) {
      for (const std::uint64_t seen : seen_[{process, mop.key}]) siblings.erase(seen);
      siblings[++version_] = mop.argument;
    } else {
      std::vector<Value> all;
      auto& seen = seen_[{process, mop.key}];
      seen.clear();
      for (const auto& [version, value] : siblings) {
        seen.push_back(version);
        all.push_back(value);
      }
      mop.result = Value::list(std::move(all));
    }
    return request;
  }

  bool one_in(std::uint64_t times) { return times > 0 && rng_.below(times) == 0; }

  std::optional<Request> administer(Request request) {
    if (request[0].fn == Fn::backup) {
      request[0].result = static_cast<std::int64_t>(backups_.size());
      backups_.push_back({copies_, under_way_});
    } else if (!model_.restores_nothing) {
      std::tie(copies_, under_way_) = backups_.at(static_cast<std::size_t>(request[0].argument.as_integer()));
    }
    return request;
  }

  void deliver(Nanos now) {
    std::stable_sort(under_way_.begin(), under_way_.end(),
                     [](const Message& a, const Message& b) { return a.due < b.due; });
    while (!under_way_.empty() && under_way_.front().due <= now) {
      for (const Mop& mop : under_way_.front().request) {
        Value ignored;
        copies_[under_way_.front().to].change(mop, under_way_.front().stamp, model_, ignored);
      }
      under_way_.erase(under_way_.begin());
    }
  }

  const Model& model_;
  Rng rng_;
  std::vector<Copy> copies_;
  std::vector<std::pair<std::vector<Copy>, std::vector<Message>>> backups_;
  std::vector<Message> under_way_;
  std::map<Key, std::map<std::uint64_t, Value>> siblings_;
  std::map<std::pair<ProcessId, Key>, std::vector<std::uint64_t>> seen_;
  std::uint64_t version_ = 0;
};

// The clients: each has one operation at a time, takes effect somewhere inside of it, and goes on.
class Driver {
 public:
  Driver(Workload& workload, const Model& model)
      : workload_(workload),
        model_(model),
        rng_(Rng(model.seed).fork("driver")),
        store_(model, Rng(model.seed).fork("store")) {}

  History run() {
    for (int i = 0; i < model_.processes; ++i) free_.push_back(next_process_++);
    mark("main");
    for (int asked = 0; asked < model_.operations; ++asked) {
      while (free_.empty()) step();
      ask(Phase::main, false);
    }
    while (!in_flight_.empty()) step();
    now_ += 10 * model_.lag;
    mark("final-reads");
    final_reads();
    finish();
    return builder_.build();
  }

 private:
  struct Flight {
    ProcessId process = 0;
    Nanos effect = 0, end = 0, began = 0;
    bool served = false;
    Outcome outcome = Outcome::ok;
    Request request;
    OpId id = 0;
  };

  void mark(const char* phase) {
    FaultEvent event;
    event.fault = "phase";
    event.time = event.began = ++now_;
    event.value = {{"name", Value::text(phase)}};
    builder_.add_fault(std::move(event));
  }

  Nanos some_time() { return 1 + static_cast<Nanos>(rng_.below(static_cast<std::uint64_t>(3 * kStep))); }

  // Whether the process had something to ask.
  bool ask(Phase phase, bool rotate) {
    const ProcessId process = free_.front();
    free_.erase(free_.begin());
    std::optional<Request> request = workload_.next(process, phase, rng_);
    if (!request) {
      if (rotate) free_.push_back(process);
      return false;
    }
    Flight flight;
    flight.process = process;
    flight.began = ++now_;
    flight.effect = now_ + some_time();
    flight.end = flight.effect + some_time();
    flight.request = std::move(*request);
    Operation op;
    op.process = process;
    op.node = static_cast<NodeId>(process % model_.nodes);
    op.invoked = op.due = flight.began;
    op.mops = flight.request;
    flight.id = builder_.add(op);
    in_flight_.push_back(std::move(flight));
    return true;
  }

  void final_reads() {
    for (int asked = 0; asked < kFinalRequestsMax;) {
      bool any = false;
      for (std::size_t budget = free_.size(); budget > 0; --budget) {
        if (!ask(Phase::final_reads, true)) continue;
        any = true;
        ++asked;
      }
      if (in_flight_.empty() && !any) return;
      if (!in_flight_.empty()) step();
    }
    while (!in_flight_.empty()) step();
  }

  // To the next effect or completion.
  void step() {
    auto next = in_flight_.begin();
    const auto when = [](const Flight& flight) { return flight.served ? flight.end : flight.effect; };
    for (auto each = in_flight_.begin(); each != in_flight_.end(); ++each) {
      if (when(*each) < when(*next)) next = each;
    }
    now_ = std::max(now_ + 1, when(*next));
    if (next->served) {
      Flight flight = std::move(*next);
      in_flight_.erase(next);
      complete(flight);
      return;
    }
    next->served = true;
    const bool unsure = model_.unsure_one_in > 0 && rng_.below(model_.unsure_one_in) == 0;
    if (unsure && rng_.below(2) == 0) {
      next->outcome = Outcome::info;
      return;
    }
    const std::optional<Request> answer =
        store_.serve(next->request, next->process % model_.nodes, now_, next->process);
    next->outcome = unsure ? Outcome::info : answer ? Outcome::ok : Outcome::fail;
    if (answer && !unsure) next->request = *answer;
  }

  void complete(const Flight& flight) {
    Operation op;
    op.id = flight.id;
    op.process = flight.process;
    op.node = static_cast<NodeId>(flight.process % model_.nodes);
    op.outcome = flight.outcome;
    op.invoked = op.due = flight.began;
    op.completed = flight.outcome == Outcome::info ? kNever : now_;
    op.mops = flight.request;
    if (op.outcome != Outcome::info) {
      builder_.complete(flight.id, op.outcome, now_, op.mops, "");
    }
    workload_.observe(op);
    free_.push_back(op.outcome == Outcome::info ? replacement(flight.process) : flight.process);
  }

  // On the same node.
  ProcessId replacement(ProcessId process) {
    while (next_process_ % model_.nodes != process % model_.nodes) ++next_process_;
    return next_process_++;
  }

  void finish() {
    std::vector<std::string> names;
    for (int node = 1; node <= model_.nodes; ++node) names.push_back("n" + std::to_string(node));
    builder_.set_node_names(std::move(names));
  }

  Workload& workload_;
  const Model& model_;
  Rng rng_;
  Store store_;
  HistoryBuilder builder_;
  std::vector<ProcessId> free_;
  std::vector<Flight> in_flight_;
  ProcessId next_process_ = 0;
  Nanos now_ = 0;
};

CheckResult check(const CheckerSpec& spec, const History& history) {
  for (const CheckerPlugin* plugin : checkers::all_plugins()) {
    if (plugin->name != spec.name) continue;
    std::string error;
    const std::unique_ptr<Checker> checker = plugin->make(spec.options, error);
    if (checker == nullptr) {
      CheckResult refused;
      refused.reason = error;
      return refused;
    }
    return checker->check(history, Budget{});
  }
  std::abort();
}

}  // namespace

std::unique_ptr<Workload> make(std::string_view name, const Model& model, Facts options, std::int64_t keys) {
  for (const WorkloadPlugin* plugin : all_plugins()) {
    if (plugin->name != name) continue;
    return plugin->make({.keys = keys,
                         .seed = model.seed,
                         .processes = model.processes,
                         .nodes = model.nodes,
                         .options = std::move(options)});
  }
  std::abort();
}

History run(Workload& workload, const Model& model) { return Driver(workload, model).run(); }

std::map<std::string, std::string> verdicts(const Workload& workload, const History& history) {
  std::map<std::string, std::string> said;
  for (const CheckerSpec& spec : workload.checkers()) {
    const CheckResult result = check(spec, history);
    std::string text(verdict_name(result.verdict));
    std::set<std::string> names;
    for (const Finding& finding : result.findings) {
      if (!names.insert(finding.anomaly).second) continue;
      text += (names.size() == 1 ? ": " : ", ") + finding.anomaly;
    }
    if (result.verdict == Verdict::unknown) text += ": " + result.reason;
    said[spec.name] = text;
  }
  return said;
}

std::map<std::string, std::string> judged(std::string_view name, const Model& model, Facts options,
                                          std::int64_t keys) {
  const auto workload = make(name, model, std::move(options), keys);
  const History history = run(*workload, model);
  return verdicts(*workload, history);
}

std::int64_t statistic(const Workload& workload, const History& history, std::string_view checker,
                       const std::string& name) {
  for (const CheckerSpec& spec : workload.checkers()) {
    if (spec.name != checker) continue;
    const CheckResult result = check(spec, history);
    const Value* const value = find_fact(result.statistics, name);
    if (value != nullptr && value->is_integer()) return value->as_integer();
  }
  return -1;
}

}  // namespace assay::workloads::testing
