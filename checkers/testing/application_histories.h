// Small valid histories of what applications do: locks whose holders write, messages that answer messages, carts, texts. One
// operation after the other, by four processes in turn.
//
// Thread safety: pure functions.
#pragma once

#include "harness/core/history.h"

namespace assay::checkers::testing {

// Holders write under their token; the lock goes round.
History fenced_lock();
// Messages, each with what it answers; sessions look that up when they see an answer.
History chat();
// Items that are added and, some of them, removed; read at the end.
History cart();
// Inserts and erases; read at the end.
History shared_text();

}  // namespace assay::checkers::testing
