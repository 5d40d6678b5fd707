#include "checkers/linearizability/partition.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "checkers/linearizability/value_numbers.h"

namespace assay::checkers {

namespace {

// Numbers keys, and joins those that occur together.
class KeyGroups {
 public:
  std::uint32_t number(Key key) {
    if (key >= 0 && key < kDirect) {
      if (static_cast<std::size_t>(key) >= direct_.size())
        direct_.resize(static_cast<std::size_t>(key) + 1, kNone);
      std::uint32_t& number = direct_[static_cast<std::size_t>(key)];
      if (number == kNone) number = add(key);
      return number;
    }
    const auto [found, fresh] = others_.try_emplace(key, 0);
    if (fresh) found->second = add(key);
    return found->second;
  }
  std::uint32_t root(std::uint32_t number) {
    while (parent_[number] != number) number = parent_[number] = parent_[parent_[number]];
    return number;
  }
  void join(std::uint32_t a, std::uint32_t b) { parent_[root(a)] = root(b); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(keys_.size()); }
  Key key(std::uint32_t number) const { return keys_[number]; }
  // With what number_objects() makes of them: two numbers a key, and the keys and offsets of objects.
  std::size_t bytes() const {
    return direct_.capacity() * 4 + others_.size() * kBytesOfNode + keys_.capacity() * sizeof(Key) +
           parent_.capacity() * 4 + keys_.size() * (2 * 4 + 2 * sizeof(Key) + 2 * 4);
  }

 private:
  static constexpr std::size_t kBytesOfNode = 64;  // with its place in the table, which grows by doubling
  static constexpr Key kDirect = 65536;
  std::uint32_t add(Key key) {
    keys_.push_back(key);
    parent_.push_back(size() - 1);
    return size() - 1;
  }
  std::vector<std::uint32_t> direct_;
  std::unordered_map<Key, std::uint32_t> others_;
  std::vector<Key> keys_;
  std::vector<std::uint32_t> parent_;
};

// Numbers the objects in order of their smallest key; by key number.
std::vector<std::uint32_t> number_objects(KeyGroups& groups, Partition& partition) {
  std::vector<std::uint32_t> by_key(groups.size());
  std::iota(by_key.begin(), by_key.end(), 0);
  std::sort(by_key.begin(), by_key.end(),
            [&](std::uint32_t a, std::uint32_t b) { return groups.key(a) < groups.key(b); });
  std::vector<std::uint32_t> object(groups.size(), kNone);
  for (const std::uint32_t number : by_key) {
    std::uint32_t& its = object[groups.root(number)];
    if (its != kNone) continue;
    its = static_cast<std::uint32_t>(partition.keys.size());
    partition.keys.push_back(groups.key(number));
  }
  for (std::uint32_t number = 0; number < groups.size(); ++number)
    object[number] = object[groups.root(number)];
  return object;
}

}  // namespace

bool make_partition(const History& history, const ObjectModel& model, Limits& limits, Partition& partition,
                    std::string& error) {
  KeyGroups groups;
  // By operation and key: what is made here, and what is put in order then.
  if (!limits.fits(history.size() * 8)) return false;
  Charge charge(limits, history.size() * 8);
  std::size_t charged = 0;
  const auto account = [&] {
    const std::size_t held = groups.bytes();
    if (!limits.fits(held - charged)) return false;
    charge.grow(held - charged);
    charged = held;
    return !limits.spent();
  };
  std::vector<std::uint32_t> first_key(history.size(), kNone);  // by operation
  const bool by_key = model.by_key();
  for (const Operation op : history.operations()) {
    if (op.id % kAskEvery == 0 && !account()) return false;
    if (op.outcome == Outcome::fail || op.mops.empty()) continue;
    if (std::string objection = model.objection(op); !objection.empty()) {
      error = "operation " + std::to_string(op.id) + " " + objection + ", which model " +
              std::string(model.name()) + " does not know";
      return false;
    }
    if (op.outcome == Outcome::info && model.reads_only(op)) continue;
    if (!by_key) {
      first_key[op.id] = groups.number(0);
      continue;
    }
    const std::uint32_t first = groups.number(op.mops.front().key);
    for (const Mop& mop : op.mops.subspan(1)) groups.join(first, groups.number(mop.key));
    first_key[op.id] = first;
  }
  if (!account()) return false;
  const std::vector<std::uint32_t> object_of = number_objects(groups, partition);
  partition.offsets.assign(partition.keys.size() + 1, 0);
  for (std::uint32_t& key : first_key) {
    if (key == kNone) continue;
    key = object_of[key];
    ++partition.offsets[key + 1];
    ++partition.operations;
  }
  std::partial_sum(partition.offsets.begin(), partition.offsets.end(), partition.offsets.begin());
  partition.ids.resize(partition.operations);
  std::vector<std::uint32_t> next(partition.offsets.begin(), partition.offsets.end() - 1);
  for (OpId id = 0; id < first_key.size(); ++id) {
    if (first_key[id] != kNone) partition.ids[next[first_key[id]]++] = id;
  }
  return true;
}

RegisterObject make_register_object(const History& history, std::span<const OpId> ids, const Value& initial) {
  RegisterObject object;
  object.ops.reserve(ids.size());
  ValueNumbers numbers(ids.size());
  numbers.number(initial);  // 0
  for (const OpId id : ids) {
    const Operation op = history.at(id);
    const Mop& mop = op.mops.front();
    RegisterOp compact;
    compact.invoked = op.invoked;
    compact.completed = op.completed;
    compact.id = id;
    object.any_info = object.any_info || op.completed == kNever;
    if (mop.fn == Fn::cas) {
      compact.kind = RegisterOp::Kind::cas;
      object.any_cas = true;
      compact.expected = numbers.number(mop.argument.first());
      compact.value = numbers.number(mop.argument.second());
    } else if (mop.fn == Fn::write) {
      compact.kind = RegisterOp::Kind::write;
      compact.value = numbers.number(mop.argument);
    } else {
      compact.value = numbers.number(mop.result);
    }
    object.ops.push_back(compact);
  }
  object.value_count = numbers.count();
  return object;
}

}  // namespace assay::checkers
