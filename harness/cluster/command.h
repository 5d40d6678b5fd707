// Runs a program of this machine (ip, ssh-keygen, the agent as the provisioner's helper) and waits.
//
// Thread safety: from any thread. Errors: HarnessError when the program is missing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::cluster {

struct CommandOutput {
  int exit_status = 0;
  std::string output;  // both streams
};

// Found in PATH and in /usr/sbin and /sbin.
CommandOutput run_program(const std::vector<std::string>& arguments, std::string_view standard_input = {});

}  // namespace assay::cluster
