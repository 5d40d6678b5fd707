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

}  // namespace
}  // namespace assay::sim
