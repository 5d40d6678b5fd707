#include "checkers/transactions/register_checker.h"

namespace assay::checkers {

bool prepare_registers(const History& history, const RegisterOptions& options, Limits& limits, Charge& charge,
                       RegisterHistory& registers, CheckResult& result) {
  const std::string error = build_register_history(history, options.initial, limits, charge, registers);
  if (!error.empty()) {
    if (limits.spent()) {
      result.reason = "Nothing was checked: " + error + ".";
    } else {
      result.nothing_to_judge("The history cannot be judged: " + error + ".");
    }
  } else if (const std::string why = registers.ambiguous(); !why.empty()) {
    result.nothing_to_judge("The history cannot be judged: who read from whom is not known, as " + why + ".");
  } else if (registers.ok_reads() == 0) {
    result.nothing_to_judge("No read succeeded, so nothing was tested.");
  } else {
    return true;
  }
  return false;
}

bool report_bad_reads(const RegisterHistory& registers, bool repeatable, std::string_view model,
                      Limits& limits, CheckResult& result, std::uint64_t& count) {
  BadReads bad;
  const bool done = find_bad_reads(registers, repeatable, kRegisterFindingsMax, limits, bad);
  for (const BadRead& read : bad.first) result.findings.push_back(explain_bad_read(registers, read, model));
  if (!result.findings.empty()) result.verdict = Verdict::invalid;
  count = bad.count;
  return done;
}

void add_register_facts(const RegisterHistory& registers, const Limits& limits, CheckResult& result) {
  add_fact(result, "operations", registers.transaction_count());
  add_fact(result, "sessions", registers.session_count());
  add_fact(result, "keys", registers.key_count());
  add_fact(result, "reads", registers.ok_reads());
  add_fact(result, "writes", registers.ok_writes());
  add_fact(result, "memory_peak_bytes", limits.peak_bytes());
  add_fact(result, "elapsed_microseconds", static_cast<std::uint64_t>(limits.elapsed() / kMicrosecond));
}

}  // namespace assay::checkers
