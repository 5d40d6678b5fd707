#include "checkers/sequential/problem.h"

#include <algorithm>
#include <map>

namespace assay::checkers {

namespace {

// An operation, and its places in the lists of its process and its object, which grow by doubling.
constexpr std::size_t kBytesPerOperation = sizeof(SequentialOp) + 32;
// Its two small lists, and its share of the tables that number keys and values.
constexpr std::size_t kBytesPerMop = 160;

std::size_t bytes_for(const History& history, std::span<const OpId> ids) {
  std::size_t mops = 0;
  for (const OpId id : ids) mops += history.at(id).mops.size();
  return ids.size() * kBytesPerOperation + mops * kBytesPerMop;
}

bool has_parts(const Operation& op) {
  return std::all_of(op.mops.begin(), op.mops.end(), [](const Mop& mop) {
    return mop.fn == Fn::read || mop.fn == Fn::write || mop.fn == Fn::cas;
  });
}

// Numbers keys and values.
class Parts {
 public:
  std::uint32_t key(Key key) {
    return keys_.try_emplace(key, static_cast<std::uint32_t>(keys_.size())).first->second;
  }
  std::uint32_t part(std::uint32_t key, const Value& value) {
    // An absent key is an empty list.
    const bool absent = value == Value::list({});
    return parts_.try_emplace({key, absent ? Value() : value}, static_cast<std::uint32_t>(parts_.size()))
        .first->second;
  }
  std::uint32_t key_count() const { return static_cast<std::uint32_t>(keys_.size()); }
  std::uint32_t part_count() const { return static_cast<std::uint32_t>(parts_.size()); }

 private:
  std::map<Key, std::uint32_t> keys_;
  std::map<std::pair<std::uint32_t, Value>, std::uint32_t> parts_;
};

void find_uses(const Operation& op, Parts& parts, SequentialOp& compact) {
  for (const Mop& mop : op.mops) {
    const std::uint32_t key = parts.key(mop.key);
    const auto own = std::find_if(compact.leaves.begin(), compact.leaves.end(),
                                  [&](const PartUse& use) { return use.key == key; });
    const bool looks = mop.fn == Fn::cas || (mop.fn == Fn::read && op.outcome == Outcome::ok);
    if (looks && own == compact.leaves.end()) {
      compact.needs.push_back({key, parts.part(key, mop.fn == Fn::cas ? mop.argument.first() : mop.result)});
    }
    if (mop.fn == Fn::read) continue;
    const std::uint32_t part = parts.part(key, mop.fn == Fn::cas ? mop.argument.second() : mop.argument);
    if (own == compact.leaves.end()) {
      compact.leaves.push_back({key, part});
    } else {
      own->part = part;
    }
  }
}

void find_element(const Operation& op, Parts& parts, SequentialOp& compact) {
  const Mop& mop = op.mops.front();
  compact.key = parts.key(mop.key);
  compact.takes = mop.fn == Fn::dequeue;
  const bool took = compact.takes && op.outcome == Outcome::ok && !mop.result.is_nil();
  if (took) compact.needs.push_back({compact.key, parts.part(compact.key, mop.result)});
  if (!compact.takes) compact.leaves.push_back({compact.key, parts.part(compact.key, mop.argument)});
}

}  // namespace

SequentialProblem make_sequential_problem(const ObjectModel& model, const History& history,
                                          std::span<const OpId> ids,
                                          const std::vector<std::uint32_t>& object_of, const Value& initial,
                                          Limits& limits) {
  SequentialProblem problem;
  const std::size_t bytes = bytes_for(history, ids);
  if (!limits.fits(bytes)) return problem;
  problem.charge = std::make_unique<Charge>(limits, bytes);
  problem.ops.reserve(ids.size());
  std::map<ProcessId, std::uint32_t> processes;
  std::map<std::uint32_t, std::vector<OpId>> by_object;
  problem.has_parts = model.is_register();
  problem.has_elements = model.name() == "fifo-queue";
  Parts parts;
  for (const OpId id : ids) {
    const Operation op = history.at(id);
    SequentialOp compact;
    compact.id = id;
    compact.info = op.outcome == Outcome::info;
    compact.reads_only = model.reads_only(op);
    compact.process =
        processes.try_emplace(op.process, static_cast<std::uint32_t>(processes.size())).first->second;
    if (compact.process == problem.processes.size()) problem.processes.emplace_back();
    std::vector<std::uint32_t>& own = problem.processes[compact.process];
    compact.position = static_cast<std::uint32_t>(own.size());
    own.push_back(static_cast<std::uint32_t>(problem.ops.size()));
    std::vector<OpId>& group = by_object[object_of[id]];
    compact.object = object_of[id];
    compact.in_object = static_cast<std::uint32_t>(group.size());
    group.push_back(id);
    problem.has_parts = problem.has_parts && has_parts(op);
    if (problem.has_parts) find_uses(op, parts, compact);
    if (problem.has_elements) find_element(op, parts, compact);
    problem.ops.push_back(std::move(compact));
  }
  std::map<std::uint32_t, std::uint32_t> dense;
  for (const auto& [object, group] : by_object) {
    dense[object] = static_cast<std::uint32_t>(problem.spaces.size());
    problem.spaces.push_back(model.space(history, group, false, limits));
  }
  for (SequentialOp& op : problem.ops) op.object = dense[op.object];
  problem.key_count = parts.key_count();
  problem.part_count = parts.part_count();
  if (!problem.has_parts) return problem;
  for (std::uint32_t key = 0; key < parts.key_count(); ++key)
    problem.initial_part.push_back(parts.part(key, initial));
  problem.part_count = parts.part_count();
  return problem;
}

}  // namespace assay::checkers
