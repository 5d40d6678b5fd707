// What the folder of a target offers to the command line: its modes and seeded bugs for people, and how to make one for a
// plan. Found by file name: targets/<name>/<name>.cpp defines <name>_plugin.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/plan.h"
#include "harness/core/target.h"

namespace assay {

struct BugInfo {
  std::string name;
  std::string summary;
  std::string needs;  // faults and options under which it shows
};

struct OptionInfo {
  std::string name;
  std::string usual;     // the default
  std::string accepted;  // "one of async, quorum"
  std::string summary;
};

struct ModeInfo {
  std::string name;
  std::string summary;
  std::string claimed_consistency;  // with the default options
  std::string breaks;               // what breaks the claim
  std::vector<OptionInfo> options;
  std::vector<BugInfo> bugs;
  std::vector<std::string> known_trouble;  // what goes wrong with it, a sentence each
};

struct TargetPlugin {
  std::string_view name;
  std::string_view summary;
  std::vector<ModeInfo> (*modes)();
  // True when it needs no hosts and no simulator (plan.cluster is ignored).
  bool in_process;
  // `hosts_file` is empty for a simulated cluster. Throws InputError (unknown mode, bug, option: says what would be
  // accepted) and HarnessError (hosts that can't be reached).
  std::unique_ptr<Target> (*make)(const Plan& plan, const std::string& hosts_file);
};

}  // namespace assay
