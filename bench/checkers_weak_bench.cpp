// How fast the checkers of weak consistency are, on histories that the tests' generator makes. Counters:
// `bytes_per_op`, the peak of what the checker counted; items are operations. The second argument of a
// benchmark is the number of keys.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "checkers/registry.h"
#include "checkers/testing/weak_histories.h"

namespace {

using assay::CheckResult;
using assay::History;
using assay::checkers::testing::LogStoreOptions;

std::unique_ptr<assay::Checker> make_checker(const std::string& name, const assay::CheckerOptions& options) {
  std::string error;
  for (const assay::CheckerPlugin* plugin : assay::checkers::all_plugins()) {
    if (plugin->name == name) return plugin->make(options, error);
  }
  std::abort();
}

// The last history made is kept, for the same one is checked by several checkers.
const History& log_store(std::int64_t operations, std::int64_t keys, std::int64_t mops, std::int64_t lag) {
  static std::string made;
  static History history;
  const std::string wanted = std::to_string(operations) + " " + std::to_string(keys) + " " +
                             std::to_string(mops) + " " + std::to_string(lag);
  if (wanted == made) return history;
  LogStoreOptions options;
  options.operations = static_cast<std::size_t>(operations / ((mops + 1) / 2));
  options.sessions = 50;
  options.keys = keys;
  options.mops = mops;
  options.lag = lag;
  history = generate_log_store(options);
  made = wanted;
  return history;
}

void run(benchmark::State& state, const std::string& name, const History& history, assay::Verdict expected,
         const assay::CheckerOptions& options = {}) {
  const auto checker = make_checker(name, options);
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
  const auto fact = [&](const char* fact_name) {
    const assay::Value* value = assay::find_fact(result.statistics, fact_name);
    return value != nullptr ? static_cast<double>(value->as_integer()) : 0.0;
  };
  state.counters["bytes_per_op"] = fact("memory_peak_bytes") / static_cast<double>(count);
  state.counters["megabytes"] = fact("memory_peak_bytes") / 1e6;
  if (fact("inferred_edges") > 0) state.counters["inferred_edges"] = fact("inferred_edges");
}

constexpr std::int64_t kMillion = 1'000'000;

// 50 sessions, single operations (third argument 1) or transactions of up to 19 mops (third argument 19).
void weak_level(benchmark::State& state, const char* name) {
  run(state, name, log_store(state.range(0), state.range(1), state.range(2), 200), assay::Verdict::valid);
}
void shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({kMillion, 10, 1})->Args({kMillion, 1000, 1})->Args({kMillion, 100'000, 1});
  benchmark->Args({kMillion, 1000, 19})->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(weak_level, read_committed, "read-committed")->Apply(shapes);
BENCHMARK_CAPTURE(weak_level, read_atomic, "read-atomic")->Apply(shapes);
BENCHMARK_CAPTURE(weak_level, causal, "causal")->Apply(shapes);
BENCHMARK_CAPTURE(weak_level, causal_convergence, "causal-convergence")
    ->Args({kMillion, 1000, 1})
    ->Unit(benchmark::kMillisecond);

// Transactions of up to 19 mops, in a store without lag.
void causal_reverse(benchmark::State& state) {
  run(state, "causal-reverse", log_store(state.range(0), 1000, 19, 0), assay::Verdict::valid);
}
BENCHMARK(causal_reverse)->Arg(kMillion)->Unit(benchmark::kMillisecond);

void session_guarantees(benchmark::State& state, const char* versions) {
  run(state, "session", log_store(state.range(0), state.range(1), 1, 200), assay::Verdict::valid,
      {{"versions", versions}});
}
void session_shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({kMillion, 10})->Args({kMillion, 1000})->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(session_guarantees, monotonic, "monotonic")->Apply(session_shapes);
BENCHMARK_CAPTURE(session_guarantees, inferred, "inferred")->Apply(session_shapes);

// A store without lag, whose reads are fresh.
void staleness(benchmark::State& state) {
  run(state, "staleness", log_store(state.range(0), state.range(1), 1, 0), assay::Verdict::valid);
}
BENCHMARK(staleness)->Apply(session_shapes);

// Where sessions lag, so that most reads are stale and zones overlap: k = 2 is refuted, bounds are made.
void staleness_lagging(benchmark::State& state) {
  run(state, "staleness", log_store(state.range(0), state.range(1), 1, 200), assay::Verdict::invalid);
}
BENCHMARK(staleness_lagging)->Apply(session_shapes);

// Growth: the exponent is the slope of time over operations, from 10^5 to 10^7.
void growth(benchmark::State& state, const char* name, const char* versions) {
  assay::CheckerOptions options;
  if (versions != nullptr) options["versions"] = versions;
  run(state, name, log_store(state.range(0), 1000, 1, std::string(name) == "staleness" ? 0 : 200),
      assay::Verdict::valid, options);
}
void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(kMillion / 10)
      ->Arg(kMillion)
      ->Arg(10 * kMillion)
      ->Unit(benchmark::kMillisecond)
      ->Iterations(1);
}
BENCHMARK_CAPTURE(growth, read_committed, "read-committed", nullptr)->Apply(sizes);
BENCHMARK_CAPTURE(growth, read_atomic, "read-atomic", nullptr)->Apply(sizes);
BENCHMARK_CAPTURE(growth, causal, "causal", nullptr)->Apply(sizes);
BENCHMARK_CAPTURE(growth, session_monotonic, "session", "monotonic")->Apply(sizes);
BENCHMARK_CAPTURE(growth, session_inferred, "session", "inferred")->Apply(sizes);
BENCHMARK_CAPTURE(growth, staleness, "staleness", nullptr)->Apply(sizes);

void views(benchmark::State& state, const char* name) {
  run(state, name, log_store(state.range(0), state.range(1), 1, 200), assay::Verdict::valid);
}
void view_shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({kMillion / 10, 1000})->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(views, pram, "pram")->Apply(view_shapes);
BENCHMARK_CAPTURE(views, causal_memory, "causal-memory")->Apply(view_shapes);

}  // namespace
