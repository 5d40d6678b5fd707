#include "checkers/linearizability/model_witness.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "checkers/common/reduce.h"

namespace assay::checkers {

namespace {

constexpr int kChecksMax = 600;
constexpr Nanos kEffortMax = kSecond;
constexpr int kShareOfTime = 8;

}  // namespace

ModelWitness::ModelWitness(const ObjectModel& model, const History& history, std::span<const OpId> ids,
                           WitnessJudge& judge, Limits& limits)
    : model_(model),
      history_(history),
      ids_(ids),
      judge_(judge),
      limits_(limits),
      charge_(limits),
      deadline_(limits.elapsed() + limits.share(kShareOfTime, kEffortMax)) {
  find_parts();
}

void ModelWitness::find_parts() {
  struct Named {
    Part part;
    std::uint32_t position;
  };
  std::vector<Named> named;
  std::vector<Part> parts;
  std::set<Key> whole;
  for (std::uint32_t i = 0; i < ids_.size(); ++i) {
    const Operation op = history_.at(ids_[i]);
    reads_only_.push_back(model_.reads_only(op));
    parts.clear();
    if (model_.parts(op, parts) == Separable::spoils_all) parts_apply_ = false;
    for (Part& part : parts) {
      if (part.whole_key) whole.insert(part.key);
      named.push_back({std::move(part), i});
    }
  }
  if (!parts_apply_) named.clear();
  for (Named& each : named) {
    if (whole.contains(each.part.key)) each.part.value = Value();
  }
  charge_.grow(named.size() * (sizeof(Named) + sizeof(Use) + sizeof(User) + 20) + ids_.size() * 8);
  const auto less = [](const Named& a, const Named& b) {
    if (a.part.key != b.part.key) return a.part.key < b.part.key;
    return a.part.value < b.part.value;
  };
  std::stable_sort(named.begin(), named.end(), less);
  std::vector<std::pair<std::uint32_t, Use>> by_position;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const Part& now = named[i].part;
    if (i == 0 || less(named[i - 1], named[i])) {
      const auto fresh = static_cast<std::uint32_t>(user_begin_.size());
      const bool same_key = i > 0 && named[i - 1].part.key == now.key;
      user_begin_.push_back(static_cast<std::uint32_t>(i));
      key_of_.push_back(same_key ? key_of_.back() : fresh);
      key_end_.push_back(fresh + 1);
      key_end_[key_of_.back()] = fresh + 1;
      replaced_.push_back(true);
    }
    const auto part = static_cast<std::uint32_t>(user_begin_.size() - 1);
    if (now.written && !now.replaces) replaced_[key_of_[part]] = false;
    users_.push_back({named[i].position, now.written});
    by_position.push_back({named[i].position, {part, now.written}});
  }
  user_begin_.push_back(static_cast<std::uint32_t>(named.size()));
  std::stable_sort(by_position.begin(), by_position.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  use_begin_.assign(ids_.size() + 1, 0);
  for (const auto& [position, use] : by_position) {
    ++use_begin_[position + 1];
    uses_.push_back(use);
  }
  std::partial_sum(use_begin_.begin(), use_begin_.end(), use_begin_.begin());
}

std::vector<OpId> ModelWitness::chosen(const Flags& kept) const {
  std::vector<OpId> some;
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    if (kept[i]) some.push_back(ids_[i]);
  }
  return some;
}

bool ModelWitness::is_invalid(const Flags& kept) {
  ++checks_;
  return judge_.is_invalid(chosen(kept));
}

bool ModelWitness::out_of_effort() const {
  return checks_ > kChecksMax || judge_.exhausted() || limits_.elapsed() > deadline_ || limits_.spent();
}

void ModelWitness::drop_parts(Flags& kept, std::vector<std::uint32_t> parts) const {
  std::vector<bool> dropped(user_begin_.size(), false);
  for (const std::uint32_t part : parts) dropped[part] = true;
  while (!parts.empty()) {
    const std::uint32_t part = parts.back();
    parts.pop_back();
    for (std::uint32_t i = user_begin_[part]; i < user_begin_[part + 1]; ++i) {
      const std::uint32_t user = users_[i].position;
      if (!kept[user]) continue;
      kept[user] = false;
      for (std::uint32_t use = use_begin_[user]; use < use_begin_[user + 1]; ++use) {
        if (!uses_[use].written || dropped[uses_[use].part]) continue;
        dropped[uses_[use].part] = true;
        parts.push_back(uses_[use].part);
      }
    }
  }
}

// What is left of `among` when every part is dropped that none of the operations names.
ModelWitness::Flags ModelWitness::only_parts_of(const Flags& among,
                                                const std::vector<std::uint32_t>& ops) const {
  std::vector<bool> wanted(user_begin_.size(), false);
  Flags kept = among;
  for (const std::uint32_t op : ops) {
    for (std::uint32_t use = use_begin_[op]; use < use_begin_[op + 1]; ++use) wanted[uses_[use].part] = true;
  }
  std::vector<std::uint32_t> unwanted;
  for (std::uint32_t part = 0; part + 1 < user_begin_.size(); ++part) {
    if (!wanted[part]) unwanted.push_back(part);
  }
  drop_parts(kept, std::move(unwanted));
  return kept;
}

ModelWitness::Flags ModelWitness::up_to(Nanos end) const {
  Flags kept(ids_.size());
  for (std::size_t i = 0; i < ids_.size(); ++i) kept[i] = history_.at(ids_[i]).invoked <= end;
  return kept;
}

// A set that is invalid, as small as can be had cheaply.
ModelWitness::Flags ModelWitness::start(const ObjectVerdict& verdict) {
  const Flags all(ids_.size(), true);
  std::vector<std::uint32_t> ops;
  if (verdict.stuck_at == kNone) {
    for (const OpId id : verdict.conflict) {
      const auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
      ops.push_back(static_cast<std::uint32_t>(found - ids_.begin()));
    }
    if (ops.empty()) return all;
    Flags kept = only_parts_of(all, ops);
    return is_invalid(kept) ? kept : all;
  }
  const Nanos end = history_.at(verdict.stuck_at).completed;
  const Flags prefix = up_to(end);
  std::vector<std::uint32_t> returned;  // latest first
  for (std::uint32_t i = 0; i < ids_.size(); ++i) {
    if (history_.at(ids_[i]).completed <= end) returned.push_back(i);
  }
  std::stable_sort(returned.begin(), returned.end(), [&](std::uint32_t a, std::uint32_t b) {
    return history_.at(ids_[a]).completed > history_.at(ids_[b]).completed;
  });
  for (std::size_t size = 2; parts_apply_ && size < returned.size() && !out_of_effort(); size *= 2) {
    ops.assign(returned.begin(), returned.begin() + static_cast<std::ptrdiff_t>(size));
    Flags kept = only_parts_of(prefix, ops);
    if (is_invalid(kept)) return kept;
  }
  return is_invalid(prefix) ? prefix : all;
}

template <class Drop>
bool ModelWitness::reduce_units(Flags& kept, std::vector<std::uint32_t> units, const Drop& drop) {
  return checkers::reduce(
      kept, std::move(units), drop, [&](const Flags& flags) { return is_invalid(flags); },
      [&] { return out_of_effort(); });
}

// Parts first, then single operations that only read.
bool ModelWitness::drop_parts_and_reads(Flags& kept) {
  const auto parts = static_cast<std::uint32_t>(user_begin_.size() - 1);
  std::vector<std::uint32_t> units;
  for (std::uint32_t part = 0; part < parts; ++part) {
    const bool used = std::any_of(users_.begin() + user_begin_[part], users_.begin() + user_begin_[part + 1],
                                  [&](const User& user) { return kept[user.position]; });
    if (used) units.push_back(part);
  }
  for (std::uint32_t i = 0; i < ids_.size(); ++i) {
    if (kept[i] && reads_only_[i]) units.push_back(parts + i);
  }
  return reduce_units(kept, std::move(units), [&](Flags& flags, std::uint32_t unit) {
    if (unit < parts) return drop_parts(flags, {unit});
    flags[unit - parts] = false;
  });
}

Nanos ModelWitness::overwritten_by(std::uint32_t position, std::uint32_t part, const Flags& kept) const {
  const Nanos returned = history_.at(ids_[position]).completed;
  Nanos first = kNever;
  if (!judge_.real_time()) return first;
  const std::uint32_t begin = key_of_[part];
  for (std::uint32_t i = user_begin_[begin]; i < user_begin_[key_end_[begin]]; ++i) {
    if (!users_[i].written || !kept[users_[i].position]) continue;
    const Operation other = history_.at(ids_[users_[i].position]);
    if (other.outcome == Outcome::ok && other.invoked > returned) first = std::min(first, other.completed);
  }
  return first;
}

bool ModelWitness::read_by_another(std::uint32_t position, std::uint32_t key, const Flags& kept) const {
  return std::any_of(
      users_.begin() + user_begin_[key], users_.begin() + user_begin_[key_end_[key]],
      [&](const User& user) { return !user.written && user.position != position && kept[user.position]; });
}

bool ModelWitness::unseen(std::uint32_t position, const Flags& kept) const {
  const Nanos invoked = history_.at(ids_[position]).invoked;
  for (std::uint32_t use = use_begin_[position]; use < use_begin_[position + 1]; ++use) {
    const std::uint32_t part = uses_[use].part;
    if (!uses_[use].written) continue;
    if (!replaced_[key_of_[part]]) {
      // What adds to the key stays as long as anybody reads it.
      if (read_by_another(position, key_of_[part], kept)) return false;
      continue;
    }
    const Nanos overwritten = overwritten_by(position, part, kept);
    for (std::uint32_t i = user_begin_[part]; i < user_begin_[part + 1]; ++i) {
      if (users_[i].written || users_[i].position == position || !kept[users_[i].position]) continue;
      const Operation reader = history_.at(ids_[users_[i].position]);
      const bool before = judge_.real_time() && reader.completed < invoked;
      if (!before && reader.invoked <= overwritten) return false;
    }
  }
  return true;
}

// One by one within a chunk, latest first, as who saw a write is later: whether it can have been seen
// depends on which others are kept.
bool ModelWitness::drop_unseen(Flags& kept) {
  std::vector<std::uint32_t> units;
  for (auto i = static_cast<std::uint32_t>(ids_.size()); i-- > 0;) {
    const bool writes = std::any_of(uses_.begin() + use_begin_[i], uses_.begin() + use_begin_[i + 1],
                                    [](const Use& use) { return use.written; });
    if (kept[i] && writes) units.push_back(i);
  }
  return reduce_units(kept, std::move(units), [&](Flags& flags, std::uint32_t unit) {
    if (limits_.elapsed() < deadline_ && unseen(unit, flags)) flags[unit] = false;
  });
}

void ModelWitness::minimise(Flags& kept) {
  drop_parts_and_reads(kept);
  while (!out_of_effort() && drop_unseen(kept) && drop_parts_and_reads(kept)) {
  }
}

std::vector<OpId> ModelWitness::find(const ObjectVerdict& verdict) {
  Flags kept = start(verdict);
  minimise(kept);
  minimal_ = !out_of_effort();
  return chosen(kept);
}

}  // namespace assay::checkers
