#include "harness/formats/experiment_json.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"

namespace assay::formats {
namespace {

std::string experiment_refusal(const std::string& text) {
  try {
    parse_experiment(text, "e.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

// An experiment with one run of these fields.
std::string with_run(const std::string& fields) {
  return R"({"claim": "SL2", "statement": "s", "runs": [{)" + fields + "}]}";
}

constexpr const char* kWhole = R"({
  // what the documents say
  "claim": "SL2",
  "statement": "An asynchronous leader loses acknowledged writes.",
  "note": "only those that no follower had",
  "plan": {"mode": "single-leader", "rate": 50, "options": {"replication": "async", "ack": 1}},
  "runs": [
    {
      "name": "breaks", "seeds": "3..12", "real": {"attempts": 4, "quick": true, "plan": {"rate": 500}},
      "plan": {"schedule": "5s kill-leader 3s", "options": {"ack": null}},
      "expect": [{"verdict": "invalid", "checker": "durability", "anomaly": "lost-write", "seeds": 7}, "invalid"],
      "measures": ["failover_ns", {"measure": "lost", "title": "lost writes", "at_least": 1, "max_at_most": 30,
                                   "median_below": {"run": "holds", "times": 1.5}, "show": "max"}]
    },
    {"name": "holds", "seeds": 4, "plan": {"options": {"replication": "sync-all"}}, "expect": "valid",
     "measures": ["lost"]},
    {"name": "curve", "vary": {"options.heartbeat": ["50ms", "1s"], "labels": ["short", "long"]}, "measures": [{"measure": "lost", "trend": "rising"}]},
    {"name": "alone", "trial": "elections", "options": {"nodes": 5}, "vary": {"options.nodes": [3, 5]}, "expect": "valid"}
  ]
})";

TEST(ExperimentJson, ReadsClaimAndRuns) {
  const Experiment experiment = parse_experiment(kWhole, "e.json");
  EXPECT_EQ(experiment.claim, "SL2");
  EXPECT_FALSE(experiment.refuted);
  ASSERT_EQ(experiment.runs.size(), 4u);
  const ExperimentRun& breaks = experiment.runs[0];
  EXPECT_EQ(breaks.first_seed, 3u);
  EXPECT_EQ(breaks.last_seed, 12u);
  EXPECT_TRUE(breaks.real);
  EXPECT_EQ(breaks.attempts, 4);
  EXPECT_TRUE(breaks.quick);
  ASSERT_EQ(breaks.expected.size(), 2u);
  EXPECT_EQ(breaks.expected[0].checker, "durability");
  EXPECT_EQ(breaks.expected[0].anomaly, "lost-write");
  EXPECT_EQ(breaks.expected[0].seeds_min, 7);
  EXPECT_EQ(breaks.expected[1].verdict, Verdict::invalid);
}

TEST(ExperimentJson, PlansAreMergedFieldByField) {
  const Experiment experiment = parse_experiment(kWhole, "e.json");
  const ExperimentPoint& breaks = experiment.runs[0].points.at(0);
  EXPECT_EQ(breaks.plan.mode, "single-leader");
  EXPECT_EQ(breaks.plan.rate, 50);
  EXPECT_EQ(breaks.plan.options, (Facts{{"replication", Value::text("async")}}));
  EXPECT_EQ(breaks.plan.schedule.at(0).fault, "kill-leader");
  EXPECT_EQ(breaks.real_plan.rate, 500);
  EXPECT_EQ(breaks.real_plan.schedule, breaks.plan.schedule);
  EXPECT_EQ(experiment.runs[1].points.at(0).plan.options,
            (Facts{{"replication", Value::text("sync-all")}, {"ack", 1}}));
}

TEST(ExperimentJson, ASweepIsAPointForEachValue) {
  const Experiment experiment = parse_experiment(kWhole, "e.json");
  const ExperimentRun& curve = experiment.runs[2];
  EXPECT_EQ(curve.varied, "options.heartbeat");
  ASSERT_EQ(curve.points.size(), 2u);
  EXPECT_EQ(curve.points[1].label, "long");
  EXPECT_EQ(*find_fact(curve.points[1].plan.options, "heartbeat"), Value::text("1s"));
  EXPECT_EQ(curve.measures[0].trend, Trend::rising);
  const ExperimentRun& alone = experiment.runs[3];
  EXPECT_EQ(alone.trial, "elections");
  EXPECT_EQ(alone.points.at(0).trial_options, (Facts{{"nodes", 3}}));
}

TEST(ExperimentJson, BoundsSayWhatTheyAreAbout) {
  const MeasureExpectation lost = parse_experiment(kWhole, "e.json").runs[0].measures.at(1);
  ASSERT_EQ(lost.bounds.size(), 3u);
  EXPECT_EQ(lost.bounds[0].aggregate, Aggregate::total);
  EXPECT_EQ(lost.bounds[0].relation, Relation::at_least);
  EXPECT_EQ(lost.bounds[1].aggregate, Aggregate::max);
  EXPECT_EQ(lost.bounds[1].value, 30);
  EXPECT_EQ(lost.bounds[2].other_run, "holds");
  EXPECT_EQ(lost.bounds[2].value, 1.5);
  EXPECT_EQ(lost.shown, Aggregate::max);
  EXPECT_EQ(parse_experiment(kWhole, "e.json").runs[0].measures.at(0).shown, Aggregate::median) << "a time";
}

TEST(ExperimentJson, RefusesMistakesWithOneSentence) {
  const struct {
    std::string text, sentence;
  } kCases[] = {
      {"{\n\"claim\" 3}", "e.json:2: expected valid JSON (comments are allowed) around here"},
      {"[]", "e.json: expected a JSON object with a claim and its runs"},
      {"{}", "e.json: an experiment has a \"claim\", a \"statement\" and \"runs\""},
      {R"({"claims": "SL2"})",
       "e.json: field \"claims\" is not known; accepted are claim, statement, refuted, note, plan, runs"},
      {with_run(R"("expect": "valid")"), "e.json: field \"runs[0]\": \"name\" is missing"},
      {with_run(R"("name": "a")"), "e.json: field \"runs[0]\": nothing is expected or measured"},
      {with_run(R"("name": "a", "expect": "good")"),
       "e.json: field \"runs[0].expect\": expected \"valid\", \"invalid\" or \"unknown\", got \"good\""},
      {with_run(R"("name": "a", "expect": [{"verdict": "valid", "anomaly": "G0"}])"),
       "e.json: field \"runs[0].expect[0]\": an anomaly can only be expected of an invalid verdict"},
      {with_run(R"("name": "a", "expect": {"verdict": "invalid", "seeds": 2})"),
       "e.json: field \"runs[0]\": more seeds are expected to show something than there are"},
      {with_run(R"("name": "a", "expect": "valid", "seeds": "9..3")"),
       "e.json: field \"runs[0].seeds\": expected how many seeds, or a range like \"1..20\", got \"9..3\""},
      {with_run(R"("name": "a", "expect": "valid", "plan": {"nodes": "x"})"),
       "e.json: field \"runs[0].plan.nodes\": expected a whole number from 1 to 1000, got \"x\""},
      {with_run(R"("name": "a", "measures": [{"measure": "x", "trend": "rising"}])"),
       "e.json: field \"runs[0]\": a trend needs \"vary\""},
      {with_run(R"("name": "a", "measures": [{"measure": "x", "below": {"run": "b"}}])"),
       "e.json: run \"a\" is compared with \"b\", which is no run without \"vary\" that measures x"},
      {with_run(R"("name": "a", "measures": [{"measure": "x", "below": "soon"}])"),
       "e.json: field \"runs[0].measures[0].below\": expected a number, or a duration such as \"1.5s\", got "
       "\"soon\""},
      {with_run(R"("name": "a", "trial": "t", "real": true, "expect": "valid")"),
       "e.json: field \"runs[0]\": a trial is no run of a cluster and can't be \"real\""},
      {with_run(R"("name": "a", "options": {"x": 1}, "expect": "valid")"),
       "e.json: field \"runs[0]\": \"options\" are those of a trial; those of a database belong into "
       "\"plan\""},
      {with_run(R"("name": "a", "expect": "valid"}, {"name": "a", "expect": "valid")"),
       "e.json: there are two runs named \"a\""},
      {with_run(R"("name": "a", "expect": "valid", "vary": {"rate": []})"),
       "e.json: field \"runs[0].vary\": expected one field of the plan with the values that it takes, such "
       "as "
       "{\"options.ttl\": [\"1s\", \"2s\"]}, got {\"rate\":[]}"},
  };
  for (const auto& wrong : kCases) EXPECT_EQ(experiment_refusal(wrong.text), wrong.sentence);
  EXPECT_EQ(
      experiment_refusal(with_run(R"("name": "a", "expect": "valid", "plan": {"nods": 3})")).substr(0, 79),
      "e.json: field \"runs[0].plan.nods\" is not known; accepted are target, mode, work");
  EXPECT_THROW(read_experiment("/nonexistent/e.json"), InputError);
}

}  // namespace
}  // namespace assay::formats
