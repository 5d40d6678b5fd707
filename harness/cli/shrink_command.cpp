// assay shrink: the smallest run found that fails as a given one does, by executing smaller ones in simulation.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "harness/cli/commands.h"
#include "harness/cli/execute.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/plugins.h"
#include "harness/cli/run_folder.h"
#include "harness/cli/shrink_attempts.h"
#include "harness/core/error.h"
#include "harness/core/units.h"
#include "harness/formats/plan_json.h"
#include "reports/common/words.h"
#include "reports/text/summary.h"

namespace assay::cli {

namespace {

struct ShrinkFlags {
  std::string run;
  std::string store = "store";
  std::string time_limit = "2m";
  int jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  int tries = 30;
  bool json = false;
};

// The smallest so far, on one line that is redrawn on a terminal and said now and then elsewhere.
class ShrinkProgress {
 public:
  explicit ShrinkProgress(Nanos limit) : terminal_(isatty(STDERR_FILENO) == 1), limit_(limit) {}
  ~ShrinkProgress() {
    if (terminal_ && shown_) std::fputs("\r\033[K", stderr);
  }
  ShrinkProgress(const ShrinkProgress&) = delete;
  ShrinkProgress& operator=(const ShrinkProgress&) = delete;

  void smallest(const shrink::Attempt& best, const std::string& next) {
    const std::lock_guard lock(mutex_);
    best_ = std::to_string(best.carried_out.size()) + " faults, " + std::to_string(best.operations) +
            " operations, " + std::to_string(best.plan.nodes) + " nodes, " +
            reports::people_time(best.plan.warm_up + best.plan.time_limit);
    next_ = next;
  }

  void show(std::int64_t runs, Nanos elapsed) {
    const std::lock_guard lock(mutex_);
    if (shown_ && elapsed - last_ < (terminal_ ? kSecond / 10 : 5 * kSecond)) return;
    shown_ = true;
    last_ = elapsed;
    std::fprintf(stderr, "%s%s  (%lld runs, %lld s of %lld s; next: %s)%s", terminal_ ? "\r\033[K" : "  ",
                 best_.c_str(), static_cast<long long>(runs), static_cast<long long>(elapsed / kSecond),
                 static_cast<long long>(limit_ / kSecond), next_.c_str(), terminal_ ? "" : "\n");
    std::fflush(stderr);
  }

 private:
  const bool terminal_;
  const Nanos limit_;
  std::mutex mutex_;
  std::string best_, next_;
  bool shown_ = false;
  Nanos last_ = 0;
};

Plan shrinkable_plan(const std::string& run) {
  const std::string file = std::filesystem::is_directory(run) ? run + "/plan.json" : run;
  if (!std::filesystem::exists(file))
    throw InputError(run + ": there is no such run folder, nor such a plan");
  Plan plan = formats::read_plan(file).plan;
  if (plan.cluster != "sim") {
    throw InputError(file + ": field \"cluster\": only simulated runs are shrunk, this one was on \"" +
                     plan.cluster + "\"; its faults can be given back with --nemesis-plan");
  }
  validate_plan(plan);
  if (find_target(plan.target).in_process)
    throw InputError(file + ": field \"target\": only simulated runs are shrunk, " + plan.target +
                     " is not simulated");
  return plan;
}

// How large the run was, for reports of the small one. What was shrunk before keeps what it was at first.
Facts size_of(const RunResult& run, const WantedAnomaly& wanted, const std::string& name) {
  if (!run.plan.shrunk.empty()) return run.plan.shrunk;
  const auto faults = static_cast<std::int64_t>(run.history.fault_windows().size());
  return {{"run", Value::text(name)},
          {"checker", Value::text(wanted.checker)},
          {"anomaly", Value::text(wanted.anomaly)},
          {"seed", Value::text(std::to_string(run.plan.seed))},
          {"faults", faults},
          {"operations", static_cast<std::int64_t>(run.history.size())},
          {"nodes", run.plan.nodes},
          {"processes", run.plan.concurrency},
          {"keys", run.plan.keys},
          {"time_ns", run.plan.warm_up + run.plan.time_limit}};
}

RunResult first_run(const Plan& plan, const std::string& name) {
  RunResult run = simulate_plan(plan, {.list_operations = true, .only_checker = ""});
  if (!run.harness_error.empty()) throw HarnessError(name + ": " + run.harness_error);
  if (run.interrupted) throw HarnessError("interrupted before anything was shrunk");
  if (run.verdict != Verdict::invalid) {
    throw InputError(name + ": its plan, executed again, is " + std::string(verdict_name(run.verdict)) +
                     "; only a run that is invalid can be shrunk");
  }
  return run;
}

shrink::Attempt smallest_of(const shrink::Attempt& failing, const WantedAnomaly& wanted,
                            const ShrinkFlags& flags, Nanos limit) {
  ShrinkProgress progress(limit);
  ShrinkAttempts* counted = nullptr;
  ShrinkAttempts attempts(wanted,
                          {.jobs = flags.jobs, .tries = flags.tries, .time_limit = limit, .after_run = [&] {
                             progress.show(counted->runs(), counted->elapsed());
                           }});
  counted = &attempts;
  shrink::SearchOptions options;
  options.list_operations = wanted.checker != "liveness";
  options.progress = [&](const shrink::Attempt& best, const std::string& next) {
    progress.smallest(best, next);
  };
  return shrink::Search(failing, attempts, std::move(options)).run();
}

int shrink_run(const ShrinkFlags& flags) {
  const auto limit = parse_duration(flags.time_limit);
  if (!limit || *limit <= 0)
    throw InputError("--time-limit " + flags.time_limit + ": expected a duration like 2m, more than 0s");
  if (flags.jobs < 1) throw InputError("--jobs " + std::to_string(flags.jobs) + ": at least 1 is needed");
  if (flags.tries < 1) throw InputError("--tries " + std::to_string(flags.tries) + ": at least 1 is needed");
  const Plan plan = shrinkable_plan(flags.run);
  interrupt_flag();
  const RunResult run = first_run(plan, flags.run);
  const auto wanted = anomaly_of(run);
  const auto failing = wanted ? ShrinkAttempts::attempt_of(run, *wanted) : std::nullopt;
  if (!failing) throw InputError(flags.run + ": has no anomaly to shrink it for");
  std::fprintf(stderr, "Shrinking what %s calls %s; Ctrl-C keeps the smallest so far.\n",
               wanted->checker.c_str(), wanted->anomaly.c_str());
  Plan smallest = smallest_of(*failing, *wanted, flags, *limit).plan;
  smallest.check_time_limit = plan.check_time_limit;
  smallest.shrunk = size_of(run, *wanted, flags.run);
  const Executed executed =
      execute_plan(smallest, {.store = flags.store, .show_progress = false, .interruptible = false});
  std::fputs(reports::summary_text(executed.result).c_str(), stderr);
  std::fprintf(stderr, "\nReport: %s/report.html\nAgain:  assay run %s/plan.json\n", executed.folder.c_str(),
               executed.folder.c_str());
  if (!ShrinkAttempts::attempt_of(executed.result, *wanted))
    throw HarnessError(executed.folder + ": the smallest run did not fail again; please report this");
  if (flags.json) std::fputs(read_file(executed.folder + "/results.json").c_str(), stdout);
  return executed.result.exit_code;
}

}  // namespace

void add_shrink_command(CLI::App& app, Actions& actions) {
  auto flags = std::make_shared<ShrinkFlags>();
  CLI::App* command = app.add_subcommand(
      "shrink", "Make a failing simulated run small: fewer faults, operations, nodes, less time");
  command->add_option("RUN", flags->run, "A run folder, or a plan (JSON)")->required();
  command->add_option("--store", flags->store, "Where the folder of the small run goes")
      ->capture_default_str();
  command->add_option("--time-limit", flags->time_limit, "Of the search; the smallest so far is kept")
      ->capture_default_str();
  command->add_option("--jobs", flags->jobs, "Runs at a time")->capture_default_str();
  command
      ->add_option("--tries", flags->tries, "Seeds that each smaller run may fail with; long ones get fewer")
      ->capture_default_str();
  command->add_flag("--json", flags->json, "Print results.json of the small run to standard output");
  actions[command] = [flags] { return shrink_run(*flags); };
}

}  // namespace assay::cli
