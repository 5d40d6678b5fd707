// Minimal readers for recorded histories of sessions of transactions on registers that start at 0 (see the corpora's
// README), for tests only: no times, so that each turn of a session overlaps those of the others.
//
// Thread safety: pure functions. Errors: a file that cannot be read gives an empty history.
#pragma once

#include <string>

#include "harness/core/history.h"

namespace assay::checkers::testing {

// dbcop's binary form: little-endian numbers of 64 bits, texts and lists after their length, flags of one byte. Transactions
// that did not succeed are left out.
History read_dbcop_history(const std::string& path);

// Lines such as w(key,value,session,transaction), as Plume has them.
History read_plume_history(const std::string& path);

}  // namespace assay::checkers::testing
