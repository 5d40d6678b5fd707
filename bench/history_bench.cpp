// Bytes and time per operation of a history in memory. Goal: 10 M single-key operations within 1 GiB.
#include <benchmark/benchmark.h>

#include "harness/core/history.h"

namespace assay {
namespace {

History build_history(std::int64_t count) {
  HistoryBuilder builder;
  for (std::int64_t i = 0; i < count; ++i) {
    Mop mop{i % 2 == 0 ? Fn::write : Fn::cas, i % 5, i % 2 == 0 ? Value(i) : Value::pair(i, i + 1), Value()};
    Operation operation;
    operation.process = static_cast<ProcessId>(i % 10);
    operation.due = operation.invoked = i;
    operation.mops = {&mop, 1};
    const OpId id = builder.add(operation);
    builder.complete(id, Outcome::ok, i + 1, {&mop, 1}, "");
  }
  return builder.build();
}

void history_build(benchmark::State& state) {
  std::size_t bytes = 0;
  for (auto _ : state) {
    const History history = build_history(state.range(0));
    bytes = history.memory_bytes();
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes_per_op"] = static_cast<double>(bytes) / static_cast<double>(state.range(0));
}
BENCHMARK(history_build)->Arg(1'000'000)->Arg(10'000'000)->Unit(benchmark::kMillisecond);

void history_digest(benchmark::State& state) {
  const History history = build_history(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(history.digest());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(history_digest)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay
