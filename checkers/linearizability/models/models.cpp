#include "checkers/linearizability/models/models.h"

#include <array>

#include "checkers/common/words.h"
#include "checkers/linearizability/model.h"
#include "checkers/linearizability/models/counter.h"
#include "checkers/linearizability/models/fifo_queue.h"
#include "checkers/linearizability/models/mutex.h"
#include "checkers/linearizability/models/priority_queue.h"
#include "checkers/linearizability/models/set.h"
#include "checkers/linearizability/models/stack.h"
#include "checkers/linearizability/models/transactions.h"
#include "checkers/linearizability/models/unordered_queue.h"
#include "checkers/linearizability/monitors/monitors.h"

namespace assay::checkers {

namespace {

using Monitor = ObjectVerdict (*)(const History&, std::span<const OpId>, bool, Limits&);

template <class M, Monitor kMonitor>
class CollectionModel final : public ModelAdapter<M> {
 public:
  explicit CollectionModel(std::string_view name) : ModelAdapter<M>(M(), name) {}

  std::unique_ptr<StateSpace> space(const History& history, std::span<const OpId> ids, bool real_time,
                                    Limits& limits) const override {
    M model;
    if constexpr (requires { model.times; }) {
      if (real_time) model.times = TakeTimes(history, ids, M::kPut, M::kTake);
    }
    if constexpr (requires { model.ranks; }) {
      if (real_time) model.ranks = TakeRanks(history, ids, M::kPut, M::kTake);
    }
    return std::make_unique<NumberedModel<M>>(model, history, ids, limits);
  }

  Separable parts(const Operation& op, std::vector<Part>& parts) const override {
    return collection_parts(op, M::kTake, parts);
  }
  void drop_useless(const History& history, std::vector<OpId>& ids) const override {
    drop_untaken(history, M::kPut, M::kTake, ids);
  }
  ObjectVerdict monitor(const History& history, std::span<const OpId> ids, bool want_order,
                        Limits& limits) const override {
    return kMonitor(history, ids, want_order, limits);
  }
  void name_violation(const History& history, std::span<const OpId> witness, std::string& anomaly,
                      std::string& summary) const override {
    name_collection_violation(history, witness, M::kPut, M::kTake, M::kOrderAnomaly, anomaly, summary);
  }
};

class SetModel final : public ModelAdapter<Set> {
 public:
  SetModel() : ModelAdapter<Set>(Set(), "set") {}

  Separable parts(const Operation& op, std::vector<Part>& parts) const override {
    return model_.parts(op, parts);
  }
  void drop_useless(const History& history, std::vector<OpId>& ids) const override {
    model_.drop_useless(history, ids);
  }
  ObjectVerdict monitor(const History& history, std::span<const OpId> ids, bool want_order,
                        Limits& limits) const override {
    return monitor_set(*this, history, ids, want_order, limits);
  }
  void name_violation(const History& history, std::span<const OpId> witness, std::string& anomaly,
                      std::string& summary) const override {
    model_.name_violation(history, witness, anomaly, summary);
  }
};

template <class M>
class LockModel final : public ModelAdapter<M> {
 public:
  explicit LockModel(std::string_view name) : ModelAdapter<M>(M(), name) {}

  Separable parts(const Operation& op, std::vector<Part>& parts) const override {
    if constexpr (requires(const M& model) { model.parts(op, parts); }) return M().parts(op, parts);
    return Separable::no;
  }

  ObjectVerdict monitor(const History& history, std::span<const OpId> ids, bool want_order,
                        Limits& limits) const override {
    return monitor_lock(history, ids, std::same_as<M, FencedMutex>, want_order, limits);
  }
  Contradiction contradict(const History& history, std::span<const OpId> ids,
                           const ObjectVerdict& verdict) const override {
    return contradict_lock(history, ids, std::same_as<M, FencedMutex>, verdict.stuck_at);
  }
};

class CounterModel final : public ModelAdapter<Counter> {
 public:
  explicit CounterModel(Counter counter) : ModelAdapter<Counter>(counter, "counter") {}

  ObjectVerdict monitor(const History& history, std::span<const OpId> ids, bool want_order,
                        Limits& limits) const override {
    return monitor_counter(history, ids, model_.start, want_order, limits);
  }
  Contradiction contradict(const History& history, std::span<const OpId> ids,
                           const ObjectVerdict& verdict) const override {
    return contradict_counter(history, ids, model_.start, verdict.stuck_at);
  }
};

template <class M, Monitor kMonitor>
std::unique_ptr<ObjectModel> collection(std::string_view name, const Value&) {
  return std::make_unique<CollectionModel<M, kMonitor>>(name);
}

template <class M>
std::unique_ptr<ObjectModel> lock(std::string_view name, const Value&) {
  return std::make_unique<LockModel<M>>(name);
}

struct Entry {
  std::string_view name;
  std::unique_ptr<ObjectModel> (*make)(std::string_view name, const Value& initial);
};

constexpr std::array kModels = {
    Entry{"register",
          [](std::string_view name, const Value& initial) -> std::unique_ptr<ObjectModel> {
            return std::make_unique<TransactionModel>(name, std::initializer_list<Fn>{Fn::read, Fn::write},
                                                      false, initial);
          }},
    Entry{"cas-register",
          [](std::string_view name, const Value& initial) -> std::unique_ptr<ObjectModel> {
            return std::make_unique<TransactionModel>(
                name, std::initializer_list<Fn>{Fn::read, Fn::write, Fn::cas}, false, initial);
          }},
    Entry{"kv",
          [](std::string_view name, const Value& initial) -> std::unique_ptr<ObjectModel> {
            return std::make_unique<TransactionModel>(
                name, std::initializer_list<Fn>{Fn::read, Fn::write, Fn::cas, Fn::append, Fn::add}, true,
                initial);
          }},
    Entry{"append-list",
          [](std::string_view name, const Value& initial) -> std::unique_ptr<ObjectModel> {
            return std::make_unique<TransactionModel>(name, std::initializer_list<Fn>{Fn::read, Fn::append},
                                                      false, initial);
          }},
    Entry{"mutex", lock<Mutex>},
    Entry{"fenced-mutex", lock<FencedMutex>},
    Entry{"set",
          [](std::string_view, const Value&) -> std::unique_ptr<ObjectModel> {
            return std::make_unique<SetModel>();
          }},
    Entry{"fifo-queue", collection<FifoQueue, monitor_fifo_queue>},
    Entry{"unordered-queue", collection<UnorderedQueue, monitor_unordered_queue>},
    Entry{"stack", collection<Stack, monitor_stack>},
    Entry{"priority-queue", collection<PriorityQueue, monitor_priority_queue>},
    Entry{"counter",
          [](std::string_view, const Value& initial) -> std::unique_ptr<ObjectModel> {
            Counter counter;
            if (initial.is_integer()) counter.start = initial.as_integer();
            return std::make_unique<CounterModel>(counter);
          }},
};

}  // namespace

std::unique_ptr<ObjectModel> make_object_model(std::string_view name, const Value& initial) {
  for (const Entry& entry : kModels) {
    if (entry.name == name) return entry.make(entry.name, initial);
  }
  return nullptr;
}

std::string model_option(OptionReader& reader) {
  const std::string* const given = reader.text("model");
  if (given == nullptr) return "cas-register";
  if (make_object_model(*given, Value()) == nullptr) {
    std::vector<std::string> names;
    for (const auto& model : kModels) names.emplace_back(model.name);
    reader.complain("Model \"" + *given + "\" is unknown; " + reader.checker() + " knows " + listed(names) +
                    ".");
  }
  return *given;
}

std::string model_for(const HistoryShape& shape) {
  const bool single = shape.transactions == 0;
  if (single && shape.only(Fn::acquire, Fn::release)) return "fenced-mutex";
  if (single && shape.only(Fn::enqueue, Fn::dequeue)) return "fifo-queue";
  if (single && shape.only(Fn::push, Fn::pop)) return "stack";
  if (single && shape.only(Fn::read, Fn::write, Fn::cas)) return "cas-register";
  if (single && shape.only(Fn::read, Fn::append)) return "append-list";
  if (single && shape.only(Fn::read, Fn::add, Fn::remove)) {
    const bool counts = shape.count(Fn::remove) == 0 && shape.list_reads == 0;
    return counts && shape.integer_reads > 0 ? "counter" : "set";
  }
  if (shape.only(Fn::read, Fn::write, Fn::cas, Fn::append, Fn::add)) return "kv";
  return {};
}

std::string unsuited_for_models(const HistoryShape& shape, CheckerOptions& options) {
  const std::string model = model_for(shape);
  if (model.empty()) return "needs registers, lists, counters, sets, queues, stacks or locks";
  // Accounts of a bank hold something at first.
  const bool accounts = shape.transactions > 0 && shape.only(Fn::read, Fn::add);
  if (accounts && !options.contains("initial"))
    return "needs to know what accounts held at first: option initial";
  options.emplace("model", model);
  return {};
}

}  // namespace assay::checkers
