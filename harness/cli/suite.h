// Runs experiments: in simulation the seeds of all of them on several threads, on hosts the marked runs one after another.
//
// Thread safety: none; call from the main thread. Errors: InputError before anything starts (bad files, plans that can't be,
// names that there are not); trouble of the harness in a seed is an unmet expectation, and exit code 255.
#pragma once

#include <string>
#include <vector>

#include "harness/core/experiment.h"

namespace assay::cli {

struct SuiteOptions {
  std::string cluster = "sim";
  int jobs = 1;
  int shard = 1;  // of `shards`, by experiment
  int shards = 1;
  std::uint64_t seeds_max = 0;       // per run; 0: as many as the experiment says
  bool quick = false;                // on hosts: only runs that are marked as quick
  std::vector<std::uint64_t> seeds;  // instead of the experiment's; empty: the experiment's
  std::vector<std::string> only;     // names of runs; empty: all
  std::string store;                 // where runs on hosts leave their folders
};

// Folders stand for the experiments in them (*.json, not below). In order of claims: SL2 before SL10.
std::vector<Experiment> read_experiments(const std::vector<std::string>& paths);

// Refuses everything about them that can be refused before anything starts.
void validate_experiments(const std::vector<Experiment>& experiments, const SuiteOptions& options);

SuiteReport run_suite(const std::vector<Experiment>& experiments, const SuiteOptions& options);

// 0, 1 when an expectation was not met, 255 when the harness failed on a seed.
int exit_code_of(const SuiteReport& suite);

}  // namespace assay::cli
