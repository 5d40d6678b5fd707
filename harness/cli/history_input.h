// How the commands that judge or convert a history find and read it: a file, or the folder that holds one.
//
// Thread safety: plain functions. Errors: InputError.
#pragma once

#include <optional>
#include <string>

#include "harness/formats/history_file.h"

namespace assay::cli {

// For the option --format.
std::string format_help();

// None when the option was not given, or says "json" as elle-cli's does: one of two, which the content tells.
std::optional<formats::Format> history_format(const std::string& name);

// Reads the history and prints its warnings. A folder may be a run of ours, one of Jepsen's, or of PolySI's corpora.
formats::HistoryFile read_history_input(const std::string& path, const std::string& format);

}  // namespace assay::cli
