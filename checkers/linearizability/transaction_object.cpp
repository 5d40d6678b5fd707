#include "checkers/linearizability/transaction_object.h"

#include <algorithm>

#include "checkers/linearizability/labels.h"

namespace assay::checkers {

namespace {
constexpr std::uint32_t kEmptyList = 0;  // and nil: an absent key
// A hashed or sorted entry with its node, its share of the table while that grows, and what allocations are rounded up by.
constexpr std::size_t kEntryBytes = 96;
}  // namespace

std::size_t TransactionObject::Hash::operator()(const std::vector<std::uint32_t>& numbers) const {
  std::uint64_t hash = 0x9e3779b97f4a7c15u;
  for (const std::uint32_t n : numbers) hash = (hash ^ n) * 0xff51afd7ed558ccdu, hash ^= hash >> 32;
  return hash;
}

TransactionObject::TransactionObject(const History& history, std::span<const OpId> ids, const Value& initial,
                                     Limits& limits)
    : charge_(limits), applied_(limits) {
  const Labels labels = label_operations(history, ids, false);
  label_count_ = labels.count;
  values_.emplace_back();
  lengths_.push_back(0);
  numbers_.emplace(Value(), kEmptyList);
  beyond_ = static_cast<std::uint32_t>(values_.size());
  values_.emplace_back();
  lengths_.push_back(UINT32_MAX);
  for (std::size_t i = 0; i < ids.size(); ++i) add_steps(history.at(ids[i]), labels.of[i]);
  charge_.grow(ops_.size() * (sizeof(ModelOp) + sizeof(Steps)) + steps_.size() * sizeof(Step));
  find_append_only_keys();
  states_.push_back(std::vector<std::uint32_t>(keys_.size(), number(initial)));
  state_numbers_.emplace(states_.front(), kInitialState);
}

void TransactionObject::add_steps(const Operation& op, std::uint32_t label) {
  ModelOp compact{op.invoked, op.completed, op.id, label, true};
  Steps range;
  range.begin = static_cast<std::uint32_t>(steps_.size());
  for (const Mop& mop : op.mops) {
    Step step;
    step.fn = mop.fn;
    step.key = keys_.try_emplace(mop.key, static_cast<std::uint32_t>(keys_.size())).first->second;
    if (mop.fn == Fn::read) {
      // What a transaction of unknown outcome would have read is not known either.
      if (op.outcome == Outcome::info) continue;
      step.other = number(mop.result);
    } else if (mop.fn == Fn::cas) {
      step.other = number(mop.argument.first());
      step.argument = number(mop.argument.second());
    } else {
      step.argument = number(mop.argument);
    }
    compact.reads_only = compact.reads_only && mop.fn == Fn::read;
    steps_.push_back(step);
  }
  range.end = static_cast<std::uint32_t>(steps_.size());
  ops_.push_back(compact);
  steps_of_.push_back(range);
}

void TransactionObject::find_append_only_keys() {
  append_only_.resize(keys_.size());
  for (const Step& step : steps_) {
    AppendOnly& its = append_only_[step.key];
    if (step.fn == Fn::read) {
      if (lengths_[step.other] >= lengths_[its.longest]) its.longest = step.other;
    } else if (step.fn != Fn::append) {
      its.holds = false;
    }
  }
  std::map<std::uint32_t, std::uint32_t> shorter;  // by list: without its last element
  for (const auto& [pair, list] : appended_) shorter[list] = pair.first;
  for (AppendOnly& its : append_only_) {
    if (!its.holds) continue;
    its.beginnings.push_back(its.longest);
    for (auto at = shorter.find(its.longest); at != shorter.end(); at = shorter.find(at->second)) {
      its.beginnings.push_back(at->second);
    }
    std::reverse(its.beginnings.begin(), its.beginnings.end());
  }
}

std::uint32_t TransactionObject::number(const Value& value) {
  if (value.kind() == Value::Kind::list) {
    std::uint32_t list = kEmptyList;
    for (const Value& element : value.as_list()) list = appended(list, number(element));
    return list;
  }
  const auto [found, fresh] = numbers_.try_emplace(value, static_cast<std::uint32_t>(values_.size()));
  if (fresh) {
    values_.push_back(value);
    lengths_.push_back(0);
    charge_.grow(kEntryBytes + 2 * sizeof(Value));
  }
  return found->second;
}

std::uint32_t TransactionObject::appended(std::uint32_t list, std::uint32_t element) {
  const auto [found, fresh] =
      appended_.try_emplace({list, element}, static_cast<std::uint32_t>(values_.size()));
  if (fresh) {
    values_.emplace_back();
    lengths_.push_back(lengths_[list] + 1);
    charge_.grow(kEntryBytes + 2 * sizeof(Value));
  }
  return found->second;
}

std::uint32_t TransactionObject::append_step(const Step& step, std::uint32_t value) {
  if (value == beyond_) return beyond_;
  const bool list = lengths_[value] > 0 || value == kEmptyList;
  if (!list) return kNone;
  // Only lists that occur in the history, or begin one that does, have numbers: nobody can tell the rest
  // apart.
  const auto found = appended_.find({value, step.argument});
  const std::uint32_t next = found != appended_.end() ? found->second : beyond_;
  const AppendOnly& its = append_only_[step.key];
  if (!its.holds || lengths_[value] >= lengths_[its.longest]) return next;
  // Towards the longest list that was read there is only one way.
  return next == its.beginnings[lengths_[next == beyond_ ? value : next]] ? next : kNone;
}

std::uint32_t TransactionObject::add_step(const Step& step, std::uint32_t value) {
  if (value != kEmptyList && !values_[value].is_integer()) return kNone;
  const std::uint64_t before =
      value == kEmptyList ? 0 : static_cast<std::uint64_t>(values_[value].as_integer());
  const std::uint64_t after = before + static_cast<std::uint64_t>(values_[step.argument].as_integer());
  return number(Value(static_cast<std::int64_t>(after)));
}

std::uint32_t TransactionObject::step(const Step& step, std::uint32_t value, bool info) {
  switch (step.fn) {
    case Fn::read:
      return info || value == step.other ? value : kNone;
    case Fn::cas:
      return value == step.other ? step.argument : kNone;
    case Fn::append:
      return append_step(step, value);
    case Fn::add:
      return add_step(step, value);
    default:
      return step.argument;
  }
}

StateSpace::Next TransactionObject::next(std::uint32_t state, std::uint32_t op) {
  const std::uint64_t key = std::uint64_t{state} << 32 | ops_[op].label;
  std::uint32_t known = applied_.get(key);
  if (known == NumberMap::kAbsent) {
    known = apply(state, op);
    applied_.put(key, known);
  }
  return {known, false};
}

std::uint32_t TransactionObject::apply(std::uint32_t state, std::uint32_t op) {
  std::vector<std::uint32_t> values = states_[state];
  for (std::uint32_t i = steps_of_[op].begin; i < steps_of_[op].end; ++i) {
    std::uint32_t& value = values[steps_[i].key];
    value = step(steps_[i], value, ops_[op].is_info());
    if (value == kNone) return kNone;
  }
  const auto [number, unseen] =
      state_numbers_.try_emplace(values, static_cast<std::uint32_t>(states_.size()));
  if (unseen) {
    charge_.grow(kEntryBytes + 2 * (values.size() * sizeof(std::uint32_t) + sizeof(values)));
    states_.push_back(std::move(values));
  }
  return number->second;
}

}  // namespace assay::checkers
