#include "workloads/common/settings.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "workloads/registry.h"

namespace assay::workloads {
namespace {

constexpr WorkloadOption kKnown[] = {
    {"style", WorkloadOption::Kind::choice, "add", "add|cas", ""},
    {"reads", WorkloadOption::Kind::whole, "30", {}, "", 1, 99},
    {"fenced", WorkloadOption::Kind::flag, "yes", {}, ""},
    {"lease", WorkloadOption::Kind::duration, "500ms", {}, ""},
};

Settings settings(Facts given) { return Settings("test", kKnown, given); }

std::string refused(const Facts& given) {
  try {
    settings(given);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(WorkloadSettings, TextsAndIntegersOrWhatIsUsual) {
  const Settings usual = settings({});
  EXPECT_TRUE(usual.is("style", "add"));
  EXPECT_EQ(usual.whole("reads"), 30);
  EXPECT_TRUE(usual.flag("fenced"));
  EXPECT_EQ(usual.duration("lease"), 500 * kMillisecond);
  const Settings given = settings({{"style", Value::text("cas")},
                                   {"reads", Value(7)},
                                   {"fenced", Value::text("no")},
                                   {"lease", Value::text("2s")}});
  EXPECT_TRUE(given.is("style", "cas"));
  EXPECT_EQ(given.whole("reads"), 7);
  EXPECT_FALSE(given.flag("fenced"));
  EXPECT_EQ(given.duration("lease"), 2 * kSecond);
}

TEST(WorkloadSettings, WhatIsWrongIsOneSentence) {
  EXPECT_EQ(refused({{"style", Value::text("blind")}}),
            "--workload-option style=blind: workload test expects one of add, cas");
  EXPECT_EQ(refused({{"reads", Value(100)}}),
            "--workload-option reads=100: workload test expects a whole number from 1 to 99");
  EXPECT_EQ(refused({{"fenced", Value(1)}}), "--workload-option fenced=1: workload test expects yes or no");
  EXPECT_EQ(refused({{"lease", Value::text("soon")}}),
            "--workload-option lease=soon: workload test expects a duration like 30s or 500ms");
  EXPECT_EQ(
      refused({{"colour", Value(1)}}),
      "--workload-option colour=1: workload test has no such option; it has style, reads, fenced, lease, "
      "checkers, also");
  EXPECT_EQ(refused({{"checkers", Value::text("causal,nobody")}}),
            "--workload-option checkers=causal,nobody: there is no checker nobody (assay list checkers)");
}

TEST(WorkloadSettings, JudgesAreChosenByName) {
  const std::vector<CheckerSpec> usual = {{"session", {{"versions", "monotonic"}}}};
  const std::vector<CheckerSpec> possible = {{"linearizable", {{"model", "register"}}}};
  const auto names = [&](const Facts& given) {
    std::string text;
    for (const CheckerSpec& spec : settings(given).judges(usual, possible)) {
      text += spec.name;
      for (const auto& [name, value] : spec.options) text += " " + name + "=" + value;
      text += ";";
    }
    return text;
  };
  EXPECT_EQ(names({}), "session versions=monotonic;");
  EXPECT_EQ(names({{"checkers", Value::text("linearizable,causal")}}), "linearizable model=register;causal;");
  EXPECT_EQ(names({{"also", Value::text("staleness,session")}, {"staleness.k", Value(3)}}),
            "session versions=monotonic;staleness k=3;");
  EXPECT_EQ(names({{"session.guarantees", Value::text("monotonic-reads")}}),
            "session guarantees=monotonic-reads versions=monotonic;");
}

TEST(Workloads, AllRefuseWhatTheyDoNotKnowAndNameTheirJudges) {
  for (const WorkloadPlugin* plugin : all_plugins()) {
    EXPECT_THROW(plugin->make({.options = {{"nothing-like-it", Value(1)}}}), InputError) << plugin->name;
    const auto workload = plugin->make({.options = {{"also", Value::text("causal")}}});
    const auto judges = workload->checkers();
    ASSERT_GE(judges.size(), 2u) << plugin->name;
    EXPECT_EQ(judges.back().name, "causal");
  }
}

}  // namespace
}  // namespace assay::workloads
