// Starts a program that is talked to on its standard input and output (the client of a described database, a node): found in PATH
// or by its path, in a process group of its own, which dies with Assay and is ended with whatever it started itself.
//
// Thread safety: none; from the thread that lives as long as the program, because the program dies with it. Errors: HarnessError,
// one sentence that names the program. A program that is gone shows by the end of what it writes: SIGPIPE is ignored from then on.
#pragma once

#include <boost/process.hpp>
#include <string>
#include <vector>

namespace assay::described {

struct Program {
  std::vector<std::string> command;           // the program, and its arguments
  std::string folder = {};                    // where it runs, and what its path is relative to; empty: here
  std::string role = "the client's program";  // for messages
  std::string log = {};                       // the file that its standard error is added to
};

// `to` is its standard input, `from` its standard output; its standard error is `complaints`, else its log, else this
// program's own.
boost::process::child start_program(const Program& wanted, boost::process::async_pipe& to,
                                    boost::process::async_pipe& from, boost::process::async_pipe* complaints);

// Idempotent; does nothing for one that was never started.
void end_program(boost::process::child& child);

}  // namespace assay::described
