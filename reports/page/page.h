// report.html as text: one file, no network, readable top to bottom from "what happened" to the raw facts. Verdict, tables and
// charts are there without a script; the page's one script adds the cursor and the timeline that can be zoomed. Each section
// lives in a file of its own and gives markup; page_html() puts them together.
//
// Size: under 1 MB for 20,000 operations. Charts aggregate; operations are carried as compressed columns, at most a million of
// them (reports/page/columns.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/gate.h"
#include "harness/core/message_trace.h"
#include "harness/core/run_result.h"
#include "reports/page/slices.h"

namespace assay::reports {

// The end of a node's log, or what surrounds the anomaly in it.
struct LogExcerpt {
  std::string name;  // "n1/refdb.log"
  std::string what;  // "the last 40 lines"
  std::string text;
};

// What stands beside the run itself.
struct PageExtras {
  const RunResult* baseline = nullptr;  // a run to compare with
  std::string baseline_name;
  std::vector<LogExcerpt> logs;
  std::vector<TracedMessage> messages;   // around the first anomaly, of a simulated run
  std::optional<GatedComparison> gated;  // when this run and the baseline are the sides of one gate
};

std::string page_html(const RunResult& run, const PageExtras& extras = {});

// From the first line to the end of <head>. A page may load nothing; its one style sheet and one script are named by their
// hashes, so nothing else can style or run.
std::string page_head(const std::string& title);

// Of the plan's objectives, with what was measured in one sentence. `css` is that of a pill.
struct PerformanceVerdict {
  std::string word;
  std::string css;
  std::string sentence;
};
PerformanceVerdict performance_verdict(const RunResult& run);
// Objectives, load, noise, steadiness and sweep, as cards.
std::string measured_markup(const RunResult& run);

std::string banner_section(const RunResult& run);
std::string tested_section(const RunResult& run);
std::string anomalies_section(const RunResult& run);
std::string timeline_section(const RunResult& run);
std::string performance_section(const RunResult& run, const TimeSlices& slices);
std::string faults_section(const RunResult& run);
std::string latency_section(const RunResult& run);
std::string baseline_section(const RunResult& run, const PageExtras& extras);
std::string confidence_section(const RunResult& run);
std::string environment_section(const RunResult& run, const TimeSlices& slices,
                                const std::vector<LogExcerpt>& logs);
// What the nodes used, as a table; or one sentence why that is not known.
std::string resources_markup(const RunResult& run);
// Empty when no node was seen to be behind.
std::string replication_chart(const RunResult& run, const TimeSlices& slices);
std::string raw_section(const RunResult& run);
// Elements that the script reads; empty when there was no operation.
std::string page_data(const RunResult& run, const TimeSlices& slices);

// The picture of one finding: lanes per process, bars from invocation to completion.
// Requires: shown_operations() is not empty.
std::string witness_chart(const RunResult& run, const Finding& finding);
// Witness and context in order of invocation, without repetition, at most as many as a picture holds.
std::vector<OpId> shown_operations(const History& history, const Finding& finding);

}  // namespace assay::reports
