#include "harness/run/loop.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "harness/run/runner.h"
#include "harness/run/testing/test_target.h"

namespace assay {
namespace {

using testing::LoopRun;
using testing::ReadWorkload;
using testing::run_loop;
using testing::Service;
using testing::short_plan;
using testing::TestTarget;

// Wants every node to be read twice at the end, and a failed read again.
class EveryNodeWorkload final : public Workload {
 public:
  std::optional<Request> next(ProcessId process, Phase phase, Rng&) override {
    if (phase == Phase::final_reads && (finished = reads[process % 3] >= 2)) return std::nullopt;
    return Request{{Fn::read, 1, {}, {}}};
  }
  void observe(const Operation& op) override {
    if (op.outcome == Outcome::ok && final_phase()) ++reads[op.process % 3];
  }
  std::vector<CheckerSpec> checkers() const override { return {}; }
  bool reads_every_node() const override { return true; }
  std::function<bool()> final_phase;
  std::map<ProcessId, int> reads;
  bool finished = false;
};

TEST(RunLoop, FinalReadsReachEveryNodeWithProcessesThatStayThere) {
  for (const int concurrency : {1, 2, 4}) {
    // One operation in the main phase is never answered, so that a process is retired and its number is missing.
    Service service;
    int left = 1;
    service.latency = [&left](Nanos now) { return now > 78 * kSecond && left-- > 0 ? kNever : kMillisecond; };
    bool fail_once = true;
    Nanos reads_began = kNever;
    TestTarget target(service);
    EveryNodeWorkload workload;
    const auto in_final_phase = [&] { return target.stayed > 0; };
    workload.final_phase = in_final_phase;
    target.service_.outcome = [&](Nanos now) {
      if (!in_final_phase()) return Outcome::ok;
      reads_began = std::min(reads_began, now);
      return std::exchange(fail_once, false) ? Outcome::fail : Outcome::ok;
    };
    Plan plan = short_plan();
    plan.concurrency = concurrency;
    const LoopRun run = run_loop(plan, target, workload);
    EXPECT_EQ(workload.reads.size(), 3u) << concurrency;
    for (const auto& [node, reads] : workload.reads) EXPECT_GE(reads, 2) << "node " << node;
    EXPECT_FALSE(fail_once);
    EXPECT_GE(target.stayed, 3);
    for (const Operation op : run.history.operations()) EXPECT_EQ(op.node, op.process % 3);
  }
}

TEST(RunLoop, OpenLoopKeepsItsScheduleThroughAStall) {
  // The service hangs from 0.5 s to 1.3 s: what was due meanwhile waits, and its response time says so.
  Service service;
  service.latency = [](Nanos now) {
    const Nanos at = now - 77 * kSecond;
    return at >= 500 * kMillisecond && at < 1300 * kMillisecond ? 1300 * kMillisecond - at : kMillisecond;
  };
  TestTarget target(service);
  ReadWorkload workload;
  const Plan plan = short_plan();
  const LoopRun run = run_loop(plan, target, workload);
  std::int64_t due_in_main = 0, slow = 0;
  for (const Operation op : run.history.operations()) {
    if (op.due >= plan.time_limit) continue;
    ++due_in_main;
    if (op.completed - op.due > 100 * kMillisecond) ++slow;
  }
  EXPECT_NEAR(due_in_main, 2000, 4);
  EXPECT_GT(slow, 600);  // a closed loop would have shown four
  EXPECT_GT(run.outcome.late, 600);
}

TEST(RunLoop, RetiresAProcessWhoseOperationIsInfo) {
  Service service;
  service.latency = [](Nanos now) { return now < 77 * kSecond + 3 * kMillisecond ? kNever : kMillisecond; };
  TestTarget target(service);
  ReadWorkload workload;
  const LoopRun run = run_loop(short_plan(), target, workload);
  std::map<ProcessId, Nanos> retired;
  int infos = 0;
  for (const Operation op : run.history.operations()) {
    EXPECT_FALSE(retired.contains(op.process)) << "process " << op.process << " went on after info";
    if (op.outcome != Outcome::info) continue;
    retired[op.process] = op.invoked;
    EXPECT_EQ(op.error, "timeout");
    ++infos;
  }
  EXPECT_EQ(infos, 3);  // due at 0, 1 and 2 ms
  EXPECT_EQ(target.connections.size(), 7u);
}

TEST(RunLoop, TimesGrowStrictlyAndAProcessDoesOneThingAtATime) {
  TestTarget target(
      Service{.latency = [](Nanos) { return Nanos{1}; }, .outcome = [](Nanos) { return Outcome::ok; }});
  ReadWorkload workload;
  Plan plan = short_plan();
  plan.pace = Pace::closed_loop;
  plan.time_limit = 2000;
  const LoopRun run = run_loop(plan, target, workload);
  std::map<ProcessId, Nanos> last;
  std::set<Nanos> times;
  for (const Operation op : run.history.operations()) {
    if (last.contains(op.process)) {
      EXPECT_GT(op.invoked, last[op.process]);
    }
    last[op.process] = op.completed;
    EXPECT_TRUE(times.insert(op.invoked).second);
    EXPECT_TRUE(times.insert(op.completed).second);
  }
  EXPECT_GT(run.history.size(), 100u);
}

TEST(RunLoop, DemandsProgressAfterHealing) {
  Service dead_at_the_end;
  dead_at_the_end.outcome = [](Nanos now) {
    return now - 77 * kSecond < 2 * kSecond ? Outcome::ok : Outcome::fail;
  };
  TestTarget target(dead_at_the_end);
  ReadWorkload workload;
  Plan plan = short_plan();
  plan.recovery_limit = 3 * kSecond;
  EXPECT_FALSE(run_loop(plan, target, workload).outcome.recovered);

  TestTarget healthy{Service{}};
  ReadWorkload again;
  const LoopRun run = run_loop(plan, healthy, again);
  EXPECT_TRUE(run.outcome.recovered);
  EXPECT_EQ(again.finals, 3);
}

TEST(RunLoop, StopsEarlyWhenInterruptedOrInTrouble) {
  std::atomic<bool> interrupt = false;
  TestTarget target{Service{}};
  ReadWorkload workload;
  LoopHooks hooks;
  hooks.interrupt = &interrupt;
  hooks.progress = [&](const Progress&) { interrupt = true; };
  const LoopRun run = run_loop(short_plan(), target, workload, hooks);
  EXPECT_TRUE(run.outcome.interrupted);
  EXPECT_LT(run.outcome.elapsed, 1200 * kMillisecond);

  TestTarget other{Service{}};
  LoopHooks trouble;
  trouble.trouble = [] { return std::string("can't write history.jsonl: no space"); };
  EXPECT_EQ(run_loop(short_plan(), other, workload, trouble).outcome.harness_error,
            "can't write history.jsonl: no space");
}

// A fault that can be told to lie or to break.
struct ScriptedFault {
  static inline bool verified = true;
  static inline bool throws = false;
  static inline bool heals = true;
  static inline int injected = 0;
  static inline int healed = 0;
};

class TestFault final : public Fault {
 public:
  Injection inject(Target&, Rng&) override {
    ++ScriptedFault::injected;
    if (ScriptedFault::throws) throw HarnessError("n2: connection lost");
    return {{0}, {}};
  }
  Evidence verify(Target&) override { return {ScriptedFault::verified, {}}; }
  Evidence heal(Target&) override {
    ++ScriptedFault::healed;
    return {ScriptedFault::heals, {}};
  }
};

const FaultPlugin kTestFault = {
    "test",
    "",
    "network",
    "",
    {},
    [](Target&) -> std::optional<std::string> { return {}; },
    [](std::string_view) -> std::unique_ptr<Fault> { return std::make_unique<TestFault>(); }};

RunResult execute(const Plan& plan, TestTarget& target, std::vector<PlannedFault> schedule = {}) {
  ReadWorkload workload;
  std::vector<FaultChoice> drawn;
  if (schedule.empty()) drawn.push_back({&kTestFault, ""});
  RunInputs inputs{.plan = plan,
                   .target = target,
                   .workload = workload,
                   .faults = std::move(drawn),
                   .schedule = std::move(schedule),
                   .checkers = workload.checkers(),
                   .log_directory = "",
                   .check =
                       [](const CheckerSpec&, const History&, const Budget&) {
                         CheckResult result;
                         result.verdict = Verdict::valid;
                         return result;
                       },
                   .hooks = {}};
  return execute_run(inputs);
}

class Runner : public ::testing::Test {
 protected:
  void SetUp() override {
    ScriptedFault::verified = true;
    ScriptedFault::throws = false;
    ScriptedFault::heals = true;
    ScriptedFault::injected = ScriptedFault::healed = 0;
  }
};

TEST_F(Runner, ValidWhenEveryFaultWasProvedAndHealed) {
  TestTarget target{Service{}};
  const RunResult result = execute(short_plan(), target);
  EXPECT_EQ(result.exit_code, kExitValid) << result.reason;
  EXPECT_GE(ScriptedFault::injected, 1);
  EXPECT_EQ(ScriptedFault::injected, ScriptedFault::healed);
  EXPECT_EQ(target.stopped, 1);
  EXPECT_EQ(result.faults.size(), static_cast<std::size_t>(ScriptedFault::injected));
}

// Recovery is what was seen; that the fault is gone is not.
TEST_F(Runner, DoesNotSayThatAllWasHealedWhenItWasNot) {
  const auto liveness = [] {
    TestTarget target{Service{}};
    for (const CheckResult& check : execute(short_plan(), target).checks) {
      if (check.checker == "liveness") return check;
    }
    return CheckResult();
  };
  EXPECT_EQ(liveness().reason, "every process succeeded again after all faults were healed");
  ScriptedFault::heals = false;
  EXPECT_EQ(liveness().verdict, Verdict::valid);
  EXPECT_EQ(liveness().reason,
            "every process succeeded again, though fault test was not proved to be healed");
}

// Counted from the beginning of the main phase, whatever the time in the world was when the target served.
TEST_F(Runner, KeepsAScheduleToTheMoment) {
  Plan plan = short_plan();
  plan.warm_up = kSecond;
  FaultPlugin stackable = kTestFault;
  stackable.may_overlap = true;
  const Nanos ms = kMillisecond;
  TestTarget target{Service{}};
  const RunResult result =
      execute(plan, target,
              {{{&stackable, ""}, 500 * ms, 700 * ms, true}, {{&stackable, ""}, 900 * ms, 200 * ms, true}});
  ASSERT_EQ(result.faults.size(), 2u);
  const Nanos tolerance = ms;  // stamps in the history are unique
  EXPECT_NEAR(result.faults[0].window.begin, 1500 * ms, tolerance);
  EXPECT_NEAR(result.faults[0].window.end, 2200 * ms, tolerance);
  EXPECT_NEAR(result.faults[1].window.begin, 1900 * ms, tolerance);
  EXPECT_NEAR(result.faults[1].window.end, 2100 * ms, tolerance);
}

TEST_F(Runner, WindowsOfOneResourceWaitForEachOther) {
  const Nanos ms = kMillisecond;
  TestTarget target{Service{}};
  const RunResult result = execute(
      short_plan(), target,
      {{{&kTestFault, ""}, 500 * ms, 700 * ms, false}, {{&kTestFault, ""}, 900 * ms, 200 * ms, false}});
  ASSERT_EQ(result.faults.size(), 2u);
  EXPECT_NEAR(result.faults[1].window.begin, result.faults[0].window.end, ms);
}

TEST_F(Runner, ReportsWhatTheTargetCounted) {
  TestTarget target{Service{}};
  EXPECT_EQ(execute(short_plan(), target).counters, (Facts{{"elections", 3}}));
}

TEST_F(Runner, KeepsWhatWasSeenOfTheNodes) {
  TestTarget target{Service{}};
  const RunResult result = execute(short_plan(), target);
  ASSERT_EQ(result.measurements.nodes.size(), 1u);
  EXPECT_EQ(result.measurements.nodes[0].mean.cpu_percent, 12) << "its sample lies in the main phase";
  const std::vector<ReplicationSample>& samples = result.measurements.replication.samples;
  ASSERT_GE(samples.size(), 7u) << "of two seconds, four a second, and none before the first quarter of one";
  EXPECT_GE(samples[0].at, kObservationPeriod);
  EXPECT_GE(samples[1].at - samples[0].at, kObservationPeriod);
  EXPECT_EQ(result.measurements.replication.behind_max, samples.back().at - samples.back().at / 2);
}

TEST_F(Runner, ANodeThatEndedByItselfIsAFindingAboutTheDatabase) {
  TestTarget target{Service{}};
  target.processes_.dead = {2};
  const RunResult result = execute(short_plan(), target);
  EXPECT_EQ(result.exit_code, kExitInvalid);
  EXPECT_TRUE(result.harness_error.empty());
  EXPECT_NE(result.reason.find("n3 ended by itself"), std::string::npos) << result.reason;
  EXPECT_NE(result.reason.find("node 2 has a bad file"), std::string::npos) << result.reason;
}

TEST_F(Runner, VacuousWhenTheFaultNeverTookEffect) {
  ScriptedFault::verified = false;
  TestTarget target{Service{}};
  const RunResult result = execute(short_plan(), target);
  EXPECT_EQ(result.exit_code, kExitUnknown);
  EXPECT_EQ(result.reason, "vacuous: fault test was never proved to have taken effect");
}

TEST_F(Runner, VacuousWhenNothingSucceeded) {
  TestTarget target(
      Service{.latency = [](Nanos) { return kMillisecond; }, .outcome = [](Nanos) { return Outcome::fail; }});
  const RunResult result = execute(short_plan(), target);
  EXPECT_TRUE(result.vacuity.vacuous);
  EXPECT_EQ(result.exit_code, kExitInvalid);  // and it never made progress
}

TEST_F(Runner, HarnessTroubleIsNoVerdict) {
  ScriptedFault::throws = true;
  TestTarget target{Service{}};
  const RunResult result = execute(short_plan(), target);
  EXPECT_EQ(result.exit_code, kExitHarness);
  EXPECT_EQ(result.reason, "n2: connection lost");
  EXPECT_EQ(ScriptedFault::healed, ScriptedFault::injected);
  EXPECT_EQ(target.stopped, 1);
}

}  // namespace
}  // namespace assay
