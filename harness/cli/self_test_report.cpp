#include "harness/cli/self_test_report.h"

#include <unistd.h>

#include <algorithm>

#include "checkers/mutate/trial.h"
#include "harness/cli/check_progress.h"
#include "harness/core/error.h"
#include "reports/text/table.h"

namespace assay::cli {

namespace {

constexpr int kOfEachKind = 10;
constexpr std::size_t kTroubleMax = 10;  // sentences that are shown

std::string of(int part, int whole) {
  return whole == 0 ? "-" : std::to_string(part) + " of " + std::to_string(whole);
}

std::string summary_of(std::string_view kind) {
  for (const checkers::Mutator::Kind& each : checkers::Mutator::kinds()) {
    if (each.name == kind) return std::string(each.summary);
  }
  return {};
}

std::string table_text(const checkers::SelfTestResult& result) {
  reports::Table table({"mutation", ">caught", ">undecided", ">noticed, effect not known",
                        ">accused, harmless", "what is changed"});
  for (const checkers::SelfTestRow& row : result.rows) {
    table.add({std::string(row.kind), of(row.caught, row.effective),
               row.effective == 0 ? "-" : std::to_string(row.undecided), of(row.noticed, row.unclear),
               of(row.accused, row.harmless), summary_of(row.kind)});
  }
  return table.text("  ");
}

std::string trouble_text(const std::vector<std::string>& trouble) {
  std::string text;
  for (std::size_t i = 0; i < trouble.size() && i < kTroubleMax; ++i) text += "  " + trouble[i] + "\n";
  if (trouble.size() > kTroubleMax)
    text += "  and " + std::to_string(trouble.size() - kTroubleMax) + " more\n";
  return text;
}

// Adds what was shown of one checker; gives its exit code.
int add_checker(const checkers::SelfTestResult& result, std::string& text) {
  if (result.unchanged.verdict != Verdict::valid) {
    text += "  nothing to show: the history as it is is " +
            std::string(verdict_name(result.unchanged.verdict)) + ": " + result.unchanged.reason + "\n";
    return kExitUnknown;
  }
  text += table_text(result) + trouble_text(result.trouble);
  if (!result.finished) text += "  the budget was spent before all mutations were tried\n";
  const bool shown = std::any_of(result.rows.begin(), result.rows.end(),
                                 [](const checkers::SelfTestRow& row) { return row.caught > 0; });
  if (!shown) text += "  nothing was shown: no mutation is known to break what this checker is about\n";
  if (!result.trouble.empty()) return kExitInvalid;
  return shown ? kExitValid : kExitUnknown;
}

}  // namespace

SelfTestReport self_test_report(const std::string& path, const formats::HistoryFile& file,
                                const CheckerChoice& choice, std::uint64_t seed, const Budget& budget) {
  SelfTestReport report;
  report.text = path + ": self-test with seed " + std::to_string(seed) + "\n";
  int worst_code = choice.chosen.empty() ? kExitUnknown : kExitValid;
  bool any_shown = false;
  for (const ChosenChecker& chosen : choice.chosen) {
    if (chosen.stands_in) continue;
    const CheckProgress progress("self-test of " + std::string(chosen.plugin->name), budget.time_limit,
                                 ::isatty(STDERR_FILENO) == 1);
    report.text += std::string(chosen.plugin->name) + "\n";
    const checkers::SelfTestSubject subject{chosen.plugin->name, chosen.options, *chosen.checker};
    const int code = add_checker(
        checkers::self_test(subject, file.history, file.has_times, seed, kOfEachKind, budget), report.text);
    any_shown = any_shown || code == kExitValid;
    if (code == kExitInvalid) worst_code = kExitInvalid;
  }
  if (worst_code == kExitValid && !any_shown) worst_code = kExitUnknown;
  report.exit_code = worst_code;
  return report;
}

}  // namespace assay::cli
