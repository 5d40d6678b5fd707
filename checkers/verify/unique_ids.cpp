// All ids differ.
#include <set>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"

namespace assay::checkers {

std::string refute_unique_ids(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {});
  if (!wrong.empty()) return wrong;
  std::set<Value> ids;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::generate || op.outcome != Outcome::ok) continue;
      if (mop.result.is_nil()) return complain(op.id, "returned no id");
      if (!ids.insert(mop.result).second) return complain(op.id, "returned an id that was given out before");
    }
  }
  return ids.empty() ? kNothing : "";
}

}  // namespace assay::checkers
