// The folder of one run: store/<target>-<mode>-<workload>/<UTC time>-<seed>/, and store/latest which links to the newest.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/run_result.h"

namespace assay::cli {

// Creates the folder, named after what the target says of itself (a described database has a name of its own), and writes plan.json
// into it. Throws HarnessError naming the folder.
std::string create_run_folder(const std::string& store, const Plan& plan, const TargetDescription& target);

// ISO 8601, to the second. For people: nothing that is replayed depends on it.
std::string utc_now();

// "2 x AMD EPYC 7B13, 23 GiB".
std::string describe_host();

// Every report, into the folder. A report that can't be written becomes the result's harness_error (exit 255).
void write_reports(RunResult& result, const std::string& folder);

// Replaces the file at once. Throws HarnessError.
void write_file(const std::string& path, std::string_view content);
std::string read_file(const std::string& path);

}  // namespace assay::cli
