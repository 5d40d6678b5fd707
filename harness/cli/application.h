// The command line. Everything for people goes to standard error, results that were asked for with --json to standard
// output; the exit code is the contract's (core/error.h).
#pragma once

namespace assay::cli {

int run_application(int argc, char** argv);

}  // namespace assay::cli
