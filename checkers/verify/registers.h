// What the micro-operations of a register read and write, and the elements of a value that is a list.
//
// Thread safety: pure functions. Complexity: linear in the operation given.
#pragma once

#include <map>
#include <vector>

#include "harness/core/operation.h"

namespace assay::checkers {

inline bool writes(const Mop& mop) { return mop.fn == Fn::write || mop.fn == Fn::cas; }
inline Value written(const Mop& mop) { return mop.fn == Fn::cas ? mop.argument.second() : mop.argument; }

// Of an operation of unknown outcome only what a compare-and-set expected is known.
inline bool reads(const Operation& op, const Mop& mop) {
  return mop.fn == Fn::cas || (mop.fn == Fn::read && op.outcome == Outcome::ok);
}
inline Value read_by(const Mop& mop) { return mop.fn == Fn::cas ? mop.argument.first() : mop.result; }

// What an operation leaves behind in each key, which is what others may see.
inline std::map<Key, Value> last_writes(const Operation& op) {
  std::map<Key, Value> last;
  for (const Mop& mop : op.mops) {
    if (writes(mop)) last[mop.key] = written(mop);
  }
  return last;
}

// Of a list; else none.
inline std::vector<Value> elements_of(const Value& value) {
  if (value.kind() != Value::Kind::list) return {};
  return {value.as_list().begin(), value.as_list().end()};
}

}  // namespace assay::checkers
