// assay explore: many simulated seeds of one plan; prints the failing ones with the command that replays each.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/execute.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/plan_options.h"
#include "harness/cli/plugins.h"
#include "harness/core/error.h"

namespace assay::cli {

namespace {

struct ExploreFlags {
  PlanFlags plan;
  std::string seeds = "1..100";
  int jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  bool stop_at_first = false;
  bool json = false;
};

struct SeedResult {
  std::uint64_t seed = 0;
  Verdict verdict = Verdict::unknown;
  bool vacuous = false;
  std::string reason;
  std::uint64_t digest = 0;
  std::size_t operations = 0;
  Nanos virtual_time = 0;
  int exit_code = kExitHarness;
};

struct SeedRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

SeedRange parse_seeds(const std::string& text) {
  SeedRange range;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, range.first);
  bool good = first.ec == std::errc();
  if (good && first.ptr == end) {
    range.last = range.first;
    return range;
  }
  good = good && end - first.ptr > 2 && first.ptr[0] == '.' && first.ptr[1] == '.';
  if (good) {
    const auto last = std::from_chars(first.ptr + 2, end, range.last);
    good = last.ec == std::errc() && last.ptr == end && range.first <= range.last;
  }
  if (!good) throw InputError("--seeds " + text + ": expected a range like 1..1000, or one seed");
  return range;
}

SeedResult explore_seed(Plan plan, std::uint64_t seed) {
  plan.seed = seed;
  const RunResult run = simulate_plan(plan);
  return {seed,
          run.verdict,
          run.vacuity.vacuous,
          run.reason,
          run.history.digest(),
          run.history.size(),
          run.virtual_time,
          run.exit_code};
}

// Works through the seeds on several threads; results come back in order of seeds.
class Explorer {
 public:
  Explorer(const Plan& plan, SeedRange range, const ExploreFlags& flags)
      : plan_(plan), range_(range), flags_(flags), next_(range.first) {}

  std::vector<SeedResult> run() {
    std::vector<std::thread> threads;
    for (int i = 0; i < flags_.jobs; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    if (!error_.empty()) throw HarnessError(error_);
    std::sort(results_.begin(), results_.end(),
              [](const SeedResult& a, const SeedResult& b) { return a.seed < b.seed; });
    return std::move(results_);
  }

 private:
  void work() {
    while (!stop_ && !interrupt_flag().load()) {
      const std::uint64_t seed = next_.fetch_add(1);
      if (seed > range_.last || seed < range_.first) return;
      try {
        add(explore_seed(plan_, seed));
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex_);
        error_ = "seed " + std::to_string(seed) + ": " + error.what();
        stop_ = true;
      }
    }
  }

  void add(SeedResult result) {
    const std::lock_guard lock(mutex_);
    if (result.exit_code != kExitValid) report(result);
    if (result.verdict == Verdict::invalid && flags_.stop_at_first) stop_ = true;
    results_.push_back(std::move(result));
    const std::size_t total = range_.last - range_.first + 1;
    if (results_.size() % 100 == 0) {
      std::fprintf(stderr, "  %zu of %zu seeds\n", results_.size(), total);
    }
  }

  void report(const SeedResult& result) const {
    Plan plan = plan_;
    plan.seed = result.seed;
    std::fprintf(stderr, "seed %llu: %s: %s\n    %s\n", static_cast<unsigned long long>(result.seed),
                 std::string(verdict_name(result.verdict)).c_str(), result.reason.c_str(),
                 command_for(plan).c_str());
  }

  const Plan& plan_;
  const SeedRange range_;
  const ExploreFlags& flags_;
  std::atomic<std::uint64_t> next_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::vector<SeedResult> results_;
  std::string error_;
};

// How many seeds one has to try, starting anywhere, until one fails: the median over all starting points.
std::uint64_t median_wait(const std::vector<SeedResult>& results) {
  std::vector<std::uint64_t> waits;
  std::uint64_t wait = 0;
  bool seen = false;
  for (auto result = results.rbegin(); result != results.rend(); ++result) {
    seen = seen || result->verdict == Verdict::invalid;
    wait = result->verdict == Verdict::invalid ? 1 : wait + 1;
    if (seen) waits.push_back(wait);
  }
  if (waits.empty()) return 0;
  std::nth_element(waits.begin(), waits.begin() + static_cast<std::ptrdiff_t>(waits.size() / 2), waits.end());
  return waits[waits.size() / 2];
}

struct Summary {
  std::size_t valid = 0, invalid = 0, unknown = 0, vacuous = 0, operations = 0;
  std::uint64_t first_invalid = 0;
  Nanos virtual_time = 0;
  int exit_code = kExitValid;
};

Summary summarize(const std::vector<SeedResult>& results) {
  Summary summary;
  for (const SeedResult& result : results) {
    summary.valid += result.verdict == Verdict::valid ? 1 : 0;
    summary.unknown += result.verdict == Verdict::unknown ? 1 : 0;
    summary.vacuous += result.vacuous ? 1 : 0;
    summary.operations += result.operations;
    summary.virtual_time += result.virtual_time;
    if (result.verdict == Verdict::invalid && summary.invalid++ == 0) summary.first_invalid = result.seed;
    if (result.exit_code == kExitHarness) summary.exit_code = kExitHarness;
  }
  if (summary.exit_code == kExitValid && summary.invalid > 0) summary.exit_code = kExitInvalid;
  if (summary.exit_code == kExitValid && (summary.unknown > 0 || results.empty()))
    summary.exit_code = kExitUnknown;
  return summary;
}

void print_json(const std::vector<SeedResult>& results, const Summary& summary, double seconds) {
  nlohmann::ordered_json out;
  out["schema_version"] = 1;
  out["seeds"] = results.size();
  out["valid"] = summary.valid;
  out["invalid"] = summary.invalid;
  out["unknown"] = summary.unknown;
  out["vacuous"] = summary.vacuous;
  out["operations"] = summary.operations;
  out["virtual_seconds"] = static_cast<double>(summary.virtual_time) / kSecond;
  out["wall_seconds"] = seconds;
  out["median_seeds_to_find"] = median_wait(results);
  auto& rows = out["results"] = nlohmann::ordered_json::array();
  for (const SeedResult& result : results) {
    char digest[20];
    std::snprintf(digest, sizeof digest, "%016llx", static_cast<unsigned long long>(result.digest));
    rows.push_back({{"seed", result.seed},
                    {"verdict", verdict_name(result.verdict)},
                    {"reason", result.reason},
                    {"digest", digest}});
  }
  std::printf("%s\n", out.dump(2).c_str());
}

void print_summary(const std::vector<SeedResult>& results, const Summary& summary, double seconds) {
  const double virtual_seconds = static_cast<double>(summary.virtual_time) / kSecond;
  std::fprintf(stderr, "%zu seeds: %zu valid, %zu invalid, %zu unknown; %zu vacuous\n", results.size(),
               summary.valid, summary.invalid, summary.unknown, summary.vacuous);
  std::fprintf(stderr,
               "%zu operations in %.0f virtual seconds, %.1f s of wall time: %.0f virtual seconds a second\n",
               summary.operations, virtual_seconds, seconds, virtual_seconds / std::max(seconds, 1e-9));
  if (summary.invalid > 0) {
    std::fprintf(stderr, "first failing seed: %llu; seeds to try until one fails (median): %llu\n",
                 static_cast<unsigned long long>(summary.first_invalid),
                 static_cast<unsigned long long>(median_wait(results)));
  }
}

int explore(const ExploreFlags& flags) {
  const Plan plan = plan_from_flags(flags.plan);
  if (plan.cluster != "sim")
    throw InputError("--cluster " + plan.cluster + ": only simulated clusters are explored");
  if (flags.jobs < 1) throw InputError("--jobs " + std::to_string(flags.jobs) + ": at least 1 is needed");
  validate_plan(plan);
  const SeedRange range = parse_seeds(flags.seeds);
  const auto began = std::chrono::steady_clock::now();
  const std::vector<SeedResult> results = Explorer(plan, range, flags).run();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const Summary summary = summarize(results);
  print_summary(results, summary, seconds);
  if (flags.json) print_json(results, summary, seconds);
  return summary.exit_code;
}

}  // namespace

void add_explore_command(CLI::App& app, Actions& actions) {
  auto flags = std::make_shared<ExploreFlags>();
  CLI::App* command = app.add_subcommand("explore", "Run many simulated seeds of one test");
  command->add_option("--seeds", flags->seeds, "Range, both ends included: A..B")->capture_default_str();
  command->add_option("--jobs", flags->jobs, "Seeds at a time")->capture_default_str();
  command->add_flag("--stop-at-first", flags->stop_at_first, "End when one seed is invalid");
  command->add_flag("--json", flags->json, "Print results to standard output");
  add_plan_flags(*command, flags->plan, false);
  actions[command] = [flags] { return explore(*flags); };
}

}  // namespace assay::cli
