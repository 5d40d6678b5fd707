// Version vectors (Parker et al., "Detection of mutual inconsistency in distributed systems", 1983): per actor,
// how many of its events are known. They tell "happened before" from "concurrent", which no single number can.
// A dot names one event: the counter-th of its actor.
//
// The same object is a vector clock (Fidge, Mattern 1988) when every event of a process, arrivals included,
// ticks the process's own entry: see VectorClock.
//
// Thread safety: none. Errors: decoding is total; nothing when the bytes are no vector. Complexity: linear in the
// actors that have an entry, logarithmic for one of them. An actor that is absent counts as zero, and zeros are
// not kept, so equal vectors are equal objects with equal bytes.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::clocks {

using ActorId = std::uint64_t;

struct Dot {
  ActorId actor = 0;
  std::uint64_t counter = 0;  // from 1

  friend auto operator<=>(const Dot&, const Dot&) = default;
};

void write_dot(wire::Writer& writer, const Dot& dot);
// The reader fails on a counter of zero.
Dot read_dot(wire::Reader& reader);

enum class Order : std::uint8_t { equal, before, after, concurrent };

class VersionVector {
 public:
  static constexpr std::size_t kActorsMax = 4096;  // in decoded bytes

  VersionVector() = default;

  std::uint64_t at(ActorId actor) const;
  // Raises the entry to at least `counter`.
  void raise(ActorId actor, std::uint64_t counter);
  // The actor's next event.
  Dot increment(ActorId actor);
  bool covers(const Dot& dot) const { return dot.counter <= at(dot.actor); }
  // Knows all that `other` knows.
  bool covers(const VersionVector& other) const;
  // How this relates to other: before when other knows all of this and more.
  Order compare(const VersionVector& other) const;
  // Entry by entry the larger one.
  void merge(const VersionVector& other);
  void erase(ActorId actor) { entries_.erase(actor); }

  bool empty() const { return entries_.empty(); }
  const std::map<ActorId, std::uint64_t>& entries() const { return entries_; }
  // How many events are known.
  std::uint64_t total() const;
  // For people: [0:3 2:1].
  std::string to_string() const;

  void write(wire::Writer& writer) const;
  // The reader fails when the bytes are no vector in its one form.
  static VersionVector read(wire::Reader& reader);

  friend bool operator==(const VersionVector&, const VersionVector&) = default;

 private:
  std::map<ActorId, std::uint64_t> entries_;
};

// The vector of one process.
class VectorClock {
 public:
  explicit VectorClock(ActorId self) : self_(self) {}

  // An event of this process, such as a write or the sending of a message.
  const VersionVector& tick() {
    time_.increment(self_);
    return time_;
  }
  // A message of that time arrived.
  const VersionVector& receive(const VersionVector& message_time) {
    time_.merge(message_time);
    return tick();
  }
  const VersionVector& time() const { return time_; }

 private:
  ActorId self_;
  VersionVector time_;
};

}  // namespace assay::refdb::clocks
