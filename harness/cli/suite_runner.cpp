#include "harness/cli/suite_runner.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>

#include "harness/cli/execute.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/plugins.h"
#include "harness/cluster/local_hosts.h"
#include "harness/core/error.h"
#include "harness/experiments/judge.h"
#include "harness/experiments/suite_judge.h"
#include "harness/formats/suite_json.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;

struct SuiteTask {
  std::size_t cell = 0;
  std::uint64_t seed = 0;
};

bool is_simulated(const Plan& plan) { return plan.cluster == "sim" && !find_target(plan.target).in_process; }

std::string finished_file(const std::string& folder) { return folder + "/finished.jsonl"; }

// Lines that are on the disk when add() returns.
class FinishedRuns {
 public:
  explicit FinishedRuns(const std::string& folder)
      : path_(finished_file(folder)), file_(std::fopen(path_.c_str(), "ae")) {
    if (file_ == nullptr) throw HarnessError("can't write " + path_);
  }
  ~FinishedRuns() { std::fclose(file_); }
  FinishedRuns(const FinishedRuns&) = delete;
  FinishedRuns& operator=(const FinishedRuns&) = delete;

  void add(const SuiteRun& run) {
    // A line that a crash cut off ends here.
    const std::string line = (first_ ? "\n" : "") + formats::suite_run_line(run);
    first_ = false;
    const bool written = std::fwrite(line.data(), 1, line.size(), file_) == line.size() &&
                         std::fflush(file_) == 0 && ::fsync(::fileno(file_)) == 0;
    if (!written) throw HarnessError("can't write " + path_);
  }

 private:
  const std::string path_;
  std::FILE* file_;
  bool first_ = true;
};

bool on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path == nullptr ? "" : path) + ":/usr/local/sbin:/usr/sbin:/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

SuiteRun broken_run(const SuiteCell& cell, std::uint64_t seed, const std::string& reason) {
  SuiteRun run;
  run.cell = cell.name;
  run.plan_digest = formats::plan_digest(cell.plan);
  run.outcome.seed = seed;
  // A store that this machine can't get is nobody's failure.
  if (reason.find("can't be installed") != std::string::npos) {
    run.skipped = reason;
  } else {
    run.outcome.broken = true;
    run.outcome.reason = reason;
  }
  return run;
}

SuiteRun summary_of(const SuiteCell& cell, const RunResult& result, const std::string& folder) {
  if (!result.harness_error.empty()) return broken_run(cell, result.plan.seed, result.harness_error);
  SuiteRun run;
  run.cell = cell.name;
  run.plan_digest = formats::plan_digest(cell.plan);
  run.outcome = experiments::summarize_run(result, {});
  run.outcome.folder = folder;
  run.version = result.target.version;
  for (const ObjectiveResult& objective : result.objectives) {
    if (objective.verdict == GateVerdict::pass) continue;
    run.missed.push_back(objective.objective + ": " +
                         (objective.measured.empty() ? objective.reason : "was " + objective.measured));
  }
  run.wall_time = result.wall_time;
  return run;
}

class SuiteRunner {
 public:
  SuiteRunner(const SuitePlan& suite, const SuiteRunnerOptions& options)
      : suite_(suite),
        options_(options),
        finished_(options.folder),
        began_(std::chrono::steady_clock::now()) {
    for (SuiteRun& run : finished_runs(options.folder)) keep_if_current(std::move(run));
  }

  std::vector<SuiteRun> run() {
    plan_tasks();
    std::vector<std::thread> threads;
    for (int i = 0; i < options_.jobs; ++i) threads.emplace_back([this] { simulate(); });
    for (std::thread& thread : threads) thread.join();
    if (!trouble_.empty()) throw HarnessError(trouble_);
    for (const SuiteTask& task : real_) {
      if (stopping()) break;
      if (!needless(task)) add(task, run_for_real(suite_.cells[task.cell], task.seed));
    }
    keep_reports_of_surprises();
    if (interrupt_flag().load()) throw HarnessError("interrupted; to go on: --resume " + options_.folder);
    std::vector<SuiteRun> all;
    for (auto& [key, run] : runs_) all.push_back(std::move(run));
    return all;
  }

 private:
  using Key = std::pair<std::string, std::uint64_t>;

  // Trouble and what was skipped are tried again.
  void keep_if_current(SuiteRun run) {
    if (run.outcome.broken || !run.skipped.empty()) return;
    for (const SuiteCell& cell : suite_.cells) {
      if (cell.name == run.cell && formats::plan_digest(cell.plan) == run.plan_digest)
        runs_[{run.cell, run.outcome.seed}] = std::move(run);
    }
  }

  // By cell, so that a shard's cells have all their seeds.
  void plan_tasks() {
    for (std::size_t c = 0; c < suite_.cells.size(); ++c) {
      const SuiteCell& cell = suite_.cells[c];
      if (c % static_cast<std::size_t>(options_.shards) != static_cast<std::size_t>(options_.shard - 1))
        continue;
      for (std::uint64_t seed = cell.first_seed; seed <= cell.last_seed; ++seed) {
        if (runs_.contains({cell.name, seed})) continue;
        (is_simulated(cell.plan) ? simulated_ : real_).push_back({c, seed});
        ++left_[c];
      }
    }
  }

  bool stopping() const {
    const auto took = std::chrono::steady_clock::now() - began_;
    return interrupt_flag().load() ||
           (suite_.time_limit > 0 && took > std::chrono::nanoseconds(suite_.time_limit));
  }

  void simulate() {
    while (!stopping()) {
      const std::size_t index = next_.fetch_add(1);
      if (index >= simulated_.size()) return;
      const SuiteTask& task = simulated_[index];
      const SuiteCell& cell = suite_.cells[task.cell];
      SuiteRun run;
      try {
        run = summary_of(cell, simulate_plan(seeded(cell, task.seed)), "");
      } catch (const std::exception& error) {
        run = broken_run(cell, task.seed, error.what());
      }
      if (interrupt_flag().load()) return;  // cut short, it says nothing
      try {
        add(task, std::move(run));
      } catch (const HarnessError& error) {
        const std::lock_guard lock(mutex_);
        trouble_ = error.what();
        return;
      }
    }
  }

  static Plan seeded(const SuiteCell& cell, std::uint64_t seed) {
    Plan plan = cell.plan;
    plan.seed = seed;
    return plan;
  }

  // An anomaly that has shown need not be shown once more on hosts, but for the track record, which counts.
  bool needless(const SuiteTask& task) {
    const SuiteCell& cell = suite_.cells[task.cell];
    const bool once =
        std::all_of(cell.expected.begin(), cell.expected.end(), [](const VerdictExpectation& expectation) {
          return expectation.verdict == Verdict::invalid && expectation.seeds_min <= 1;
        });
    if (!once || cell.bug) return false;
    return std::any_of(runs_.begin(), runs_.end(), [&](const auto& each) {
      return each.first.first == cell.name && experiments::shows_expected(cell, each.second);
    });
  }

  SuiteRun run_for_real(const SuiteCell& cell, std::uint64_t seed) const {
    SuiteRun skipped;
    skipped.cell = cell.name;
    skipped.outcome.seed = seed;
    skipped.skipped = missing_for(cell);
    if (!skipped.skipped.empty()) return skipped;
    try {
      const Executed executed =
          execute_plan(seeded(cell, seed), {.store = options_.folder + "/runs", .show_progress = false});
      return summary_of(cell, executed.result, fs::absolute(executed.folder).string());
    } catch (const std::exception& error) {
      return broken_run(cell, seed, error.what());
    }
  }

  void add(const SuiteTask& task, SuiteRun run) {
    const std::lock_guard lock(mutex_);
    finished_.add(run);
    runs_[{run.cell, run.outcome.seed}] = std::move(run);
    if (--left_[task.cell] > 0) return;
    const CellReport report = report_of(suite_.cells[task.cell]);
    std::fprintf(stderr, "%-17s %s%s\n", std::string(cell_state_name(report.state)).c_str(),
                 report.cell.name.c_str(), report.sentence.empty() ? "" : (": " + report.sentence).c_str());
  }

  CellReport report_of(const SuiteCell& cell) const {
    std::vector<SuiteRun> mine;
    for (const auto& [key, run] : runs_) {
      if (key.first == cell.name) mine.push_back(run);
    }
    return experiments::judge_cell(cell, std::move(mine));
  }

  // A simulated run that was not as expected is repeated, which gives the same, with its report.
  void keep_reports_of_surprises() {
    for (const SuiteCell& cell : suite_.cells) {
      const CellReport report = report_of(cell);
      if (report.state != CellState::unexpected || !is_simulated(cell.plan)) continue;
      for (const SuiteRun& run : report.runs) {
        if (experiments::shows_expected(cell, run) || !run.outcome.folder.empty()) continue;
        SuiteRun again = run_for_real(cell, run.outcome.seed);
        if (!again.outcome.broken) {
          finished_.add(again);
          runs_[{cell.name, run.outcome.seed}] = std::move(again);
        }
        break;
      }
    }
  }

  const SuitePlan& suite_;
  const SuiteRunnerOptions& options_;
  FinishedRuns finished_;
  const std::chrono::steady_clock::time_point began_;
  std::vector<SuiteTask> simulated_, real_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;  // of what follows
  std::map<std::size_t, std::int64_t> left_;
  std::map<Key, SuiteRun> runs_;
  std::string trouble_;
};

}  // namespace

std::string missing_for(const SuiteCell& cell) {
  for (const std::string& program : cell.needs) {
    if (!on_path(program)) return "this machine has no " + program;
  }
  if (cell.plan.cluster != "local") return "";
  const std::string reason = cluster::LocalHosts::unavailable();
  return reason.empty() ? "" : "no local hosts here: " + reason;
}

std::vector<SuiteRun> finished_runs(const std::string& folder) {
  std::ifstream file(finished_file(folder));
  std::map<std::pair<std::string, std::uint64_t>, SuiteRun> latest;
  for (std::string line; std::getline(file, line);) {
    if (auto run = formats::parse_suite_run(line)) {
      const std::pair key{run->cell, run->outcome.seed};
      latest[key] = *std::move(run);
    }
  }
  std::vector<SuiteRun> runs;
  for (auto& [key, run] : latest) runs.push_back(std::move(run));
  return runs;
}

void prepare_suite(SuitePlan& suite, const SuiteRunnerOptions& options) {
  if (options.jobs < 1) throw InputError("--jobs " + std::to_string(options.jobs) + ": at least 1 is needed");
  for (SuiteCell& cell : suite.cells) {
    if (!options.hosts.empty() && cell.plan.cluster == "local") cell.plan.cluster = options.hosts;
    try {
      for (const VerdictExpectation& expectation : cell.expected) {
        if (!expectation.checker.empty() && expectation.checker != "liveness")
          find_checker(expectation.checker);
      }
      validate_plan(cell.plan);
      // Faults that can't be and options that don't go together are known once there is a target.
      if (is_simulated(cell.plan))
        require_available(resolve_plan_faults(cell.plan), *find_target(cell.plan.target).make(cell.plan, ""));
    } catch (const InputError& error) {
      throw InputError(suite.file + ": cell \"" + cell.name + "\": " + error.what());
    }
  }
  // Last of all, so that a suite is refused as a whole.
  std::erase_if(suite.cells, [&](const SuiteCell& cell) {
    return !options.only.empty() &&
           std::none_of(options.only.begin(), options.only.end(),
                        [&](const std::string& part) { return cell.name.find(part) != std::string::npos; });
  });
  if (suite.cells.empty()) throw InputError("--only: the suite has no cell with that in its name");
}

std::vector<SuiteRun> run_suite_cells(const SuitePlan& suite, const SuiteRunnerOptions& options) {
  return SuiteRunner(suite, options).run();
}

}  // namespace assay::cli
