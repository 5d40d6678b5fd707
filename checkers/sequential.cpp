// The checker "sequential": all operations seem to take effect in one order that keeps the order of each
// process (Lamport 1979). Unlike linearizability it knows no time, and cannot be checked object by object.
// Options: `model`, `initial` and `certificate`, as for "linearizable".
//
// A history that is linearizable is sequentially consistent, and that is quickly seen; so it is tried first.
// Otherwise, for registers and queues, what any order must respect is gathered by rules until it contradicts itself
// (sequential/saturation.h); what that leaves open is searched (sequential/search.h): exactly, as far as the
// budget goes.
#include <algorithm>

#include "checkers/common/limits.h"
#include "checkers/linearizability/history_check.h"
#include "checkers/linearizability/models/models.h"
#include "checkers/linearizability/partition.h"
#include "checkers/registry.h"
#include "checkers/sequential/explain.h"
#include "checkers/sequential/saturation.h"
#include "checkers/sequential/search.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers {

namespace {

struct Settings {
  std::string model = "cas-register";
  Value initial;
  bool certificate = false;
};

// Orders of objects, put together by time; a linearization has a moment for each operation.
std::vector<OpId> merge_by_time(const History& history, const Certificate& orders) {
  struct Placed {
    Nanos time;
    OpId id;
  };
  std::vector<Placed> placed;
  for (const Certificate::Object& object : orders.objects) {
    Nanos time = INT64_MIN;
    for (const OpId id : object.order) {
      time = std::max(time, history.at(id).invoked);
      placed.push_back({time, id});
    }
  }
  std::stable_sort(placed.begin(), placed.end(),
                   [](const Placed& a, const Placed& b) { return a.time < b.time; });
  std::vector<OpId> order;
  order.reserve(placed.size());
  for (const Placed& each : placed) order.push_back(each.id);
  return order;
}

class SequentialChecker final : public Checker {
 public:
  explicit SequentialChecker(Settings settings)
      : settings_(std::move(settings)), model_(make_object_model(settings_.model, settings_.initial)) {}

  CheckResult check(const History& history, const Budget& budget) const override {
    Limits limits(budget);
    CheckResult result;
    result.checker = "sequential";
    Partition partition;
    std::string error;
    Charge charge(limits);
    const auto partitioned = [&] {
      if (limits.spent() || !make_partition(history, *model_, limits, partition, error)) return false;
      // And what decide() knows by operation.
      const std::size_t bytes = partition.bytes() + history.size() * 8;
      if (!limits.fits(bytes)) return false;
      charge.grow(bytes);
      return true;
    };
    if (!partitioned()) {
      if (error.empty()) {
        result.reason = "Nothing was checked: " + limits.why() + ".";
      } else {
        result.nothing_to_judge("The history cannot be judged: " + error + ".");
      }
      return result;
    }
    const bool anything_ok = std::any_of(history.operations().begin(), history.operations().end(),
                                         [](const Operation& op) { return op.outcome == Outcome::ok; });
    if (!anything_ok) {
      result.nothing_to_judge("No operation succeeded, so nothing was tested.");
      return result;
    }
    if (!try_linearizable(history, budget, partition, limits, result))
      decide(history, partition, limits, result);
    add_statistics(partition, limits, result);
    return result;
  }

 private:
  // True if the history is linearizable, and so decided.
  bool try_linearizable(const History& history, const Budget& budget, const Partition& partition,
                        Limits& limits, CheckResult& result) const {
    Budget part = limits.rest_of(budget);
    part.time_limit /= 3;
    const bool is_register = settings_.model == "register" || settings_.model == "cas-register";
    const auto checker = is_register ? make_register_checker(history, settings_.initial)
                                     : make_model_checker(history, *model_);
    const CheckerOptions options = certificate_options();
    const CheckResult found = check_history(history, *model_, *checker, &options, part);
    if (const Value* peak = find_fact(found.statistics, "memory_peak_bytes"))
      limits.note_peak(static_cast<std::size_t>(peak->as_integer()));
    if (found.verdict != Verdict::valid) return false;
    // Orders, and the same once more with moments.
    const std::size_t bytes = partition.operations * (2 * sizeof(OpId) + 2 * 16);
    if (!limits.fits(bytes)) return false;
    const Charge charge(limits, bytes);
    Certificate certificate{"sequential", options, {{0, merge_by_time(history, *found.certificate)}}};
    // Moments that coincide may have been put in the wrong order; then the search has to do it.
    if (!refute_certificate(history, certificate).empty()) return false;
    accept(partition, std::move(certificate.objects.front().order), result);
    return true;
  }

  void decide(const History& history, const Partition& partition, Limits& limits, CheckResult& result) const {
    std::vector<std::uint32_t> object_of(history.size(), kNone);
    for (std::uint32_t object = 0; object < partition.size(); ++object) {
      for (const OpId id : partition.of(object)) object_of[id] = object;
    }
    std::vector<OpId> ids = partition.ids;
    std::sort(ids.begin(), ids.end());
    model_->drop_useless(history, ids);
    const SequentialCase the_case{*model_, history, object_of, settings_.initial};
    const SequentialProblem problem =
        make_sequential_problem(*model_, history, ids, object_of, settings_.initial, limits);
    std::vector<OpId> conflict;
    if ((problem.has_parts || problem.has_elements) && !limits.spent()) {
      const Saturation rules = saturate(problem, limits);
      if (rules.unwritten != kNone) conflict.push_back(problem.ops[rules.unwritten].id);
      for (const Forced& edge : rules.cycle) {
        conflict.push_back(problem.ops[edge.from].id);
        if (edge.reader < problem.ops.size()) conflict.push_back(problem.ops[edge.reader].id);
      }
    }
    if (!conflict.empty()) return refuse(the_case, ids, conflict, limits, result);
    SequentialResult found;
    if (!limits.spent()) found = search_sequential(problem, UINT64_MAX, limits);
    configurations(found.configurations, result);
    if (found.verdict == Verdict::valid) return accept(partition, std::move(found.order), result);
    if (found.verdict == Verdict::invalid) return refuse(the_case, ids, {}, limits, result);
    result.reason = "Not decided: " + limits.why() + " after " + std::to_string(found.configurations) +
                    " configurations; the longest beginning of an order has " +
                    std::to_string(found.order.size()) + " of " + std::to_string(ids.size()) + " operations.";
  }

  CheckerOptions certificate_options() const {
    return {{"initial", settings_.initial.to_string()}, {"model", settings_.model}};
  }

  void accept(const Partition& partition, std::vector<OpId> order, CheckResult& result) const {
    result.verdict = Verdict::valid;
    result.reason = "All " + std::to_string(partition.operations) +
                    " operations have one order that keeps each process's own.";
    if (settings_.certificate)
      result.certificate = Certificate{"sequential", certificate_options(), {{0, std::move(order)}}};
  }

  static void refuse(const SequentialCase& the_case, const std::vector<OpId>& ids,
                     const std::vector<OpId>& conflict, Limits& limits, CheckResult& result) {
    result.verdict = Verdict::invalid;
    result.reason = "The operations have no order that keeps each process's own.";
    result.findings.push_back(explain_sequential(the_case, ids, conflict, limits));
  }

  static void configurations(std::uint64_t count, CheckResult& result) {
    result.statistics.push_back({"configurations", Value(static_cast<std::int64_t>(count))});
  }

  static void add_statistics(const Partition& partition, const Limits& limits, CheckResult& result) {
    const auto fact = [&](std::string name, std::uint64_t value) {
      result.statistics.push_back({std::move(name), Value(static_cast<std::int64_t>(value))});
    };
    fact("operations", partition.operations);
    fact("objects", partition.size());
    fact("memory_peak_bytes", limits.peak_bytes());
    fact("elapsed_microseconds", static_cast<std::uint64_t>(limits.elapsed() / kMicrosecond));
  }

  Settings settings_;
  std::unique_ptr<ObjectModel> model_;
};

std::unique_ptr<Checker> make_sequential(const CheckerOptions& options, std::string& error) {
  Settings settings;
  OptionReader reader("sequential", options);
  settings.model = model_option(reader);
  settings.initial = reader.initial();
  settings.certificate = reader.yes("certificate", false);
  error = reader.error();
  return error.empty() ? std::make_unique<SequentialChecker>(std::move(settings)) : nullptr;
}

}  // namespace

extern const CheckerPlugin sequential_plugin;
const CheckerPlugin sequential_plugin = {
    "sequential", "all operations take effect in one order that keeps the order of each process",
    make_sequential, unsuited_for_models};

}  // namespace assay::checkers
