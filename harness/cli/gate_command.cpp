// assay gate: has it become slower, or wrong? For continuous integration; docs/gate.md says how it decides.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "harness/cli/commands.h"
#include "harness/cli/gate_measure.h"
#include "harness/cli/gate_options.h"
#include "harness/cli/gate_pairs.h"
#include "harness/cli/gate_series.h"
#include "harness/cli/machine_entry.h"
#include "harness/cli/plugins.h"
#include "harness/cli/run_folder.h"
#include "harness/cli/run_rebuild.h"
#include "harness/cli/stored_baseline.h"
#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/formats/json_lines.h"
#include "harness/formats/plan_json.h"
#include "harness/gate/conclude.h"
#include "harness/gate/objective.h"
#include "harness/gate/sensitivity.h"
#include "reports/gate/ci_output.h"
#include "reports/gate/gate_report.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;

GateSide side_of(const RunResult& run, const std::string& name, const std::string& what) {
  GateSide side;
  side.name = name;
  side.what = what;
  side.command = run.command;
  side.verdict = run.verdict;
  side.reason = run.reason;
  side.harness_error = run.harness_error;
  side.checks = run.checks;
  side.operations = run.history.size();
  return side;
}

std::string target_words(const Plan& plan) {
  const std::string load = plan.pace == Pace::closed_loop
                               ? "closed loop of " + std::to_string(plan.concurrency)
                               : std::to_string(plan.rate) + " operations a second";
  return plan.target + " " + plan.mode + ", " + plan.workload + ", " + load;
}

// The folder of this gate: store/gate/<time>-<seed>/.
std::string create_gate_folder(const std::string& store, std::uint64_t seed) {
  std::string time = utc_now();
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  const fs::path stem = fs::path(store) / "gate" / (time + "-" + std::to_string(seed));
  std::error_code error;
  fs::create_directories(stem.parent_path(), error);
  fs::path folder = stem;
  for (int attempt = 2; !error && !fs::create_directory(folder, error); ++attempt) {
    folder = stem.string() + "-" + std::to_string(attempt);
  }
  if (error) throw HarnessError("can't create " + folder.string() + ": " + error.message());
  return folder.string();
}

// A valid history of more operations is not kept: it would take hundreds of megabytes, and nobody looks at it.
constexpr std::size_t kKeptOperationsMax = 200'000;

// A side's history and reports, so that what was found can be looked at.
void keep_side(RunResult& run, GateSide& side, const std::string& folder) {
  if (run.verdict == Verdict::valid && run.history.size() > kKeptOperationsMax) return;
  side.folder = folder + "/" + side.name;
  fs::create_directories(side.folder);
  write_file(side.folder + "/plan.json", formats::plan_to_json(run.plan));
  std::string lines;
  formats::write_json_lines(run.history, lines);
  write_file(side.folder + "/history.jsonl", lines);
  write_reports(run, side.folder);
}

std::string command_line(const GateFlags& flags, std::uint64_t seed);

void compare_with_stored(const GateFlags& flags, GateReport& report) {
  const StoredFigures now = figures_of(report, "");
  if (!flags.stored.empty()) {
    const StoredFigures stored = read_figures(flags.stored);
    const double margin =
        flags.stored_margin.empty() ? 0 : share_option("--stored-margin", flags.stored_margin);
    report.stored = compare_stored(stored, now, margin);
    report.stored_label = stored.label.empty() ? flags.stored : stored.label;
  }
}

void save_if_asked(const GateFlags& flags, const GateReport& report) {
  if (flags.save.empty()) return;
  const std::string label = flags.label.empty() ? label_from_environment() : flags.label;
  save_figures(flags.save, figures_of(report, label));
}

int finish_gate(const GateFlags& flags, GateReport& report, const std::string& folder) {
  gate::conclude_gate(report);
  if (!folder.empty()) {
    write_file(folder + "/gate.json", reports::gate_json(report));
    write_file(folder + "/junit.xml", reports::gate_junit(report));
    write_file(folder + "/summary.md", reports::gate_markdown(report));
  }
  std::fputs(reports::gate_text(report).c_str(), stderr);
  if (!folder.empty())
    std::fprintf(stderr, "\nKept in %s (gate.json, junit.xml, summary.md)\n", folder.c_str());
  if (flags.json) std::fputs(reports::gate_json(report).c_str(), stdout);
  reports::tell_ci(reports::gate_markdown(report), reports::gate_annotations(report));
  return report.exit_code;
}

GateReport opened_report(const GateFlags& flags, std::uint64_t seed) {
  GateReport report;
  report.assay_version = ASSAY_VERSION;
  report.seed = seed;
  report.started_utc = utc_now();
  report.command = command_line(flags, seed);
  return report;
}

void enter_machine_of_sides(const std::vector<GateSidePlan>& sides) {
  std::vector<std::string> clusters;
  for (const GateSidePlan& side : sides) {
    if (!find_target(side.plan.target).in_process) clusters.push_back(side.plan.cluster);
  }
  enter_machine_of(clusters);
}

void add_measured(const MeasuredPairs& measured, const std::vector<GateSidePlan>& plans,
                  const GateFlags& flags, GateReport& report) {
  const Plan& plan = plans[0].plan;
  report.target = target_words(plan);
  report.cluster = find_target(plan.target).in_process ? "in process" : plan.cluster;
  report.host = measured.sides[1].host;
  report.block_length = block_settings(flags).length;
  report.looks = measured.looks;
  report.looks_max = flags.looks;
  report.pairs = measured.pairs;
  report.metrics = measured.decision.metrics;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    report.sides.push_back(side_of(measured.sides[i], plans[i].name, plans[i].what));
  }
  const double rate = plan.pace == Pace::closed_loop ? 0 : static_cast<double>(plan.rate);
  report.quality = gate::judge_quality(measured.pairs, rate, measured.noise, quality_limits(flags));
  if (measured.interrupted) {
    report.quality.push_back({"measurement", "interrupted", "whole", false});
  } else if (measured.looks == 0) {
    report.quality.push_back({"looks at the measurement", "0", "at least 1", false});
  }
  report.objectives = measured.sides[1].objectives;
}

int run_relative(const CLI::App& command, const GateFlags& flags, std::uint64_t seed) {
  const auto began = std::chrono::steady_clock::now();
  const gate::Options options = gate_options(flags, seed);
  quality_limits(flags);
  const std::vector<GateSidePlan> plans = side_plans(command, flags, seed);
  enter_machine_of_sides(plans);
  if (!flags.stored.empty()) read_figures(flags.stored);
  GateReport report = opened_report(flags, seed);
  for (const GateSidePlan& side : plans) validate_plan(side.plan);
  std::string folder;
  BlockSettings settings = block_settings(flags);
  settings.ready = [&] { folder = create_gate_folder(flags.store, seed); };
  MeasuredPairs measured = measure_pairs(plans, options, settings, false);
  add_measured(measured, plans, flags, report);
  for (std::size_t i = 0; i < plans.size(); ++i) keep_side(measured.sides[i], report.sides[i], folder);
  if (!report.sides[1].folder.empty() && !report.metrics.empty()) {
    write_compared_page(measured.sides[1], report.sides[1].folder, measured.sides[0],
                        "the baseline of the same gate", comparison_of(report));
  }
  compare_with_stored(flags, report);
  report.wall_time =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - began).count();
  const int code = finish_gate(flags, report, folder);
  if (code != kExitHarness) save_if_asked(flags, report);
  return code;
}

int run_self_test(const CLI::App& command, const GateFlags& flags, std::uint64_t seed) {
  const gate::Options options = gate_options(flags, seed);
  const std::vector<GateSidePlan> plans = side_plans(command, flags, seed);
  enter_machine_of_sides(plans);
  MeasuredPairs measured = measure_pairs(plans, options, block_settings(flags), true);
  for (const RunResult& side : measured.sides) {
    if (!side.harness_error.empty()) throw HarnessError(side.harness_error);
  }
  if (measured.pairs.size() < static_cast<std::size_t>(options.pairs_per_look)) {
    throw HarnessError("the self-test was interrupted before its first look");
  }
  const gate::SelfTest test = gate::self_test(measured.pairs, options, flags.comparisons);
  const SelfTestReport report{test, target_words(plans[0].plan), measured.pairs.size(),
                              command_line(flags, seed), describe_host()};
  std::fputs(self_test_text(report).c_str(), stderr);
  if (flags.json) std::fputs(self_test_json(report).c_str(), stdout);
  return kExitValid;
}

// A run that is over, without a baseline in the same job.
int judge_run(const GateFlags& flags) {
  RunResult run = rebuild_run(flags.run);
  for (const std::string& objective : flags.plan.objectives) run.plan.objectives.push_back(objective);
  run.objectives = gate::judge_objectives(run);
  GateReport report = opened_report(flags, run.plan.seed);
  report.target = target_words(run.plan);
  report.cluster = run.plan.cluster;
  report.sides = {side_of(run, "run", flags.run)};
  if (!fs::exists(flags.run + "/results.json")) {
    report.sides[0].harness_error = "the run never came to an end: it has no results.json";
  }
  report.sides[0].folder = flags.run;
  report.quality = gate::judge_quality(run.measurements, !run.faults.empty(), quality_limits(flags));
  report.objectives = run.objectives;
  MetricDecision throughput, p50, p99;
  p50.metric = GatedMetric::p50;
  p99.metric = GatedMetric::p99;
  throughput.candidate = run.measurements.load.ok_per_second;
  p50.candidate = static_cast<double>(run.measurements.all.response.p50);
  p99.candidate = static_cast<double>(run.measurements.all.response.p99);
  report.metrics = {throughput, p50, p99};
  compare_with_stored(flags, report);
  save_if_asked(flags, report);
  report.metrics.clear();  // nothing to compare them with in this job
  return finish_gate(flags, report, "");
}

// What repeats it, as far as a measurement can be repeated: the flags as they were given.
std::string command_line(const GateFlags& flags, std::uint64_t seed) {
  std::string words;
  for (const std::string& word : flags.words) words += " " + word;
  if (words.find("--seed") == std::string::npos && flags.run.empty())
    words += " --seed " + std::to_string(seed);
  return "assay gate" + words;
}

}  // namespace

void add_gate_command(CLI::App& app, Actions& actions) {
  auto flags = std::make_shared<GateFlags>();
  CLI::App* command =
      app.add_subcommand("gate", "Has it become slower, or wrong? Candidate against baseline, for CI");
  add_gate_flags(*command, *flags);
  command->footer(
      "Exit codes: 0 pass, 1 not consistent, 2 consistency unknown, 3 regressed, 4 inconclusive, 254 bad "
      "input, "
      "255 harness or infrastructure trouble.\n"
      "Example: assay gate --cluster local --baseline-bin main/refdb --candidate-bin build/refdb");
  actions[command] = [command, flags] {
    check_gate_flags(*command, *flags);
    flags->words = given_words(*command);
    const bool seed_given = command->get_option("--seed")->count() > 0;
    const std::uint64_t seed =
        seed_given ? flags->plan.seed : stable_hash(utc_now() + std::to_string(::getpid())) % 1'000'000 + 1;
    if (!flags->trend.empty()) return show_trend(flags->trend, flags->json);
    if (!flags->run.empty()) return judge_run(*flags);
    if (flags->self_test) return run_self_test(*command, *flags, seed);
    return run_relative(*command, *flags, seed);
  };
}

}  // namespace assay::cli
