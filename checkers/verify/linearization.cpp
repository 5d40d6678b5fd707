#include "checkers/verify/linearization.h"

#include <algorithm>
#include <map>
#include <vector>

#include "checkers/verify/replay.h"

namespace assay::checkers {

std::string refute_linearization(const History& history, const Certificate& certificate) {
  Value initial;
  if (!initial_value(certificate, initial)) return "Its initial value is neither an integer nor nil.";
  const auto named = certificate.options.find("model");
  const std::string model = named == certificate.options.end() ? "kv" : named->second;
  std::vector<bool> seen(history.size(), false);
  std::map<Key, std::size_t> owner;  // objects must not share keys
  for (std::size_t number = 0; number < certificate.objects.size(); ++number) {
    const auto replay = make_replay(model, initial);
    if (replay == nullptr) return "It is about model \"" + model + "\", which nothing here can replay.";
    Nanos latest_invocation = INT64_MIN;
    for (const OpId id : certificate.objects[number].order) {
      if (id >= history.size()) return complain(id, "is not in the history");
      const Operation op = history.at(id);
      if (seen[id]) return complain(id, "occurs twice");
      seen[id] = true;
      if (op.outcome == Outcome::fail) return complain(id, "failed, yet is said to have happened");
      for (const Mop& mop : op.mops) {
        if (owner.try_emplace(mop.key, number).first->second != number)
          return complain(id, "is in the wrong object");
      }
      if (op.completed < latest_invocation)
        return complain(id, "returned before one in front of it was invoked");
      latest_invocation = std::max(latest_invocation, op.invoked);
      if (!replay->apply(op)) return complain(id, "is not legal where it stands");
    }
  }
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::ok && !op.mops.empty() && !seen[op.id]) return complain(op.id, "is missing");
  }
  return {};
}

}  // namespace assay::checkers
