// Founds a described database again that can't do it by itself, as its operator would ("refound", docs/adding-a-store.md): when
// every node runs and says for a while that it belongs to no cluster that serves, all are ended, the one that has most founds the
// cluster, and the others join it, one after the other.
//
// Thread safety: look() on the thread of faults only, since it starts and ends processes; events() after the last of them. Errors:
// none are thrown; what could not be done is an event.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/time.h"
#include "targets/described/notation/description.h"
#include "targets/described/store/store_deployment.h"

namespace assay::described {

// Who has most: the greatest number; of equals the first. `printed` by node; nothing where a node has nothing that counts.
std::optional<NodeId> who_has_most(const std::vector<std::optional<std::int64_t>>& printed);

class StoreRefounding {
 public:
  // Both outlive it.
  StoreRefounding(const Refounding& commands, StoreDeployment& deployment)
      : commands_(commands), deployment_(deployment) {}

  bool possible() const { return !commands_.lost.empty(); }
  // Asks the nodes, and does it when it is time; `at` is what the run's clock shows.
  void look(Nanos at);
  // What was done, a line each.
  const std::vector<std::string>& events() const { return events_; }

 private:
  bool all_are_lost();
  std::string found_again();
  void start_and_wait(NodeId node);

  const Refounding& commands_;
  StoreDeployment& deployment_;
  std::optional<Nanos> lost_since_;
  std::vector<std::string> events_;
};

}  // namespace assay::described
