#include "harness/core/shape.h"

namespace assay {

HistoryShape shape_of(const History& history) {
  HistoryShape shape;
  for (const Operation op : history.operations()) {
    ++shape.operations;
    shape.ok += op.outcome == Outcome::ok ? 1 : 0;
    if (op.outcome == Outcome::fail) continue;
    shape.transactions += op.mops.size() > 1 ? 1 : 0;
    for (const Mop& mop : op.mops) {
      ++shape.mops[static_cast<std::size_t>(mop.fn)];
      if (mop.fn != Fn::read || op.outcome != Outcome::ok) continue;
      shape.integer_reads += mop.result.is_integer() ? 1 : 0;
      shape.list_reads += mop.result.kind() == Value::Kind::list ? 1 : 0;
    }
  }
  return shape;
}

}  // namespace assay
