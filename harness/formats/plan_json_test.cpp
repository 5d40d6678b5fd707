#include "harness/formats/plan_json.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/core/units.h"

namespace assay::formats {
namespace {

std::string plan_refusal(const std::string& text) {
  try {
    parse_plan(text, "p.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(PlanJson, KeepsEveryField) {
  Plan plan;
  plan.target = "etcd";
  plan.mode = "single";
  plan.workload = "append";
  plan.nemesis = {"partition-leader", "kill"};
  plan.cluster = "hosts.json";
  plan.nodes = 3;
  plan.concurrency = 40;
  plan.keys = 7;
  plan.pace = Pace::closed_loop;
  plan.rate = 77;
  plan.warm_up = 0;
  plan.time_limit = 90 * kSecond;
  plan.recovery_limit = 1;
  plan.operation_timeout = 1500 * kMillisecond;
  plan.fault_interval = 2 * kMinute;
  plan.fault_duration = 61 * kMicrosecond;
  plan.seed = UINT64_MAX;
  plan.bugs = {"stale-reads"};
  plan.options = {{"b", Value::text("x")}, {"a", Value::list({1, Value::boolean(true), Value::pair(1, 2)})}};
  plan.workload_options = {{"elements", 12}};
  plan.checkers = {"sequential", "staleness delta=500ms"};
  plan.schedule = {{5 * kSecond, "kill-leader", 1500 * kMillisecond}, {12 * kSecond, "pause", kSecond}};
  plan.schedule.push_back({.at = kSecond, .fault = "kill", .duration = kSecond, .trigger = "leader-changed"});
  plan.schedule.push_back({.at = 2 * kSecond,
                           .fault = "partition-leader",
                           .duration = kSecond,
                           .waits = true,
                           .draw = "0123456789abcdef",
                           .seen = {{"leader", Value::text("n3")}, {"role:x", Value::list({})}},
                           .nodes = {"n1", "n3"},
                           .chose = {{"shape", Value::text("leader")}}});
  plan.nemesis_budget = "minority";
  plan.fault_pace = "poisson";
  plan.quiet = "10s..15s";
  plan.operations = {
      {kMillisecond, 3, 1, {{Fn::write, 1, 17, {}}, {Fn::cas, 2, Value::pair(Value(), 5), {}}}},
      {2 * kMillisecond, 0, 0, {{Fn::read, 1, {}, {}}}}};
  plan.shrunk = {{"faults", 12}};
  plan.check_time_limit = 3 * kSecond;
  plan.check_memory_limit_bytes = 12345;
  plan.objectives = {"read.p99 < 20ms"};
  const std::string text = plan_to_json(plan);
  const Plan got = parse_plan(text, "p.json").plan;
  EXPECT_EQ(plan_to_json(got), text);
  EXPECT_EQ(got.seed, UINT64_MAX);
  EXPECT_EQ(got.pace, Pace::closed_loop);
  EXPECT_EQ(got.operation_timeout, plan.operation_timeout);
  EXPECT_EQ(got.options, plan.options);
  EXPECT_EQ(got.workload_options, plan.workload_options);
  EXPECT_EQ(got.schedule, plan.schedule);
  EXPECT_EQ(got.operations, plan.operations);
  EXPECT_EQ(got.nemesis_budget, plan.nemesis_budget);
  EXPECT_EQ(got.fault_pace, plan.fault_pace);
  EXPECT_EQ(got.quiet, plan.quiet);
  EXPECT_EQ(got.shrunk, plan.shrunk);
  EXPECT_EQ(got.checkers, plan.checkers);
  EXPECT_EQ(got.nemesis, plan.nemesis);
  EXPECT_EQ(got.check_memory_limit_bytes, 12345u);
  EXPECT_EQ(got.objectives, plan.objectives);
  EXPECT_NE(text, plan_to_json(Plan()));
}

TEST(PlanJson, ReadsAnExperiment) {
  const PlanFile file = parse_plan(R"({
    // a leader that answers without asking
    "title": "stale reads", "expect": "invalid", "bugs": ["stale-reads"] /* loud */
  })",
                                   "p.json");
  EXPECT_EQ(file.title, "stale reads");
  EXPECT_EQ(file.expect, Verdict::invalid);
  EXPECT_EQ(file.plan.bugs, std::vector<std::string>{"stale-reads"});
  EXPECT_EQ(file.plan.nodes, Plan().nodes);
}

TEST(PlanJson, AScheduleMayBeWrittenAsOnTheCommandLine) {
  const Plan listed =
      parse_plan(R"({"schedule": [{"at": "5s", "fault": "kill-leader", "for": "3s"}]})", "p.json").plan;
  const Plan written = parse_plan(R"({"schedule": "5s kill-leader 3s"})", "p.json").plan;
  const std::vector<ScheduledFault> expected = {{5 * kSecond, "kill-leader", 3 * kSecond}};
  EXPECT_EQ(listed.schedule, expected);
  EXPECT_EQ(written.schedule, expected);
}

TEST(PlanJson, RefusesMistakesWithOneSentence) {
  const struct {
    std::string text, sentence;
  } kCases[] = {
      {"{\n\"nodes\": 5,\n\"keys\" 3}", "p.json:3: expected valid JSON (comments are allowed) around here"},
      {"{\"nodes\": 99e9999}", "p.json: a number in it is too large"},
      {"", "p.json:1: expected valid JSON (comments are allowed) around here"},
      {"[]", "p.json: expected a JSON object with the fields of a plan"},
      {R"({"nodes": "five"})",
       "p.json: field \"nodes\": expected a whole number from 1 to 1000, got \"five\""},
      {R"({"nodes": 0})", "p.json: field \"nodes\": expected a whole number from 1 to 1000, got 0"},
      {R"({"keys": 18446744073709551615})",
       "p.json: field \"keys\": expected a whole number from 1 to 1000000000, got 18446744073709551615"},
      {R"({"time_limit": 30})",
       "p.json: field \"time_limit\": expected a duration such as \"30s\", \"1.5s\" or \"500ms\", got 30"},
      {R"({"pace": "open"})",
       "p.json: field \"pace\": expected \"poisson\", \"constant\" or \"closed-loop\", got \"open\""},
      {R"({"seed": -1})",
       "p.json: field \"seed\": expected a whole number from 0 to 18446744073709551615, got -1"},
      {R"({"nemesis": "kill"})", "p.json: field \"nemesis\": expected a list of texts, got \"kill\""},
      {R"({"target": 1})", "p.json: field \"target\": expected a text, got 1"},
      {R"({"options": []})", "p.json: field \"options\": expected an object of options, got []"},
      {R"({"options": {"a": 1.5}})",
       "p.json: field \"options\": expected a text, a whole number, true, false, null or a list of them, got "
       "1.5"},
      {R"({"schedule": [{"at": "5s", "fault": "kill"}]})",
       "p.json: field \"schedule\": expected windows like {\"at\": \"5s\", \"fault\": \"kill-leader\", "
       "\"for\": \"3s\"}, got {\"at\":\"5s\",\"fault\":\"kill\"}"},
      {R"({"schedule": "5s kill"})",
       "p.json: field \"schedule\": expected a schedule like \"5s kill-leader 3s; 12s partition-leader 4s\", "
       "got \"5s kill\""},
      {R"({"check_memory_limit": "4X"})",
       "p.json: field \"check_memory_limit\": expected a size such as \"4G\" or \"512M\", got \"4X\""},
      {R"({"expect": "good"})",
       "p.json: field \"expect\": expected \"valid\", \"invalid\" or \"unknown\", got \"good\""},
      {R"({"node": 5})",
       "p.json: field \"node\" is not known; accepted are title, expect, target, mode, workload, nemesis, "
       "schedule, nemesis_budget, cluster, nodes, concurrency, keys, pace, rate, rate_sweep, think_time, "
       "warm_up, "
       "time_limit, recovery_limit, "
       "operation_timeout, "
       "fault_interval, fault_duration, fault_pace, quiet, seed, bugs, options, workload_options, checkers, "
       "check_time_limit, check_memory_limit, objectives, operations, shrunk"},
      {R"({"operations": [{"at": "1s", "slot": 0, "node": 1}]})",
       "p.json: field \"operations\": expected operations like {\"at\": \"1200ms\", \"slot\": 3, \"node\": "
       "2, \"do\": [[\"write\", 1, 17]]}, got {\"at\":\"1s\",\"slot\":0,\"node\":1}"},
      {R"({"operations": [{"at": "1s", "slot": 0, "node": 0, "do": [["read", 1]]}]})",
       "p.json: field \"operations[0].node\": expected a whole number from 1 to 1000, got 0"},
      {R"({"operations": [{"at": "1s", "slot": 0, "node": 1, "do": [["cas", 1, 5]]}]})",
       "p.json: field \"operations[0].do\": expected an argument that cas takes, got [\"cas\",1,5]"},
  };
  for (const auto& wrong : kCases) EXPECT_EQ(plan_refusal(wrong.text), wrong.sentence);
  EXPECT_THROW(read_plan("/nonexistent/plan.json"), InputError);
}

TEST(Units, DurationsRoundTrip) {
  for (const Nanos duration : {Nanos{0}, Nanos{1}, 1500 * kMillisecond, kSecond, 90 * kSecond, kMinute,
                               60 * kMinute, kMinute + 1, 17 * kMicrosecond, kNever}) {
    EXPECT_EQ(parse_duration(format_duration(duration)), duration) << format_duration(duration);
  }
  EXPECT_EQ(parse_duration("1.5s"), 1500 * kMillisecond);
  EXPECT_EQ(parse_duration("0.1ms"), 100 * kMicrosecond);
  EXPECT_EQ(format_duration(90 * kSecond), "90s");
  for (const char* wrong :
       {"", "s", "5", "5 s", "-5s", "1.s", ".5s", "1.5ns", "99999999999h", "1.0000000001s", "5S"}) {
    EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
  }
}

TEST(Units, SizesRoundTrip) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1536}, std::size_t{4} << 30}) {
    EXPECT_EQ(parse_size(format_size(size)), size);
  }
  EXPECT_EQ(parse_size("1.5KiB"), 1536u);
  EXPECT_EQ(parse_size("4X"), std::nullopt);
  EXPECT_EQ(parse_size("-1"), std::nullopt);
}

}  // namespace
}  // namespace assay::formats
