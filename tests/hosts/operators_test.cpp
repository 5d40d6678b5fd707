// What an operator does to stores that serve, each by the store's own means, on local hosts: the nodes say that it took effect, and that
// all is as it was. Needs root and the stores' packages; skips visibly without.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/program.h"

namespace assay::project {
namespace {

struct Operated {
  std::string name;
  std::string program;  // that is there if the store is installed
  std::string arguments;
  std::string schedule;
  std::size_t windows = 0;
  // Whether it keeps what it acknowledged under these orders.
  bool safe = true;
};

void PrintTo(const Operated& operated, std::ostream* out) { *out << operated.name; }

class StoreOperators : public testing::TestWithParam<Operated> {};

TEST_P(StoreOperators, AreObeyedAndProved) {
  const Operated& store = GetParam();
  if (::geteuid() != 0) GTEST_SKIP() << "local hosts need root";
  if (std::system(("command -v " + store.program + " >/dev/null 2>&1").c_str()) != 0)
    GTEST_SKIP() << store.program << " is not installed";
  const WorkFolder folder;
  const Printed printed =
      folder.assay("run --cluster local --rate 100 --warm-up 200ms --recovery-limit 60s --seed 1 --json " +
                   store.arguments + " --schedule '" + store.schedule + "'");
  const auto results = nlohmann::json::parse(printed.out, nullptr, false);
  ASSERT_TRUE(results.is_object()) << printed.error;
  ASSERT_EQ(results["faults"].size(), store.windows) << printed.error;
  for (const auto& fault : results["faults"]) {
    EXPECT_TRUE(fault["verified"].get<bool>()) << fault;
    EXPECT_TRUE(fault["healed"].get<bool>()) << fault;
  }
  EXPECT_GT(results["counts"]["ok"], 100) << printed.error;
  if (store.safe) {
    EXPECT_EQ(printed.exit_code, 0) << printed.error;
  }
}

// The end of each window waits for the node to be back, so the next one begins when it can.
INSTANTIATE_TEST_SUITE_P(
    OfEveryStore, StoreOperators,
    testing::Values(
        Operated{"etcd", "etcd", "--target etcd --option addressing=name --nodes 3 --time-limit 14s",
                 "500ms transfer 500ms; 6s membership-replace-follower 500ms; then+1s "
                 "membership-remove-leader 500ms",
                 3},
        Operated{"zookeeper", "java", "--target zookeeper --nodes 3 --time-limit 20s",
                 "1s membership-remove-leader 1s; then+1s membership-replace-follower 1s", 2, false},
        Operated{"redis_cluster", "redis-server", "--target redis --mode cluster --nodes 6 --time-limit 30s",
                 "500ms transfer-role:replica 500ms; then+1s membership-remove-leader 1s; "
                 "then+1s membership-replace-role:replica 1s; then+1s restart-rolling-one 100ms",
                 4, false},
        Operated{"redis_sentinel", "redis-server",
                 "--target redis --mode sentinel --nodes 3 --time-limit 10s --workload set",
                 "500ms transfer 2s", 1, false},
        Operated{"postgres", "psql",
                 "--target postgres --mode replicated --synchronous on --nodes 3 --time-limit 20s",
                 "1s membership-remove-follower 500ms; then+500ms membership-replace-follower 500ms", 2},
        Operated{
            "galera", "mariadbd", "--target galera --sync_wait 7 --nodes 3 --time-limit 24s",
            "1s membership-remove-n2 1s; then+1s membership-replace-n3 1s; then+1s restart-rolling 100ms",
            3}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace assay::project
