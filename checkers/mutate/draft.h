// A history that can be changed, and what is needed to know in order to change it: who wrote what, and who found it.
// Internal to this folder.
//
// Thread safety: none. Complexity: Observed is n log n to make, its questions log n.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/history.h"

namespace assay::checkers {

// One operation of a draft; its own mops.
struct DraftOperation {
  Operation op;
  std::vector<Mop> mops;
  std::string error;
};

class Draft {
 public:
  explicit Draft(const History& history);

  std::vector<DraftOperation> operations;  // in any order
  ProcessId fresh_process() { return next_process_++; }
  History build();

 private:
  const History& history_;
  ProcessId next_process_ = 0;
};

// A micro-operation.
struct Place {
  OpId op = 0;
  std::uint32_t mop = 0;
};

// What the operations under a key are.
enum class KeyKind : std::uint8_t { other, reg, list, set, counter, queue, stack, ids, lock, log, stream };

class Observed {
 public:
  explicit Observed(const History& history);

  const History& history() const { return history_; }
  const Mop& mop(Place place) const { return history_.at(place.op).mops[place.mop]; }
  KeyKind kind(Key key) const;

  // The only operation that brought this value, whatever became of it; null when there is none or several.
  const Place* only_writer(Key key, const Value& value) const;

  // Micro-operations of ok operations that found something: reads, and what takes elements away.
  std::span<const Place> finders() const { return finders_; }
  // Predicate reads of ok operations that found a row.
  std::span<const Place> scans() const { return scans_; }
  // Whether all that was written to the key matches, so that only the unborn row could be missed.
  bool always_matches(const Value& predicate, Key key) const;
  // Writes of ok operations under registers.
  std::span<const Place> writes() const { return writes_; }
  // Micro-operations of ok operations that found pairs: polls and watches.
  std::span<const Place> streams() const { return streams_; }
  // The offset or revision and the element of what a poll or watch found; false when it is no such pair.
  static bool split(const Value& event, std::int64_t& number, Value& element);
  // Operations that did nothing but acquire a lock, and did.
  std::span<const OpId> acquires() const { return acquires_; }
  // What an ok micro-operation found, element by element.
  static std::vector<Value> found(const Mop& mop);

  // A value that is nowhere in the history. None (nil) in the rare case that there is no such integer.
  Value fresh_value() const;
  // More than a counter can have reached.
  Value beyond_counter() const;

 private:
  struct Written {
    Key key = 0;
    Value value;
    Place place;
  };
  struct KeyUse {
    bool writes = false, appends = false, adds = false, queue = false, stack = false, ids = false,
         lock = false, log = false, watch = false;
    bool other = false;
    bool list_reads = false;
  };
  void note(const Operation& op, std::uint32_t index);
  void note_scan(const Operation& op, std::uint32_t index);
  void note_number(const Value& value);
  void note_event(const Value& event);

  const History& history_;
  std::map<Key, KeyUse> uses_;
  std::vector<Written> written_;  // by key and value
  std::vector<Place> finders_, writes_, streams_, scans_;
  std::vector<OpId> acquires_;
  std::int64_t largest_ = 0;
  std::int64_t added_ = 0;  // sum of what was added, without what was taken away
};

}  // namespace assay::checkers
