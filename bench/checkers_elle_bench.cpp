// How fast isolation anomalies of transactions are looked for, on histories that the tests' generator makes: 20 clients, 10
// keys in use at a time, 32 writes a key, 1 to 4 steps a transaction. Counters: `bytes_per_txn`, the peak of what the checker
// accounted for; items are transactions.
#include <benchmark/benchmark.h>

#include <map>
#include <utility>

#include "checkers/testing/fixture.h"
#include "checkers/testing/transaction_generator.h"

namespace {

using assay::History;
using assay::Verdict;
using assay::checkers::testing::generate_transactions;
using assay::checkers::testing::Isolation;
using assay::checkers::testing::TransactionOptions;

const History& history_of(std::size_t transactions, Isolation isolation, bool registers) {
  static std::map<std::pair<std::size_t, int>, History> kept;
  const int kind = static_cast<int>(isolation) * 2 + (registers ? 1 : 0);
  const auto [found, fresh] = kept.try_emplace({transactions, kind});
  if (fresh) {
    TransactionOptions options;
    options.transactions = transactions;
    options.clients = 20;
    options.keys = 10;
    options.isolation = isolation;
    options.registers = registers;
    options.info_permille = 5;
    found->second = generate_transactions(options);
  }
  return found->second;
}

void run(benchmark::State& state, const char* checker, const History& history, Verdict expected,
         const assay::CheckerOptions& options = {}) {
  assay::CheckResult result;
  for (auto _ : state) {
    result = assay::checkers::testing::check_with(checker, history, options);
    if (result.verdict != expected) {
      state.SkipWithError(result.reason.c_str());
      return;
    }
  }
  const auto count = static_cast<std::int64_t>(history.size());
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * count);
  const assay::Value* peak = assay::find_fact(result.statistics, "memory_peak_bytes");
  state.counters["bytes_per_txn"] = static_cast<double>(peak->as_integer()) / static_cast<double>(count);
}

void list_append_strict_serializable(benchmark::State& state) {
  run(state, "list-append",
      history_of(static_cast<std::size_t>(state.range(0)), Isolation::strict_serializable, false),
      Verdict::valid);
}
BENCHMARK(list_append_strict_serializable)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void list_append_certificate(benchmark::State& state) {
  run(state, "list-append",
      history_of(static_cast<std::size_t>(state.range(0)), Isolation::strict_serializable, false),
      Verdict::valid, {{"certificate", "yes"}});
}
BENCHMARK(list_append_certificate)->Arg(100'000)->Unit(benchmark::kMillisecond);

void rw_register_sequential_keys(benchmark::State& state) {
  run(state, "rw-register",
      history_of(static_cast<std::size_t>(state.range(0)), Isolation::strict_serializable, true),
      Verdict::valid, {{"sequential-keys", "yes"}});
}
BENCHMARK(rw_register_sequential_keys)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

// A fifth of what is not read by key is read by predicate. Each such read finds every row there is, so time grows
// with the square of the transactions, as the history does.
void rw_register_scans(benchmark::State& state) {
  TransactionOptions options;
  options.transactions = static_cast<std::size_t>(state.range(0));
  options.clients = 20;
  options.keys = 10;
  options.registers = true;
  options.writes_per_key = 1;
  options.read_permille = 300;
  options.scan_permille = 200;
  run(state, "rw-register", generate_transactions(options), Verdict::valid);
}
BENCHMARK(rw_register_scans)->Arg(1'000)->Arg(3'000)->Unit(benchmark::kMillisecond);

// Every class of cycle exists, in components of most of the history.
void list_append_read_committed(benchmark::State& state) {
  run(state, "list-append",
      history_of(static_cast<std::size_t>(state.range(0)), Isolation::read_committed, false),
      Verdict::invalid);
}
BENCHMARK(list_append_read_committed)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
