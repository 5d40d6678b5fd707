// The operations of one object, and the states that they lead through, as numbers: all that the search
// (model_rules.h) sees of a model. What a state is, is the business of the model (numbered_model.h,
// transaction_object.h).
//
// Thread safety: none; a space belongs to one search. Memory: charged to the limits by whoever implements it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "checkers/linearizability/sweep.h"
#include "harness/core/operation.h"

namespace assay::checkers {

struct ModelOp {
  Nanos invoked = 0;
  Nanos completed = kNever;  // kNever: outcome unknown
  OpId id = 0;               // in the history
  std::uint32_t label = 0;   // operations of one label do the same in every state
  bool reads_only = false;   // never changes the state

  bool is_info() const { return completed == kNever; }
};

class StateSpace {
 public:
  static constexpr std::uint32_t kInitialState = 0;

  StateSpace() = default;
  StateSpace(const StateSpace&) = delete;
  StateSpace& operator=(const StateSpace&) = delete;
  virtual ~StateSpace() = default;

  // In order of invocation.
  const std::vector<ModelOp>& ops() const { return ops_; }
  std::uint32_t label_count() const { return label_count_; }

  // What an operation leads to: kNone where it cannot have happened in the state; a state; or, where several
  // are possible, the number of a list of states.
  struct Next {
    std::uint32_t state = kNone;
    bool several = false;
  };
  virtual Next next(std::uint32_t state, std::uint32_t op) = 0;
  // Requires: a number from next(). The list stays as it is.
  virtual std::span<const std::uint32_t> list(std::uint32_t) const { return {}; }

 protected:
  std::vector<ModelOp> ops_;
  std::uint32_t label_count_ = 0;
};

}  // namespace assay::checkers
