// What a model of an object is, and how to check a history against a model of one's own.
//
// A model is any type like this one, a register that can be read and written:
//
//   struct Register {
//     using State = std::int64_t;
//     State initial() const { return 0; }
//     std::uint64_t hash(const State& state) const { return static_cast<std::uint64_t>(state); }
//     std::optional<State> step(const State& state, const Operation& op) const {
//       const Mop& mop = op.mops.front();
//       if (mop.fn == Fn::write) return mop.argument.as_integer();
//       if (mop.result != Value(state)) return std::nullopt;  // cannot have read this here
//       return state;
//     }
//     bool reads_only(const Operation& op) const { return op.mops.front().fn == Fn::read; }  // optional
//   };
//   CheckResult result = check_linearizable(Register(), history, budget);
//
// step() gets operations of outcome ok, whose results must be matched, and of outcome info, whose results are
// not known and must not be looked at. A model whose operations may lead to one of several states returns
// them all, as a std::vector<State>, empty where the operation cannot have happened. Optional members:
//  - bool reads_only(op) const: true only if the operation leaves every state as it is. Those cost next to
//    nothing.
//  - static constexpr bool kByKey = true: each key is an object of its own; otherwise the history is one
//    object.
//  - static constexpr bool kByProcess = true: step() looks at op.process; otherwise it must depend on op.mops
//    and op.outcome alone.
//  - std::string objection(op) const: empty, or what the model does not know about an operation ("is a cas");
//    such a history is not judged.
//  - std::size_t bytes(state) const: the memory of a state beyond sizeof, for the budget.
//
// Thread safety: a model's members are called from up to two threads at once. Errors: a model must not throw.
// Complexity: see jit_search.h; each different operation is tried at most once in each state.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "checkers/linearizability/numbered_model.h"
#include "checkers/linearizability/object_model.h"
#include "harness/core/checker.h"

namespace assay::checkers {

template <class M>
concept SequentialModel = std::copyable<typename M::State> && std::equality_comparable<typename M::State> &&
    requires(const M& model, const typename M::State& state, const Operation& op) {
  { model.initial() } -> std::convertible_to<typename M::State>;
  { model.hash(state) } -> std::convertible_to<std::uint64_t>;
  {model.step(state, op)};
  requires std::same_as<decltype(model.step(state, op)), std::optional<typename M::State>> ||
      std::same_as<decltype(model.step(state, op)), std::vector<typename M::State>>;
};

// A model of that concept, as the machinery sees it.
template <SequentialModel M>
class ModelAdapter : public ObjectModel {
 public:
  explicit ModelAdapter(M model, std::string_view name = "custom") : model_(std::move(model)), name_(name) {}

  std::string_view name() const override { return name_; }
  std::string objection(const Operation& op) const override {
    if constexpr (requires { model_.objection(op); }) return model_.objection(op);
    return {};
  }
  bool by_key() const override {
    if constexpr (requires { M::kByKey; }) return M::kByKey;
    return false;
  }
  bool reads_only(const Operation& op) const override {
    if constexpr (requires { model_.reads_only(op); }) return model_.reads_only(op);
    return false;
  }
  std::unique_ptr<StateSpace> space(const History& history, std::span<const OpId> ids, bool /*real_time*/,
                                    Limits& limits) const override {
    return std::make_unique<NumberedModel<M>>(model_, history, ids, limits);
  }

 protected:
  M model_;
  std::string_view name_;
};

// The verdict, with findings and statistics as those of the checker "linearizable". Requires: the history has
// no operations that the model cannot take in step(), unless it objects to them.
CheckResult check_linearizable(const ObjectModel& model, const History& history, const Budget& budget,
                               bool want_certificate = false);

template <SequentialModel M>
CheckResult check_linearizable(const M& model, const History& history, const Budget& budget = {}) {
  return check_linearizable(ModelAdapter<M>(model), history, budget);
}

}  // namespace assay::checkers
