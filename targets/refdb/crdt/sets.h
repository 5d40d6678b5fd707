// Sets: grow-only (merged by union), and observed-remove, where a removal takes away the additions it has seen and
// no others, so that an addition wins over a removal that is concurrent with it. No tombstones: what was removed is
// known from the context (Bieniusa et al., "An optimized conflict-free replicated set", INRIA 8083, 2012).
//
// Thread safety: none. Errors: decoding is total. Complexity: an update costs the elements that it names; a merge is
// linear.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "targets/refdb/crdt/dot_store.h"

namespace assay::refdb::crdt {

class GSet {
 public:
  GSet add(const Value& element);
  void merge(const GSet& other) { elements_.insert(other.elements_.begin(), other.elements_.end()); }
  const std::set<Value>& elements() const { return elements_; }

  void write(wire::Writer& writer) const;
  static GSet read(wire::Reader& reader);
  friend bool operator==(const GSet&, const GSet&) = default;

 private:
  std::set<Value> elements_;
};

class OrSet {
 public:
  // Each updates this and returns the delta that other replicas merge.
  OrSet add(ActorId actor, const Value& element);
  OrSet remove(const Value& element);
  // A seeded bug: takes away also the next addition of every other actor, which it has not seen.
  OrSet remove_unseen(ActorId self, const Value& element);
  void merge(const OrSet& other) { state_.merge(other.state_); }

  bool contains(const Value& element) const { return state_.store.entries.contains(element); }
  // In order.
  std::vector<Value> elements() const;
  // Nothing was ever added.
  bool untouched() const { return state_.context == DotContext(); }
  const Causal<DotMap<DotSet>>& state() const { return state_; }

  void write(wire::Writer& writer) const { state_.write(writer); }
  static OrSet read(wire::Reader& reader);
  friend bool operator==(const OrSet&, const OrSet&) = default;

 private:
  Causal<DotMap<DotSet>> state_;
};

}  // namespace assay::refdb::crdt
