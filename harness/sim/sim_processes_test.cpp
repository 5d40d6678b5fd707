#include "harness/sim/sim_processes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay::sim {
namespace {

using State = Processes::State;

struct Host : ProcessHost {
  std::vector<std::string> log;
  void process_started(NodeId node) override { log.push_back("start " + std::to_string(node)); }
  void process_ended(NodeId node) override { log.push_back("end " + std::to_string(node)); }
  void process_ending(NodeId node) override { log.push_back("ending " + std::to_string(node)); }
};

struct ProcessesTest : testing::Test {
  Simulator simulator;
  SimProcesses processes{simulator, 2};
  Host host;
  std::vector<int> ran;
  ProcessesTest() { processes.set_host(&host); }
  bool deliver(int number, std::int64_t incarnation = 0) {
    return processes.deliver(0, incarnation, [this, number] { ran.push_back(number); });
  }
};

TEST_F(ProcessesTest, GoThroughTheirStates) {
  EXPECT_EQ(processes.state(0), State::dead);
  EXPECT_EQ(processes.incarnation(0), 0);
  processes.resume(0);
  processes.pause(0);
  EXPECT_EQ(processes.state(0), State::dead);
  processes.start(0);
  processes.start(0);
  EXPECT_EQ(processes.incarnation(0), 1);
  processes.pause(0);
  EXPECT_EQ(processes.state(0), State::paused);
  processes.start(0);
  EXPECT_EQ(processes.state(0), State::paused);
  processes.resume(0);
  EXPECT_EQ(processes.state(0), State::running);
  processes.kill(0);
  processes.kill(0);
  EXPECT_EQ(processes.incarnation(0), 0);
  processes.start(0);
  EXPECT_EQ(processes.incarnation(0), 2);
  EXPECT_EQ(host.log, (std::vector<std::string>{"start 0", "end 0", "start 0"}));
  EXPECT_EQ(processes.state(1), State::dead);
}

TEST_F(ProcessesTest, WorkOfAnEarlierIncarnationIsDropped) {
  processes.start(0);
  EXPECT_TRUE(deliver(1, 1));
  processes.kill(0);
  EXPECT_FALSE(deliver(2));
  processes.start(0);
  EXPECT_FALSE(deliver(3, 1));
  EXPECT_TRUE(deliver(4, 2));
  EXPECT_EQ(ran, (std::vector<int>{1, 4}));
}

TEST_F(ProcessesTest, HeldWorkKeepsItsPlaceBeforeWhatComesAfterTheResume) {
  processes.start(0);
  processes.pause(0);
  deliver(1);
  deliver(2);
  processes.resume(0);
  deliver(3);  // before the held work ran
  EXPECT_TRUE(ran.empty());
  simulator.run_until(0);
  EXPECT_EQ(ran, (std::vector<int>{1, 2, 3}));
}

TEST_F(ProcessesTest, PausedAgainBeforeItRanMeansNothingRan) {
  processes.start(0);
  processes.pause(0);
  deliver(1);
  processes.resume(0);
  processes.pause(0);
  simulator.run_until(10);
  EXPECT_TRUE(ran.empty());
  processes.resume(0);
  simulator.run_until(20);
  EXPECT_EQ(ran, (std::vector<int>{1}));
}

TEST_F(ProcessesTest, KillingAPausedProcessDropsItsBacklog) {
  processes.start(0);
  processes.pause(0);
  deliver(1);
  processes.kill(0);
  processes.start(0);
  simulator.run_until(10);
  EXPECT_TRUE(ran.empty());
}

TEST_F(ProcessesTest, OneThatRunsHearsThatItIsToEnd) {
  processes.start(0);
  EXPECT_TRUE(processes.terminate(0, kSecond));
  EXPECT_EQ(host.log, (std::vector<std::string>{"start 0", "ending 0", "end 0"}));
  processes.start(0);
  processes.pause(0);
  EXPECT_FALSE(processes.terminate(0, kSecond));
  EXPECT_EQ(host.log.back(), "end 0");
  EXPECT_EQ(processes.state(0), State::dead);
}

TEST_F(ProcessesTest, CrashAgainAndAgainUntilTheNextStart) {
  processes.start(0);
  processes.crash_loop(0, 100);
  EXPECT_EQ(processes.crashes(0), 1);
  simulator.run_until(350);
  EXPECT_EQ(processes.crashes(0), 4);
  EXPECT_EQ(processes.incarnation(0), 5);
  processes.start(0);
  simulator.run_until(1000);
  EXPECT_EQ(processes.incarnation(0), 5);
  processes.crash_loop(0, 100);
  processes.kill(0);
  simulator.run_until(2000);
  EXPECT_EQ(processes.state(0), State::dead);
}

TEST_F(ProcessesTest, AQuotaLetsItRunForItsShareAndKeepsTheOrder) {
  processes.start(0);
  processes.limit(0, ProcessMeans::limit_cpu, 20);
  EXPECT_TRUE(processes.measure_limit(0, ProcessMeans::limit_cpu, 20).proved);
  EXPECT_FALSE(processes.measure_limit(0, ProcessMeans::limit_cpu, 10).proved);
  const Nanos begin =
      simulator.now() / SimProcesses::kQuotaPeriod * SimProcesses::kQuotaPeriod + SimProcesses::kQuotaPeriod;
  simulator.run_until(begin + kMillisecond);
  ran.clear();
  deliver(1);
  deliver(2);
  EXPECT_TRUE(ran.empty()) << "its share is used up";
  simulator.run_until(begin + 81 * kMillisecond);
  deliver(3);
  EXPECT_EQ(ran, (std::vector<int>{1, 2, 3}));
  simulator.run_until(begin + 101 * kMillisecond);
  deliver(4);
  processes.unlimit(0);
  simulator.run_until(simulator.now());
  EXPECT_EQ(ran.size(), 4u);
  EXPECT_FALSE(processes.measure_limit(0, ProcessMeans::limit_cpu, 20).proved);
}

}  // namespace
}  // namespace assay::sim
