// What the models of collections have in common: values that come in by one operation and go out by another.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "checkers/linearizability/object_model.h"

namespace assay::checkers {

// "is a cas" if the operation is anything but one mop of these; else empty.
std::string object_to(const Operation& op, std::initializer_list<Fn> known);

std::uint64_t hash_values(std::span<const Value> values);

// Whether an operation of outcome ok took nothing out: it found the collection empty.
bool found_empty(const Operation& op, Fn take);

// Parts: the element put in or taken out. Unknown what was taken: it depends on everything.
Separable collection_parts(const Operation& op, Fn take, std::vector<Part>& parts);

// Drops operations of unknown outcome that put in what nobody is known to have taken out. (If one took effect
// and something of unknown outcome took it out again, neither needs to have happened; else it lies there for
// good, and what is known to have been taken never lay behind it.)
void drop_untaken(const History& history, Fn put, Fn take, std::vector<OpId>& ids);

// When the elements of a collection were taken out, for a look ahead that spares the search dead ends: an
// element that must be out before another can be must not be put where it comes out after it.
class TakeTimes {
 public:
  TakeTimes() = default;
  TakeTimes(const History& history, std::span<const OpId> ids, Fn put, Fn take);

  // Whether `first` can be taken out before `second`, both being in.
  bool can_precede(const Value& first, const Value& second) const;
  // Whether nothing of outcome ok takes it out.
  bool is_lost(const Value& value) const;
  // Whether it may be in for ever.
  bool may_stay(const Value& value) const;
  // How many operations that may have taken a lost element were invoked before the last that may take this
  // one returned.
  std::size_t thieves_before(const Value& value) const;

 private:
  struct Times {
    std::size_t puts = 0, takes = 0;
    Nanos first = kNever;    // the earliest that it may be taken
    Nanos last = INT64_MIN;  // the latest; kNever: it may stay
  };
  struct Hash {
    std::size_t operator()(const Value& value) const { return value.hash(); }
  };
  std::unordered_map<Value, Times, Hash> times_;
  std::vector<Nanos> thieves_;  // when operations of unknown outcome that take were invoked, sorted
};

// Which values can be taken out as the first, second ... of all: what comes in as number n goes out as number n
// where the order is kept. Where values are put in several times, this spares the search most wrong orders.
class TakeRanks {
 public:
  TakeRanks() = default;
  TakeRanks(const History& history, std::span<const OpId> ids, Fn put, Fn take);

  bool can_be_number(std::size_t rank, const Value& value) const;

 private:
  struct Candidate {
    std::size_t rank;
    Value value;
  };

  bool known_ = false;
  std::size_t sure_ = 0;               // below it, nothing stays in for ever, or is taken by an operation of
                                       // unknown outcome
  std::vector<Candidate> candidates_;  // sorted
  std::vector<Value> surplus_;         // sorted: of these, more come in than are known to go out
};

// "phantom-element", "duplicate-element", "wrong-empty" or else `order_name`, and a sentence.
void name_collection_violation(const History& history, std::span<const OpId> witness, Fn put, Fn take,
                               const char* order_name, std::string& anomaly, std::string& summary);

}  // namespace assay::checkers
