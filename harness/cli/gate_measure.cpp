#include "harness/cli/gate_measure.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "harness/cli/interrupt.h"
#include "harness/cli/plan_options.h"
#include "harness/cli/plugins.h"
#include "harness/cli/run_folder.h"
#include "harness/cli/run_hosts.h"
#include "harness/core/error.h"
#include "harness/gate/objective.h"
#include "harness/gate/slices.h"
#include "harness/run/block_session.h"
#include "harness/run/host_noise.h"

namespace assay::cli {

namespace {

// One of the two databases, deployed, with all that its session needs.
class GateDatabase {
 public:
  GateDatabase(const GateSidePlan& side, const std::string& instance) : plan_(side.plan) {
    const TargetPlugin& plugin = find_target(plan_.target);
    if (!plugin.in_process) hosts_ = std::make_unique<RunHosts>(plan_, instance);
    target_ = plugin.make(plan_, hosts_ ? hosts_->file() : "");
    workload_ = make_workload(plan_);
    LoopHooks hooks;
    hooks.interrupt = &interrupt_flag();
    inputs_.emplace(RunInputs{.plan = plan_,
                              .target = *target_,
                              .workload = *workload_,
                              .faults = {},
                              .schedule = {},
                              .checkers = judges_of(plan_, *workload_),
                              .check = run_checker,
                              .hooks = std::move(hooks)});
    session_ = std::make_unique<BlockSession>(*inputs_);
  }

  BlockSession& session() { return *session_; }
  bool simulated() { return target_->world().simulated(); }

  BlockSample measure(const BlockPlan& block) {
    BlockFigures figures = session_->run_block(block);
    BlockSample sample = gate::block_sample(figures.response, figures.operations + figures.dropped,
                                            figures.late + figures.dropped, figures.length);
    if (figures.length > 0) {
      const double per_second = static_cast<double>(kSecond) / static_cast<double>(figures.length);
      sample.throughput = static_cast<double>(figures.ok_in_time) * per_second;
      sample.achieved = static_cast<double>(figures.ended_in_time) * per_second;
    }
    return sample;
  }

  // `throughput`: the median of the blocks; the history has pauses.
  RunResult finish(double throughput) {
    RunResult result = session_->finish();
    result.measurements.load.ok_per_second = throughput;
    result.objectives = gate::judge_objectives(result);
    result.assay_version = ASSAY_VERSION;
    result.command = command_for(plan_);
    if (!simulated()) result.host = describe_host();
    return result;
  }

 private:
  const Plan plan_;
  std::unique_ptr<RunHosts> hosts_;
  std::unique_ptr<Target> target_;
  std::unique_ptr<Workload> workload_;
  std::optional<RunInputs> inputs_;
  std::unique_ptr<BlockSession> session_;
};

class PairMeasurement {
 public:
  PairMeasurement(const std::vector<GateSidePlan>& sides, const gate::Options& options,
                  const BlockSettings& settings)
      : options_(options),
        settings_(settings),
        seeds_(Rng(options.seed).fork("blocks")),
        order_(Rng(options.seed).fork("order")),
        baseline_(sides[0], "gatea"),
        candidate_(sides[1], "gateb") {}

  MeasuredPairs run(const std::vector<GateSidePlan>& sides, bool all_looks) {
    if (settings_.ready) settings_.ready();
    baseline_.session().start();
    candidate_.session().start();
    const auto unmeasured = [&](Nanos length, bool last) {
      const std::uint64_t seed = seeds_.next();
      for (GateDatabase* side : {&baseline_, &candidate_}) {
        if (going()) side->measure({.seed = seed, .settle = 0, .length = length, .last = last});
      }
    };
    unmeasured(sides[0].plan.warm_up, false);
    std::optional<HostSampler> noise;
    if (!baseline_.simulated()) noise.emplace();
    while (going() && result_.looks < options_.looks_max) {
      for (int i = 0; i < options_.pairs_per_look && going(); ++i) add_pair();
      if (!going()) break;
      ++result_.looks;
      result_.decision = gate::decide(result_.pairs, options_, result_.looks);
      if (settings_.show_progress) {
        std::fprintf(stderr, "look %d of %d, %zu pairs of blocks: %s\n", result_.looks, options_.looks_max,
                     result_.pairs.size(), std::string(gate_verdict_name(result_.decision.verdict)).c_str());
      }
      if (!all_looks && result_.decision.verdict != GateVerdict::inconclusive) break;
    }
    if (noise) {
      result_.noise = noise->finish();
      summarize_host(result_.noise, 0, kNever);
    }
    unmeasured(settings_.length, true);
    result_.interrupted = interrupt_flag().load();
    result_.sides.push_back(baseline_.finish(median_throughput(&BlockPair::baseline)));
    result_.sides.push_back(candidate_.finish(median_throughput(&BlockPair::candidate)));
    return std::move(result_);
  }

 private:
  bool going() {
    return baseline_.session().trouble().empty() && candidate_.session().trouble().empty() &&
           !interrupt_flag().load();
  }

  // Both blocks ask for the same.
  void add_pair() {
    BlockPair pair;
    const BlockPlan block{.seed = seeds_.next(), .settle = settings_.settle, .length = settings_.length};
    pair.candidate_first = order_.chance(1, 2);
    if (pair.candidate_first) pair.candidate = candidate_.measure(block);
    pair.baseline = baseline_.measure(block);
    if (!pair.candidate_first && going()) pair.candidate = candidate_.measure(block);
    if (going()) result_.pairs.push_back(pair);
  }

  double median_throughput(BlockSample BlockPair::*side) const {
    std::vector<double> values;
    for (const BlockPair& pair : result_.pairs) values.push_back((pair.*side).throughput);
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  }

  const gate::Options& options_;
  const BlockSettings& settings_;
  Rng seeds_;
  Rng order_;
  GateDatabase baseline_;
  GateDatabase candidate_;
  MeasuredPairs result_;
};

}  // namespace

MeasuredPairs measure_pairs(const std::vector<GateSidePlan>& sides, const gate::Options& options,
                            const BlockSettings& settings, bool all_looks) {
  for (const GateSidePlan& side : sides) validate_plan(side.plan);
  PairMeasurement measurement(sides, options, settings);
  return measurement.run(sides, all_looks);
}

}  // namespace assay::cli
