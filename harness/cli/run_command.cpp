// assay run: one test, from flags or from a plan file; or experiments, from files and folders; or a suite.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "harness/cli/commands.h"
#include "harness/cli/execute.h"
#include "harness/cli/machine_entry.h"
#include "harness/cli/matrix_command.h"
#include "harness/cli/plan_options.h"
#include "harness/cli/plugins.h"
#include "harness/cli/run_folder.h"
#include "harness/cli/suite_command.h"
#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/formats/plan_json.h"
#include "reports/text/summary.h"

namespace assay::cli {

namespace {

struct RunFlags {
  PlanFlags plan;
  SuiteFlags suite;
  std::vector<std::string> files;
  std::string store = "store";
  bool json = false;
};

// A run without a seed gets a short one that differs from run to run; it is reported first of all.
std::uint64_t draw_seed() { return stable_hash(utc_now() + std::to_string(::getpid())) % 1'000'000 + 1; }

const std::set<std::string> kBesideFiles = {"FILE", "--cluster", "--seed", "--store", "--json"};
const std::set<std::string> kOfExperiments = {"--jobs",  "--shard", "--seeds-max",
                                              "--quick", "--only",  "--claims"};
const std::set<std::string> kOfSuites = {"--jobs", "--shard", "--only", "--resume", "--regressions"};

void refuse_flags(const CLI::App& command, const std::set<std::string>& refused,
                  const std::set<std::string>& accepted, const std::string& why) {
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || accepted.contains(name)) continue;
    if (refused.empty() || refused.contains(name)) throw InputError(name + ": " + why);
  }
}

// What the flags have no business with in each of the three ways to run.
void refuse_flags_beside_plan(const CLI::App& command) {
  refuse_flags(command, {}, kBesideFiles,
               "can't be combined with a plan file; beside it only --cluster, --seed, --store and --json");
}

void refuse_flags_beside_experiments(const CLI::App& command) {
  std::set<std::string> accepted = kBesideFiles;
  accepted.insert(kOfExperiments.begin(), kOfExperiments.end());
  refuse_flags(command, {}, accepted,
               "can't be combined with experiments; beside them only --cluster, --seed, --store, --json, "
               "--jobs, --shard, --seeds-max, --quick, --only and --claims");
}

void refuse_flags_beside_suite(const CLI::App& command) {
  std::set<std::string> accepted = {"FILE", "--cluster", "--store", "--json"};
  accepted.insert(kOfSuites.begin(), kOfSuites.end());
  refuse_flags(command, {}, accepted,
               "can't be combined with a suite; beside it only --cluster, --store, --json, --jobs, --shard, "
               "--only, --resume and --regressions");
}

// "suites/stores" stands for suites/stores.json.
std::vector<std::string> with_their_endings(std::vector<std::string> paths) {
  for (std::string& path : paths) {
    if (!std::filesystem::exists(path) && std::filesystem::exists(path + ".json")) path += ".json";
  }
  return paths;
}

int finish(const Executed& executed, const RunFlags& flags, const std::optional<Verdict>& expected) {
  std::fputs(reports::summary_text(executed.result).c_str(), stderr);
  if (!executed.folder.empty()) {
    const std::string report = executed.folder + "/report.html";
    const bool written = std::filesystem::exists(report);
    std::fprintf(stderr, written ? "\nReport: %s\n" : "\nThere is no report: %s can't be written\n",
                 report.c_str());
  }
  if (flags.json && !executed.folder.empty()) {
    std::fputs(read_file(executed.folder + "/results.json").c_str(), stdout);
  }
  if (!expected || executed.result.exit_code == kExitHarness) return executed.result.exit_code;
  const bool as_expected = executed.result.verdict == *expected;
  std::fprintf(stderr, "Expected %s: %s\n", std::string(verdict_name(*expected)).c_str(),
               as_expected ? "as expected" : "NOT as expected");
  return as_expected ? kExitValid : kExitInvalid;
}

}  // namespace

void add_run_command(CLI::App& app, Actions& actions) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* command = app.add_subcommand("run", "Run one test, or experiments, and judge");
  command->add_option(
      "FILE", flags->files,
      "A plan (JSON) instead of flags; or experiments, and folders with experiments; or a suite");
  add_plan_flags(*command, flags->plan, true);
  add_suite_flags(*command, flags->suite);
  command->add_option("--store", flags->store, "Where run folders go")->capture_default_str();
  command->add_flag("--json", flags->json, "Print results.json to standard output");
  actions[command] = [command, flags] {
    const bool seed_given = command->get_option("--seed")->count() > 0;
    flags->files = with_their_endings(std::move(flags->files));
    if (is_one_suite(flags->files)) {
      refuse_flags_beside_suite(*command);
      return run_matrix({flags->files, flags->plan.cluster, {}, flags->store, flags->json}, flags->suite);
    }
    if (are_experiments(flags->files)) {
      refuse_flags_beside_experiments(*command);
      SuiteRequest request{flags->files, flags->plan.cluster, {}, flags->store, flags->json};
      if (seed_given) request.seeds = {flags->plan.seed};
      return run_experiments(request, flags->suite);
    }
    refuse_flags(*command, kOfExperiments, {}, "is for experiments; none was given");
    refuse_flags(*command, kOfSuites, {}, "is for suites; none was given");
    Plan plan;
    std::optional<Verdict> expected;
    if (flags->files.empty()) {
      plan = plan_from_flags(flags->plan);
      if (!seed_given) plan.seed = draw_seed();
    } else {
      refuse_flags_beside_plan(*command);
      const formats::PlanFile file = formats::read_plan(flags->files.front());
      plan = file.plan;
      expected = file.expect;
      if (command->get_option("--cluster")->count() > 0) plan.cluster = flags->plan.cluster;
      if (seed_given) plan.seed = flags->plan.seed;
    }
    if (!find_target(plan.target).in_process) enter_machine_of({plan.cluster});
    return finish(execute_plan(plan, {.store = flags->store, .show_progress = true}), *flags, expected);
  };
}

}  // namespace assay::cli
