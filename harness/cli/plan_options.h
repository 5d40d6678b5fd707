// The flags that describe a plan, shared by the commands that run tests.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "harness/core/plan.h"

namespace assay::cli {

struct PlanFlags {
  std::string target = "refdb";
  std::string mode;
  std::string workload = "register";
  std::vector<std::string> nemesis;
  std::vector<std::string> schedule;
  std::string nemesis_plan;  // a file
  std::string nemesis_budget = "none";
  std::string fault_pace = "uniform";
  std::string quiet;
  std::string cluster = "sim";
  int nodes = 5;
  int concurrency = 10;
  std::int64_t keys = 5;
  std::int64_t rate = 0;
  std::string rate_sweep;
  std::string think_time = "0s";
  bool closed_loop = false;
  bool constant = false;
  std::string time_limit = "30s";
  std::string warm_up = "1s";
  std::string operation_timeout = "2s";
  std::string recovery_limit = "20s";
  std::string fault_interval = "2s";
  std::string fault_duration = "3s";
  std::uint64_t seed = 0;
  std::vector<std::string> bugs;
  std::vector<std::string> options;                 // name=value
  std::map<std::string, std::string> mode_options;  // by name; empty: not given
  std::vector<std::string> workload_options;        // name=value
  std::vector<std::string> checkers;                // name, then option=value ...
  std::string check_time_limit = "60s";
  std::string check_memory_limit = "4G";
  std::vector<std::string> objectives;
};

// `with_seed`: the command takes one seed, and a run without one draws a seed of its own.
void add_plan_flags(CLI::App& command, PlanFlags& flags, bool with_seed);

// Throws InputError for texts that are no duration, size ...; does not look up plug-ins.
Plan plan_from_flags(const PlanFlags& flags);

// As a shell takes it.
std::string quoted(const std::string& text);

// The command line that repeats this plan: only what differs from the defaults. Of a plan that flags can't say, that with its
// plan.json.
std::string command_for(const Plan& plan);

}  // namespace assay::cli
