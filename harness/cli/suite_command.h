// assay run FOLDER, assay run EXPERIMENT...: experiments with what is expected of them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace assay::cli {

struct SuiteFlags {
  int jobs = 1;
  std::string shard;
  std::uint64_t seeds_max = 0;
  bool quick = false;
  std::vector<std::string> only;
  std::string claims;
  std::string resume, regressions;  // of suites only
};

void add_suite_flags(CLI::App& command, SuiteFlags& flags);

// Folders and experiments, rather than one plan. Throws InputError when several files are given that are not all experiments.
bool are_experiments(const std::vector<std::string>& paths);

struct SuiteRequest {
  std::vector<std::string> paths;
  std::string cluster;
  std::vector<std::uint64_t> seeds;  // at most one
  std::string store;
  bool json = false;
};

// The exit code.
int run_experiments(const SuiteRequest& request, const SuiteFlags& flags);

}  // namespace assay::cli
