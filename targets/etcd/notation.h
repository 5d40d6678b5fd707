// How keys and values are stored in etcd.
//
//   key 7          "k7."     a register, a list, a counter, a lock
//   element e1     "k7.te1"  of the set 7: a set is a folder, so that adding to it is one put, and no two of them are in each other's way
//
// One range from "k7." up to "k7/" reads whatever is under a key. Values: whole numbers are written in decimals, texts with a "t"
// before them, lists and pairs as netstrings of their elements after "l" and "p"; a lock that is held is "L".
//
// Thread safety: pure functions. Errors: loaded() gives nothing for what it never stored.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/core/operation.h"

namespace assay::etcd {

std::string stored(const Value& value);
std::optional<Value> loaded(std::string_view text);

std::string key_text(Key key);
std::string element_text(Key key, const Value& element);
// The end of the range that has all of the key.
std::string range_end(Key key);

}  // namespace assay::etcd
