// Reads a history from JSON lines: our own, and those of Jepsen's family (fields that are missing get their
// plain meaning; docs/history.md lists what is accepted). Lines are parsed by simdjson.
//
// Errors: InputError with one sentence, "file:line: expected ...". The one broken line that is accepted is an
// incomplete last line, which a writer that was killed leaves behind: it is left out and a warning says so.
// Thread safety: plain functions. Complexity: linear in the size; memory is that of the history.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/history.h"

namespace assay::formats {

struct HistoryFile {
  History history;
  std::uint64_t lines = 0;
  std::uint64_t never_completed = 0;  // operations without a completion line; they are info
  std::vector<std::string> warnings;  // one sentence each
};

HistoryFile read_json_lines(const std::string& path);

// The same from memory; `name` stands for the file in messages.
HistoryFile parse_json_lines(std::string_view text, const std::string& name);

}  // namespace assay::formats
