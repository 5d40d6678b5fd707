// Runs the cells of a suite: simulated ones on several threads, then those on hosts and of programs on this machine one after
// another. A run that is finished is kept at once, in a file that a crash can't take back, and is not run again when the suite goes on.
//
// Thread safety: none; call from the main thread. Errors: InputError before anything starts; trouble of the harness with one run
// is what came of that run.
#pragma once

#include <string>
#include <vector>

#include "harness/core/suite.h"

namespace assay::cli {

struct SuiteRunnerOptions {
  int jobs = 1;
  int shard = 1;  // of `shards`, by cell
  int shards = 1;
  std::string hosts;              // a hosts file in place of local hosts; empty: local ones
  std::vector<std::string> only;  // parts of cells' names; empty: all
  std::string folder;             // where finished runs are kept
};

// Takes away the cells that are not wanted, puts the hosts file in, and refuses everything that can be refused before anything starts.
void prepare_suite(SuitePlan& suite, const SuiteRunnerOptions& options);

// With what the folder has already. Throws HarnessError when the folder can't be written.
std::vector<SuiteRun> run_suite_cells(const SuitePlan& suite, const SuiteRunnerOptions& options);

// The finished runs that a folder has; of two of the same seed the later one.
std::vector<SuiteRun> finished_runs(const std::string& folder);

// Why it can't be run on this machine; empty when nothing is known to be missing.
std::string missing_for(const SuiteCell& cell);

}  // namespace assay::cli
