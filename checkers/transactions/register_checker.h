// What every checker of register histories does before and after its own work: builds the history, says why
// it cannot be judged, gathers reads that are wrong in themselves, counts.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "checkers/transactions/read_consistency.h"
#include "checkers/transactions/register_options.h"

namespace assay::checkers {

inline constexpr std::size_t kRegisterFindingsMax = 8;

// True when the history is built and worth judging; else the reason is set.
bool prepare_registers(const History& history, const RegisterOptions& options, Limits& limits, Charge& charge,
                       RegisterHistory& registers, CheckResult& result);

// Adds findings for reads that are wrong in themselves, as far as there is room. False when the budget is
// spent.
bool report_bad_reads(const RegisterHistory& registers, bool repeatable, std::string_view model,
                      Limits& limits, CheckResult& result, std::uint64_t& count);

// A whole check: judge(registers, limits, charge, result) is asked only about what is worth judging.
template <class Judge>
CheckResult check_registers(std::string checker, const History& history, const RegisterOptions& options,
                            const Budget& budget, const Judge& judge);

void add_register_facts(const RegisterHistory& registers, const Limits& limits, CheckResult& result);

template <class Judge>
CheckResult check_registers(std::string checker, const History& history, const RegisterOptions& options,
                            const Budget& budget, const Judge& judge) {
  Limits limits(budget);
  Charge charge(limits);
  CheckResult result;
  result.checker = std::move(checker);
  RegisterHistory registers;
  if (prepare_registers(history, options, limits, charge, registers, result)) {
    judge(registers, limits, charge, result);
  }
  add_register_facts(registers, limits, result);
  return result;
}

}  // namespace assay::checkers
