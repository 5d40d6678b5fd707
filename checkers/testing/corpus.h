// Minimal readers for the recorded histories of other projects (see the corpora's README), for tests only. They
// understand just what those files contain: maps with :process, :type, :f, :value and :key, one operation each, or the
// log lines of Jepsen.
//
// Thread safety: pure functions. Errors: a file that cannot be read gives an empty history.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/history.h"

namespace assay::checkers::testing {

// Jepsen log lines or EDN maps of a register with read, write and cas. With `nil_is_unknown`, as in Knossos, a read
// that returned nil says nothing, and is left out.
History read_register_history(const std::string& path, bool nil_is_unknown);

// Porcupine's string store: get, put and append. Strings are taken apart into the pieces that were appended, so that
// a string is a list of them.
History read_string_store_history(const std::string& path);

// Knossos' multi-register transactions: [[:read :x nil] [:write :y 2]].
History read_transaction_history(const std::string& path);

}  // namespace assay::checkers::testing
