// The readers of histories that are read whole. Internal to this folder; history_file.h is the way in and documents them.
//
// Thread safety: plain functions. Errors: InputError, one sentence with file and line. Complexity: linear.
#pragma once

#include <string>
#include <string_view>

#include "harness/formats/history_file.h"

namespace assay::formats {

// Operations as maps, one after the other or in a vector or list. In brackets it is Knossos' form, where a read that found
// nil says nothing.
HistoryFile parse_edn(std::string_view text, const std::string& name);

// An array of objects, as elle-cli reads it.
HistoryFile parse_json_array(std::string_view text, const std::string& name);

// The lines that Jepsen logs ("INFO  jepsen.util - 0 :invoke :write 3"), or the operations of Porcupine's store of strings
// ({:process 0, :type :invoke, :f :append, :key "0", :value "x 0 1 y"}), whose strings become lists of their pieces.
HistoryFile parse_porcupine(std::string_view text, const std::string& name);

// Sessions of transactions; session_history.h says what becomes of them.
HistoryFile parse_awdit(std::string_view text, const std::string& name);
HistoryFile parse_plume(std::string_view text, const std::string& name);
// Its errors name the byte.
HistoryFile parse_dbcop(std::string_view text, const std::string& name);

// Calls and returns of one queue, stack or set. The elements of a set become registers, each with true or nothing.
HistoryFile parse_limo(std::string_view text, const std::string& name);

// Refuses text that is not UTF-8. A last character that is cut short is dropped from `text`.
void require_utf8(std::string_view& text, const std::string& name);

}  // namespace assay::formats
