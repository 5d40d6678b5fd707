#include "harness/cli/suite.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <thread>
#include <tuple>

#include "harness/cli/execute.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/plugins.h"
#include "harness/core/error.h"
#include "harness/experiments/judge.h"
#include "harness/formats/experiment_json.h"
#include "reports/suite/suite.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;

// One seed of one setting of one run.
struct Task {
  std::size_t experiment = 0;
  std::size_t run = 0;
  std::size_t point = 0;
  std::uint64_t seed = 0;
};

// "SL2" as ("SL", 2), so that it comes before SL10.
std::pair<std::string, long> claim_order(const std::string& claim) {
  const std::size_t digits = std::min(claim.find_first_of("0123456789"), claim.size());
  return {claim.substr(0, digits),
          digits < claim.size() ? std::strtol(claim.c_str() + digits, nullptr, 10) : 0};
}

std::vector<std::uint64_t> seeds_of(const ExperimentRun& run, const SuiteOptions& options) {
  if (!options.seeds.empty()) return options.seeds;
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t seed = run.first_seed; seed <= run.last_seed; ++seed) {
    if (options.seeds_max > 0 && seeds.size() >= options.seeds_max) break;
    seeds.push_back(seed);
  }
  return seeds;
}

bool chosen(const ExperimentRun& run, const SuiteOptions& options) {
  if (options.cluster != "sim" && (!run.real || (options.quick && !run.quick))) return false;
  return options.only.empty() ||
         std::find(options.only.begin(), options.only.end(), run.name) != options.only.end();
}

Plan plan_of(const ExperimentPoint& point, const SuiteOptions& options, std::uint64_t seed) {
  Plan plan = options.cluster == "sim" ? point.plan : point.real_plan;
  plan.cluster = options.cluster;
  plan.seed = seed;
  return plan;
}

// What repeats a run that is no run of a cluster.
std::string trial_command(const Experiment& experiment, const ExperimentRun& run, std::uint64_t seed) {
  return "assay run " + experiment.file + " --only " + run.name + " --seed " + std::to_string(seed);
}

SeedOutcome broken_outcome(std::uint64_t seed, const std::exception& error) {
  SeedOutcome outcome;
  outcome.seed = seed;
  outcome.broken = true;
  outcome.reason = error.what();
  return outcome;
}

class Suite {
 public:
  Suite(const std::vector<Experiment>& experiments, const SuiteOptions& options)
      : experiments_(experiments), options_(options) {
    for (std::size_t e = 0; e < experiments.size(); ++e) {
      outcomes_.emplace_back();
      for (const ExperimentRun& run : experiments[e].runs) outcomes_[e].emplace_back(run.points.size());
    }
  }

  std::vector<ExperimentReport> run() {
    if (options_.cluster == "sim") {
      simulate();
    } else {
      run_on_hosts();
    }
    if (interrupt_flag().load()) throw HarnessError("interrupted");
    std::vector<ExperimentReport> reports;
    for (std::size_t e = 0; e < experiments_.size(); ++e) {
      ExperimentReport report = report_of(e);
      if (!report.runs.empty()) reports.push_back(std::move(report));
    }
    return reports;
  }

 private:
  void simulate() {
    for (std::size_t e = 0; e < experiments_.size(); ++e) {
      left_.push_back(0);
      const auto& runs = experiments_[e].runs;
      for (std::size_t r = 0; r < runs.size(); ++r) {
        if (!chosen(runs[r], options_)) continue;
        for (std::size_t p = 0; p < runs[r].points.size(); ++p) {
          for (const std::uint64_t seed : seeds_of(runs[r], options_)) {
            tasks_.push_back({e, r, p, seed});
            ++left_[e];
          }
        }
      }
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < options_.jobs; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
  }

  void work() {
    while (!interrupt_flag().load()) {
      const std::size_t index = next_.fetch_add(1);
      if (index >= tasks_.size()) return;
      add(tasks_[index], outcome_of(tasks_[index]));
    }
  }

  SeedOutcome outcome_of(const Task& task) const {
    const Experiment& experiment = experiments_[task.experiment];
    const ExperimentRun& run = experiment.runs[task.run];
    try {
      if (run.trial.empty()) {
        return experiments::summarize_run(simulate_plan(plan_of(run.points[task.point], options_, task.seed)),
                                          run.measures);
      }
      const TrialResult trial = find_trial(run.trial).run(task.seed, run.points[task.point].trial_options);
      SeedOutcome outcome = experiments::summarize_trial(task.seed, trial, run.measures);
      outcome.command = trial_command(experiment, run, task.seed);
      return outcome;
    } catch (const std::exception& error) {
      return broken_outcome(task.seed, error);
    }
  }

  void add(const Task& task, SeedOutcome outcome) {
    const std::lock_guard lock(mutex_);
    auto& seeds = outcomes_[task.experiment][task.run][task.point];
    seeds.insert(
        std::upper_bound(seeds.begin(), seeds.end(), outcome.seed,
                         [](std::uint64_t seed, const SeedOutcome& other) { return seed < other.seed; }),
        std::move(outcome));
    if (--left_[task.experiment] == 0) show(task.experiment);
  }

  void show(std::size_t experiment) const {
    std::fputs(reports::experiment_text(report_of(experiment)).c_str(), stderr);
  }

  ExperimentReport report_of(std::size_t experiment) const {
    return experiments::judge(experiments_[experiment], outcomes_[experiment], options_.cluster == "sim");
  }

  void run_on_hosts() {
    for (std::size_t e = 0; e < experiments_.size(); ++e) {
      for (std::size_t r = 0; r < experiments_[e].runs.size(); ++r) {
        if (!chosen(experiments_[e].runs[r], options_)) continue;
        for (std::size_t p = 0; p < experiments_[e].runs[r].points.size(); ++p) run_on_hosts(e, r, p);
      }
      if (!report_of(e).runs.empty()) show(e);
    }
  }

  // Trouble with one run must not keep the others from being run.
  SeedOutcome outcome_on_hosts(const Plan& plan, const ExperimentRun& run) const {
    try {
      const Executed executed = execute_plan(plan, {.store = options_.store, .show_progress = false});
      SeedOutcome outcome = experiments::summarize_run(executed.result, run.measures);
      outcome.folder = executed.folder.empty() ? "" : fs::absolute(executed.folder).string();
      return outcome;
    } catch (const std::exception& error) {
      return broken_outcome(plan.seed, error);
    }
  }

  // Seed after seed, until one shows everything that is expected. That one is what is reported.
  void run_on_hosts(std::size_t e, std::size_t r, std::size_t p) {
    const ExperimentRun& run = experiments_[e].runs[r];
    const std::uint64_t first = options_.seeds.empty() ? run.first_seed : options_.seeds.front();
    for (std::int64_t attempt = 0; attempt < run.attempts && !interrupt_flag().load(); ++attempt) {
      const std::uint64_t seed = first + static_cast<std::uint64_t>(attempt);
      std::fprintf(stderr, "%s %s, seed %llu, on hosts ...\n", experiments_[e].claim.c_str(),
                   run.name.c_str(), static_cast<unsigned long long>(seed));
      SeedOutcome outcome = outcome_on_hosts(plan_of(run.points[p], options_, seed), run);
      const bool shown = std::all_of(
          run.expected.begin(), run.expected.end(),
          [&](const VerdictExpectation& expectation) { return experiments::shows(outcome, expectation); });
      outcomes_[e][r][p] = {std::move(outcome)};
      if (shown) return;
    }
  }

  const std::vector<Experiment>& experiments_;
  const SuiteOptions& options_;
  std::vector<Task> tasks_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::vector<std::size_t> left_;  // seeds per experiment
  std::vector<experiments::Outcomes> outcomes_;
};

void validate_run(const Experiment& experiment, const ExperimentRun& run, const SuiteOptions& options) {
  for (const ExperimentPoint& point : run.points) {
    try {
      if (!run.trial.empty()) {
        find_trial(run.trial);
        continue;
      }
      for (const VerdictExpectation& expectation : run.expected) {
        if (!expectation.checker.empty() && expectation.checker != "liveness")
          find_checker(expectation.checker);
      }
      const Plan plan = plan_of(point, options, run.first_seed);
      validate_plan(plan);
      // Faults that can't be and options that don't go together are known once there is a target.
      if (options.cluster == "sim")
        require_available(resolve_plan_faults(plan), *find_target(plan.target).make(plan, ""));
    } catch (const InputError& error) {
      throw InputError(experiment.file + ": run \"" + run.name + "\": " + error.what());
    }
  }
}

}  // namespace

std::vector<Experiment> read_experiments(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    const std::size_t before = files.size();
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path().lexically_normal().string());
    }
    if (files.size() == before) throw InputError(path + ": there is no experiment (*.json) in this folder");
  }
  std::vector<Experiment> experiments;
  for (const std::string& file : files) experiments.push_back(formats::read_experiment(file));
  std::sort(experiments.begin(), experiments.end(), [](const Experiment& a, const Experiment& b) {
    return std::tuple(claim_order(a.claim), a.file) < std::tuple(claim_order(b.claim), b.file);
  });
  return experiments;
}

void validate_experiments(const std::vector<Experiment>& experiments, const SuiteOptions& options) {
  if (options.jobs < 1) throw InputError("--jobs " + std::to_string(options.jobs) + ": at least 1 is needed");
  bool any = false;
  for (const Experiment& experiment : experiments) {
    for (const ExperimentRun& run : experiment.runs) {
      if (!chosen(run, options)) continue;
      validate_run(experiment, run, options);
      any = true;
    }
  }
  if (!any) {
    throw InputError(options.cluster == "sim"
                         ? "--only: no experiment has a run of that name"
                         : "--cluster " + options.cluster + ": none of these runs is marked as \"real\"");
  }
}

SuiteReport run_suite(const std::vector<Experiment>& experiments, const SuiteOptions& options) {
  std::vector<Experiment> mine;
  for (std::size_t i = 0; i < experiments.size(); ++i) {
    const auto shards = static_cast<std::size_t>(options.shards);
    if (i % shards == static_cast<std::size_t>(options.shard - 1)) mine.push_back(experiments[i]);
  }
  const auto began = std::chrono::steady_clock::now();
  SuiteReport report;
  report.assay_version = ASSAY_VERSION;
  report.cluster = options.cluster;
  report.experiments = Suite(mine, options).run();
  report.wall_time =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - began).count();
  return report;
}

int exit_code_of(const SuiteReport& suite) {
  int code = kExitValid;
  for (const ExperimentReport& experiment : suite.experiments) {
    if (!experiment.met) code = kExitInvalid;
  }
  for (const ExperimentReport& experiment : suite.experiments) {
    for (const RunReport& run : experiment.runs) {
      for (const PointReport& point : run.points) {
        for (const SeedOutcome& seed : point.seeds) {
          if (seed.broken) code = kExitHarness;
        }
      }
    }
  }
  return code;
}

}  // namespace assay::cli
