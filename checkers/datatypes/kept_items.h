// Carts that processes keep in registers: each reads what is there, one list or several that were written concurrently
// (siblings), merges them, and writes the list as it wants it. What a write adds and removes is told from what its process
// read before.
//
// Thread safety: none. Complexity: linear in the lists that were read and written. Memory: the last list of each process
// and key.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "harness/core/history.h"

namespace assay::checkers::datatypes {

// The items of a list, or of all siblings.
std::set<Value> items_of(const Value& value);

class KeptItems {
 public:
  struct Item {
    OpId added_by = UINT32_MAX;    // the acknowledged write that brought it first
    OpId base_read = UINT32_MAX;   // what that write was based on
    OpId removed_by = UINT32_MAX;  // a write without it, by somebody who had seen it, that did not fail
    Nanos removed_at = kNever;     // when that was acknowledged
  };

  // Reads and writes in order of invocation.
  void note(const Operation& operation, const Mop& mop);
  const std::map<Value, Item>& items(Key key) const;

 private:
  struct Base {
    std::set<Value> items;
    OpId read = UINT32_MAX;
  };
  std::map<std::pair<ProcessId, Key>, Base> seen_;
  std::map<Key, std::map<Value, Item>> items_;
};

}  // namespace assay::checkers::datatypes
