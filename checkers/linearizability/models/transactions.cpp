#include "checkers/linearizability/models/transactions.h"

#include <algorithm>

#include "checkers/linearizability/transaction_object.h"

namespace assay::checkers {

namespace {

// A list is seen and written element by element.
void name_parts(Key key, const Value& value, bool written, bool replaces, std::vector<Part>& parts) {
  if (value.kind() != Value::Kind::list) return parts.push_back({key, value, written, replaces});
  for (const Value& element : value.as_list()) parts.push_back({key, element, written, replaces});
  if (value.as_list().empty()) parts.push_back({key, Value(), written, replaces});
}

}  // namespace

std::string TransactionModel::objection(const Operation& op) const {
  // Nearly all operations are these.
  if (op.mops.size() == 1 && (op.mops[0].fn == Fn::read || op.mops[0].fn == Fn::write) &&
      known_[0] == Fn::read && known_[1] == Fn::write)
    return {};
  if (!several_ && op.mops.size() > 1) return "is a transaction of several steps";
  for (const Mop& mop : op.mops) {
    if (std::find(known_.begin(), known_.end(), mop.fn) == known_.end())
      return "is a " + std::string(fn_name(mop.fn));
    if (mop.fn == Fn::cas && mop.argument.kind() != Value::Kind::pair)
      return "is a cas whose argument is no pair (expected, desired)";
    if (mop.fn == Fn::add && !mop.argument.is_integer()) return "is an add of something that is no integer";
  }
  return {};
}

bool TransactionModel::reads_only(const Operation& op) const {
  return std::all_of(op.mops.begin(), op.mops.end(), [](const Mop& mop) { return mop.fn == Fn::read; });
}

Separable TransactionModel::parts(const Operation& op, std::vector<Part>& parts) const {
  for (const Mop& mop : op.mops) {
    if (mop.fn == Fn::add) {
      parts.push_back({mop.key, Value(), true, false, true});
    } else if (mop.fn == Fn::read) {
      if (op.outcome == Outcome::ok) name_parts(mop.key, mop.result, false, false, parts);
    } else if (mop.fn == Fn::cas) {
      name_parts(mop.key, mop.argument.first(), false, false, parts);
      name_parts(mop.key, mop.argument.second(), true, true, parts);
    } else {
      name_parts(mop.key, mop.argument, true, mop.fn == Fn::write, parts);
    }
  }
  return Separable::yes;
}

std::unique_ptr<StateSpace> TransactionModel::space(const History& history, std::span<const OpId> ids,
                                                    bool /*real_time*/, Limits& limits) const {
  return std::make_unique<TransactionObject>(history, ids, initial_, limits);
}

}  // namespace assay::checkers
