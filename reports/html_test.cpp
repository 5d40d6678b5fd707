// report.html: complete, harmless, self-contained and small, whatever the run was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "harness/core/sha256.h"
#include "harness/core/testing/temporary_folder.h"
#include "reports/common/escape.h"
#include "reports/common/words.h"
#include "reports/page/columns.h"
#include "reports/page/page.h"
#include "reports/page/script.h"
#include "reports/page/style.h"
#include "reports/samples/sample_runs.h"

namespace assay::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<RunResult> every_run() {
  std::vector<RunResult> runs;
  runs.push_back(valid_run(20'000));
  runs.push_back(valid_run(150));
  runs.push_back(invalid_run(500));
  runs.push_back(vacuous_run());
  runs.push_back(empty_run());
  runs.push_back(trouble_run());
  runs.push_back(interrupted_run());
  return runs;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t number = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++number;
  return number;
}

TEST(Page, HasEverySectionInOrder) {
  for (const RunResult& run : every_run()) {
    const std::string page = page_html(run);
    std::size_t last = 0;
    for (const char* id : {"tested", "anomalies", "timeline", "performance", "faults", "latency", "baseline",
                           "confidence", "environment", "raw"}) {
      const std::size_t at = page.find("<section id=\"" + std::string(id) + "\">");
      ASSERT_NE(at, std::string::npos) << id;
      EXPECT_GT(at, last) << id;
      last = at;
    }
  }
}

TEST(Page, LeadsWithTheVerdict) {
  EXPECT_THAT(page_html(valid_run(150)), HasSubstr("<h1>Valid</h1>"));
  EXPECT_THAT(page_html(invalid_run(150)), HasSubstr("<h1>Invalid</h1>"));
  EXPECT_THAT(page_html(vacuous_run()), HasSubstr("<h1>Unknown</h1>"));
  EXPECT_THAT(page_html(vacuous_run()), HasSubstr("no fault took effect"));
  EXPECT_THAT(page_html(trouble_run()), HasSubstr("<h1>Harness failure</h1>"));
  EXPECT_THAT(page_html(trouble_run()), HasSubstr("This says nothing about the database"));
  EXPECT_THAT(page_html(interrupted_run()), HasSubstr("The run was interrupted"));
}

TEST(Page, TellsHowToRepeatTheRunAndItsBugs) {
  const std::string page = page_html(invalid_run(150));
  EXPECT_THAT(page, HasSubstr("<span class=\"nw\">--seed</span> <span class=\"nw\">7</span>"));
  EXPECT_THAT(page, HasSubstr("<div class=\"seed\">7</div>"));
  EXPECT_THAT(page, HasSubstr("Seeded bugs in force: stale-reads"));
  EXPECT_THAT(page_html(valid_run(150)), Not(HasSubstr("class=\"bugs\"")));
}

TEST(Page, ShowsWhatTheDatabaseCountedAndExactFaults) {
  RunResult run = valid_run(150);
  run.plan.schedule = {{5 * kSecond, "kill-leader", 3 * kSecond}};
  EXPECT_THAT(page_html(run), HasSubstr("elections_started 3, garbage_dropped 0"));
  EXPECT_THAT(page_html(run), HasSubstr("partition, kill, pause, clock; 5s kill-leader 3s"));
}

TEST(Page, ShowsWhatWasSeenOfTheNodes) {
  RunResult run = valid_run(150);
  EXPECT_THAT(page_html(run), HasSubstr("The nodes were simulated"));
  EXPECT_THAT(page_html(run), Not(HasSubstr("Slowest node behind, at most")));
  run.target.cluster = "local";
  EXPECT_THAT(page_html(run), HasSubstr("What the nodes used was not measured"));
  watch_nodes(run);
  const std::string page = page_html(run);
  EXPECT_THAT(page, HasSubstr("20 %<br><span class=\"soft\">30 %</span>"));
  EXPECT_THAT(page, HasSubstr("45.6 MB"));
  EXPECT_THAT(page, HasSubstr("1.23 MB/s"));
  EXPECT_THAT(page, HasSubstr("800 B/s"));
  EXPECT_THAT(page, HasSubstr("+1.50 s"));
  EXPECT_THAT(page, HasSubstr("-2.00 µs"));
  EXPECT_THAT(page, HasSubstr("±120 µs"));
  EXPECT_THAT(page, HasSubstr("at least 1.00 s"));
  EXPECT_THAT(page, HasSubstr("40 operations"));
  EXPECT_THAT(page, HasSubstr("Replication: operations that the slowest node was behind"));
}

TEST(Page, TellsWhatWasDueInAFaultFromWhatWasSentInIt) {
  RunResult run = valid_run(150);
  watch_nodes(run);
  run.faults[0].due_during = {.ok = 1'234, .fail = 5, .info = 6};
  run.faults[0].sent_during = {.ok = 987, .fail = 2, .info = 1};
  EXPECT_THAT(page_html(run), HasSubstr("<td class=\"r\">1,234, 5, 6</td><td class=\"r\">987, 2, 1</td>"));
  EXPECT_THAT(page_html(run), HasSubstr("<td class=\"r\">37</td>"));
}

TEST(Page, ShowsAnAnomalyWithItsOperations) {
  const RunResult run = invalid_run(150);
  const std::string page = page_html(run);
  const std::string id = std::to_string(run.checks[0].findings[0].witness[1]);
  EXPECT_THAT(page, HasSubstr("<span class=\"title\">stale-read</span>"));
  EXPECT_THAT(page, HasSubstr("<a href=\"#a1-" + id + "\">#" + id + "</a>"));
  EXPECT_THAT(page, HasSubstr("<tr class=\"witness\" id=\"a1-" + id + "\">"));
  EXPECT_THAT(page, HasSubstr("class=\"bar hot\""));
  EXPECT_THAT(page, HasSubstr("class=\"bar open\""));
  EXPECT_THAT(page, HasSubstr("class=\"order\""));
  EXPECT_LT(page.find(">stale-read<"), page.find(">lost-update<"));
}

TEST(Page, KeepsValuesHarmless) {
  const std::string page = page_html(invalid_run(150));
  EXPECT_THAT(page, HasSubstr("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
  EXPECT_THAT(page, HasSubstr("A completed write &lt;i&gt;vanished&lt;/i&gt;."));
  for (const char* bad : {"<img", "<i>", "<iframe", "javascript:"}) EXPECT_THAT(page, Not(HasSubstr(bad)));
  EXPECT_EQ(count(page, "<script"), 3u);
  EXPECT_EQ(count(page, "</script"), 3u);
  EXPECT_EQ(std::count_if(page.begin(), page.end(), [](char c) { return c >= 0 && c < 0x20 && c != '\n'; }),
            0);
}

TEST(Page, LoadsNothingAndRunsItsOwnScriptOnly) {
  for (const RunResult& run : every_run()) {
    const std::string page = page_html(run);
    EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; style-src 'sha256-" +
                                sha256_base64(style_sheet()) + "'"));
    EXPECT_THAT(page, HasSubstr("script-src 'sha256-" + sha256_base64(page_script()) + "'; base-uri"));
    EXPECT_EQ(count(page, "<script>" + std::string(page_script()) + "</script>"),
              run.history.empty() ? 0u : 1u);
    EXPECT_THAT(page, HasSubstr("<style>" + std::string(style_sheet()) + "</style>"));
    for (const char* bad :
         {"http://", "https://", "src=\"", "url(", "@import", " style=\"", "unsafe-inline"}) {
      EXPECT_THAT(page, Not(HasSubstr(bad)));
    }
    // Links go to other places of the page, and to files beside it.
    for (std::size_t at = page.find("href=\""); at != std::string::npos; at = page.find("href=\"", at + 1))
      EXPECT_EQ(page.substr(at, 40).find(':'), std::string::npos) << page.substr(at, 40);
  }
}

TEST(Page, StaysSmall) {
  EXPECT_LT(page_html(valid_run(20'000)).size(), 1'000'000u);
  EXPECT_LT(page_html(invalid_run(20'000)).size(), 1'000'000u);
  EXPECT_LT(page_html(valid_run(400)).size(), 400'000u);
}

TEST(Page, CarriesOperationsOfLongRunsWithoutTheirTexts) {
  const std::string page = page_html(valid_run(static_cast<int>(kColumnTextsMax) + 1));
  EXPECT_THAT(page, HasSubstr("\"texts\":false"));
  EXPECT_THAT(page, HasSubstr("is in history.jsonl only"));
  EXPECT_LT(page.size(), 2'000'000u);
  EXPECT_THAT(page_html(valid_run(400)), HasSubstr("\"texts\":true"));
}

TEST(Page, ComparesWithABaseline) {
  const RunResult run = valid_run(20'000), same = valid_run(20'000), slow = valid_run(4'000);
  PageExtras extras{&same, "store/other", {}, {}, {}};
  EXPECT_EQ(count(page_html(run, extras), ">no clear difference<"), 3u);
  EXPECT_THAT(page_html(run, extras), HasSubstr("Against store/other"));
  extras.baseline = &slow;
  EXPECT_THAT(page_html(run, extras), HasSubstr(">better<"));
  EXPECT_THAT(page_html(run, extras), HasSubstr("It tells how surely the runs differ, not why"));
  EXPECT_THAT(page_html(run), HasSubstr("No baseline was given"));
}

TEST(Page, ComparesSidesOfAGateAsTheGateDid) {
  const RunResult run = valid_run(400), baseline = valid_run(400);
  PageExtras extras{&baseline, "the baseline of the same gate", {}, {}, {}};
  GatedComparison gated{.metrics = {}, .pairs = 40, .block_length = 100 * kMillisecond};
  gated.metrics.push_back({GatedMetric::p99,
                           GateVerdict::regressed,
                           0.15,
                           2e6,
                           3e6,
                           {{"calmest tenth", 1.512, 1.411, 1.613}, {"median of pairs", 1.499, 1.402, 1.601}},
                           "worse"});
  gated.metrics.push_back(
      {GatedMetric::throughput, GateVerdict::inconclusive, 0.05, -1, -1, {}, "3 of 40 pairs <"});
  extras.gated = gated;
  const std::string page = page_html(run, extras);
  EXPECT_THAT(page, HasSubstr("40 pairs of blocks of 100 ms"));
  EXPECT_THAT(page, HasSubstr("1.411 to 1.613"));
  EXPECT_THAT(page, HasSubstr("median of pairs"));
  EXPECT_EQ(count(page, ">regressed<"), 2u);
  EXPECT_THAT(page, HasSubstr("3 of 40 pairs &lt;"));
  EXPECT_THAT(page, Not(HasSubstr("Per second of the run, median")));
}

TEST(Page, DrawsMessagesAroundTheAnomaly) {
  const RunResult run = invalid_run(150);
  const Nanos last = run.history.at(run.checks[0].findings[0].witness.back()).invoked;
  PageExtras extras;
  extras.messages = {{last, last + kMillisecond, 0, 1, 90}, {last, kNever, 1, 2, 90}};
  const std::string page = page_html(run, extras);
  EXPECT_THAT(page, HasSubstr("<section id=\"messages\">"));
  EXPECT_THAT(page, HasSubstr("1 of 2 that never did"));
  EXPECT_EQ(count(page, "class=\"message\""), 2u);  // a line and its end
  EXPECT_THAT(page_html(valid_run(150), extras), Not(HasSubstr("<section id=\"messages\">")));
  EXPECT_THAT(page_html(run), Not(HasSubstr("<section id=\"messages\">")));
}

TEST(Page, ShowsLogsThatLieBesideIt) {
  const RunResult run = valid_run(150);
  const std::string page =
      page_html(run, {nullptr, "", {{"n1/refdb.log", "the last 2 lines", "a <b>\nc"}}, {}, {}});
  EXPECT_THAT(page, HasSubstr("n1/refdb.log: the last 2 lines"));
  EXPECT_THAT(page, HasSubstr("a &lt;b&gt;\nc"));
}

TEST(Slices, CountWhatIsInFlightWhileNothingIsSent) {
  HistoryBuilder builder;
  const Mop read{};
  const auto add = [&](ProcessId process, Nanos invoked, Nanos completed) {
    Operation operation;
    operation.process = process;
    operation.due = operation.invoked = invoked;
    operation.completed = completed;
    operation.outcome = Outcome::ok;
    operation.mops = {&read, 1};
    builder.add(operation);
  };
  add(1, 0, 8 * kSecond);
  add(2, 0, 10 * kSecond);
  add(3, 11 * kSecond, 12 * kSecond);
  RunResult run;
  run.history = builder.build();
  const TimeSlices slices = slice_run(run);
  ASSERT_EQ(slices.slices.size(), 12u);
  EXPECT_EQ(slices.slices[5].in_flight, 2);
  EXPECT_EQ(slices.slices[9].in_flight, 1);
  EXPECT_EQ(slices.slices[10].in_flight, 1);  // until the moment that it begins
  EXPECT_EQ(slices.slices[5].p50, -1);
  EXPECT_EQ(slices.slices[8].p90, -1);  // one sample supports no percentile but the middle
}

TEST(Page, NamesFaultsThatWereNotProved) {
  const std::string page = page_html(valid_run(500));
  EXPECT_EQ(count(page, ">unverified</span>"), 1u);
  EXPECT_THAT(page, HasSubstr("4 of 5"));
  RunResult run = valid_run(500);
  run.faults[0].window.end = kNever;
  run.faults[0].window.healed = false;
  run.faults[0].vacuous = true;
  EXPECT_THAT(page_html(run), HasSubstr("never healed"));
  EXPECT_THAT(page_html(run), HasSubstr("vacuous"));
}

TEST(Page, SurvivesOddRuns) {
  RunResult run = invalid_run(50);
  run.checks[0].findings[0].witness = {4'000'000'000u};
  run.checks[0].findings[0].context.clear();
  run.checks[0].findings[0].steps = {"# alone, #99999999999999 and #4000000000"};
  run.rate = {{-1, {1, 0, 0}, -1}};
  run.operations.clear();
  EXPECT_THAT(page_html(run), HasSubstr("# alone"));
  RunResult one = invalid_run(0);
  one.checks[0].findings[0].witness = {1};  // never completed, alone
  one.checks[0].findings[0].context.clear();
  EXPECT_THAT(page_html(one), HasSubstr("class=\"bar hot open\""));
}

TEST(Page, IsWellFormed) {
  if (std::system("python3 -c 1 >/dev/null 2>&1") != 0) GTEST_SKIP() << "python3 is not installed";
  const TemporaryFolder folder;
  const std::string script =
      folder.write("check.py",
                   "import sys, html.parser\n"
                   "void = {'meta', 'br', 'link', 'hr'}\n"
                   "class P(html.parser.HTMLParser):\n"
                   "    stack = []\n"
                   "    def handle_starttag(self, tag, attrs):\n"
                   "        if tag not in void: self.stack.append(tag)\n"
                   "    def handle_endtag(self, tag):\n"
                   "        if self.stack.pop() != tag: sys.exit(f'{tag} at {self.getpos()}')\n"
                   "p = P(); p.feed(open(sys.argv[1], encoding='utf-8').read())\n"
                   "sys.exit(len(p.stack))\n");
  for (const RunResult& run : every_run()) {
    const std::string path = folder.write("page.html", page_html(run));
    EXPECT_EQ(std::system(("python3 '" + script + "' '" + path + "'").c_str()), 0);
  }
}

TEST(Escape, ReplacesWhatMarkupForbids) {
  EXPECT_EQ(escape("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  EXPECT_EQ(escape("\x01\x7F\xC0\xAF\xED\xA0\x80"), escape(std::string(7, '\x01')));
  EXPECT_EQ(escape("ä€😀\n"), "ä€😀\n");
  EXPECT_EQ(escape("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Words, AHighestRateThatWasBestIsNoKnee) {
  Sweep sweep;
  sweep.steps.resize(3);
  sweep.knee = 1;
  EXPECT_STREQ(knee_word(sweep), "knee");
  sweep.knee = 2;
  EXPECT_STREQ(knee_word(sweep), "best, no knee yet");
}

TEST(Words, SayNumbersPlainly) {
  EXPECT_EQ(with_thousands(1234567), "1,234,567");
  EXPECT_EQ(with_thousands(-1234), "-1,234");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(people_time(0), "0 ns");
  EXPECT_EQ(people_time(1'234'567), "1.23 ms");
  EXPECT_EQ(people_time(999'700'000), "1.00 s");
  EXPECT_EQ(people_time(185 * kSecond), "3 min 5 s");
  EXPECT_EQ(people_time(-1), "-");
  EXPECT_EQ(people_time(kNever), "never");
  EXPECT_EQ(percent(0, 0), "-");
  EXPECT_EQ(percent(1, 100'000), "< 0.1 %");
  EXPECT_EQ(percent(99'999, 100'000), "> 99.9 %");
}

}  // namespace
}  // namespace assay::reports
