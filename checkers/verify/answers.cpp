// No process sees an answer, whose value is a pair (message, key of what it answers), and then, or in the same read, looks
// for what it answers and finds nothing.
#include <set>
#include <utility>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"

namespace assay::checkers {

std::string refute_answers(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"order"});
  if (!wrong.empty()) return wrong;
  if (option_of(certificate, "order", "real-time") != "answers")
    return "Its order is none that can be confirmed.";
  std::set<std::pair<ProcessId, Key>> answered;  // what each process has seen an answer to
  bool any = false;
  for (const Operation op : history.operations()) {
    if (op.outcome != Outcome::ok) continue;
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read || mop.result.kind() != Value::Kind::pair) continue;
      if (mop.result.second().is_integer()) answered.insert({op.process, mop.result.second().as_integer()});
    }
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read || !answered.contains({op.process, mop.key})) continue;
      if (mop.result.is_nil()) return complain(op.id, "does not find what an answer that was seen answers");
      any = true;
    }
  }
  return any ? "" : kNothing;
}

}  // namespace assay::checkers
