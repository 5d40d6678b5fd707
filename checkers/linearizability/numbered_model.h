// Numbers the states of a model (model.h) as they are reached, and remembers what each kind of operation
// leads to in each.
//
// Thread safety: none. Memory: charged to the limits.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "checkers/common/limits.h"
#include "checkers/linearizability/labels.h"
#include "checkers/linearizability/number_map.h"
#include "checkers/linearizability/state_space.h"
#include "harness/core/history.h"

namespace assay::checkers {

template <class M>
class NumberedModel final : public StateSpace {
 public:
  using State = typename M::State;

  NumberedModel(const M& model, const History& history, std::span<const OpId> ids, Limits& limits)
      : model_(model), history_(history), known_(limits), charge_(limits) {
    bool by_process = false;
    if constexpr (requires { M::kByProcess; }) by_process = M::kByProcess;
    const Labels labels = label_operations(history, ids, by_process);
    label_count_ = labels.count;
    charge_.grow(ids.size() * sizeof(ModelOp));
    ops_.reserve(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const Operation op = history.at(ids[i]);
      ModelOp compact{op.invoked, op.completed, ids[i], labels.of[i], false};
      if constexpr (requires { model_.reads_only(op); }) compact.reads_only = model_.reads_only(op);
      ops_.push_back(compact);
    }
    number(model_.initial());
  }

  Next next(std::uint32_t state, std::uint32_t op) override {
    const std::uint64_t key = std::uint64_t{state} << 32 | ops_[op].label;
    std::uint32_t known = known_.get(key);
    if (known == NumberMap::kAbsent) {
      known = compute(state, op);
      known_.put(key, known);
    }
    if (known == kNone) return {};
    return {known & ~kSeveral, (known & kSeveral) != 0};
  }

  std::span<const std::uint32_t> list(std::uint32_t index) const override { return lists_[index]; }

 private:
  static constexpr std::uint32_t kSeveral = std::uint32_t{1} << 31;
  // Of a state: its node in the table and its places there, of which there are thrice as many while it grows; the
  // pointer to it; and what two allocations are rounded up by.
  static constexpr std::size_t kBytesBeside = 24 + 24 + 8 + 24;

  struct Hash {
    const M* model;
    std::size_t operator()(const State& state) const { return model->hash(state); }
  };

  static std::size_t bytes_of(const M& model, const State& state) {
    if constexpr (requires { model.bytes(state); }) return model.bytes(state);
    if constexpr (requires {
                    typename State::value_type;
                    state.capacity();
                  })
      return state.capacity() * sizeof(typename State::value_type);
    return 0;
  }

  std::uint32_t number(State state) {
    const auto [found, fresh] =
        numbers_.try_emplace(std::move(state), static_cast<std::uint32_t>(states_.size()));
    if (fresh) {
      states_.push_back(&found->first);
      charge_.grow(sizeof(State) + kBytesBeside + bytes_of(model_, found->first));
    }
    return found->second;
  }

  std::uint32_t compute(std::uint32_t state, std::uint32_t op) {
    const Operation what = history_.at(ops_[op].id);
    auto found = model_.step(*states_[state], what);
    if constexpr (std::is_same_v<decltype(found), std::optional<State>>) {
      return found ? number(std::move(*found)) : kNone;
    } else {
      if (found.empty()) return kNone;
      if (found.size() == 1) return number(std::move(found.front()));
      std::vector<std::uint32_t> several;
      for (State& each : found) several.push_back(number(std::move(each)));
      charge_.grow(several.size() * sizeof(std::uint32_t) + sizeof(several));
      lists_.push_back(std::move(several));
      return static_cast<std::uint32_t>(lists_.size() - 1) | kSeveral;
    }
  }

  const M model_;
  const History& history_;
  NumberMap known_;
  Charge charge_;
  std::unordered_map<State, std::uint32_t, Hash> numbers_{16, Hash{&model_}};
  std::deque<const State*> states_;
  std::deque<std::vector<std::uint32_t>> lists_;
};

}  // namespace assay::checkers
