#include "checkers/isolation/isolation_checker.h"

#include <algorithm>

#include "checkers/common/options.h"
#include "checkers/isolation/argument.h"
#include "checkers/isolation/reading.h"
#include "checkers/isolation/shrinking.h"
#include "checkers/verify/certificate.h"

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
      result.nothing_to_judge("The history cannot be judged: " + reading.objection + ".");
    } else if (!reading.findings.empty()) {
      result.verdict = Verdict::invalid;
      result.findings = std::move(reading.findings);
      result.reason = "The history does not satisfy " + name_ + ": " + result.findings.front().summary;
    } else if (reading.transactions_ok == 0) {
      result.nothing_to_judge("No transaction succeeded, so nothing was tested.");
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
      if (settings_.certificate || reading.scanned) result.certificate = certificate(reading, decision);
      // Of a row that was missed for one of several reasons, the problem knows nothing.
      if (reading.scanned && !refute_certificate(history, *result.certificate).empty()) {
        result.verdict = Verdict::unknown;
        result.reason =
            "Not decided: all " + all +
            " have an order for what was found, but not every row that a read by predicate missed "
            "was absent there, and which of its versions was missed is not known.";
      }
      if (!settings_.certificate || result.verdict != Verdict::valid) result.certificate.reset();
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

}  // namespace

std::unique_ptr<Checker> make_checker(const Variant& variant, const CheckerOptions& options,
                                      std::string& error) {
  Settings settings;
  settings.variant = variant;
  settings.order = variant.order;
  OptionReader reader(variant.checker, options);
  if (const std::string* const given = reader.text("order")) {
    settings.order = *given == "none" ? Order::none : *given == "session" ? Order::session : Order::real_time;
    if (variant.order_is_fixed) settings.order = variant.order;
    if (*given != order_name(settings.order)) {
      reader.complain("Option order of " + reader.checker() + " must be " +
                      (variant.order_is_fixed ? "real-time" : "none, session or real-time") + ", not \"" +
                      *given + "\".");
    }
  }
  settings.lists = reader.choice("data", {"register", "list"}) == 1;
  settings.initial = reader.initial();
  settings.certificate = reader.yes("certificate", false);
  error = reader.error();
  return error.empty() ? std::make_unique<IsolationChecker>(std::move(settings)) : nullptr;
}

std::string unsuited(const HistoryShape& shape, CheckerOptions& options) {
  const bool lists = shape.only(Fn::read, Fn::append) && shape.count(Fn::append) > 0;
  const bool registers = shape.only(Fn::read, Fn::write, Fn::cas, Fn::scan);
  if (!lists && !registers) {
    return shape.count(Fn::scan) > 0
               ? "judges reads by predicate over registers only, written with unique values"
               : "needs reads and writes of registers, or reads of lists and appends";
  }
  options.emplace("data", lists ? "list" : "register");
  return {};
}

}  // namespace assay::checkers::isolation
