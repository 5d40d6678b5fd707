#include "harness/cli/suite_command.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "harness/cli/machine_entry.h"
#include "harness/cli/run_folder.h"
#include "harness/cli/suite.h"
#include "harness/core/error.h"
#include "harness/formats/experiment_json.h"
#include "reports/suite/suite.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kQuickSeeds = 3;

void read_shard(const std::string& text, SuiteOptions& options) {
  if (text.empty()) return;
  char rest = 0;
  const bool good = std::sscanf(text.c_str(), "%d/%d%c", &options.shard, &options.shards, &rest) == 2;
  if (good && options.shard >= 1 && options.shard <= options.shards) return;
  throw InputError("--shard " + text + ": expected one of how many, like 1/4");
}

std::string command_of(const SuiteRequest& request, const SuiteOptions& options) {
  std::string command = "assay run";
  for (const std::string& path : request.paths) command += " " + path;
  if (options.cluster != "sim") command += " --cluster " + options.cluster;
  if (options.quick) command += " --quick";
  if (options.seeds_max > 0 && !(options.quick && options.seeds_max == kQuickSeeds))
    command += " --seeds-max " + std::to_string(options.seeds_max);
  for (const std::uint64_t seed : options.seeds) command += " --seed " + std::to_string(seed);
  for (const std::string& name : options.only) command += " --only " + name;
  return command;
}

// A folder of its own for the suite's reports.
std::string write_suite(const SuiteReport& suite, const std::string& store) {
  std::string stamp = utc_now();
  stamp.erase(std::remove_if(stamp.begin(), stamp.end(), [](char c) { return c == '-' || c == ':'; }),
              stamp.end());
  fs::path folder = fs::path(store) / "experiments" / stamp;
  for (int attempt = 2; fs::exists(folder); ++attempt)
    folder = fs::path(store) / "experiments" / (stamp + "-" + std::to_string(attempt));
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw HarnessError("can't create " + folder.string() + ": " + error.message());
  write_file((folder / "results.json").string(), reports::suite_json(suite));
  write_file((folder / "suite.html").string(), reports::suite_html(suite));
  write_file((folder / "claims.md").string(), reports::claims_markdown(suite));
  return folder.string();
}

}  // namespace

void add_suite_flags(CLI::App& command, SuiteFlags& flags) {
  flags.jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const char* group = "Experiments and suites";
  command.add_option("--jobs", flags.jobs, "Simulated seeds at a time")->capture_default_str()->group(group);
  command
      .add_option("--shard", flags.shard,
                  "I/N: only every Nth experiment, or cell of a suite, beginning with the Ith")
      ->group(group);
  command.add_option("--seeds-max", flags.seeds_max, "At most so many seeds of each run")->group(group);
  command
      .add_flag("--quick", flags.quick,
                "What every change is tried with: three seeds of each run; on hosts the runs marked as quick")
      ->group(group);
  command
      .add_option("--only", flags.only, "Only runs of this name; of suites, cells with this in their name")
      ->expected(1)
      ->take_all()
      ->group(group);
  command
      .add_option("--resume", flags.resume,
                  "Go on with the suite of this folder: what is finished is not run again")
      ->group(group);
  command
      .add_option("--regressions", flags.regressions,
                  "Write the suite's track record of known bugs to this file (Markdown)")
      ->group(group);
  command.add_option("--claims", flags.claims, "Write the table of claims to this file (Markdown)")
      ->group(group);
}

bool are_experiments(const std::vector<std::string>& paths) {
  if (paths.empty()) return false;
  std::size_t experiments = 0;
  for (const std::string& path : paths) {
    experiments += fs::is_directory(path) || formats::is_experiment(path) ? 1 : 0;
  }
  if (experiments == 0 && paths.size() == 1) return false;
  if (experiments < paths.size())
    throw InputError("several files can only be run together when all of them are experiments with runs");
  return true;
}

int run_experiments(const SuiteRequest& request, const SuiteFlags& flags) {
  SuiteOptions options;
  options.cluster = request.cluster;
  options.jobs = flags.jobs;
  options.seeds_max = flags.quick && flags.seeds_max == 0 ? kQuickSeeds : flags.seeds_max;
  options.quick = flags.quick;
  options.seeds = request.seeds;
  options.only = flags.only;
  options.store = request.store;
  read_shard(flags.shard, options);
  const std::vector<Experiment> experiments = read_experiments(request.paths);
  validate_experiments(experiments, options);
  enter_machine_of({options.cluster});
  SuiteReport suite = run_suite(experiments, options);
  suite.command = command_of(request, options);
  const std::string folder = write_suite(suite, request.store);
  if (!flags.claims.empty()) write_file(flags.claims, reports::claims_markdown(suite));
  if (request.json) std::fputs(reports::suite_json(suite).c_str(), stdout);
  const auto met = std::count_if(suite.experiments.begin(), suite.experiments.end(),
                                 [](const ExperimentReport& report) { return report.met; });
  std::fprintf(stderr, "\n%td of %zu experiments came out as expected, in %.1f s. Report: %s/suite.html\n",
               met, suite.experiments.size(), static_cast<double>(suite.wall_time) / kSecond, folder.c_str());
  return exit_code_of(suite);
}

}  // namespace assay::cli
