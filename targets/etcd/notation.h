// How keys and values are stored in etcd.
//
//   key 7          "k7."     a register, a list, a counter, a lock
//   element e1     "k7.te1"  of the set 7: a set is a folder, so that adding to it is one put, and no two of them are in each other's way
//
// One range from "k7." up to "k7/" reads whatever is under a key. Values are written as stored_value.h says; a lock that is held
// is "L".
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "harness/core/operation.h"
#include "targets/described/store/stored_value.h"

namespace assay::etcd {

using described::loaded;
using described::stored;

std::string key_text(Key key);
std::string element_text(Key key, const Value& element);
// The end of the range that has all of the key.
std::string range_end(Key key);

}  // namespace assay::etcd
