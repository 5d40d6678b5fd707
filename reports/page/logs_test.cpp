#include "reports/page/logs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/page/log_time.h"

namespace assay::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Nanos kNoon = 1'795'262'400 * kSecond;  // 2026-11-21T12:00:00Z

TEST(LogTime, OfRefdbAndOfRedis) {
  EXPECT_EQ(log_time("2026-11-21T12:00:01.250000Z info started node=n1"), kNoon + 5 * kSecond / 4);
  EXPECT_EQ(log_time("81:M 21 Nov 2026 12:00:01.250 * Ready to accept connections"), kNoon + 5 * kSecond / 4);
  for (const char* line : {"", "2026", "2026-11-21 12:00:01.250000Z", "2026-11-21T12:00:01.25Z info",
                           "x:M 21 Nov 2026 12:00:01.250", "81:M 21 Nix 2026 12:00:01.250 *", "81:M", ":",
                           "                _._", "12.345678 killed"}) {
    EXPECT_EQ(log_time(line), std::nullopt) << line;
  }
}

TEST(LogTime, AMovedClockIsTakenBack) {
  EXPECT_EQ(moment_of(kNoon + 7 * kSecond, kNoon, {}), 7 * kSecond);
  std::vector<NodeSample> clock(3);
  clock[0].at = kSecond;
  clock[1].at = 2 * kSecond;
  clock[1].clock_offset = 60e9;
  clock[2].at = 3 * kSecond;
  clock[2].clock_offset = 60e9;
  EXPECT_EQ(moment_of(kNoon + kSecond, kNoon, clock), kSecond);
  EXPECT_EQ(moment_of(kNoon + 62 * kSecond, kNoon, clock), 2 * kSecond);
}

std::string line_at(int second, const std::string& what) {
  const std::string number = std::to_string(second);
  return "2026-11-21T12:00:" + std::string(2 - number.size(), '0') + number + ".000000Z " + what + "\n";
}

RunResult run_with_anomaly(Nanos begin, Nanos end) {
  HistoryBuilder builder;
  builder.set_node_names({"n1"});
  const Mop mop{Fn::read, 1, {}, {}};
  Operation operation;
  operation.due = operation.invoked = begin;
  operation.completed = end;
  operation.outcome = Outcome::ok;
  operation.mops = {&mop, 1};
  builder.add(operation);
  RunResult run;
  run.history = builder.build();
  run.measurements.host.wall_begin = kNoon;
  Finding finding;
  finding.witness = {0};
  CheckResult check;
  check.findings = {finding};
  run.checks = {check};
  return run;
}

std::string sixty_lines() {
  std::string log;
  for (int second = 0; second < 60; ++second) log += line_at(second, "line " + std::to_string(second) + ".");
  return log;
}

TEST(Logs, ShowWhatWasWrittenAroundTheAnomaly) {
  const RunResult run = run_with_anomaly(20 * kSecond + 1, 22 * kSecond + 1);
  const LogExcerpt log = log_excerpt("n1/refdb.log", sixty_lines(), run, {});
  EXPECT_EQ(log.what, "around the first anomaly");
  EXPECT_THAT(log.text, HasSubstr("line 20.\n--- the anomaly begins, 20.000 s of the run ---\n"));
  EXPECT_THAT(log.text, HasSubstr("line 22.\n--- the anomaly ends, 22.000 s of the run ---\n23.000 s  2026"));
  EXPECT_THAT(log.text, HasSubstr("line 30."));
  EXPECT_THAT(log.text, HasSubstr("line 7."));
  EXPECT_THAT(log.text, Not(HasSubstr("line 6.")));
  EXPECT_THAT(log.text, Not(HasSubstr("line 31.")));
}

TEST(Logs, OfALongAnomalySayHowMuchIsLeftOut) {
  const LogExcerpt log =
      log_excerpt("n1/refdb.log", sixty_lines(), run_with_anomaly(1, 50 * kSecond + 1), {});
  EXPECT_THAT(log.text, HasSubstr("--- the anomaly begins"));
  EXPECT_THAT(log.text, HasSubstr("... 11 more lines until it ends, at 50.000 s"));
  EXPECT_THAT(log.text, HasSubstr("line 39."));
  EXPECT_THAT(log.text, Not(HasSubstr("line 40.")));
}

TEST(Logs, OfASilentNodeSayWhatItWroteLast) {
  const LogExcerpt log =
      log_excerpt("n1/refdb.log", line_at(3, "started"), run_with_anomaly(20 * kSecond, 21 * kSecond), {});
  EXPECT_THAT(log.text,
              HasSubstr("started\n--- the anomaly begins, 20.000 s of the run ---\n--- the anomaly ends"));
}

TEST(Logs, WithoutAnAnomalyOrWithoutTimesAreTheLastLines) {
  RunResult valid = run_with_anomaly(1, 2);
  valid.checks.clear();
  const LogExcerpt log = log_excerpt("n1/refdb.log", sixty_lines(), valid, {});
  EXPECT_EQ(log.what, "its last lines");
  EXPECT_THAT(log.text, HasSubstr("line 20."));
  EXPECT_THAT(log.text, Not(HasSubstr("line 19.")));
  const LogExcerpt plain = log_excerpt("n1/x.log", "one\ntwo\n", run_with_anomaly(1, 2), {});
  EXPECT_EQ(plain.what, "all of it");
  EXPECT_EQ(plain.text, "one\ntwo\n");
}

}  // namespace
}  // namespace assay::reports
