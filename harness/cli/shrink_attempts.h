// Executes the candidates of assay shrink in simulation, on several threads, and tells which fail as the run did that is to be
// shrunk: the same checker says invalid, with an anomaly of the same name, and nothing troubled the harness.
//
// Thread safety: none (it has its own threads). Errors: none; a candidate that is impossible has not failed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/run_result.h"
#include "harness/shrink/search.h"

namespace assay::cli {

// What a run is shrunk for.
struct WantedAnomaly {
  std::string checker;
  std::string anomaly;
};
// The first finding of the first checker that says invalid; checkers of liveness last. Nothing when none does.
std::optional<WantedAnomaly> anomaly_of(const RunResult& result);

class ShrinkAttempts final : public shrink::Attempts {
 public:
  struct Options {
    int jobs = 1;
    int tries = 1;                         // seeds for each candidate; costly runs get fewer
    Nanos time_limit = 0;                  // wall time
    std::function<void()> after_run = {};  // on the caller's thread or another one, one at a time
  };
  ShrinkAttempts(WantedAnomaly wanted, Options options);

  std::optional<shrink::Attempt> first_failing(const std::vector<Plan>& candidates) override;
  bool over() const override;

  std::int64_t runs() const { return runs_.load(); }
  Nanos elapsed() const;

  // One plan with its own seed, listing its operations. Throws what simulate_plan() throws.
  static RunResult execute(const Plan& plan, const std::string& only_checker);
  // Nothing when the run did not fail as wanted.
  static std::optional<shrink::Attempt> attempt_of(const RunResult& result, const WantedAnomaly& wanted);

 private:
  struct Round;
  void work(Round& round);

  WantedAnomaly wanted_;
  Options options_;
  std::chrono::steady_clock::time_point began_;
  std::atomic<std::int64_t> runs_ = 0;
};

}  // namespace assay::cli
