#include <gtest/gtest.h>

#include <map>
#include <set>

#include "workloads/registry.h"

namespace assay::workloads {
namespace {

std::unique_ptr<Workload> make_register(std::int64_t keys) {
  for (const WorkloadPlugin* plugin : all_plugins()) {
    if (plugin->name == "register") return plugin->make({.keys = keys, .seed = 1});
  }
  return nullptr;
}

TEST(RegisterWorkload, WritesAreUniquePerKeyAndAllKindsOccur) {
  const auto workload = make_register(3);
  ASSERT_NE(workload, nullptr);
  Rng rng(1);
  std::map<Key, std::set<std::int64_t>> written;
  std::map<Fn, int> kinds;
  for (int i = 0; i < 3000; ++i) {
    const auto request = workload->next(0, Phase::main, rng);
    ASSERT_TRUE(request.has_value());
    const Mop& mop = request->front();
    ++kinds[mop.fn];
    if (mop.fn == Fn::read) continue;
    const Value written_value = mop.fn == Fn::write ? mop.argument : mop.argument.second();
    EXPECT_TRUE(written[mop.key].insert(written_value.as_integer()).second);
  }
  EXPECT_EQ(written.size(), 3u);
  EXPECT_GT(kinds[Fn::read], 400);
  EXPECT_GT(kinds[Fn::write], 1000);
  EXPECT_GT(kinds[Fn::cas], 600);
}

TEST(RegisterWorkload, EveryThirdProcessOnlyReads) {
  const auto workload = make_register(3);
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(workload->next(5, Phase::main, rng)->front().fn, Fn::read);
}

TEST(RegisterWorkload, CompareAndSetExpectsTheValueSeenLast) {
  const auto workload = make_register(1);
  Mop seen{Fn::read, 0, {}, 42};
  Operation operation;
  operation.outcome = Outcome::ok;
  operation.completed = 1;
  operation.mops = {&seen, 1};
  workload->observe(operation);
  Rng rng(5);
  for (int i = 0; i < 100; ++i) {
    const auto request = workload->next(0, Phase::main, rng);
    if (request->front().fn == Fn::cas) {
      EXPECT_EQ(request->front().argument.first(), Value(42));
    }
  }
}

TEST(RegisterWorkload, ReadsEveryRegisterAtTheEndAndRepeatsWhatFailed) {
  const auto workload = make_register(2);
  Rng rng(1);
  std::set<Key> asked;
  int requests = 0;
  while (const auto request = workload->next(0, Phase::final_reads, rng)) {
    const Mop mop{Fn::read, request->front().key, {}, 1};
    asked.insert(mop.key);
    Operation operation;
    operation.mops = {&mop, 1};
    operation.outcome = mop.key == 0 || requests > 3 ? Outcome::ok : Outcome::fail;
    operation.completed = 1;
    workload->observe(operation);
    ASSERT_LT(++requests, 30);
  }
  EXPECT_EQ(asked.size(), 2u);
  EXPECT_GE(requests, 4);
}

}  // namespace
}  // namespace assay::workloads
