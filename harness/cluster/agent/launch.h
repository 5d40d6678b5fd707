// Starting a program on the host: in a session of its own, output to a file, optionally with a moved clock.
//
// Thread safety: a program must be launched, and with a clock also waited for, by one and the same thread.
// Errors: AgentError with one sentence, e.g. a program that doesn't exist.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace assay::agent {

struct LaunchRequest {
  std::string binary;
  std::vector<std::string> arguments;    // without the program's name
  std::vector<std::string> environment;  // "NAME=value"
  std::string folder = "/";
  std::string user;           // of /etc/passwd, for programs that refuse to run as root; empty: the agent's
  int output = -1;            // file descriptor for both streams
  int clock_descriptor = -1;  // an open clock file, or -1
};

// `before_exec` is called with the new process's id before the program runs: to write it down. Returns once
// the program runs.
pid_t launch(const LaunchRequest& request, const std::function<void(pid_t)>& before_exec);

}  // namespace assay::agent
