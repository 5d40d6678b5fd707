// How fast the linearizable checker is, on histories that the tests' generator makes. Counters: `bytes_per_op`, the peak of what
// the checker allocated; `configurations`, of one check; items are operations.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "checkers/registry.h"
#include "checkers/testing/history_generator.h"
#include "checkers/testing/object_generator.h"

namespace {

using assay::CheckResult;
using assay::History;
using assay::checkers::testing::Corruption;
using assay::checkers::testing::GeneratorOptions;

std::unique_ptr<assay::Checker> make_checker(const assay::CheckerOptions& options) {
  std::string error;
  for (const assay::CheckerPlugin* plugin : assay::checkers::all_plugins()) {
    if (plugin->name == "linearizable") return plugin->make(options, error);
  }
  std::abort();
}

void run(benchmark::State& state, const History& history, assay::Verdict expected,
         const assay::CheckerOptions& options = {}) {
  const auto checker = make_checker(options);
  CheckResult result;
  for (auto _ : state) {
    result = checker->check(history, {});
    if (result.verdict != expected) {
      state.SkipWithError(result.reason.c_str());
      return;
    }
  }
  const auto count = static_cast<std::int64_t>(history.size());
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * count);
  const auto fact = [&](const char* name) {
    return static_cast<double>(assay::find_fact(result.statistics, name)->as_integer());
  };
  state.counters["bytes_per_op"] = fact("memory_peak_bytes") / static_cast<double>(count);
  state.counters["configurations"] = fact("configurations");
}

GeneratorOptions five_values(std::size_t operations) {
  GeneratorOptions options;
  options.operations = operations;
  options.clients = 20;
  options.values = 5;
  return options;
}

void register_five_values(benchmark::State& state) {
  run(state, generate_history(five_values(static_cast<std::size_t>(state.range(0)))), assay::Verdict::valid);
}
BENCHMARK(register_five_values)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void register_five_values_certificate(benchmark::State& state) {
  run(state, generate_history(five_values(static_cast<std::size_t>(state.range(0)))), assay::Verdict::valid,
      {{"certificate", "yes"}});
}
BENCHMARK(register_five_values_certificate)->Arg(100'000)->Unit(benchmark::kMillisecond);

// A quarter compare-and-sets; of 10,000 operations about 65 of unknown outcome.
void cas_register_with_infos(benchmark::State& state) {
  GeneratorOptions options = five_values(10'000);
  options.write_permille = 375;
  options.cas_permille = 250;
  options.info_permille = 10;
  options.seed = static_cast<std::uint64_t>(state.range(0));
  run(state, generate_history(options), assay::Verdict::valid);
}
BENCHMARK(cas_register_with_infos)->DenseRange(1, 5)->Unit(benchmark::kMillisecond);

void register_unique_values(benchmark::State& state) {
  GeneratorOptions options;
  options.operations = 1'000'000;
  options.clients = 50;
  options.values = 0;
  run(state, generate_history(options), assay::Verdict::valid);
}
BENCHMARK(register_unique_values)->Unit(benchmark::kMillisecond);

void hundred_keys(benchmark::State& state) {
  GeneratorOptions options;
  options.operations = 1'000'000;
  options.clients = 50;
  options.keys = 100;
  options.values = static_cast<std::int64_t>(state.range(0));
  run(state, generate_history(options), assay::Verdict::valid);
}
BENCHMARK(hundred_keys)->Arg(0)->Arg(5)->Unit(benchmark::kMillisecond)->UseRealTime();

void one_corrupted_read(benchmark::State& state) {
  const History history = generate_history(five_values(10'000));
  History corrupted;
  bool certain = false;
  if (!corrupt(history, Corruption::stale_read, state.range(0), 1, corrupted, certain) || !certain) {
    state.SkipWithError("no read to corrupt");
    return;
  }
  run(state, corrupted, assay::Verdict::invalid);
}
BENCHMARK(one_corrupted_read)->Arg(500)->Arg(900)->Unit(benchmark::kMillisecond);

// A data type, every element unique, 20 clients; state.range(0) operations in thousands.
void collection(benchmark::State& state, const char* model) {
  assay::checkers::testing::ObjectOptions options;
  options.model = model;
  options.operations = static_cast<std::size_t>(state.range(0)) * 1000;
  options.clients = 20;
  options.whole_reads = false;
  run(state, generate_object_history(options), assay::Verdict::valid, {{"model", model}});
}
BENCHMARK_CAPTURE(collection, fifo_queue, "fifo-queue")->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(collection, unordered_queue, "unordered-queue")->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(collection, priority_queue, "priority-queue")->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(collection, stack, "stack")->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(collection, set, "set")->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(collection, mutex, "mutex")->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(collection, counter, "counter")->Arg(100)->Unit(benchmark::kMillisecond);

}  // namespace
