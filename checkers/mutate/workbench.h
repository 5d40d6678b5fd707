// What the changes to a history are made with: who wrote what, random choices, and the making of the changed history.
// Internal to this folder.
//
// Thread safety: none. Complexity: each change copies the history.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "checkers/mutate/draft.h"
#include "checkers/mutate/mutation.h"
#include "harness/core/rng.h"

namespace assay::checkers {

// Not the value that a register may well begin with.
bool is_plain(const Value& value);

// "operation 7".
std::string named(OpId id);

class Workbench {
 public:
  Workbench(const History& history, bool has_times, std::uint64_t seed)
      : observed_(history), has_times_(has_times), rng_(seed) {}

  const Observed& observed() const { return observed_; }
  const History& history() const { return observed_.history(); }
  Operation at(OpId id) const { return history().at(id); }
  const Mop& mop(Place place) const { return observed_.mop(place); }
  KeyKind kind(Place place) const { return observed_.kind(mop(place).key); }
  bool has_times() const { return has_times_; }
  Rng& rng() { return rng_; }

  // One of these; Place{} of an empty history when there is none.
  Place random_of(std::span<const Place> places) {
    return places.empty() ? Place{} : places[rng_.below(places.size())];
  }
  bool has_finders() const { return !observed_.finders().empty(); }
  // Whether `good` holds for one of these places, tried one after the other from a random one on.
  template <class Good>
  bool somewhere(std::span<const Place> places, const Good& good) {
    constexpr std::size_t kTriesMax = 4096;
    const std::size_t begin = places.empty() ? 0 : rng_.below(places.size());
    for (std::size_t i = 0; i < std::min(places.size(), kTriesMax); ++i) {
      if (good(places[(begin + i) % places.size()])) return true;
    }
    return false;
  }
  // A write of the key, as far as chance allows: any write, asked for a key, in a few tries.
  Place random_write(Key key);

  // What a micro-operation writes: the argument, or what a compare-and-set puts there.
  static Value written(const Mop& mop) { return mop.fn == Fn::cas ? mop.argument.second() : mop.argument; }
  // The operation that brought one of the elements found at a place, when nobody else brought it, the operation is ok
  // and another one.
  const Place* writer_of(Place place, const Value& element) const;
  // What a random one of the elements at a place is; nil when there is none.
  Value random_element(Place place);
  static bool brings_elements(KeyKind kind);

  // Real time means nothing in a history without times.
  Breakage timed(Breakage effect) const {
    return effect == Breakage::real_time && !has_times_ ? Breakage::unknown : effect;
  }
  // Whether another operation that only reads found integers under the same keys.
  bool is_read_again(OpId id) const;
  // When everything has ended.
  Nanos end_of_history() const;

  static void finish(Mutation& mutation, Breakage effect, std::string what, Draft& draft);
  void finish_with_result(Mutation& mutation, Breakage effect, Place place, const Value& result,
                          const std::string& why);

 private:
  Observed observed_;
  bool has_times_;
  Rng rng_;
};

// A kind of change that is made without knowing more than the workbench. False when it found no place.
struct KindOfType {
  Mutator::Kind kind;
  bool (*change)(Workbench& bench, Mutation& mutation);
};
// What matters for one type of data: banks, counters, queues, locks ...
std::span<const KindOfType> datatype_kinds();
// What is read at the end, when nothing is written any more.
std::span<const KindOfType> end_kinds();
// Logs that are polled, and streams of changes that are watched.
std::span<const KindOfType> stream_kinds();
inline std::array<std::span<const KindOfType>, 3> kinds_of_types() {
  return {datatype_kinds(), end_kinds(), stream_kinds()};
}

}  // namespace assay::checkers
