// A minimal reader for recorded histories of transactions, EDN of Jepsen and Elle or JSON of elle-cli, for tests only: maps
// with type, process and value, one event each; a value is a list of [f key value], f being r, w or append.
//
// Thread safety: pure function. Errors: a file that cannot be read gives an empty history.
#pragma once

#include <string>

#include "harness/core/history.h"

namespace assay::checkers::testing {

// The position of an event is its time; events of the nemesis are left out.
History read_transactions(const std::string& path);

}  // namespace assay::checkers::testing
