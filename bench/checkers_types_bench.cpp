// How fast the checkers of data types are, on histories that the tests' generator makes. Counters:
// `bytes_per_op`, the peak of what the checker counted; items are operations, or
// elements delivered where that is said.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "checkers/registry.h"
#include "checkers/testing/datatype_generator.h"

namespace {

using assay::CheckResult;
using assay::History;
using assay::checkers::testing::Datatype;
using assay::checkers::testing::DatatypeOptions;

std::unique_ptr<assay::Checker> make_checker(const char* name, const assay::CheckerOptions& options) {
  std::string error;
  for (const assay::CheckerPlugin* plugin : assay::checkers::all_plugins()) {
    if (plugin->name == name) return plugin->make(options, error);
  }
  std::abort();
}

// A history serves several checkers.
const History& history_of(Datatype type, std::size_t operations) {
  static std::map<std::pair<Datatype, std::size_t>, History> histories;
  const auto [place, fresh] = histories.try_emplace({type, operations});
  if (fresh) {
    DatatypeOptions options;
    options.operations = operations;
    options.clients = 20;
    options.keys = type == Datatype::bank ? 5 : 10;
    place->second = generate_datatype(type, options);
  }
  return place->second;
}

void run(benchmark::State& state, const char* name, Datatype type,
         const assay::CheckerOptions& options = {}) {
  const History& history = history_of(type, static_cast<std::size_t>(state.range(0)));
  const auto checker = make_checker(name, options);
  CheckResult result;
  for (auto _ : state) {
    result = checker->check(history, {});
    if (result.verdict != assay::Verdict::valid) {
      state.SkipWithError(result.reason.c_str());
      return;
    }
  }
  const auto count = static_cast<std::int64_t>(history.size());
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * count);
  const auto bytes =
      static_cast<double>(assay::find_fact(result.statistics, "memory_peak_bytes")->as_integer());
  state.counters["bytes_per_op"] = bytes / static_cast<double>(count);
  // Every client reads every log and watches every key: what counts is what was delivered.
  for (const char* const fact : {"polled", "events"}) {
    const assay::Value* const delivered = assay::find_fact(result.statistics, fact);
    if (delivered == nullptr) continue;
    state.counters["delivered"] = static_cast<double>(delivered->as_integer());
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * delivered->as_integer());
  }
}

void sizes(benchmark::internal::Benchmark* each) {
  each->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(run, bank, "bank", Datatype::bank)->Apply(sizes);
BENCHMARK_CAPTURE(run, counter, "counter", Datatype::counter)->Apply(sizes);
BENCHMARK_CAPTURE(run, total_queue, "total-queue", Datatype::queue)->Apply(sizes);
BENCHMARK_CAPTURE(run, unique_ids, "unique-ids", Datatype::ids)->Apply(sizes);
BENCHMARK_CAPTURE(run, monotonic, "monotonic", Datatype::ids)->Apply(sizes);
BENCHMARK_CAPTURE(run, long_fork, "long-fork", Datatype::fork)->Apply(sizes);
BENCHMARK_CAPTURE(run, lock, "lock", Datatype::lock)->Apply(sizes);
BENCHMARK_CAPTURE(run, kafka, "kafka", Datatype::log)->Apply(sizes);
// Elements of a send stand together, so that cycles of writes are looked for, too.
void kafka_order(benchmark::State& state) { run(state, "kafka", Datatype::log, {{"order", "yes"}}); }
BENCHMARK(kafka_order)->Apply(sizes);
BENCHMARK_CAPTURE(run, watch, "watch", Datatype::watch)->Apply(sizes);
BENCHMARK_CAPTURE(run, convergence_registers, "convergence", Datatype::registers)->Apply(sizes);
BENCHMARK_CAPTURE(run, durability_registers, "durability", Datatype::registers)->Apply(sizes);

// Reads return whole sets, so that these are about elements read: one read in a thousand operations.
BENCHMARK_CAPTURE(run, set, "set", Datatype::set)->Apply(sizes);
BENCHMARK_CAPTURE(run, set_full, "set-full", Datatype::set)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run, durability_lists, "durability", Datatype::lists)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
