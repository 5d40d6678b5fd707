// Reads a history in any of the notations that tools of this kind write. docs/history.md lists what each accepts.
//
// Errors: InputError with one sentence, "file:line: expected ...". A last operation that is incomplete because its
// writer was killed is left out with a warning where each operation stands on a line of its own.
// Thread safety: plain functions. Complexity: linear in the size. Memory is that of the history; notations other than
// JSON lines hold the text, too.
#pragma once

#include <cstdint>
#include <optional>
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
  // False: the format has sessions only. Times that order operations of different processes mean nothing then, and no
  // model may be judged that looks at them.
  bool has_times = true;
};

enum class Format : std::uint8_t {
  json_lines,  // ours, and Jepsen's as JSON
  edn,         // Jepsen's history.edn, Knossos' vectors, Elle's
  elle_json,   // an array of operations, as elle-cli reads it
  porcupine,   // the logs of Porcupine's tests: Jepsen's log lines, and operations of a store of strings
  awdit,       // sessions of transactions as text: "w 7 12", "---", "==="
  plume,       // the same of Plume and PolySI: "w(7,12,1,3)"
  dbcop,       // history.bincode of dbcop and PolySI
  limo,        // calls and returns of one queue, stack or set: "[3] call push(7)"
};
// "jsonl", "edn", "elle-json", "porcupine", "awdit", "plume", "dbcop", "limo".
std::string_view format_name(Format format);
std::optional<Format> format_from_name(std::string_view name);
// The names of all formats, for messages: "jsonl, edn, ...".
std::string format_names();
// By how the text begins; json_lines when nothing tells. A few kilobytes are enough.
Format detect_format(std::string_view beginning);

// Detects the format when there is none given.
HistoryFile read_history(const std::string& path, std::optional<Format> format = std::nullopt);

// The same from memory; `name` stands for the file in messages.
HistoryFile parse_history(std::string_view text, const std::string& name,
                          std::optional<Format> format = std::nullopt);

}  // namespace assay::formats
