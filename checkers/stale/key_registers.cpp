#include "checkers/stale/key_registers.h"

#include <algorithm>

namespace assay::checkers::stale {

void gather(const RegisterHistory& registers, std::span<const KeyedOp> ops, std::vector<std::uint32_t>& place,
            KeyRegister& keyed, std::vector<FutureRead>& future) {
  const auto writes =
      std::count_if(ops.begin(), ops.end(), [](const KeyedOp& each) { return each.kind <= MopKind::write; });
  keyed.writes.reserve(static_cast<std::size_t>(writes) + 1);
  keyed.reads.reserve(ops.size() - static_cast<std::size_t>(writes));
  keyed.writes.push_back({kBeforeTime, kBeforeTime, kNobody, kNoNode});
  for (const KeyedOp& each : ops) {
    if (each.kind > MopKind::write || !registers.committed(each.op.id)) continue;
    place[each.op.id] = static_cast<std::uint32_t>(keyed.writes.size());
    keyed.writes.push_back(each.op);
  }
  for (const KeyedOp& each : ops) {
    if (each.kind != MopKind::read && each.kind != MopKind::read_initial) continue;
    if (!registers.committed(each.op.id)) continue;
    KeyRegister::Read read;
    read.op = each.op;
    read.write = each.source != kNobody ? place[each.source] : 0;
    if (read.op.completed >= keyed.writes[read.write].invoked) {
      keyed.reads.push_back(read);
    } else {
      future.push_back({each.op.id, each.source});
    }
  }
}

}  // namespace assay::checkers::stale
