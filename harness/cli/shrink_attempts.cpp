#include "harness/cli/shrink_attempts.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "harness/cli/execute.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/plugins.h"
#include "harness/core/error.h"

namespace assay::cli {

namespace {

constexpr const char* kLiveness = "liveness";
// A candidate whose checker needs longer is not what anybody wants to read.
constexpr Nanos kCheckLimit = 5 * kSecond;
// What one candidate may cost, in whole runs: an operation costs as much as a fifth of a second without any.
constexpr Nanos kCostMax = 200 * kSecond;
constexpr Nanos kCostOfOperation = 10 * kMillisecond;
constexpr int kTriesLeast = 3;

bool is_wanted(const CheckResult& check, const WantedAnomaly& wanted) {
  return check.verdict == Verdict::invalid && check.checker == wanted.checker && !check.findings.empty() &&
         std::any_of(check.findings.begin(), check.findings.end(),
                     [&](const Finding& finding) { return finding.anomaly == wanted.anomaly; });
}

bool is_possible(const Plan& plan) {
  try {
    validate_plan(plan);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

Nanos cost_of(const Plan& plan) {
  const Nanos length = plan.warm_up + plan.time_limit + kSecond;
  const Nanos drawn = length / kSecond * plan.rate;
  const Nanos operations = plan.operations.empty() ? drawn : static_cast<Nanos>(plan.operations.size());
  return length / 20 + operations * kCostOfOperation;
}

// Its own seed, then 1, 2, 3 ... without that one.
std::uint64_t seed_of(const Plan& plan, int attempt) {
  if (attempt == 0) return plan.seed;
  const auto seed = static_cast<std::uint64_t>(attempt);
  return seed < plan.seed ? seed : seed + 1;
}

}  // namespace

std::optional<WantedAnomaly> anomaly_of(const RunResult& result) {
  std::optional<WantedAnomaly> liveness;
  for (const CheckResult& check : result.checks) {
    if (check.verdict != Verdict::invalid || check.findings.empty()) continue;
    WantedAnomaly wanted{check.checker, check.findings.front().anomaly};
    if (check.checker != kLiveness) return wanted;
    liveness = std::move(wanted);
  }
  return liveness;
}

// The runs of one first_failing(), in the order in which they count.
struct ShrinkAttempts::Round {
  struct Run {
    const Plan* plan;
    std::uint64_t seed;
  };
  std::vector<Run> runs;
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> first = SIZE_MAX;  // of those that failed
  std::mutex mutex;
  std::optional<shrink::Attempt> attempt;  // of that one
};

ShrinkAttempts::ShrinkAttempts(WantedAnomaly wanted, Options options)
    : wanted_(std::move(wanted)), options_(std::move(options)), began_(std::chrono::steady_clock::now()) {}

Nanos ShrinkAttempts::elapsed() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - began_)
      .count();
}

bool ShrinkAttempts::over() const { return interrupt_flag().load() || elapsed() >= options_.time_limit; }

std::optional<shrink::Attempt> ShrinkAttempts::first_failing(const std::vector<Plan>& candidates) {
  Round round;
  std::vector<const Plan*> possible;
  for (const Plan& plan : candidates) {
    if (is_possible(plan)) possible.push_back(&plan);
  }
  for (int attempt = 0; attempt < options_.tries; ++attempt) {
    for (const Plan* plan : possible) {
      const auto affordable = std::max<Nanos>(kTriesLeast, kCostMax / cost_of(*plan));
      if (attempt < affordable) round.runs.push_back({plan, seed_of(*plan, attempt)});
    }
  }
  std::vector<std::thread> helpers;
  for (int i = 1; i < options_.jobs; ++i) helpers.emplace_back([&] { work(round); });
  work(round);
  for (std::thread& helper : helpers) helper.join();
  return std::move(round.attempt);
}

// A run is only skipped when one that counts before it has failed already: the answer does not depend on which thread is faster.
void ShrinkAttempts::work(Round& round) {
  while (!over()) {
    const std::size_t mine = round.next.fetch_add(1);
    if (mine >= round.runs.size() || mine > round.first.load()) return;
    Plan plan = *round.runs[mine].plan;
    plan.seed = round.runs[mine].seed;
    std::optional<shrink::Attempt> attempt;
    try {
      attempt = attempt_of(execute(plan, wanted_.checker), wanted_);
    } catch (const std::exception&) {
      // A fault that this smaller cluster can't have, or trouble: not what is wanted.
    }
    ++runs_;
    const std::lock_guard lock(round.mutex);
    if (attempt && mine < round.first.load()) {
      attempt->plan.check_time_limit = plan.check_time_limit;
      round.attempt = std::move(attempt);
      round.first = mine;
    }
    if (options_.after_run) options_.after_run();
  }
}

RunResult ShrinkAttempts::execute(const Plan& plan, const std::string& only_checker) {
  Plan quick = plan;
  quick.check_time_limit = std::min(plan.check_time_limit, kCheckLimit);
  return simulate_plan(quick, {.list_operations = true, .only_checker = only_checker});
}

std::optional<shrink::Attempt> ShrinkAttempts::attempt_of(const RunResult& result,
                                                          const WantedAnomaly& wanted) {
  if (!result.harness_error.empty() || result.interrupted) return std::nullopt;
  const auto check = std::find_if(result.checks.begin(), result.checks.end(),
                                  [&](const CheckResult& other) { return is_wanted(other, wanted); });
  if (check == result.checks.end()) return std::nullopt;
  shrink::Attempt attempt;
  attempt.plan = result.plan;
  attempt.operations = result.history.size();
  attempt.carried_out = result.carried_out;
  attempt.sent = result.operations_sent;
  for (const Finding& finding : check->findings) {
    if (finding.anomaly != wanted.anomaly) continue;
    for (const OpId id : finding.witness) {
      if (id >= result.history.size()) continue;
      attempt.witness.push_back(id);
      const Operation operation = result.history.at(id);
      const Nanos end = operation.completed == kNever ? operation.invoked : operation.completed;
      attempt.moment = std::max(attempt.moment, end);
    }
    break;
  }
  return attempt;
}

}  // namespace assay::cli
