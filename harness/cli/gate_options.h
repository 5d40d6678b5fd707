// The flags of assay gate, and what they ask for.
//
// Errors: InputError with one sentence.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "harness/cli/gate_measure.h"
#include "harness/cli/plan_options.h"
#include "harness/gate/quality.h"

namespace assay::cli {

struct SideFlags {
  std::string program;
  std::vector<std::string> options;
  std::string plan;
  std::string cluster;
  bool given() const { return !program.empty() || !options.empty() || !plan.empty() || !cluster.empty(); }
};

struct GateFlags {
  PlanFlags plan;
  std::string plan_file;
  SideFlags baseline;
  SideFlags candidate;
  std::string run;
  std::string trend;
  bool self_test = false;
  int comparisons = 200;
  std::string block = "100ms";
  std::string settle = "20ms";
  int pairs = gate::kPairsMin;
  int looks = 3;
  std::vector<std::string> metrics;
  std::vector<std::string> margins;
  std::vector<std::string> limits;
  std::string save;
  std::string label;
  std::string stored;
  std::string stored_margin;
  std::string store = "store";
  bool json = false;
  std::vector<std::string> words;  // as they were given, quoted for a shell
};

void add_gate_flags(CLI::App& command, GateFlags& flags);

// The flags that were given, quoted for a shell.
std::vector<std::string> given_words(const CLI::App& command);

// Refuses what can't be combined.
void check_gate_flags(const CLI::App& command, const GateFlags& flags);

// Baseline and candidate, from what they have in common and what is each one's own.
std::vector<GateSidePlan> side_plans(const CLI::App& command, const GateFlags& flags, std::uint64_t seed);

gate::Options gate_options(const GateFlags& flags, std::uint64_t seed);
gate::QualityLimits quality_limits(const GateFlags& flags);
BlockSettings block_settings(const GateFlags& flags);

// "5%" as 0.05; refused under the flag's name.
double share_option(const std::string& flag, const std::string& text);

}  // namespace assay::cli
