#include "checkers/linearizability/register_object.h"

#include <algorithm>

namespace assay::checkers {

void drop_useless_infos(RegisterObject& object) {
  using Kind = RegisterOp::Kind;
  for (RegisterOp& op : object.ops) {
    if (!object.any_cas) break;
    if (op.kind == Kind::cas && op.expected == op.value) op.kind = Kind::read;
  }
  if (!object.any_info) return;
  constexpr Nanos kNobody = INT64_MIN;
  std::vector<Nanos> needed_until(object.value_count, kNobody);
  for (const RegisterOp& op : object.ops) {
    if (op.is_info() || op.kind == Kind::write) continue;
    needed_until[op.needs()] = std::max(needed_until[op.needs()], op.completed);
  }
  const auto useful = [&](const RegisterOp& op) {
    return !op.is_info() || (op.kind != Kind::read && needed_until[op.value] >= op.invoked);
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (const RegisterOp& op : object.ops) {
      if (!op.is_info() || op.kind != Kind::cas || !useful(op)) continue;
      if (needed_until[op.expected] >= needed_until[op.value]) continue;
      needed_until[op.expected] = needed_until[op.value];
      changed = true;
    }
  }
  std::erase_if(object.ops, [&](const RegisterOp& op) { return !useful(op); });
}

}  // namespace assay::checkers
