// Reads our own histories, JSON lines: the format of every run folder. The lines of Jepsen's family are read, too (fields
// that are missing get their plain meaning; docs/history.md lists what is accepted). history_file.h reads other formats.
//
// Errors: InputError with one sentence, "file:line: expected ...". The one broken line that is accepted is an
// incomplete last line, which a writer that was killed leaves behind: it is left out and a warning says so.
// Thread safety: plain functions. Complexity: linear in the size; memory is that of the history.
#pragma once

#include <string>
#include <string_view>

#include "harness/formats/history_file.h"

namespace assay::formats {

HistoryFile read_json_lines(const std::string& path);

// The same from memory; `name` stands for the file in messages.
HistoryFile parse_json_lines(std::string_view text, const std::string& name);

}  // namespace assay::formats
