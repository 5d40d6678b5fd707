// What a restore undid: what was invoked after its backup had returned, and completed before the restore was invoked. What
// overlaps the one or the other may have been undone.
//
// Thread safety: none while it is built; const afterwards. Complexity: linear in the restores, for each question.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "harness/core/history.h"

namespace assay::checkers {

class Undone {
 public:
  explicit Undone(const History& history) {
    std::map<Value, Operation> backups;
    for (const Operation op : history.operations()) {
      for (const Mop& mop : op.mops) {
        if (op.outcome == Outcome::ok && mop.fn == Fn::backup) backups[mop.result] = op;
        const auto backup = mop.fn == Fn::restore ? backups.find(mop.argument) : backups.end();
        if (op.outcome == Outcome::ok && backup != backups.end()) restores_.emplace_back(backup->second, op);
      }
    }
  }
  // An operation as it counts: none if it was undone, of unknown outcome if that may be.
  std::optional<Operation> left_of(Operation op) const {
    bool unsure = false;
    for (const auto& [backup, restore] : restores_) {
      if (backup.precedes(op) && op.precedes(restore)) return std::nullopt;
      unsure = unsure || (!op.precedes(backup) && !restore.precedes(op));
    }
    const bool changes = op.outcome == Outcome::ok && !op.mops.empty() && op.mops[0].fn != Fn::read;
    if (unsure && changes) op.outcome = Outcome::info, op.completed = kNever;
    return op;
  }

 private:
  std::vector<std::pair<Operation, Operation>> restores_;  // backup and restore
};

}  // namespace assay::checkers
