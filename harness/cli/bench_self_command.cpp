// assay bench-self: what the harness itself costs on this machine, measured against a target that answers at once. How many
// operations a second it can drive (closed loop), what it adds to each latency (open loop, at a rate it can easily do), and
// how much memory an operation takes.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/cli/commands.h"
#include "harness/cli/plugins.h"
#include "harness/core/error.h"
#include "harness/core/units.h"
#include "harness/formats/json_lines.h"
#include "harness/run/journal.h"
#include "harness/run/loop.h"
#include "harness/run/measure.h"
#include "harness/run/recorders.h"
#include "reports/common/words.h"

namespace assay::cli {

namespace {

struct BenchSelfFlags {
  int concurrency = 50;
  std::int64_t rate = 10'000;
  std::string time_limit = "5s";
  std::string workload = "register";
  bool json = false;
};

struct Measured {
  OperationSummary all;
  LoadSummary load;
  double history_bytes = 0;  // an operation
  double journal_bytes = 0;
};

// As a run does it: history in memory, journal on disk.
Measured drive(const Plan& plan) {
  const auto target = find_target(plan.target).make(plan, "");
  const auto workload = make_workload(plan);
  const std::string path =
      std::filesystem::temp_directory_path() / ("assay-bench-self-" + std::to_string(::getpid()));
  HistoryRecorder memory(target->node_names());
  LoopOutcome outcome;
  {
    Journal journal(path, std::make_unique<formats::JsonLinesEncoder>(target->node_names()));
    FanOutRecorder recorder({&memory, &journal});
    RunLoop loop(plan, *target, *workload, {}, recorder, {});
    outcome = loop.run();
    journal.close();
  }
  const auto journal_bytes = static_cast<double>(std::filesystem::file_size(path));
  std::filesystem::remove(path);
  if (!outcome.harness_error.empty()) throw HarnessError(outcome.harness_error);
  const History history = memory.build();
  if (history.empty()) throw HarnessError("bench-self: no operation was completed");
  Measured measured;
  measured.all = summarize_all(summarize_operations(history));
  measured.load = summarize_load(history, plan.pace, outcome.dropped);
  measured.history_bytes = static_cast<double>(history.memory_bytes()) / static_cast<double>(history.size());
  measured.journal_bytes = journal_bytes / static_cast<double>(history.size());
  return measured;
}

Nanos processor_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * kSecond +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * kMicrosecond;
}

Plan plan_for(const BenchSelfFlags& flags) {
  const auto time_limit = parse_duration(flags.time_limit);
  if (!time_limit || *time_limit <= 0)
    throw InputError("--time-limit " + flags.time_limit + ": expected a duration like 5s");
  Plan plan;
  plan.target = "instant";
  plan.mode = "memory";
  plan.workload = flags.workload;
  plan.concurrency = flags.concurrency;
  plan.time_limit = *time_limit;
  plan.warm_up = kSecond;
  plan.rate = flags.rate;
  return plan;
}

int bench_self(const BenchSelfFlags& flags) {
  Plan plan = plan_for(flags);
  plan.pace = Pace::closed_loop;
  validate_plan(plan);
  const Nanos before = processor_time();
  const Measured closed = drive(plan);
  const double processor = static_cast<double>(processor_time() - before) /
                           (closed.load.ok_per_second * static_cast<double>(plan.time_limit + plan.warm_up) /
                            static_cast<double>(kSecond));
  plan.pace = Pace::poisson;
  validate_plan(plan);
  const Measured open = drive(plan);
  const LatencySummary& response = open.all.response;
  if (flags.json) {
    const nlohmann::ordered_json json = {{"concurrency", flags.concurrency},
                                         {"operations_per_second", closed.load.ok_per_second},
                                         {"processor_nanoseconds_per_operation", processor},
                                         {"rate", flags.rate},
                                         {"added_response_p50", response.p50},
                                         {"added_response_p99", response.p99},
                                         {"added_response_p999", response.p999},
                                         {"added_lag_p99", open.all.lag.p99},
                                         {"late", open.load.late},
                                         {"history_bytes_per_operation", closed.history_bytes},
                                         {"journal_bytes_per_operation", closed.journal_bytes}};
    std::printf("%s\n", json.dump(1).c_str());
  }
  const auto time = [](Nanos nanos) { return reports::people_time(nanos); };
  std::fprintf(
      stderr,
      "closed loop, %d processes: %.0f operations a second, %.2f microseconds of processor time each\n"
      "open loop, %lld a second: adds p50 %s, p99 %s, p99.9 %s; %lld of %lld were sent more than 1 ms late\n"
      "memory: %.0f bytes an operation in the history, %.0f in history.jsonl\n",
      flags.concurrency, closed.load.ok_per_second, processor / 1000, static_cast<long long>(flags.rate),
      time(response.p50).c_str(), time(response.p99).c_str(), time(response.p999).c_str(),
      static_cast<long long>(open.load.late), static_cast<long long>(open.load.due), closed.history_bytes,
      closed.journal_bytes);
  return kExitValid;
}

}  // namespace

void add_bench_self_command(CLI::App& app, Actions& actions) {
  auto flags = std::make_shared<BenchSelfFlags>();
  CLI::App* command =
      app.add_subcommand("bench-self", "Measure what the harness itself costs on this machine");
  command->add_option("--concurrency", flags->concurrency, "Processes")->capture_default_str();
  command->add_option("--rate", flags->rate, "Of the open loop, operations a second")->capture_default_str();
  command->add_option("--time-limit", flags->time_limit, "Length of each of the two measurements")
      ->capture_default_str();
  command->add_option("--workload", flags->workload, "What is asked (assay list workloads)")
      ->capture_default_str();
  command->add_flag("--json", flags->json, "Print the figures to standard output");
  actions[command] = [flags] { return bench_self(*flags); };
}

}  // namespace assay::cli
