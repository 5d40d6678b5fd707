// What was acknowledged came out; what came out was put in, no less often unless delivery is at-least-once.
#include <map>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/elements_added.h"

namespace assay::checkers {

std::string refute_total_queue(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"delivery"});
  if (!wrong.empty()) return wrong;
  const bool once = option_of(certificate, "delivery", "exactly-once") == "exactly-once";
  std::map<Element, Added> queued = added_by(history, Fn::enqueue);
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::dequeue || op.outcome != Outcome::ok || mop.result.is_nil()) continue;
      const auto added = queued.find({mop.key, mop.result});
      if (added == queued.end() || added->second.first_invoked > op.completed)
        return complain(op.id, "took what nobody had put in");
      if (++added->second.found > added->second.attempted && once)
        return complain(op.id, "took what had been taken before");
    }
  }
  for (const auto& [element, added] : queued) {
    if (added.found < added.acknowledged) return "Element " + element.second.to_string() + " never came out.";
  }
  return queued.empty() ? kNothing : "";
}

}  // namespace assay::checkers
