// Locks with fencing tokens, and what a storage that they protect makes of these (Kleppmann, "How to do distributed
// locking", 2016). The value of a lock's key is a list of the last token given out and whether it is held.
//
//   acquire  gives out a token, one more than the last one, when the lock is free, or when the argument is the token under
//            which it is held: who has seen a lock held under one token for longer than its lease may take it over. The
//            time of leases is the clients' affair, so that the same commands give the same state wherever they are
//            applied.
//   release  lets go, when the argument is the token under which the lock is held.
//   fence    (on a key of the storage) fails when the key has seen a greater token than the argument, which it remembers
//            otherwise. Before a write in one request, it refuses what a holder writes that lost the lock.
//
// Thread safety: pure. Errors: status failed when the lock or the storage refuses, wrong_type when the key holds something
// else, bad_request when the argument is none.
#pragma once

#include "harness/core/operation.h"
#include "targets/refdb/wire/client_messages.h"

namespace assay::refdb {

struct LockStep {
  wire::Status status = wire::Status::ok;
  Value next;    // of the key, when ok
  Value result;  // of an acquire: the token
};

// Requires: fn is acquire, release or fence.
LockStep lock_step(Fn fn, const Value& current, const Value& argument);

}  // namespace assay::refdb
