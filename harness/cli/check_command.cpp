// assay check: judges a history that was recorded before, by us or by another tool.
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "harness/cli/commands.h"
#include "harness/cli/history_format.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/plugins.h"
#include "harness/core/error.h"
#include "harness/core/units.h"
#include "harness/formats/history_file.h"

namespace assay::cli {

namespace {

struct CheckFlags {
  std::string history;
  std::string checker = "linearizable";
  std::string model;
  std::string initial;
  std::string format;
  std::string time_limit = "60s";
  std::string memory_limit = "4G";
  bool json = false;
};

Budget budget_from(const CheckFlags& flags) {
  Budget budget;
  const auto time = parse_duration(flags.time_limit);
  if (!time) throw InputError("--time-limit " + flags.time_limit + ": expected a duration like 60s");
  const auto memory = parse_size(flags.memory_limit);
  if (!memory) throw InputError("--memory-limit " + flags.memory_limit + ": expected a size like 4G");
  budget.time_limit = *time;
  budget.memory_limit_bytes = *memory;
  budget.stop = &interrupt_flag();
  return budget;
}

nlohmann::ordered_json value_json(const Value& value) {
  if (value.is_integer()) return value.as_integer();
  if (value.kind() == Value::Kind::boolean) return value.as_boolean();
  return value.to_string();
}

void print_json(const CheckResult& result, std::size_t operations) {
  nlohmann::ordered_json out;
  out["schema_version"] = 1;
  out["checker"] = result.checker;
  out["verdict"] = verdict_name(result.verdict);
  out["reason"] = result.reason;
  out["operations"] = operations;
  for (const Fact& fact : result.statistics) out["statistics"][fact.name] = value_json(fact.value);
  out["findings"] = nlohmann::ordered_json::array();
  for (const Finding& finding : result.findings) {
    out["findings"].push_back({{"anomaly", finding.anomaly},
                               {"model", finding.model},
                               {"object", finding.object},
                               {"summary", finding.summary},
                               {"steps", finding.steps},
                               {"witness", finding.witness}});
  }
  std::printf("%s\n", out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

void print_text(const CheckResult& result, const History& history) {
  std::fprintf(stderr, "%s: %s: %s\n", result.checker.c_str(),
               std::string(verdict_name(result.verdict)).c_str(), result.reason.c_str());
  for (const Finding& finding : result.findings) {
    std::fprintf(stderr, "\n%s (violates %s), %s: %s\n", finding.anomaly.c_str(), finding.model.c_str(),
                 finding.object.c_str(), finding.summary.c_str());
    for (const std::string& step : finding.steps) std::fprintf(stderr, "  - %s\n", step.c_str());
    for (const OpId id : finding.witness) {
      const Operation op = history.at(id);
      std::fprintf(stderr, "  [%12.6f ms] %s\n", static_cast<double>(op.invoked) / kMillisecond,
                   describe(op).c_str());
    }
  }
}

int check(const CheckFlags& flags) {
  CheckerSpec spec{flags.checker, {}};
  if (!flags.model.empty()) spec.options["model"] = flags.model;
  if (!flags.initial.empty()) spec.options["initial"] = flags.initial;
  const std::unique_ptr<Checker> checker = make_checker(spec);
  const Budget budget = budget_from(flags);
  const formats::HistoryFile file = formats::read_history(flags.history, history_format(flags.format));
  for (const std::string& warning : file.warnings) std::fprintf(stderr, "assay: %s\n", warning.c_str());
  CheckResult result;
  if (file.history.empty()) {
    result.checker = flags.checker;
    result.reason = "vacuous: the history has no operations";
  } else {
    result = checker->check(file.history, budget);
  }
  print_text(result, file.history);
  if (flags.json) print_json(result, file.history.size());
  if (result.verdict == Verdict::invalid) return kExitInvalid;
  return result.verdict == Verdict::valid ? kExitValid : kExitUnknown;
}

}  // namespace

void add_check_command(CLI::App& app, Actions& actions) {
  auto flags = std::make_shared<CheckFlags>();
  CLI::App* command = app.add_subcommand("check", "Judge a recorded history, ours or another tool's");
  command->add_option("HISTORY", flags->history, "history.jsonl, history.edn ...")->required();
  command->add_option("--checker", flags->checker, "assay list checkers")->capture_default_str();
  command->add_option("--model", flags->model, "register, cas-register ...; default: the checker's");
  command->add_option("--initial", flags->initial, "What a register holds at first: an integer or nil");
  command->add_option("--format", flags->format, kFormatHelp);
  command->add_option("--time-limit", flags->time_limit, "Budget: wall time")->capture_default_str();
  command->add_option("--memory-limit", flags->memory_limit, "Budget: memory")->capture_default_str();
  command->add_flag("--json", flags->json, "Print the result to standard output");
  actions[command] = [flags] { return check(*flags); };
}

}  // namespace assay::cli
