// Replays a set.
#include <algorithm>
#include <set>
#include <vector>

#include "checkers/verify/one_step.h"

namespace assay::checkers {

namespace {

struct Elements {
  std::set<Value> members;

  bool step(const Mop& mop, bool result_known) {
    const bool told = result_known && mop.result.kind() == Value::Kind::boolean;
    if (mop.fn == Fn::read && mop.argument.is_nil()) return !result_known || same(mop.result);
    const bool there = members.contains(mop.argument);
    if (mop.fn == Fn::read) return !told || mop.result.as_boolean() == there;
    if (mop.fn != Fn::add && mop.fn != Fn::remove) return false;
    if (mop.fn == Fn::add) members.insert(mop.argument);
    if (mop.fn == Fn::remove) members.erase(mop.argument);
    return !told || mop.result.as_boolean() == (there != (mop.fn == Fn::add));
  }

  bool same(const Value& seen) const {
    if (seen.kind() != Value::Kind::list) return seen.is_nil() && members.empty();
    std::vector<Value> sorted(seen.as_list().begin(), seen.as_list().end());
    std::sort(sorted.begin(), sorted.end());
    return std::equal(sorted.begin(), sorted.end(), members.begin(), members.end());
  }
};

}  // namespace

std::unique_ptr<Replay> make_set() { return std::make_unique<OneStep<Elements>>(Elements{}); }

}  // namespace assay::checkers
