// The smallest set of operations found that shows a violation, under any model.
//
// What may be left out: an operation that only reads; or a *part* of the object (an element of a queue, a
// value of a key) with everything that wrote or saw it. Neither can make a valid history invalid, so a set
// that is invalid shows that the whole is. Whatever else an operation wrote goes with it. Operations that
// depend on everything (a dequeue of unknown outcome) stay.
//
// Where few values are written many times, a single write goes too if no operation that is kept can have seen
// it: each that saw its value returned before the write was invoked, or was invoked after another write of
// the key had followed in real time (as in register_witness.h).
//
// The search starts from operations that are known to contradict each other, or from the end of the shortest
// beginning that has no order; it takes what was last before that, then more, and at last drops what it can
// (common/reduce.h), checking each set afresh.
//
// Thread safety: none. Bounded: a few hundred checks, a second, an eighth of the time that is left.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "checkers/linearizability/object_model.h"

namespace assay::checkers {

// Decides whether some operations alone are a violation; false also when that takes too long.
class WitnessJudge {
 public:
  virtual ~WitnessJudge() = default;
  virtual bool is_invalid(const std::vector<OpId>& ids) = 0;
  // The same of a history of its own, with some operations of the whole history, or with some of their steps.
  virtual bool is_invalid_part(const History& part, const std::vector<OpId>& ids) = 0;
  // Whether it will find nothing invalid any more.
  virtual bool exhausted() const { return false; }
  // Whether an operation that returned before another was invoked comes before it.
  virtual bool real_time() const = 0;
};

class ModelWitness {
 public:
  ModelWitness(const ObjectModel& model, const History& history, std::span<const OpId> ids,
               WitnessJudge& judge, Limits& limits);

  // In order of invocation. Requires: the object is invalid, as the verdict says.
  std::vector<OpId> find(const ObjectVerdict& verdict);
  // Whether all that may be left out was tried one by one: false if the effort ended first.
  bool is_minimal() const { return minimal_; }

 private:
  using Flags = std::vector<bool>;

  struct Use {
    std::uint32_t part;
    bool written;
  };
  struct User {
    std::uint32_t position;
    bool written;
  };

  void find_parts();
  // Whether every value that an operation wrote is one that no other of those kept can have seen.
  bool unseen(std::uint32_t position, const Flags& kept) const;
  // `key`: its first part.
  bool read_by_another(std::uint32_t position, std::uint32_t key, const Flags& kept) const;
  // The first moment at which something else has surely been written to the key, for who was done before.
  Nanos overwritten_by(std::uint32_t position, std::uint32_t part, const Flags& kept) const;
  std::vector<OpId> chosen(const Flags& kept) const;
  bool is_invalid(const Flags& kept);
  // Drops the parts, everything that names them, and whatever else that wrote.
  void drop_parts(Flags& kept, std::vector<std::uint32_t> parts) const;
  Flags only_parts_of(const Flags& among, const std::vector<std::uint32_t>& ops) const;
  Flags up_to(Nanos end) const;
  Flags start(const ObjectVerdict& verdict);
  void minimise(Flags& kept);
  // `drop(flags, unit)` changes the flags. True if something went.
  template <class Drop>
  bool reduce_units(Flags& kept, std::vector<std::uint32_t> units, const Drop& drop);
  bool drop_parts_and_reads(Flags& kept);
  bool drop_unseen(Flags& kept);
  bool out_of_effort() const;

  const ObjectModel& model_;
  const History& history_;
  std::span<const OpId> ids_;
  WitnessJudge& judge_;
  Limits& limits_;
  Charge charge_;
  Nanos deadline_;
  int checks_ = 0;
  bool minimal_ = false;
  bool parts_apply_ = true;
  std::vector<bool> reads_only_;          // by position in ids_
  std::vector<std::uint32_t> use_begin_;  // by position: its uses
  std::vector<Use> uses_;
  std::vector<std::uint32_t> user_begin_;  // by part: the operations that name it
  std::vector<User> users_;
  std::vector<std::uint32_t> key_of_;   // by part: the first part of its key
  std::vector<std::uint32_t> key_end_;  // by first part of a key: where its parts end
  std::vector<bool> replaced_;  // by first part of a key: whatever is written to it replaces what it held
};

}  // namespace assay::checkers
