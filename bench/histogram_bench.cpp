// What recording a latency costs: under 10 ns is the goal.
#include <benchmark/benchmark.h>

#include <vector>

#include "harness/core/histogram.h"
#include "harness/core/rng.h"

namespace assay {
namespace {

std::vector<Nanos> samples() {
  Rng rng(1);
  std::vector<Nanos> values;
  for (int i = 0; i < 1 << 16; ++i) values.push_back(200 * kMicrosecond + rng.exponential(kMillisecond));
  return values;
}

void histogram_record(benchmark::State& state) {
  const std::vector<Nanos> values = samples();
  Histogram histogram;
  std::size_t i = 0;
  for (auto _ : state) {
    histogram.record(values[i]);
    i = (i + 1) & (values.size() - 1);
  }
  benchmark::DoNotOptimize(histogram.count());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(histogram_record);

void histogram_merge(benchmark::State& state) {
  Histogram a, b;
  for (const Nanos value : samples()) b.record(value);
  for (auto _ : state) a.merge(b);
}
BENCHMARK(histogram_merge);

}  // namespace
}  // namespace assay
