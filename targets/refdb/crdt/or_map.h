// Observed-remove map: keys with a register, a set and a counter each (whichever are used), under one context.
// Removing a key takes away what the replica has seen of it; what others do to the key concurrently stays, so an
// update wins over a concurrent removal. Almeida, Shoker, Baquero 2018, section 7.4.
//
// A counter inside a map keeps one entry per actor and replaces it as it grows; a removal that is concurrent with
// an increment therefore keeps that actor's whole count, and takes away those of the others.
//
// Thread safety: none. Errors: decoding is total. Complexity: an update costs what it names; a merge is linear.
#pragma once

#include <cstdint>
#include <vector>

#include "targets/refdb/crdt/registers.h"

namespace assay::refdb::crdt {

struct CountedAmount {
  std::int64_t amount = 0;

  void write(wire::Writer& writer) const { writer.signed_number(amount); }
  static CountedAmount read(wire::Reader& reader) { return {reader.signed_number()}; }
  friend bool operator==(const CountedAmount&, const CountedAmount&) = default;
};

struct MapField {
  DotValues<MvRegister::Version> written;
  DotMap<DotSet> elements;
  DotValues<CountedAmount> counted;

  bool empty() const { return written.empty() && elements.empty() && counted.empty(); }
  void collect(DotContext& context) const;
  void join(const DotContext& seen, const MapField& other, const DotContext& other_seen);
  void write(wire::Writer& writer) const;
  static MapField read(wire::Reader& reader);
  friend bool operator==(const MapField&, const MapField&) = default;
};

class OrMap {
 public:
  // Each updates this and returns the delta that other replicas merge.
  OrMap assign(ActorId actor, const Value& key, Value value, HybridTime time = {});
  OrMap add_element(ActorId actor, const Value& key, const Value& element);
  OrMap remove_element(const Value& key, const Value& element);
  OrMap count(ActorId actor, const Value& key, std::int64_t amount);
  OrMap remove(const Value& key);
  void merge(const OrMap& other) { state_.merge(other.state_); }

  // In order.
  std::vector<Value> keys() const;
  // The siblings of the key's register, in order of dots.
  std::vector<Value> values(const Value& key) const;
  std::vector<Value> elements(const Value& key) const;
  std::int64_t counted(const Value& key) const;

  void write(wire::Writer& writer) const { state_.write(writer); }
  static OrMap read(wire::Reader& reader);
  friend bool operator==(const OrMap&, const OrMap&) = default;

 private:
  const MapField& field(const Value& key) const;
  // A delta in which the update has a dot of its own.
  OrMap finish(OrMap delta);

  Causal<DotMap<MapField>> state_;
};

}  // namespace assay::refdb::crdt
