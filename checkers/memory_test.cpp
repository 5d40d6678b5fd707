// What checkers account for is what they allocate, and a limit of memory holds for what they allocate: within a tenth, and
// two mebibytes that a check may take whatever it checks (tables of fixed size, words of findings).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "checkers/testing/allocation_meter.h"
#include "checkers/testing/datatype_generator.h"
#include "checkers/testing/fixture.h"
#include "checkers/testing/history_generator.h"
#include "checkers/testing/nightly.h"
#include "checkers/testing/object_generator.h"
#include "checkers/testing/transaction_generator.h"
#include "checkers/testing/weak_histories.h"
#include "harness/core/rng.h"

namespace assay::checkers {
namespace {

using testing::check_with;

constexpr std::size_t kMebibyte = std::size_t{1} << 20;
constexpr std::size_t kBase = 2 * kMebibyte;

struct Case {
  std::string name;  // of the checker, and what it is about
  CheckerOptions options;
  History (*make)();
};

struct Measured {
  CheckResult result;
  std::size_t accounted = 0;
  std::size_t allocated = 0;
};

Measured measure(const Case& the_case, const History& history, std::size_t limit, Nanos time) {
  Budget budget;
  budget.memory_limit_bytes = limit;
  budget.time_limit = time;
  Measured measured;
  const testing::AllocationPeak peak;
  measured.result =
      check_with(the_case.name.substr(0, the_case.name.find(':')), history, the_case.options, budget);
  measured.allocated = peak.bytes();
  const Value* fact = find_fact(measured.result.statistics, "memory_peak_bytes");
  measured.accounted = fact == nullptr ? 0 : static_cast<std::size_t>(fact->as_integer());
  if (std::getenv("ASSAY_NIGHTLY") != nullptr) {
    std::printf("%-34s %8zu operations, limit %10zu: accounted %10zu, allocated %10zu, %s\n",
                the_case.name.c_str(), history.size(), limit, measured.accounted, measured.allocated,
                std::string(verdict_name(measured.result.verdict)).c_str());
  }
  return measured;
}

std::size_t within(std::size_t bytes) { return bytes + bytes / 10 + kBase; }

// Searches without end: each holds the more, the longer it runs.

History few_values() {
  testing::GeneratorOptions shape;
  shape.operations = 4'000;
  shape.clients = 30;
  History corrupted;
  bool certain = false;
  EXPECT_TRUE(
      corrupt(generate_history(shape), testing::Corruption::swapped_reads, 500, 7, corrupted, certain));
  return corrupted;
}

History few_values_out_of_time() {
  testing::GeneratorOptions shape;
  shape.operations = 20'000;
  shape.clients = 30;
  shape.values = 3;
  return testing::skew_processes(generate_history(shape), 7000);
}

History few_elements(const std::string& model) {
  testing::ObjectOptions shape;
  shape.model = model;
  shape.operations = 3'000;
  shape.clients = 24;
  shape.values = 3;
  const History history = generate_object_history(shape);
  History corrupted;
  EXPECT_TRUE(corrupt_object(history, testing::ObjectCorruption::swapped_results, 300, 3, corrupted));
  return corrupted;
}

History queue_out_of_time() {
  testing::ObjectOptions shape;
  shape.operations = 4'000;
  shape.clients = 16;
  shape.keys = 3;
  return testing::skew_processes(generate_object_history(shape), 7000);
}

History transactions_of_few_values() {
  testing::LogStoreOptions shape;
  shape.operations = 3'000;
  shape.sessions = 24;
  shape.keys = 6;
  shape.mops = 3;
  const History history = generate_log_store(shape);
  std::vector<testing::Line> lines = testing::lines_of(history);
  for (testing::Line& line : lines) {
    for (Mop& mop : line.mops) {
      Value& value = mop.fn == Fn::read ? mop.result : mop.argument;
      if (value.is_integer()) value = Value(value.as_integer() % 3);
    }
  }
  return testing::make_history(std::move(lines));
}

// Without any order or time, of few keys: what keeps the solver busy for long.
History blind_writes() {
  testing::TransactionOptions shape = testing::snapshot_store(testing::Program::steps);
  shape.transactions = 3'000;
  shape.keys = 6;
  shape.mops_min = shape.mops_max = 2;
  shape.pause = 1'000;
  std::vector<testing::Line> lines;
  const History timed = generate_transactions(shape);
  for (const Operation op : timed.operations()) {
    if (op.outcome == Outcome::ok)
      lines.emplace_back(0, 1'000, std::vector<Mop>(op.mops.begin(), op.mops.end()));
  }
  Rng(1).shuffle(lines);
  return testing::make_history(std::move(lines));
}

const std::vector<Case>& searches() {
  static const std::vector<Case> all = {
      {"linearizable: few values", {{"model", "cas-register"}}, few_values},
      {"linearizable: few values, any model", {{"model", "kv"}}, few_values},
      {"linearizable: transactions", {{"model", "kv"}}, transactions_of_few_values},
      {"linearizable: queue", {{"model", "fifo-queue"}}, [] { return few_elements("fifo-queue"); }},
      {"linearizable: stack", {{"model", "stack"}}, [] { return few_elements("stack"); }},
      {"sequential: few values", {{"model", "cas-register"}}, few_values_out_of_time},
      {"sequential: queues", {{"model", "fifo-queue"}}, queue_out_of_time},
      {"sequential: transactions", {{"model", "kv"}}, transactions_of_few_values},
      {"serializable: blind writes", {{"order", "none"}}, blind_writes},
      {"snapshot-isolation: blind writes", {{"order", "none"}}, blind_writes},
  };
  return all;
}

TEST(Memory, SearchesHoldTheLimit) {
  int ended = 0;
  for (const Case& the_case : searches()) {
    const History history = the_case.make();
    for (const std::size_t limit : {4 * kMebibyte, 24 * kMebibyte}) {
      const Measured measured = measure(the_case, history, limit, kSecond);
      EXPECT_LE(measured.allocated, within(limit)) << the_case.name << ", " << limit;
      EXPECT_LE(measured.allocated, within(measured.accounted)) << the_case.name << ", " << limit;
      const bool memory = measured.result.reason.find("memory") != std::string::npos;
      ended += measured.result.verdict == Verdict::unknown && memory ? 1 : 0;
    }
  }
  EXPECT_GE(ended, 6);
}

// Checks that hold something for each operation.

std::size_t many(int ordinary, int nightly) {
  return static_cast<std::size_t>(testing::rounds(ordinary, nightly));
}

template <std::size_t kKeys, std::size_t kMops>
History log_store() {
  testing::LogStoreOptions shape;
  shape.operations = many(40'000, 600'000);
  shape.sessions = 20;
  shape.keys = kKeys;
  shape.mops = kMops;
  return generate_log_store(shape);
}

History fresh_log_store() {
  testing::LogStoreOptions shape;
  shape.operations = many(40'000, 600'000);
  shape.lag = 0;
  return generate_log_store(shape);
}

History fresh_transactions() {
  testing::LogStoreOptions shape;
  shape.operations = many(20'000, 200'000);
  shape.keys = 1'000;
  shape.mops = 10;
  shape.lag = 0;
  return generate_log_store(shape);
}

template <bool kRegisters>
History elle_store() {
  testing::TransactionOptions shape;
  shape.transactions = many(15'000, 300'000);
  shape.clients = 20;
  shape.registers = kRegisters;
  shape.keys = 20;
  return generate_transactions(shape);
}

History snapshots() {
  testing::TransactionOptions shape = testing::snapshot_store();
  shape.transactions = many(5'000, 30'000);
  return generate_transactions(shape);
}

template <testing::Datatype kType>
History datatype() {
  testing::DatatypeOptions shape;
  shape.operations = many(20'000, 400'000);
  shape.keys = kType == testing::Datatype::set ? 400 : 4;
  return generate_datatype(kType, shape);
}

template <std::int64_t kValues>
History registers() {
  testing::GeneratorOptions shape;
  shape.operations = many(40'000, 600'000);
  shape.clients = 20;
  shape.keys = 1'000;
  shape.values = kValues;
  return generate_history(shape);
}

History every_operation_a_key() {
  testing::LogStoreOptions shape;
  shape.operations = many(40'000, 600'000);
  shape.keys = 1'000'000;
  shape.lag = 0;
  return generate_log_store(shape);
}

const std::vector<Case>& sweeps() {
  using testing::Datatype;
  static const std::vector<Case> all = {
      {"linearizable: unique values", {}, registers<0>},
      {"linearizable: five values", {}, registers<5>},
      {"linearizable: a key each", {}, every_operation_a_key},
      {"linearizable: unique, certificate", {{"certificate", "yes"}}, registers<0>},
      {"sequential: unique values", {}, registers<0>},
      {"causal", {}, log_store<1000, 1>},
      {"causal: ten keys", {}, log_store<10, 1>},
      {"causal: transactions", {}, log_store<1000, 10>},
      {"causal-convergence", {}, log_store<1000, 1>},
      {"causal-memory", {}, log_store<1000, 1>},
      {"pram", {}, log_store<1000, 1>},
      {"read-atomic", {}, log_store<1000, 10>},
      {"read-committed", {}, log_store<1000, 10>},
      {"causal-reverse", {}, fresh_transactions},
      {"session: inferred", {{"versions", "inferred"}}, log_store<1000, 1>},
      {"session: monotonic", {{"versions", "monotonic"}}, log_store<1000, 1>},
      {"staleness: fresh", {}, fresh_log_store},
      {"staleness: lagging", {}, log_store<1000, 1>},
      {"staleness: one key, k = 3", {{"k", "3"}}, log_store<1, 1>},
      {"list-append", {}, elle_store<false>},
      {"rw-register", {}, elle_store<true>},
      {"strict-serializable", {}, elle_store<true>},
      {"strict-serializable: lists", {{"data", "list"}}, elle_store<false>},
      {"snapshot-isolation", {{"order", "session"}}, snapshots},
      {"bank", {}, datatype<Datatype::bank>},
      {"set", {}, datatype<Datatype::set>},
      {"set-full", {}, datatype<Datatype::set>},
      {"total-queue", {}, datatype<Datatype::queue>},
      {"counter", {}, datatype<Datatype::counter>},
      {"unique-ids", {}, datatype<Datatype::ids>},
      {"long-fork", {}, datatype<Datatype::fork>},
      {"lock", {}, datatype<Datatype::lock>},
      {"linearizable: fenced locks", {{"model", "fenced-mutex"}}, datatype<Datatype::lock>},
      {"linearizable: queue", {{"model", "fifo-queue"}}, datatype<Datatype::queue>},
      {"kafka", {}, datatype<Datatype::log>},
      {"convergence", {}, datatype<Datatype::registers>},
      {"durability", {}, datatype<Datatype::lists>},
      {"watch", {}, datatype<Datatype::watch>},
  };
  return all;
}

TEST(Memory, WhatIsAccountedForIsWhatIsAllocated) {
  for (const Case& the_case : sweeps()) {
    const Measured measured = measure(the_case, the_case.make(), 1024 * kMebibyte, 20 * kSecond);
    EXPECT_LE(measured.allocated, within(measured.accounted)) << the_case.name;
    EXPECT_TRUE(measured.result.applies) << the_case.name << ": " << measured.result.reason;
  }
}

TEST(Memory, SweepsHoldTheLimit) {
  for (const Case& the_case : sweeps()) {
    const History history = the_case.make();
    const std::size_t whole = measure(the_case, history, 1024 * kMebibyte, 20 * kSecond).allocated;
    if (whole < 2 * kBase) continue;
    for (const std::size_t limit : {whole / 2, whole * 4 / 5}) {
      const Measured measured = measure(the_case, history, limit, 20 * kSecond);
      EXPECT_LE(measured.allocated, within(limit)) << the_case.name << ", " << limit;
    }
  }
}

}  // namespace
}  // namespace assay::checkers
