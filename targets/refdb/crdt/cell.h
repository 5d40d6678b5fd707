// The value of one key in a store that merges replicas: one part for each kind of operation that may be done to it.
// A delta is a cell that holds what changed. Which part a mop goes to, and what a read of several parts shows:
// data_types.h, or the mode's own rules (multi_leader/resolution.h).
//
// Thread safety: none. Errors: decoding is total. Complexity: that of the parts.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "targets/refdb/crdt/counters.h"
#include "targets/refdb/crdt/registers.h"
#include "targets/refdb/crdt/sets.h"
#include "targets/refdb/text/sequence.h"

namespace assay::refdb::crdt {

// A list that is only appended to: elements in the order of their stamps, merged by union.
class AppendedList {
 public:
  AppendedList append(const Stamp& stamp, const Value& element);
  void merge(const AppendedList& other) { elements_.insert(other.elements_.begin(), other.elements_.end()); }
  std::vector<Value> elements() const;
  bool empty() const { return elements_.empty(); }
  // Requires: not empty.
  const Stamp& last() const { return elements_.rbegin()->first; }

  void write(wire::Writer& writer) const;
  static AppendedList read(wire::Reader& reader);
  friend bool operator==(const AppendedList&, const AppendedList&) = default;

 private:
  std::map<Stamp, Value> elements_;
};

struct Cell {
  LwwRegister written;  // last writer wins
  MvRegister versions;  // all that no other one has seen
  PnCounter counter;
  OrSet elements;
  AppendedList appended;
  text::Sequence text;

  void merge(const Cell& other);
  bool untouched() const;
  void write(wire::Writer& writer) const;
  static Cell read(wire::Reader& reader);
  friend bool operator==(const Cell&, const Cell&) = default;
};

}  // namespace assay::refdb::crdt
