// How fast the linearizable checker is, on histories that the tests' generator makes. Counters:
// `bytes_per_op`, the peak of what the checker accounts for; `allocated_per_op`, the peak that it allocated;
// `configurations`, of one check; items are operations.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "checkers/registry.h"
#include "checkers/testing/allocation_meter.h"
#include "checkers/testing/corpus.h"
#include "checkers/testing/history_generator.h"
#include "checkers/testing/object_generator.h"

namespace {

using assay::CheckResult;
using assay::History;
using assay::checkers::testing::Corruption;
using assay::checkers::testing::GeneratorOptions;

std::unique_ptr<assay::Checker> make_checker(const assay::CheckerOptions& options,
                                             std::string_view name = "linearizable") {
  std::string error;
  for (const assay::CheckerPlugin* plugin : assay::checkers::all_plugins()) {
    if (plugin->name == name) return plugin->make(options, error);
  }
  std::abort();
}

void run(benchmark::State& state, const History& history, assay::Verdict expected,
         const assay::CheckerOptions& options = {}, std::string_view name = "linearizable") {
  const auto checker = make_checker(options, name);
  CheckResult result;
  const assay::checkers::testing::AllocationPeak allocated;
  for (auto _ : state) {
    result = checker->check(history, {});
    if (result.verdict != expected) {
      state.SkipWithError(result.reason.c_str());
      return;
    }
  }
  const auto count = static_cast<std::int64_t>(history.size());
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * count);
  const auto fact = [&](const char* its_name) {
    const assay::Value* value = assay::find_fact(result.statistics, its_name);
    return value == nullptr ? 0.0 : static_cast<double>(value->as_integer());
  };
  state.counters["bytes_per_op"] = fact("memory_peak_bytes") / static_cast<double>(count);
  state.counters["allocated_per_op"] = static_cast<double>(allocated.bytes()) / static_cast<double>(count);
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
BENCHMARK(cas_register_with_infos)->DenseRange(1, 20)->Unit(benchmark::kMillisecond);

void register_fifty_clients(benchmark::State& state) {
  GeneratorOptions options = five_values(1000);
  options.clients = 50;
  run(state, generate_history(options), assay::Verdict::valid);
}
BENCHMARK(register_fifty_clients)->Unit(benchmark::kMillisecond);

void register_unique_values(benchmark::State& state) {
  GeneratorOptions options;
  options.operations = static_cast<std::size_t>(state.range(0)) * 1000;
  options.clients = 50;
  options.values = 0;
  run(state, generate_history(options), assay::Verdict::valid);
}
BENCHMARK(register_unique_values)->Arg(100)->Arg(1000)->Arg(4000)->Unit(benchmark::kMillisecond);

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
BENCHMARK(one_corrupted_read)->DenseRange(100, 900, 200)->Unit(benchmark::kMillisecond);

// Every file of a folder of ../shared/corpora, where that is beside the project; of all of them together.
void corpus(benchmark::State& state, const char* folder, const char* initial, bool nil_is_unknown) {
  const std::string root = std::string(ASSAY_SOURCE_DIR "/../shared/corpora/") + folder;
  if (!std::filesystem::exists(root)) {
    state.SkipWithError("no corpora");
    return;
  }
  std::vector<History> histories;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file())
      histories.push_back(assay::checkers::testing::read_register_history(entry.path(), nil_is_unknown));
  }
  const auto checker = make_checker({{"initial", initial}});
  for (auto _ : state) {
    for (const History& history : histories) benchmark::DoNotOptimize(checker->check(history, {}).verdict);
  }
  state.counters["files"] = static_cast<double>(histories.size());
}
BENCHMARK_CAPTURE(corpus, porcupine_etcd, "porcupine/jepsen", "nil", false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(corpus, knossos, "knossos/cas-register", "0", true)->Unit(benchmark::kMillisecond);

void string_store(benchmark::State& state) {
  const std::string path = ASSAY_SOURCE_DIR "/../shared/corpora/porcupine/kv/c50-ok.txt";
  if (!std::filesystem::exists(path)) {
    state.SkipWithError("no corpora");
    return;
  }
  run(state, assay::checkers::testing::read_string_store_history(path), assay::Verdict::valid,
      {{"model", "kv"}});
}
BENCHMARK(string_store)->Unit(benchmark::kMillisecond);

// A register with values of its own whose processes' clocks are apart: not linearizable, yet in one order.
void sequential(benchmark::State& state) {
  GeneratorOptions options;
  options.operations = static_cast<std::size_t>(state.range(0)) * 1000;
  options.clients = 10;
  options.values = 0;
  run(state, assay::checkers::testing::skew_processes(generate_history(options), 7000), assay::Verdict::valid,
      {}, "sequential");
}
BENCHMARK(sequential)->Arg(10)->Arg(100)->Unit(benchmark::kMillisecond);

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
BENCHMARK_CAPTURE(collection, fenced_mutex, "fenced-mutex")->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(collection, counter, "counter")->Arg(1000)->Unit(benchmark::kMillisecond);

}  // namespace
