// The checker "linearizable": every operation seems to take effect at one moment between its invocation and its
// return (Herlihy & Wing 1990). Options: `model` = register | cas-register (the default) | kv, `initial` = an
// integer or nil (the default), `certificate` = yes | no (the default).
//
// The history is split into objects (linearizability/partition.h), which are checked apart, on up to two
// threads; results do not depend on which thread was faster. See linearizability/jit_search.h and
// register_zones.h for the algorithms.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <thread>

#include "checkers/common/limits.h"
#include "checkers/linearizability/object_checker.h"
#include "checkers/linearizability/partition.h"
#include "checkers/registry.h"

namespace assay::checkers {

namespace {

constexpr std::size_t kFindingsMax = 8;
constexpr std::size_t kOperationsForThreads = 20'000;

struct Settings {
  Model model = Model::cas_register;
  Value initial;
  bool certificate = false;
};

// "1 operation", "2 operations".
std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

class LinearizableChecker final : public Checker {
 public:
  explicit LinearizableChecker(Settings settings) : settings_(std::move(settings)) {}

  CheckResult check(const History& history, const Budget& budget) const override {
    Limits limits(budget);
    CheckResult result;
    result.checker = "linearizable";
    Partition partition;
    // Sorting operations by object takes 8 bytes each.
    if (limits.spent() || !limits.fits(history.size() * 8)) {
      result.reason = "Nothing was checked: " + limits.why() + ".";
      return result;
    }
    Charge charge(limits, history.size() * 8);
    std::string error;
    if (!make_partition(history, settings_.model, partition, error)) {
      result.reason = "The history cannot be judged: " + error + ".";
      return result;
    }
    const bool anything_ok = std::any_of(history.operations().begin(), history.operations().end(),
                                         [](const Operation& op) { return op.outcome == Outcome::ok; });
    if (!anything_ok) {
      result.reason = "No operation succeeded, so nothing was tested.";
      return result;
    }
    const auto checker = settings_.model == Model::kv ? make_transaction_checker(history, settings_.initial)
                                                      : make_register_checker(history, settings_.initial);
    std::vector<ObjectVerdict> verdicts = check_objects(partition, *checker, limits);
    conclude(partition, *checker, verdicts, limits, result);
    return result;
  }

 private:
  std::vector<ObjectVerdict> check_objects(const Partition& partition, const ObjectChecker& checker,
                                           Limits& limits) const {
    std::vector<ObjectVerdict> verdicts(partition.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < partition.size() && !limits.spent(); i = next++) {
        verdicts[i] = checker.check(partition.of(i), settings_.certificate, limits);
      }
    };
    const bool parallel = partition.size() > 1 && partition.operations >= kOperationsForThreads &&
                          std::thread::hardware_concurrency() > 1;
    if (parallel) {
      std::thread helper(work);
      work();
      helper.join();
    } else {
      work();
    }
    return verdicts;
  }

  void conclude(const Partition& partition, const ObjectChecker& checker,
                std::vector<ObjectVerdict>& verdicts, Limits& limits, CheckResult& result) const {
    std::size_t valid = 0, invalid = 0, operations_decided = 0;
    std::uint64_t configurations = 0;
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      configurations += verdicts[i].configurations;
      valid += verdicts[i].verdict == Verdict::valid ? 1 : 0;
      invalid += verdicts[i].verdict == Verdict::invalid ? 1 : 0;
      if (verdicts[i].verdict != Verdict::unknown) operations_decided += partition.of(i).size();
    }
    const std::string all =
        counted(partition.operations, "operation") + " on " + counted(partition.size(), "object");
    if (invalid > 0) {
      result.verdict = Verdict::invalid;
      result.reason = counted(invalid, "object") + " of " + std::to_string(partition.size()) +
                      (invalid == 1 ? " is" : " are") + " not linearizable.";
      for (std::size_t i = 0; i < verdicts.size() && result.findings.size() < kFindingsMax; ++i) {
        if (verdicts[i].verdict != Verdict::invalid) continue;
        result.findings.push_back(checker.explain(partition.of(i), verdicts[i], limits));
      }
    } else if (valid < partition.size()) {
      result.reason = "Not decided: " + limits.why() + " after " + std::to_string(valid) + " of " +
                      counted(partition.size(), "object") + " were found linearizable.";
    } else {
      result.verdict = Verdict::valid;
      result.reason = "All " + all + " are linearizable.";
      if (settings_.certificate) result.certificate = certificate(partition, verdicts);
    }
    const auto fact = [&](std::string name, std::uint64_t value) {
      result.statistics.push_back({std::move(name), Value(static_cast<std::int64_t>(value))});
    };
    fact("operations", partition.operations);
    fact("operations_decided", operations_decided);
    fact("objects", partition.size());
    fact("objects_valid", valid);
    fact("objects_invalid", invalid);
    fact("configurations", configurations);
    fact("memory_peak_bytes", limits.peak_bytes());
    fact("elapsed_microseconds", static_cast<std::uint64_t>(limits.elapsed() / kMicrosecond));
  }

  Certificate certificate(const Partition& partition, std::vector<ObjectVerdict>& verdicts) const {
    Certificate certificate;
    certificate.claim = "linearizable";
    certificate.options["initial"] = settings_.initial.to_string();
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      certificate.objects.push_back({partition.keys[i], std::move(verdicts[i].order)});
    }
    return certificate;
  }

  Settings settings_;
};

bool parse_initial(const std::string& text, Value& initial) {
  if (text == "nil") return true;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  initial = Value(number);
  return true;
}

std::unique_ptr<Checker> make_linearizable(const CheckerOptions& options, std::string& error) {
  Settings settings;
  for (const auto& [name, value] : options) {
    bool accepted = true;
    if (name == "model") {
      accepted = value == "register" || value == "cas-register" || value == "kv";
      if (!accepted)
        error = "Model \"" + value + "\" is unknown; linearizable knows register, cas-register and kv.";
      settings.model = value == "register" ? Model::reg : value == "kv" ? Model::kv : Model::cas_register;
    } else if (name == "initial") {
      accepted = parse_initial(value, settings.initial);
      if (!accepted)
        error = "Option initial of linearizable must be an integer or nil, not \"" + value + "\".";
    } else if (name == "certificate") {
      accepted = value == "yes" || value == "no";
      if (!accepted) error = "Option certificate of linearizable must be yes or no, not \"" + value + "\".";
      settings.certificate = value == "yes";
    } else {
      accepted = false;
      error = "Option \"" + name + "\" is unknown; linearizable knows model, initial and certificate.";
    }
    if (!accepted) return nullptr;
  }
  return std::make_unique<LinearizableChecker>(std::move(settings));
}

std::string unsuited(const HistoryShape& shape, CheckerOptions& options) {
  if (!shape.only(Fn::read, Fn::write, Fn::cas, Fn::append, Fn::add))
    return "needs registers, lists or counters";
  const bool registers = shape.only(Fn::read, Fn::write, Fn::cas) && shape.transactions == 0;
  options.emplace("model", registers ? "cas-register" : "kv");
  return {};
}

}  // namespace

extern const CheckerPlugin linearizable_plugin;
const CheckerPlugin linearizable_plugin = {
    "linearizable", "every operation takes effect at one moment between its invocation and its return",
    make_linearizable, unsuited};

}  // namespace assay::checkers
