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

#include "checkers/datatypes/final_reads.h"
#include "checkers/datatypes/report.h"
#include "harness/core/history.h"

namespace assay::checkers::datatypes {

class KeptItems {
 public:
  // Reads and writes in order of invocation.
  void note(const Operation& operation, const Mop& mop);
  // Accuses the last reads of the cart that lack an item which nobody removed. False when the budget is spent. The report
  // knows lost-write and stale-final-read.
  bool judge(const History& history, const FinalReads& finals, std::uint32_t key, Report& report);
  // Items that are there at the end although their removal was acknowledged, in what was judged so far.
  std::uint64_t returned() const { return returned_; }

 private:
  struct Item {
    OpId added_by = UINT32_MAX;    // the acknowledged write that brought it first
    OpId base_read = UINT32_MAX;   // what that write was based on
    OpId removed_by = UINT32_MAX;  // a write without it, by somebody who had seen it, that did not fail
    Nanos removed_at = kNever;     // when that was acknowledged
  };

  struct Base {
    std::set<Value> items;
    OpId read = UINT32_MAX;
  };
  std::map<std::pair<ProcessId, Key>, Base> seen_;
  std::map<Key, std::map<Value, Item>> items_;
  std::uint64_t returned_ = 0;
};

}  // namespace assay::checkers::datatypes
