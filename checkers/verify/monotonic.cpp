// Nothing observed is less than what was observed before it began, or before it in its process.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/step_back.h"

namespace assay::checkers {

namespace {

// In the order of one process.
std::optional<OpId> find_step_back_in_order(const std::vector<Seen>& all) {
  for (std::size_t i = 1; i < all.size(); ++i) {
    const bool both_fresh = all[i].fresh && all[i - 1].fresh && all[i].id != all[i - 1].id;
    if (all[i].value < all[i - 1].value || (all[i].value == all[i - 1].value && both_fresh)) return all[i].id;
  }
  return std::nullopt;
}

}  // namespace

std::string refute_monotonic(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"order", "scope"});
  if (!wrong.empty()) return wrong;
  const bool by_process = option_of(certificate, "order", "real-time") == "process";
  const bool all_keys = option_of(certificate, "scope", "key") == "all";
  std::map<std::pair<Key, ProcessId>, std::vector<Seen>> groups;
  bool any = false;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (op.outcome != Outcome::ok) continue;
      if (mop.fn == Fn::read && mop.result.kind() == Value::Kind::list) {
        any = true;
        if (!std::is_sorted(mop.result.as_list().begin(), mop.result.as_list().end()))
          return complain(op.id, "found a list that does not ascend");
      }
      if (mop.fn != Fn::read && mop.fn != Fn::add && mop.fn != Fn::generate) continue;
      if (!mop.result.is_integer()) continue;
      groups[{all_keys ? 0 : mop.key, by_process ? op.process : 0}].push_back(
          {op.invoked, op.completed, mop.result.as_integer(), op.id, mop.fn != Fn::read});
    }
  }
  for (const auto& [name, group] : groups) {
    const std::optional<OpId> back = by_process ? find_step_back_in_order(group) : find_step_back(group);
    if (back) return complain(*back, "observed something that goes back");
  }
  return any || !groups.empty() ? "" : kNothing;
}

}  // namespace assay::checkers
