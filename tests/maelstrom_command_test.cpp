// The nodes of examples/maelstrom, as their author would run them: good ones pass, also while they are hurt, and each broken one
// fails.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/program.h"

namespace assay::project {
namespace {

// A run of a node of the examples; its results.
class MaelstromNodes : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v python3 >/dev/null 2>&1") != 0) GTEST_SKIP() << "python3 is not installed";
  }

  nlohmann::json run(const std::string& node, const std::string& arguments, int exit_code) {
    const Printed printed = folder_.run(
        "PYTHONDONTWRITEBYTECODE=1 " ASSAY_PROGRAM " run --target " ASSAY_SOURCE_DIR "/examples/maelstrom/" +
        node + " --nodes 3 --concurrency 6 --seed 3 --json --warm-up 100ms " + arguments);
    EXPECT_EQ(printed.exit_code, exit_code) << node << "\n" << printed.error;
    auto results = nlohmann::json::parse(printed.out, nullptr, false);
    EXPECT_TRUE(results.is_object()) << printed.error;
    if (!results.is_object()) return nlohmann::json::object();
    EXPECT_GT(results["counts"]["ok"], 10) << node;
    return results;
  }

  WorkFolder folder_;
};

TEST_F(MaelstromNodes, GoodOnesPass) {
  run("echo.py", "--workload echo --time-limit 300ms", 0);
  run("broadcast.py", "--workload broadcast --time-limit 500ms --loss 20 --latency 5ms", 0);
  run("lin_kv.py", "--workload lin-kv --time-limit 500ms --latency 2ms", 0);
  run("counter.py", "--workload pn-counter --time-limit 300ms --latency 2ms --latency-spread exponential", 0);
}

TEST_F(MaelstromNodes, BrokenOnesFail) {
  const auto checks = [this](const std::string& node, const std::string& arguments) {
    const auto results = run(node, arguments, 1);
    return results.contains("checks") ? results["checks"].dump() : "";
  };
  EXPECT_NE(checks("echo_broken.py", "--workload echo --time-limit 300ms").find("internal"),
            std::string::npos);
  EXPECT_NE(checks("broadcast_broken.py",
                   "--workload broadcast --time-limit 500ms --loss 40 --workload-option settle=500ms")
                .find("lost"),
            std::string::npos);
  EXPECT_NE(checks("lin_kv_broken.py", "--workload lin-kv --time-limit 500ms --latency 30ms").find("invalid"),
            std::string::npos);
}

// Each with a twin that makes one mistake.
TEST_F(MaelstromNodes, OfOtherWorkloadsGoodOnesPassAndTheirTwinsFail) {
  const auto try_both = [this](const std::string& node, const std::string& workload,
                               const std::string& anomaly) {
    const std::string arguments = "--rate 400 --time-limit 300ms --latency 5ms --workload " + workload;
    run(node + ".py", arguments, 0);
    const auto results = run(node + "_broken.py", arguments, 1);
    const std::string checks = results.contains("checks") ? results["checks"].dump() : "";
    EXPECT_NE(checks.find(anomaly), std::string::npos) << node << "\n" << checks;
  };
  try_both("unique_ids", "unique-ids", "duplicate");
  try_both("g_set", "g-set", "lost");
  try_both("txn_list_append", "txn-list-append", "invalid");
  try_both("kafka", "kafka --workload-option settle=200ms", "invalid");
}

TEST_F(MaelstromNodes, FaultsAreProvedAndUndone) {
  const auto results =
      run("echo.py",
          "--workload echo --time-limit 2s --rate 50 --schedule '100ms partition-halves 200ms; "
          "100ms packets-delay:40ms 200ms; 900ms kill-n2 200ms; 1500ms pause-n3 200ms'",
          0);
  std::size_t proved = 0;
  for (const auto& window : results["faults"])
    proved += window.value("verified", false) && window.value("healed", false) ? 1 : 0;
  EXPECT_EQ(proved, 4U) << results["faults"].dump(1);
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "store" / "latest" / "nodes" / "n1" / "stderr.log"));
}

TEST_F(MaelstromNodes, AMistakeIsTold) {
  const auto told = [this](const std::string& arguments, int exit_code) {
    const Printed printed = folder_.assay("run " + arguments);
    EXPECT_EQ(printed.exit_code, exit_code) << printed.error;
    return printed.error;
  };
  EXPECT_NE(told("--target ./nowhere.py", 254).find("there is no such file"), std::string::npos);
  EXPECT_NE(told("--target /bin/sh --workload bank", 254).find("there are lin-kv, echo, broadcast"),
            std::string::npos);
  EXPECT_NE(told("--target /bin/false --workload echo", 255).find("ended by itself before"),
            std::string::npos);
  EXPECT_NE(told("--target /bin/sh --workload echo --nemesis clock", 254).find("not possible"),
            std::string::npos);
}

}  // namespace
}  // namespace assay::project
