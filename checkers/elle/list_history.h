// A history of transactions that read lists and append to them, in flat arrays: who wrote which version of which key,
// and who read it. A list names all the versions before it, so the longest list read of a key is the order of its versions
// (Kingsbury & Alvaro, "Elle", VLDB 2020, section 4.2.3).
//
// Keys have dense numbers. Each key has a run of slots, one a version: first those of the longest list that was read,
// then the appends that nobody saw, which come after them in an order of their own that is unknown.
//
// Thread safety: none while it is built; const afterwards. Complexity: linear in mops and in elements read, plus sorting
// the elements of a key whose numbers are far apart. Units: bytes where named so.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/elle/time_order.h"
#include "harness/core/history.h"

namespace assay::checkers::elle {

struct ListHistory {
  struct Read {
    const Value* elements;
    OpId op;
    std::uint32_t key;
    std::uint32_t length;  // 0: the list was empty
    std::uint32_t mop;
  };
  struct KeyRow {
    Key name = 0;
    const Value* longest = nullptr;
    std::uint32_t observed = 0;  // length of the longest list read
    OpId longest_reader = kNoOp;
    std::uint32_t appends = 0;     // of outcome ok or info
    std::uint32_t slot_begin = 0;  // slots: observed ones, then unobserved ones
    std::uint32_t slot_end = 0;
    std::uint32_t last_touch = 0;  // scratch: operation + 1
    std::int64_t low = INT64_MAX;  // of the codes appended
    std::int64_t high = INT64_MIN;
    bool broken = false;        // lists that contradict one another, or repeat an element
    bool tail_is_open = false;  // several transactions appended unseen: their order is unknown
  };
  enum class SlotFlag : std::uint8_t { none, intermediate, unknown, repeated };

  const History* history = nullptr;
  Times times;
  std::vector<KeyRow> keys;
  std::vector<Read> reads;  // of ok operations, in their order; those of lists that fit the key's order
  std::vector<std::uint32_t> misfits;  // numbers of reads whose list is no prefix of the longest
  std::vector<OpId> writer;  // of each slot; kNoOp when that failed, or nobody did, or it was placed before
  std::vector<SlotFlag> flags;                    // of each slot
  std::vector<OpId> suspects;                     // ok operations that contradict themselves
  std::vector<std::uint32_t> intermediate_reads;  // numbers of reads that end within another transaction
  bool gaps = false;                              // some observed slot has no writer
  std::uint64_t transactions = 0;                 // ok
  std::uint64_t observed_reads = 0;
  std::uint32_t open_tails = 0;

  // Slots of a key whose order is known: all of them, unless several transactions appended unseen.
  std::uint32_t ordered_end(const KeyRow& row) const {
    return row.tail_is_open ? row.slot_begin + row.observed : row.slot_end;
  }
};

// What a read tells of other transactions: its list without the elements at the end that its own transaction appended
// before, and which nobody else need see there.
std::span<const Value> list_of_others(std::span<const Mop> mops, std::size_t read);

// Whether a transaction did not read what follows from its own earlier steps, or read what it appended later.
bool contradicts_itself(std::span<const Mop> mops);

// Of each operation, whether it surely took effect: it is ok, or somebody saw what it appended.
std::vector<bool> committed(const ListHistory& lists);

// Reads the history. Returns false with `error` set to what makes it no history of lists (or empty when the limits are
// spent).
bool read_lists(const History& history, Limits& limits, Charge& charge, ListHistory& lists,
                std::string& error);

}  // namespace assay::checkers::elle
