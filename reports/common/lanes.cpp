#include "reports/common/lanes.h"

namespace assay::reports {

std::size_t LaneKeeper::lane_of(const Operation& operation) {
  auto found = lanes_.find(operation.process);
  if (found == lanes_.end()) {
    std::size_t lane = count_;
    if (free_.empty()) {
      ++count_;
    } else {
      lane = *free_.begin();
      free_.erase(free_.begin());
    }
    found = lanes_.emplace(operation.process, lane).first;
  } else {
    free_.erase(found->second);  // in histories of others a process may go on after an unknown outcome
  }
  if (operation.completed == kNever) free_.insert(found->second);
  return found->second;
}

}  // namespace assay::reports
