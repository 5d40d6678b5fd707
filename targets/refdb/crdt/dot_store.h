// Dot stores, the shapes from which the causal data types are made: a set of dots, values named by dots, and a map
// of dot stores. join() merges the stores of two replicas given what each has seen: an entry that one side lacks
// although it has seen its dot was removed there; an entry whose dot it has not seen is new to it. Almeida, Shoker,
// Baquero, "Delta state replicated data types", JPDC 2018, figure 9.
//
// Thread safety: none. Errors: decoding is total; the reader fails when the bytes are not the one form of a store.
// Complexity: linear in both stores.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "harness/core/value.h"
#include "targets/refdb/crdt/dot_context.h"
#include "targets/refdb/wire/values.h"

namespace assay::refdb::crdt {

struct DotSet {
  std::set<Dot> dots;

  bool empty() const { return dots.empty(); }
  void collect(DotContext& context) const {
    for (const Dot& dot : dots) context.insert(dot);
  }
  void join(const DotContext& seen, const DotSet& other, const DotContext& other_seen) {
    std::erase_if(dots,
                  [&](const Dot& dot) { return !other.dots.contains(dot) && other_seen.contains(dot); });
    for (const Dot& dot : other.dots) {
      if (!seen.contains(dot)) dots.insert(dot);
    }
  }
  void write(wire::Writer& writer) const {
    writer.number(dots.size());
    for (const Dot& dot : dots) clocks::write_dot(writer, dot);
  }
  static DotSet read(wire::Reader& reader) {
    DotSet result;
    const std::uint64_t count = reader.number();
    for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
      const Dot dot = clocks::read_dot(reader);
      if (!result.dots.empty() && !(*result.dots.rbegin() < dot)) reader.fail();
      result.dots.insert(result.dots.end(), dot);
    }
    return result;
  }
  friend bool operator==(const DotSet&, const DotSet&) = default;
};

// T has write(Writer&) and a static read(Reader&), and is equal wherever the dot is equal.
template <typename T>
struct DotValues {
  std::map<Dot, T> values;

  bool empty() const { return values.empty(); }
  void collect(DotContext& context) const {
    for (const auto& [dot, value] : values) context.insert(dot);
  }
  void join(const DotContext& seen, const DotValues& other, const DotContext& other_seen) {
    std::erase_if(values, [&](const auto& entry) {
      return !other.values.contains(entry.first) && other_seen.contains(entry.first);
    });
    for (const auto& [dot, value] : other.values) {
      if (!seen.contains(dot)) values.emplace(dot, value);
    }
  }
  void write(wire::Writer& writer) const {
    writer.number(values.size());
    for (const auto& [dot, value] : values) {
      clocks::write_dot(writer, dot);
      value.write(writer);
    }
  }
  static DotValues read(wire::Reader& reader) {
    DotValues result;
    const std::uint64_t count = reader.number();
    for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
      const Dot dot = clocks::read_dot(reader);
      if (!result.values.empty() && !(result.values.rbegin()->first < dot)) reader.fail();
      result.values.emplace_hint(result.values.end(), dot, T::read(reader));
    }
    return result;
  }
  friend bool operator==(const DotValues&, const DotValues&) = default;
};

// Keys without a dot are absent.
template <typename Store>
struct DotMap {
  std::map<Value, Store> entries;

  bool empty() const { return entries.empty(); }
  void collect(DotContext& context) const {
    for (const auto& [key, store] : entries) store.collect(context);
  }
  void join(const DotContext& seen, const DotMap& other, const DotContext& other_seen) {
    static const Store kNothing = {};
    for (auto entry = entries.begin(); entry != entries.end();) {
      const auto found = other.entries.find(entry->first);
      entry->second.join(seen, found == other.entries.end() ? kNothing : found->second, other_seen);
      entry = entry->second.empty() ? entries.erase(entry) : std::next(entry);
    }
    for (const auto& [key, store] : other.entries) {
      if (entries.contains(key)) continue;
      Store joined;
      joined.join(seen, store, other_seen);
      if (!joined.empty()) entries.emplace(key, std::move(joined));
    }
  }
  void write(wire::Writer& writer) const {
    writer.number(entries.size());
    for (const auto& [key, store] : entries) {
      wire::write_value(writer, key);
      store.write(writer);
    }
  }
  static DotMap read(wire::Reader& reader) {
    DotMap result;
    const std::uint64_t count = reader.number();
    for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
      Value key = wire::read_value(reader);
      Store store = Store::read(reader);
      const bool in_order = result.entries.empty() || result.entries.rbegin()->first < key;
      if (!in_order || store.empty()) reader.fail();
      if (reader.ok()) result.entries.emplace_hint(result.entries.end(), std::move(key), std::move(store));
    }
    return result;
  }
  friend bool operator==(const DotMap&, const DotMap&) = default;
};

// A data type: a store and what its replica has seen. The delta of an update is one too.
template <typename Store>
struct Causal {
  Store store;
  DotContext context;

  void merge(const Causal& other) {
    store.join(context, other.store, other.context);
    context.merge(other.context);
  }
  void write(wire::Writer& writer) const {
    store.write(writer);
    context.write(writer);
  }
  static Causal read(wire::Reader& reader) {
    Causal result;
    result.store = Store::read(reader);
    result.context = DotContext::read(reader);
    // A store that holds what its context has not seen would break the rules of join.
    DotContext with_store = result.context;
    result.store.collect(with_store);
    if (reader.ok() && !(with_store == result.context)) reader.fail();
    return reader.ok() ? result : Causal();
  }
  friend bool operator==(const Causal&, const Causal&) = default;
};

}  // namespace assay::refdb::crdt
