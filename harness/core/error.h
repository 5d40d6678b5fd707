// The two kinds of trouble that are not a verdict about a database, each with its exit code. Both carry one
// clear sentence for a person. They are thrown in the harness (run, cluster, formats, cli, targets); checkers
// and protocols never throw.
#pragma once

#include <stdexcept>
#include <string>

namespace assay {

// Exit codes of the command line (a contract: CI systems depend on them).
enum ExitCode : int {
  kExitValid = 0,
  kExitInvalid = 1,
  kExitUnknown = 2,
  kExitRegressed = 3,
  kExitInconclusive = 4,
  kExitBadInput = 254,
  kExitHarness = 255,
};

// Bad arguments, configuration or input files: exit 254. Nothing was started.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The harness or the infrastructure failed (SSH, disk full, a node that never started): exit 255.
class HarnessError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace assay
