// Starts the program of a client: found in PATH or by its path, in a process group of its own, which dies with Assay and is ended
// with whatever it started itself.
//
// Thread safety: none; from the thread that lives as long as the program, because the program dies with it. Errors: HarnessError,
// one sentence that names the program. A program that is gone shows by the end of what it writes: SIGPIPE is ignored from then on.
#pragma once

#include <boost/process.hpp>
#include <string>
#include <vector>

namespace assay::described {

// `folder` is where it runs, and what its path is relative to; empty: here. `to` is its standard input, `from` its standard output;
// its standard error is `complaints`, or this program's own where that is null.
boost::process::child start_program(const std::vector<std::string>& command, const std::string& folder,
                                    boost::process::async_pipe& to, boost::process::async_pipe& from,
                                    boost::process::async_pipe* complaints);

// Idempotent; does nothing for one that was never started.
void end_program(boost::process::child& child);

}  // namespace assay::described
