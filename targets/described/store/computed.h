// What a request makes of values, for stores that can't do it themselves: all keys are read, what they become is computed here, and
// the store takes that if no key has changed since.
//
// Thread safety: pure functions. Complexity: linear in the request and in the lists that grow.
#pragma once

#include <map>
#include <string>

#include "harness/core/operation.h"

namespace assay::described {

// A read, write, append, cas, fence, or an add of a whole number.
bool computable(const Mop& mop);

// Applies the request to what its keys hold: fills in what reads see, and gives the keys that change with what they become. Returns
// why it can't be done, empty when it can. Requires: each of them is computable, and `current` has each key.
std::string compute(Request& request, const std::map<Key, Value>& current, std::map<Key, Value>& changed);

}  // namespace assay::described
