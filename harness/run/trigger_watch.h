// What happened to the database since one last looked: the triggers of scheduled faults. Both worlds can tell: who leads,
// what the nodes count, and what is in their logs.
//
// Thread safety: none; used where Target's handles are (look() may block). Errors: as Target's.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "harness/core/target.h"

namespace assay {

class TriggerWatch {
 public:
  // Those of `wanted` (texts of parse_trigger) that happened since the last look; of the first look none. A leader that is
  // not known for a while, or a node that can't be asked and whose counts are missing, is no event.
  std::set<std::string> look(Target& target, const std::set<std::string>& wanted);

 private:
  bool grew(const std::string& trigger, std::int64_t count);

  std::optional<NodeId> leader_;
  std::map<std::string, std::int64_t> highest_;  // counts, by trigger
};

}  // namespace assay
