#include "checkers/isolation/isolation_checker.h"

#include <algorithm>
#include <charconv>

#include "checkers/isolation/argument.h"
#include "checkers/isolation/reading.h"
#include "checkers/isolation/shrinking.h"

namespace assay::checkers::isolation {

namespace {

struct Settings {
  Variant variant;
  Order order = Order::none;
  bool lists = false;
  Value initial;
  bool certificate = false;
};

// The model by its name in the literature (Crooks et al., Elle).
std::string model_name(Level level, Order order) {
  if (level == Level::snapshot_isolation) {
    if (order == Order::none) return "snapshot-isolation";
    return order == Order::session ? "strong-session-snapshot-isolation" : "strong-snapshot-isolation";
  }
  if (order == Order::none) return "serializable";
  return order == Order::session ? "strong-session-serializable" : "strict-serializable";
}

std::string_view order_name(Order order) {
  return order == Order::none ? "none" : order == Order::session ? "session" : "real-time";
}

class IsolationChecker final : public Checker {
 public:
  explicit IsolationChecker(Settings settings)
      : settings_(std::move(settings)),
        model_{settings_.variant.level, settings_.order},
        name_(model_name(model_.level, model_.order)) {}

  CheckResult check(const History& history, const Budget& budget) const override {
    Limits limits(budget);
    Charge charge(limits);
    CheckResult result;
    result.checker = settings_.variant.checker;
    Reading reading = settings_.lists ? read_lists(history, name_, limits, charge)
                                      : read_registers(history, settings_.initial, name_, limits, charge);
    if (limits.spent()) {
      result.reason = "Not decided: " + limits.why() + " while the history was read.";
    } else if (!reading.objection.empty()) {
      result.reason = "The history cannot be judged: " + reading.objection + ".";
    } else if (!reading.findings.empty()) {
      result.verdict = Verdict::invalid;
      result.findings = std::move(reading.findings);
      result.reason = "The history does not satisfy " + name_ + ": " + result.findings.front().summary;
    } else if (reading.transactions_ok == 0) {
      result.reason = "No transaction succeeded, so nothing was tested.";
    } else {
      judge(history, reading, limits, result);
    }
    const auto fact = [&](std::string name, std::uint64_t value) {
      result.statistics.push_back({std::move(name), Value(static_cast<std::int64_t>(value))});
    };
    fact("transactions", reading.transactions_ok);
    fact("memory_peak_bytes", limits.peak_bytes());
    fact("elapsed_microseconds", static_cast<std::uint64_t>(limits.elapsed() / kMicrosecond));
    return result;
  }

 private:
  void judge(const History& history, const Reading& reading, Limits& limits, CheckResult& result) const {
    const Decision decision = decide(reading.problem, model_, limits);
    const auto fact = [&](std::string name, std::uint64_t value) {
      result.statistics.push_back({std::move(name), Value(static_cast<std::int64_t>(value))});
    };
    fact("choices", decision.choices);
    fact("choices_forced", decision.forced);
    fact("solver_calls", decision.solved);
    fact("cycles_forbidden", decision.clauses);
    result.verdict = decision.verdict;
    const std::string all = std::to_string(reading.problem.size()) + " transactions";
    if (decision.verdict == Verdict::unknown) {
      result.reason = "Not decided: " + limits.why() + " with " + all + ", of " +
                      std::to_string(decision.choices) + " open orders of writes " +
                      std::to_string(decision.forced) + " were settled.";
    } else if (decision.verdict == Verdict::valid) {
      result.reason = "All " + all + " satisfy " + name_ + ".";
      if (settings_.certificate) result.certificate = certificate(reading, decision);
    } else {
      result.findings.push_back(explain(history, reading, decision, limits));
      result.reason = "The history does not satisfy " + name_ + ": " + result.findings.front().summary;
    }
  }

  Finding explain(const History& history, const Reading& reading, const Decision& decision,
                  Limits& limits) const {
    const std::vector<Txn> witness = shrink(reading.problem, model_, decision.reasons, limits);
    const Problem part = part_of(reading.problem, witness);
    Argument argument = argue(part, model_, history, reading.keys, limits);
    Finding finding;
    finding.anomaly = std::move(argument.anomaly);
    finding.model = name_;
    finding.object = std::to_string(witness.size()) + " transactions";
    finding.summary = std::move(argument.summary);
    finding.steps = std::move(argument.steps);
    for (const Problem::Transaction& each : part.transactions) finding.witness.push_back(each.id);
    return finding;
  }

  Certificate certificate(const Reading& reading, const Decision& decision) const {
    Certificate certificate;
    const bool strict = model_.level == Level::serializable && model_.order == Order::real_time;
    certificate.claim = model_.level == Level::snapshot_isolation ? "snapshot-isolation"
                        : strict                                  ? "strict-serializable"
                                                                  : "serializable";
    certificate.options["order"] = order_name(model_.order);
    if (!settings_.lists) certificate.options["initial"] = settings_.initial.to_string();
    Certificate::Object object;
    object.order.reserve(decision.order.size());
    for (const Txn txn : decision.order) object.order.push_back(reading.problem.transactions[txn].id);
    certificate.objects.push_back(std::move(object));
    return certificate;
  }

  Settings settings_;
  Model model_;
  std::string name_;
};

bool parse_initial(const std::string& text, Value& initial) {
  if (text == "nil") return true;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  initial = Value(number);
  return error == std::errc() && end == text.data() + text.size();
}

// Empty when accepted, else what would be.
std::string set_option(Settings& settings, const std::string& name, const std::string& value) {
  if (name == "order") {
    settings.order = value == "none" ? Order::none : value == "session" ? Order::session : Order::real_time;
    if (settings.variant.order_is_fixed && settings.order != settings.variant.order) return "real-time";
    return value == order_name(settings.order) ? "" : "none, session or real-time";
  }
  if (name == "data") {
    settings.lists = value == "list";
    return value == "list" || value == "register" ? "" : "register or list";
  }
  if (name == "initial") return parse_initial(value, settings.initial) ? "" : "an integer or nil";
  settings.certificate = value == "yes";
  return value == "yes" || value == "no" ? "" : "yes or no";
}

}  // namespace

std::unique_ptr<Checker> make_checker(const Variant& variant, const CheckerOptions& options,
                                      std::string& error) {
  Settings settings;
  settings.variant = variant;
  settings.order = variant.order;
  const std::string checker(variant.checker);
  for (const auto& [name, value] : options) {
    if (name != "order" && name != "data" && name != "initial" && name != "certificate") {
      error =
          "Option \"" + name + "\" is unknown; " + checker + " knows order, data, initial and certificate.";
      return nullptr;
    }
    const std::string accepted = set_option(settings, name, value);
    if (accepted.empty()) continue;
    error = "Option " + name + " of " + checker + " must be " + accepted + ", not \"" + value + "\".";
    return nullptr;
  }
  return std::make_unique<IsolationChecker>(std::move(settings));
}

std::string unsuited(const HistoryShape& shape, CheckerOptions& options) {
  const bool lists = shape.only(Fn::read, Fn::append) && shape.count(Fn::append) > 0;
  const bool registers = shape.only(Fn::read, Fn::write, Fn::cas);
  if (!lists && !registers) return "needs reads and writes of registers, or reads of lists and appends";
  options.emplace("data", lists ? "list" : "register");
  return {};
}

}  // namespace assay::checkers::isolation
