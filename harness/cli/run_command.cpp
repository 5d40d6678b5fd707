// assay run: one test, from flags or from a file (a plan, or an experiment with its expected verdict).
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "harness/cli/commands.h"
#include "harness/cli/execute.h"
#include "harness/cli/plan_options.h"
#include "harness/cli/run_folder.h"
#include "harness/core/error.h"
#include "harness/core/rng.h"
#include "harness/formats/plan_json.h"
#include "reports/text/summary.h"

namespace assay::cli {

namespace {

struct RunFlags {
  PlanFlags plan;
  std::string file;
  std::string store = "store";
  bool json = false;
};

// A run without a seed gets a short one that differs from run to run; it is reported first of all.
std::uint64_t draw_seed() { return stable_hash(utc_now() + std::to_string(::getpid())) % 1'000'000 + 1; }

void refuse_flags_beside_file(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || name == "FILE" || name == "--store" || name == "--json" ||
        name == "--cluster" || name == "--seed") {
      continue;
    }
    throw InputError(
        name + ": can't be combined with a plan file; beside it only --cluster, --seed, --store and --json");
  }
}

int finish(const Executed& executed, const RunFlags& flags, const std::optional<Verdict>& expected) {
  std::fputs(reports::summary_text(executed.result).c_str(), stderr);
  if (!executed.folder.empty()) std::fprintf(stderr, "\nReport: %s/report.html\n", executed.folder.c_str());
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
  CLI::App* command = app.add_subcommand("run", "Run one test and judge it");
  command->add_option("FILE", flags->file, "A plan or experiment (JSON) instead of flags");
  add_plan_flags(*command, flags->plan, true);
  command->add_option("--store", flags->store, "Where run folders go")->capture_default_str();
  command->add_flag("--json", flags->json, "Print results.json to standard output");
  actions[command] = [command, flags] {
    Plan plan;
    std::optional<Verdict> expected;
    if (flags->file.empty()) {
      plan = plan_from_flags(flags->plan);
      if (command->get_option("--seed")->count() == 0) plan.seed = draw_seed();
    } else {
      refuse_flags_beside_file(*command);
      const formats::PlanFile file = formats::read_plan(flags->file);
      plan = file.plan;
      expected = file.expect;
      if (command->get_option("--cluster")->count() > 0) plan.cluster = flags->plan.cluster;
      if (command->get_option("--seed")->count() > 0) plan.seed = flags->plan.seed;
    }
    return finish(execute_plan(plan, {.store = flags->store, .show_progress = true}), *flags, expected);
  };
}

}  // namespace assay::cli
