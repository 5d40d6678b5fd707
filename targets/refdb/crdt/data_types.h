// Operations of clients on a cell of data types that merge (cell.h): add and remove of elements are for a set, add of an integer
// for a counter, append for a list, insert and erase for a text, write and compare-and-set for a last-writer-wins register. The
// first operation on a key decides what it is; replicas that create a key at the same time may decide differently, and then the
// first of text, list, set, counter and register that is there counts everywhere.
//
// Thread safety: pure. Complexity: linear in the value.
#pragma once

#include "harness/core/operation.h"
#include "targets/refdb/crdt/cell.h"
#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb::crdt {

// What readers see; nil when the key was never touched.
Value data_type_value(const Cell& cell);

// A mop that changes something, by the actor of the stamp; no two mops have the same stamp. Whether a compare-and-set is met is the
// caller's to decide. When ok, `cell` has the change and `delta` is merged with it; else nothing has changed.
//
// `remove_wins` is a seeded bug.
wire::Status change_data_type(Cell& cell, const Mop& mop, const Stamp& stamp, bool remove_wins, Cell& delta);

}  // namespace assay::refdb::crdt
