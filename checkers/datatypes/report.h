// What the checkers of data types have in common: counting and wording what they find, keeping to the budget.
//
// Thread safety: none; each check has its own. Errors: none thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkers/common/certify.h"
#include "checkers/common/limits.h"
#include "checkers/common/options.h"
#include "checkers/common/words.h"
#include "harness/core/checker.h"

namespace assay::checkers::datatypes {

// "the read of process 3 (operation 17)".
std::string naming(const Operation& operation, std::string_view what);

// One check: what it found so far and what it may still spend.
class Report {
 public:
  // `anomalies`: every name that can be found, worst first.
  Report(std::string_view checker, std::string_view model, const Budget& budget,
         std::initializer_list<const char*> anomalies);

  Limits& limits() { return limits_; }

  // Whether there is time at all, and room for so much; charged for as long as the report lives.
  bool reserve(std::size_t bytes);
  // Whether the budget is spent; the clock is asked every few thousand steps.
  bool spent(std::size_t steps = 1) {
    steps_ += steps;
    if (steps_ < kStepsPerLook) return over_;
    steps_ = 0;
    return over_ = over_ || limits_.spent();
  }

  // Counts an anomaly. True when it should be described with accuse(): only the first few are.
  bool found(std::string_view anomaly, std::uint64_t times = 1);
  struct Accusation {
    std::string_view anomaly;
    std::string object;
    std::string summary;
    std::vector<std::string> steps;
    std::vector<OpId> witness;  // in any order, with repetitions
  };
  void accuse(Accusation accusation);
  std::uint64_t count(std::string_view anomaly) const;

  void fact(std::string name, std::uint64_t value) {
    result_.statistics.push_back({std::move(name), Value(static_cast<std::int64_t>(value))});
  }
  void fact(std::string name, Value value) {
    result_.statistics.push_back({std::move(name), std::move(value)});
  }

  // Each ends the check. What was found makes the result invalid whatever is asked for.
  CheckResult valid(std::string reason) { return end(Verdict::valid, std::move(reason)); }
  CheckResult unknown(std::string reason) { return end(Verdict::unknown, std::move(reason)); }
  // Unknown, for the history has nothing of what the checker is about.
  CheckResult nothing_to_judge(std::string reason) {
    result_.applies = false;
    return unknown(std::move(reason));
  }
  // The budget is spent: "Not decided: ... after <covered>."
  CheckResult stopped(const std::string& covered);

 private:
  CheckResult end(Verdict verdict, std::string reason);

  static constexpr std::size_t kStepsPerLook = 4096;
  static constexpr std::size_t kDescribedOfEach = 3;

  struct Kind {
    std::string name;
    std::uint64_t count = 0;
    std::size_t described = 0;
  };

  Limits limits_;
  std::string model_;
  CheckResult result_;
  std::vector<Kind> kinds_;
  std::size_t steps_ = kStepsPerLook;
  bool over_ = false;
};

// A checker that is a function of its settings. With option `certificate` = yes (default: no) it certifies what is valid.
template <class Settings>
class SettingsChecker final : public Checker {
 public:
  using Function = CheckResult (*)(const Settings&, const History&, const Budget&);
  SettingsChecker(Settings settings, Function function, const OptionReader& reader, bool certificate)
      : settings_(std::move(settings)),
        function_(function),
        name_(reader.checker()),
        options_(reader.options()),
        certificate_(certificate) {}
  CheckResult check(const History& history, const Budget& budget) const override {
    CheckResult result = function_(settings_, history, budget);
    if (certificate_) certify(name_, options_, history, result);
    return result;
  }

 private:
  Settings settings_;
  Function function_;
  std::string name_;
  CheckerOptions options_;
  bool certificate_;
};

// Null, with the error, when an option was not understood.
template <class Settings>
std::unique_ptr<Checker> checker_of(OptionReader reader, Settings settings,
                                    typename SettingsChecker<Settings>::Function function,
                                    std::string& error) {
  const bool certificate = reader.yes("certificate", false);
  error = reader.error();
  if (!error.empty()) return nullptr;
  return std::make_unique<SettingsChecker<Settings>>(std::move(settings), function, reader, certificate);
}

}  // namespace assay::checkers::datatypes
