// report.html as text: one file, no network, no script, readable top to bottom from "what happened" to the raw
// facts. Each section lives in a file of its own and gives markup; page_html() puts them together.
//
// Size: under 1 MB for any run of usual length; charts aggregate, and only witnesses are listed one by one.
#pragma once

#include <string>

#include "harness/core/run_result.h"

namespace assay::reports {

std::string page_html(const RunResult& run);

// From the first line to the end of <head>. A page may load nothing and run nothing; its one style sheet is named by its hash.
std::string page_head(const std::string& title);

std::string banner_section(const RunResult& run);
std::string tested_section(const RunResult& run);
std::string anomalies_section(const RunResult& run);
std::string timeline_section(const RunResult& run);
std::string throughput_section(const RunResult& run);
std::string latency_section(const RunResult& run);
std::string faults_section(const RunResult& run);
std::string confidence_section(const RunResult& run);
std::string raw_section(const RunResult& run);

// The picture of one finding: lanes per process, bars from invocation to completion.
// Requires: shown_operations() is not empty.
std::string witness_chart(const RunResult& run, const Finding& finding);
// Witness and context in order of invocation, without repetition, at most as many as a picture holds.
std::vector<OpId> shown_operations(const History& history, const Finding& finding);

}  // namespace assay::reports
