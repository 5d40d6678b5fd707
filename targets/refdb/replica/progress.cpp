#include "targets/refdb/replica/progress.h"

namespace assay::refdb {

ReplicationSample progress_of(Nanos at, const std::vector<std::optional<NodeProgress>>& nodes) {
  ReplicationSample sample{.at = at, .positions = {}, .pending = {}};
  for (const std::optional<NodeProgress>& node : nodes) {
    bool keeps_hints = false;
    if (node) {
      for (const auto& [name, value] : node->counters) {
        if (name != "hints_kept") continue;
        keeps_hints = true;
        sample.pending = sample.pending.value_or(0) + value;
      }
    }
    sample.positions.push_back(node && !keeps_hints ? node->applied : -1);
  }
  return sample;
}

}  // namespace assay::refdb
