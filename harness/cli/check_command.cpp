// assay check: judges histories that were recorded before, by us or by another tool.
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>

#include "checkers/common/judge.h"
#include "checkers/verify/certificate.h"
#include "harness/cli/check_progress.h"
#include "harness/cli/check_report.h"
#include "harness/cli/checker_choice.h"
#include "harness/cli/commands.h"
#include "harness/cli/history_input.h"
#include "harness/cli/implications.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/plugins.h"
#include "harness/cli/self_test_report.h"
#include "harness/core/error.h"
#include "harness/core/units.h"
#include "harness/formats/certificate_json.h"
#include "harness/formats/history_file.h"
#include "reports/common/json_convert.h"

namespace assay::cli {

namespace {

struct CheckFlags {
  std::vector<std::string> histories;
  CheckerRequest request;
  std::string initial;
  std::string consistency_models;
  std::string anomalies;
  std::string total_amount;
  bool allow_negative_balances = false;
  std::string certificate;
  std::string format;
  std::string time_limit = "60s";
  std::string memory_limit = "4G";
  bool json = false;
  bool self_test = false;
  std::uint64_t seed = 1;
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

// Why nothing can be said about a history, whoever looks at it; empty when something can.
std::string vacuous(const HistoryShape& shape) {
  if (shape.operations == 0) return "vacuous: the history has no operations";
  return shape.ok == 0 ? "vacuous: no operation succeeded, so nothing was tested" : "";
}

CheckResult nothing_said(const CheckerRequest& request, const std::string& reason) {
  CheckResult result;
  result.checker = request.checkers.empty() ? "" : request.checkers.front();
  result.reason = reason;
  return result;
}

void run_checks(CheckedHistory& checked, CheckerChoice choice, const Budget& budget) {
  for (ChosenChecker& chosen : choice.chosen) {
    const bool undecided =
        !checked.checks.empty() && checked.checks.back().result.verdict == Verdict::unknown;
    if (chosen.stands_in && !undecided) continue;
    const std::string name(chosen.plugin->name);
    const CheckProgress progress(name + " on " + checked.path, budget.time_limit,
                                 ::isatty(STDERR_FILENO) == 1);
    const auto began = std::chrono::steady_clock::now();
    Checked check;
    check.result = checkers::judge(*chosen.checker, checked.file.history, budget);
    check.elapsed = std::chrono::nanoseconds(std::chrono::steady_clock::now() - began).count();
    check.options = std::move(chosen.options);
    if (chosen.stands_in) {
      if (check.result.verdict == Verdict::unknown) continue;
      checked.why =
          "in place of " + checked.checks.back().result.checker + ", which could not judge the history";
      checked.checks.pop_back();
    }
    checked.checks.push_back(std::move(check));
  }
}

// A checker that found nothing to judge does not apply after all: it is listed as such, and decides nothing.
void set_aside_inapplicable(CheckedHistory& checked) {
  const auto applies = [](const Checked& check) {
    return check.result.verdict != Verdict::unknown || check.result.applies;
  };
  for (const Checked& check : checked.checks) {
    if (!applies(check))
      checked.unsuited.push_back({find_checker(check.result.checker).name, check.result.reason});
  }
  std::erase_if(checked.checks, [&](const Checked& check) { return !applies(check); });
}

HistoryShape shape_of(const formats::HistoryFile& file) {
  HistoryShape shape = assay::shape_of(file.history);
  shape.timed = file.has_times;
  return shape;
}

// A refusal names the history.
CheckerChoice choose_for(const std::string& path, const CheckerRequest& request, const HistoryShape& shape) {
  try {
    return choose_checkers(request, shape);
  } catch (const InputError& error) {
    throw InputError(path + ": " + error.what());
  }
}

CheckedHistory check_history(const std::string& path, const CheckFlags& flags, const Budget& budget) {
  CheckedHistory checked;
  checked.path = path;
  checked.file = read_history_input(path, flags.format);
  const HistoryShape shape = shape_of(checked.file);
  if (const std::string reason = vacuous(shape); !reason.empty()) {
    checked.checks.push_back({nothing_said(flags.request, reason), {}, 0});
    return checked;
  }
  CheckerChoice choice = choose_for(path, flags.request, shape);
  checked.unsuited = choice.unsuited;
  checked.why = choice.why;
  run_checks(checked, std::move(choice), budget);
  conclude_from_stronger(checked.checks);
  if (flags.request.all) set_aside_inapplicable(checked);
  if (checked.checks.empty()) {
    checked.checks.push_back(
        {nothing_said(flags.request, "no checker has anything to judge in this history"), {}, 0});
  }
  return checked;
}

int self_test(const CheckFlags& flags) {
  if (flags.json || !flags.certificate.empty()) {
    throw InputError("--self-test: can't be combined with --json or --certificate");
  }
  validate(flags.request);
  const Budget budget = budget_from(flags);
  bool missed = false, shown = false;
  for (const std::string& path : flags.histories) {
    const formats::HistoryFile file = read_history_input(path, flags.format);
    const CheckerChoice choice = choose_for(path, flags.request, shape_of(file));
    const SelfTestReport report = self_test_report(path, file, choice, flags.seed, budget);
    std::fprintf(stderr, "%s", report.text.c_str());
    missed = missed || report.exit_code == kExitInvalid;
    shown = shown || report.exit_code == kExitValid;
  }
  return missed ? kExitInvalid : shown ? kExitValid : kExitUnknown;
}

// Writes the certificate of the only check, or says why there is none.
void write_certificate(const CheckedHistory& checked, const std::string& path) {
  const CheckResult& result = checked.checks.front().result;
  if (!result.certificate) {
    const std::string why = result.verdict == Verdict::valid
                                ? "checker " + result.checker + " gave none for this history"
                                : "the verdict is " + std::string(verdict_name(result.verdict));
    std::fprintf(stderr, "assay: --certificate %s: nothing was written, because %s\n", path.c_str(),
                 why.c_str());
    return;
  }
  const std::string wrong = checkers::refute_certificate(checked.file.history, *result.certificate);
  if (!wrong.empty()) throw HarnessError("the certificate of " + result.checker + " is wrong: " + wrong);
  std::ofstream file(path, std::ios::binary);
  file << formats::certificate_json(*result.certificate, checked.file.history);
  file.close();
  if (!file) throw HarnessError("--certificate " + path + ": the file can't be written");
  std::fprintf(stderr, "  certificate: assay verify %s %s\n", checked.path.c_str(), path.c_str());
}

void require_possible(const CheckFlags& flags) {
  validate(flags.request);
  history_format(flags.format);
  if (flags.certificate.empty()) return;
  if (flags.histories.size() != 1 || flags.request.all || flags.request.checkers.size() > 1) {
    throw InputError("--certificate: is of one history and one checker");
  }
}

int check(const CheckFlags& flags) {
  require_possible(flags);
  const Budget budget = budget_from(flags);
  std::vector<nlohmann::ordered_json> jsons;
  Verdict verdict = Verdict::valid;
  for (const std::string& path : flags.histories) {
    const CheckedHistory checked = check_history(path, flags, budget);
    verdict = worst(verdict, deciding_check(checked).result.verdict);
    std::fprintf(stderr, "%s", check_text(checked, flags.request.all).c_str());
    if (!flags.certificate.empty()) write_certificate(checked, flags.certificate);
    if (flags.json) {
      jsons.push_back(history_json(checked));
    } else {
      std::printf("%s", elle_line(checked).c_str());
    }
    std::fflush(stdout);
  }
  if (flags.json) std::printf("%s\n", reports::dump(check_json(jsons), 2).c_str());
  return exit_code_of(verdict);
}

// What is only another way to say --option.
CheckFlags with_shorthands(CheckFlags flags) {
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) flags.request.options.push_back(std::string(name) + "=" + value);
  };
  add("initial", flags.initial);
  add("models", flags.consistency_models);
  add("anomalies", flags.anomalies);
  add("total", flags.total_amount);
  add("negative", flags.allow_negative_balances ? "yes" : "");
  add("certificate", flags.certificate.empty() ? "" : "yes");
  return flags;
}

// An option that takes one argument each time, or several with commas between.
CLI::Option* add_list(CLI::App* command, const std::string& name, std::vector<std::string>& list,
                      const std::string& help) {
  return command->add_option(name, list, help)->allow_extra_args(false)->take_all();
}

// Scripts written for elle-cli go on working.
void add_options_without_effect(CLI::App* command) {
  constexpr std::array kOptions = {"-g,--group-size",    "--max-transfer",   "-s,--cycle-search-timeout",
                                   "-d,--directory",     "-p,--plot-format", "-t,--plot-timeout",
                                   "-b,--max-plot-bytes"};
  for (const char* const name : kOptions) {
    command
        ->add_option_function<std::string>(
            name, [](const std::string&) {}, "Accepted, and not needed")
        ->group("Options of elle-cli without effect");
  }
}

}  // namespace

void add_check_command(CLI::App& app, Actions& actions) {
  auto flags = std::make_shared<CheckFlags>();
  CLI::App* command = app.add_subcommand("check", "Judge recorded histories, ours or another tool's");
  command
      ->add_option("HISTORY", flags->histories,
                   "history.jsonl, history.edn ..., or the folder of one; several may be given")
      ->required();
  add_list(command, "--checker", flags->request.checkers,
           "assay list checkers; may be repeated; default: the one that fits the history")
      ->delimiter(',');
  command->add_flag(
      "--all", flags->request.all,
      "Every checker that applies, in one table; exits 1 when any of them says invalid, also one whose "
      "model nobody promised");
  command->add_option("-m,--model", flags->request.model,
                      "A model of the checker (register, cas-register ...), or what elle-cli calls a model "
                      "(list-append, rw-register, bank, set, counter ...)");
  add_list(command, "--option", flags->request.options,
           "name=value for every checker chosen, checker.name=value for one; may be repeated");
  command->add_option("-c,--consistency-models", flags->consistency_models,
                      "As elle-cli: the models that the transactions should obey, with commas between");
  command->add_option("-a,--anomalies", flags->anomalies, "As elle-cli: anomalies to forbid besides");
  command->add_option("-o,--total-amount", flags->total_amount, "As elle-cli: of a bank");
  command->add_flag("-n,--allow-negative-balances", flags->allow_negative_balances, "As elle-cli: of a bank");
  command->add_option("--initial", flags->initial, "What a register holds at first: an integer or nil");
  command->add_option("-f,--format", flags->format, format_help());
  command->add_option("--time-limit", flags->time_limit, "Budget of each check: wall time")
      ->capture_default_str();
  command->add_option("--memory-limit", flags->memory_limit, "Budget of each check: memory")
      ->capture_default_str();
  command->add_option("--certificate", flags->certificate,
                      "Where to write the proof that the history is valid, for assay verify");
  command->add_flag("--self-test", flags->self_test,
                    "Change a valid history in many ways and show which changes the checkers notice");
  command->add_option("--seed", flags->seed, "Of the changes that --self-test makes")->capture_default_str();
  command->add_flag("-v,--verbose,--json", flags->json,
                    "Print the results to standard output (docs/check.schema.json)");
  add_options_without_effect(command);
  command->footer(
      "Standard output has a line for each history, its name and true, false or unknown, as elle-cli prints "
      "it, or "
      "with --json the results; what people read goes to standard error.\n"
      "Exit codes: 0 valid, 1 invalid, 2 unknown, of several the worst in the order 1, 2, 0; 254 bad input.");
  actions[command] = [flags] {
    const CheckFlags all = with_shorthands(*flags);
    return all.self_test ? self_test(all) : check(all);
  };
}

}  // namespace assay::cli
