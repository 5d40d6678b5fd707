// How fast the complete isolation checkers are, on histories that the tests' generator makes. Counters: `bytes_per_op`,
// the peak of what the checker allocated; `choices`, orders of two writes that were open; `solver_calls`; items are
// transactions.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "checkers/registry.h"
#include "checkers/testing/fixture.h"
#include "checkers/testing/transaction_generator.h"

namespace {

using assay::CheckResult;
using assay::History;
using assay::checkers::testing::Isolation;
using assay::checkers::testing::Program;
using assay::checkers::testing::snapshot_store;
using assay::checkers::testing::TransactionOptions;

std::unique_ptr<assay::Checker> make_checker(const std::string& name, const assay::CheckerOptions& options) {
  std::string error;
  for (const assay::CheckerPlugin* plugin : assay::checkers::all_plugins()) {
    if (plugin->name == name) return plugin->make(options, error);
  }
  std::abort();
}

void run(benchmark::State& state, const std::string& name, const assay::CheckerOptions& options,
         const History& history, assay::Verdict expected) {
  const auto checker = make_checker(name, options);
  CheckResult result;
  for (auto _ : state) {
    result = checker->check(history, {});
    if (result.verdict != expected) {
      state.SkipWithError(result.reason.c_str());
      return;
    }
  }
  const auto fact = [&](const char* fact_name) {
    const assay::Value* value = assay::find_fact(result.statistics, fact_name);
    return value == nullptr ? 0.0 : static_cast<double>(value->as_integer());
  };
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(history.size()));
  state.counters["bytes_per_op"] = fact("memory_peak_bytes") / static_cast<double>(history.size());
  state.counters["choices"] = fact("choices");
  state.counters["solver_calls"] = fact("solver_calls");
  if (!result.findings.empty())
    state.counters["witness"] = static_cast<double>(result.findings[0].witness.size());
}

TransactionOptions tpcc(std::int64_t transactions) {
  TransactionOptions options = snapshot_store();
  options.transactions = static_cast<std::size_t>(transactions);
  return options;
}

TransactionOptions general(std::int64_t transactions) {
  TransactionOptions options = tpcc(transactions);
  options.program = Program::steps;
  options.keys = 10'000;
  options.pause = 1'000;
  return options;
}

// PolySI's measure: snapshot isolation that keeps the order of sessions.
void snapshot_isolation_tpcc(benchmark::State& state) {
  run(state, "snapshot-isolation", {{"order", "session"}}, generate_transactions(tpcc(state.range(0))),
      assay::Verdict::valid);
}
BENCHMARK(snapshot_isolation_tpcc)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// The same as a recorder of sessions alone has it: without times.
History without_times(const History& timed) {
  std::map<assay::ProcessId, std::vector<std::vector<assay::Mop>>> sessions;
  for (const assay::Operation op : timed.operations()) {
    if (op.outcome == assay::Outcome::ok) sessions[op.process].emplace_back(op.mops.begin(), op.mops.end());
  }
  std::vector<std::vector<std::vector<assay::Mop>>> all;
  for (auto& [process, session] : sessions) all.push_back(std::move(session));
  return assay::checkers::testing::make_sessions(all);
}

void snapshot_isolation_tpcc_sessions(benchmark::State& state) {
  run(state, "snapshot-isolation", {{"order", "session"}},
      without_times(generate_transactions(tpcc(state.range(0)))), assay::Verdict::valid);
}
BENCHMARK(snapshot_isolation_tpcc_sessions)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void snapshot_isolation_general_sessions(benchmark::State& state) {
  run(state, "snapshot-isolation", {{"order", "session"}},
      without_times(generate_transactions(general(state.range(0)))), assay::Verdict::valid);
}
BENCHMARK(snapshot_isolation_general_sessions)->Arg(10'000)->Unit(benchmark::kMillisecond);

void serializable_general_sessions(benchmark::State& state) {
  TransactionOptions options = general(state.range(0));
  options.isolation = Isolation::strict_serializable;
  run(state, "serializable", {}, without_times(generate_transactions(options)), assay::Verdict::valid);
}
BENCHMARK(serializable_general_sessions)->Arg(10'000)->Unit(benchmark::kMillisecond);

void snapshot_isolation_lost_update(benchmark::State& state) {
  TransactionOptions options = tpcc(state.range(0));
  options.isolation = Isolation::parallel_snapshots;
  run(state, "snapshot-isolation", {{"order", "session"}}, generate_transactions(options),
      assay::Verdict::invalid);
}
BENCHMARK(snapshot_isolation_lost_update)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// Reads and blind writes, snapshots up to a few transactions old.
void snapshot_isolation_general(benchmark::State& state) {
  TransactionOptions options = general(state.range(0));
  options.lag = 2'000;
  run(state, "snapshot-isolation", {{"order", "none"}}, generate_transactions(options),
      assay::Verdict::valid);
}
BENCHMARK(snapshot_isolation_general)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// What snapshot isolation allows is refuted.
void serializable_general_of_snapshots(benchmark::State& state) {
  TransactionOptions options = general(state.range(0));
  options.keys = 2'000;
  run(state, "serializable", {{"order", "none"}}, generate_transactions(options), assay::Verdict::invalid);
}
BENCHMARK(serializable_general_of_snapshots)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void serializable_tpcc(benchmark::State& state) {
  TransactionOptions options = tpcc(state.range(0));
  options.isolation = Isolation::strict_serializable;
  run(state, "serializable", {}, generate_transactions(options), assay::Verdict::valid);
}
BENCHMARK(serializable_tpcc)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void serializable_general(benchmark::State& state) {
  TransactionOptions options = general(state.range(0));
  options.isolation = Isolation::strict_serializable;
  run(state, "serializable", {}, generate_transactions(options), assay::Verdict::valid);
}
BENCHMARK(serializable_general)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void strict_serializable_tpcc(benchmark::State& state) {
  TransactionOptions options = tpcc(state.range(0));
  options.isolation = Isolation::strict_serializable;
  run(state, "strict-serializable", {}, generate_transactions(options), assay::Verdict::valid);
}
BENCHMARK(strict_serializable_tpcc)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void strict_serializable_general(benchmark::State& state) {
  TransactionOptions options = general(state.range(0));
  options.isolation = Isolation::strict_serializable;
  run(state, "strict-serializable", {}, generate_transactions(options), assay::Verdict::valid);
}
BENCHMARK(strict_serializable_general)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void strict_serializable_lists(benchmark::State& state) {
  TransactionOptions options = general(state.range(0));
  options.isolation = Isolation::strict_serializable;
  options.registers = false;
  options.keys = options.keys * state.range(0) / 10'000;
  run(state, "strict-serializable", {{"data", "list"}}, generate_transactions(options),
      assay::Verdict::valid);
}
BENCHMARK(strict_serializable_lists)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
