// A few keys that transactions tie together, and the transactions on them, with values and states numbered:
// what the transaction checker works on. Knows read, write, cas, append (to a list; an absent key is an empty
// one) and add (to an integer; an absent key is 0).
//
// Values: equal ones have one number; a list is the number of a shorter list and an element, so that append
// is one look-up. States: equal assignments of values to keys have one number, and applying an operation to a
// state is computed once.
//
// Lists that neither occur in the history nor begin one that does count as one value: nobody can tell them
// apart, and whatever is appended to one gives another. A key that only append writes can only ever hold the
// beginnings of the longest list that was read, and then longer ones: an append that leads elsewhere is
// refused at once.
//
// Thread safety: none. Memory: charged to the limits.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/number_map.h"
#include "checkers/linearizability/state_space.h"
#include "harness/core/history.h"

namespace assay::checkers {

class TransactionObject final : public StateSpace {
 public:
  TransactionObject(const History& history, std::span<const OpId> ids, const Value& initial, Limits& limits);

  Next next(std::uint32_t state, std::uint32_t op) override;

 private:
  struct Step {
    Fn fn = Fn::read;
    std::uint32_t key = 0;       // dense
    std::uint32_t argument = 0;  // number of a value; cas: the desired one
    std::uint32_t other = 0;     // read: what it saw; cas: what it expects
    friend bool operator==(const Step&, const Step&) = default;
  };
  struct Hash {
    std::size_t operator()(const Value& value) const { return value.hash(); }
    std::size_t operator()(const std::vector<std::uint32_t>& numbers) const;
  };
  struct AppendOnly {
    bool holds = true;                      // no write, cas or add on this key
    std::uint32_t longest = 0;              // the longest list that was read
    std::vector<std::uint32_t> beginnings;  // by length: its beginnings, itself included
  };

  struct Steps {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };

  void add_steps(const Operation& op, std::uint32_t label);
  std::uint32_t apply(std::uint32_t state, std::uint32_t op);
  void find_append_only_keys();
  std::uint32_t number(const Value& value);
  std::uint32_t appended(std::uint32_t list, std::uint32_t element);
  std::uint32_t step(const Step& step, std::uint32_t value, bool info);
  std::uint32_t append_step(const Step& step, std::uint32_t value);
  std::uint32_t add_step(const Step& step, std::uint32_t value);

  Charge charge_;
  std::vector<Steps> steps_of_;  // by operation
  std::vector<Step> steps_;
  std::map<Key, std::uint32_t> keys_;
  std::vector<AppendOnly> append_only_;  // by key

  std::unordered_map<Value, std::uint32_t, Hash> numbers_;  // of values that are no list
  std::vector<Value> values_;                               // by number; nil for lists
  std::vector<std::uint32_t> lengths_;                      // by number: of a list; 0 for the rest
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> appended_;
  std::uint32_t beyond_ = kNone;  // stands for every list that does not occur

  std::deque<std::vector<std::uint32_t>> states_;
  std::unordered_map<std::vector<std::uint32_t>, std::uint32_t, Hash> state_numbers_;
  NumberMap applied_;  // by state and label
};

}  // namespace assay::checkers
