// Registers: last-writer-wins keeps the value with the latest timestamp, and drops every other one without a word;
// multi-value keeps all values that no other one has seen. INRIA 7506 (Shapiro et al. 2011), sections 3.2.1, 3.2.2.
//
// Thread safety: none. Errors: decoding is total. Complexity: constant; linear in siblings.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "targets/refdb/clocks/hybrid.h"
#include "targets/refdb/crdt/dot_store.h"

namespace assay::refdb::crdt {

using clocks::HybridTime;

// The order of two writes: by time, and for equal times by dot, so that it is the same everywhere. A register that
// nobody wrote has the earliest stamp of all.
struct Stamp {
  HybridTime time;
  Dot dot;

  friend auto operator<=>(const Stamp&, const Stamp&) = default;
};

class LwwRegister {
 public:
  LwwRegister() = default;
  LwwRegister(Value value, const Stamp& stamp) : value_(std::move(value)), stamp_(stamp) {}

  // False: the other one was dropped, or is this one.
  bool merge(const LwwRegister& other) {
    if (!(stamp_ < other.stamp_)) return false;
    *this = other;
    return true;
  }
  const Value& value() const { return value_; }
  const Stamp& stamp() const { return stamp_; }

  void write(wire::Writer& writer) const;
  static LwwRegister read(wire::Reader& reader);
  friend bool operator==(const LwwRegister&, const LwwRegister&) = default;

 private:
  Value value_;
  Stamp stamp_{{INT64_MIN, 0}, {}};
};

class MvRegister {
 public:
  struct Version {
    Value value;
    HybridTime time;  // for people and for resolvers that ask which was first

    void write(wire::Writer& writer) const;
    static Version read(wire::Reader& reader);
    friend bool operator==(const Version&, const Version&) = default;
  };

  // Replaces all versions that this replica knows; returns the delta that other replicas merge.
  MvRegister assign(ActorId actor, Value value, HybridTime time = {});
  // The same of some versions only; the others become siblings of the new one.
  MvRegister replace(ActorId actor, const std::set<Dot>& replaced, Value value, HybridTime time = {});
  void merge(const MvRegister& other) { state_.merge(other.state_); }

  // More than one: written concurrently.
  const std::map<Dot, Version>& versions() const { return state_.store.values; }
  const DotContext& context() const { return state_.context; }

  void write(wire::Writer& writer) const { state_.write(writer); }
  static MvRegister read(wire::Reader& reader);
  friend bool operator==(const MvRegister&, const MvRegister&) = default;

 private:
  Causal<DotValues<Version>> state_;
};

}  // namespace assay::refdb::crdt
