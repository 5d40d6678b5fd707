// Suites as files: a matrix becomes its cells, each mistake a sentence, and a finished run comes back from its line.
#include "harness/formats/suite_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/error.h"

namespace assay::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names_of(const SuitePlan& suite) {
  std::vector<std::string> names;
  for (const SuiteCell& cell : suite.cells) names.push_back(cell.name);
  return names;
}

TEST(SuiteJson, AMatrixIsEveryCombination) {
  const SuitePlan suite = parse_suite(R"({
    "suite": "quick", "about": "all", "time_limit": "5m", "plan": {"time_limit": "9s", "rate": 50}, // a remark
    "matrices": [{
      "name": "raft", "plan": {"mode": "raft", "options": {"reads": "lease"}}, "seeds": "2..4", "needs": ["sh"],
      "vary": {"workload": ["register", "set"], "options.n": [3, 5], "nemesis": [[], ["partition", "kill"]]},
      "except": [{"when": {"workload": "set", "options": {"n": 5}}, "skip": "too slow"},
                 {"when": {"nemesis": ["partition", "kill"]}, "expect": {"verdict": "invalid", "checker": "linearizable"}}]
    }]})",
                                      "q.json");
  EXPECT_EQ(suite.name, "quick");
  EXPECT_EQ(suite.time_limit, 300 * kSecond);
  EXPECT_THAT(names_of(suite), ElementsAre("raft: register n=3, none", "raft: register n=3, partition+kill",
                                           "raft: register n=5, none", "raft: register n=5, partition+kill",
                                           "raft: set n=3, none", "raft: set n=3, partition+kill"));
  const SuiteCell& cell = suite.cells[1];
  EXPECT_EQ(cell.row, "raft: refdb raft, register n=3");
  EXPECT_EQ(cell.column, "partition+kill");
  EXPECT_EQ(cell.plan.time_limit, 9 * kSecond);
  EXPECT_EQ(cell.plan.rate, 50);
  EXPECT_EQ(find_fact(cell.plan.options, "reads")->as_text(), "lease");
  EXPECT_EQ(cell.first_seed, 2u);
  EXPECT_EQ(cell.last_seed, 4u);
  EXPECT_THAT(cell.needs, ElementsAre("sh"));
  EXPECT_EQ(cell.expected.at(0).verdict, Verdict::invalid);
  EXPECT_EQ(suite.cells[0].expected.at(0).verdict, Verdict::valid);
}

std::string suite_refusal(const std::string& text) {
  try {
    parse_suite(text, "q.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no refusal";
}

std::string with_matrix(const std::string& fields) {
  return R"({"suite": "a", "matrices": [{"name": "m")" + fields + "}]}";
}

TEST(SuiteJson, MistakesAreToldWithTheirField) {
  EXPECT_EQ(suite_refusal(with_matrix("")), "no refusal");
  EXPECT_THAT(suite_refusal(R"({"suite": "A b", "matrices": [{"name": "m"}]})"), HasSubstr("small letters"));
  EXPECT_THAT(suite_refusal(R"({"suite": "a"})"), HasSubstr("\"matrices\" is missing"));
  EXPECT_THAT(suite_refusal(R"({"suite": "a", "matrices": [{}]})"),
              HasSubstr("matrices[0]\": \"name\" is missing"));
  EXPECT_THAT(suite_refusal(with_matrix(R"(, "colour": 1)")), HasSubstr("matrices[0].colour\" is not known"));
  EXPECT_THAT(suite_refusal(with_matrix(R"(, "plan": {"modes": 1})")),
              HasSubstr("plan.modes\" is not known"));
  EXPECT_THAT(suite_refusal(with_matrix(R"(, "vary": {"mode": "raft"})")), HasSubstr("a list of values"));
  EXPECT_THAT(suite_refusal(with_matrix(R"(, "except": [{"when": {"mode": "raft"}}])")),
              HasSubstr("\"expect\" or \"skip\""));
  EXPECT_THAT(suite_refusal(with_matrix(R"(, "expect": {"verdict": "invalid", "seeds": 2})")),
              HasSubstr("more seeds"));
  EXPECT_THAT(suite_refusal(R"({"suite": "a", "matrices": [{"name": "m"}, {"name": "m"}]})"),
              HasSubstr("two cells are named"));
}

TEST(SuiteJson, AFinishedRunComesBackFromItsLine) {
  SuiteRun run;
  run.cell = "raft: register, none";
  run.plan_digest = 0xfedcba9876543210u;
  run.outcome.seed = 7;
  run.outcome.verdict = Verdict::invalid;
  run.outcome.reason = "a \"reason\"\nof two lines";
  run.outcome.digest = 18446744073709551615u;
  run.outcome.operations = 12;
  run.outcome.checks = {{"linearizable", Verdict::invalid, {"stale-read"}, "it was stale"}};
  run.outcome.command = "assay run";
  run.outcome.folder = "/store/x";
  run.missed = {"read.p99 < 1ms: was 2 ms"};
  run.version = "7.0";
  run.wall_time = 5;
  const std::string line = suite_run_line(run);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto back = parse_suite_run(line);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(suite_run_line(*back), line);
  EXPECT_FALSE(parse_suite_run(line.substr(0, line.size() / 2)).has_value()) << "cut off by a crash";
  EXPECT_FALSE(parse_suite_run("").has_value());
  EXPECT_FALSE(parse_suite_run("{}").has_value());
}

TEST(SuiteJson, APlanThatWasChangedHasAnotherDigest) {
  Plan plan, seeded = plan, changed = plan;
  seeded.seed = 9;
  changed.nodes = 3;
  EXPECT_EQ(plan_digest(plan), plan_digest(seeded));
  EXPECT_NE(plan_digest(plan), plan_digest(changed));
}

}  // namespace
}  // namespace assay::formats
