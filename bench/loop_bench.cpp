// What the harness itself costs: operations a second through loop, client, history and journal against a target that
// answers at once. Goal: at least 300,000 on two cores.
#include <benchmark/benchmark.h>

#include <unistd.h>

#include <filesystem>

#include "harness/cli/plugins.h"
#include "harness/formats/json_lines.h"
#include "harness/run/journal.h"
#include "harness/run/loop.h"
#include "harness/run/recorders.h"

namespace assay {
namespace {

void loop_instant_target(benchmark::State& state) {
  Plan plan;
  plan.target = "instant";
  plan.mode = "memory";
  plan.pace = Pace::closed_loop;
  plan.concurrency = static_cast<int>(state.range(0));
  plan.warm_up = 0;
  plan.time_limit = 2 * kSecond;
  std::int64_t operations = 0;
  for (auto _ : state) {
    const auto target = cli::find_target(plan.target).make(plan, "");
    const auto workload = cli::find_workload(plan.workload).make({.keys = plan.keys, .seed = plan.seed});
    HistoryRecorder history(target->node_names());
    const std::string path =
        std::filesystem::temp_directory_path() / ("assay-bench-" + std::to_string(::getpid()));
    Journal journal(path, std::make_unique<formats::JsonLinesEncoder>(target->node_names()));
    FanOutRecorder recorder({&history, &journal});
    RunLoop loop(plan, *target, *workload, {}, recorder, {});
    loop.run();
    journal.close();
    operations += static_cast<std::int64_t>(history.build().size());
    std::filesystem::remove(path);
  }
  state.SetItemsProcessed(operations);
}
BENCHMARK(loop_instant_target)
    ->Arg(10)
    ->Arg(100)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(2)
    ->UseRealTime();

}  // namespace
}  // namespace assay
