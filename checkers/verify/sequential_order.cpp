#include "checkers/verify/sequential_order.h"

#include <map>
#include <vector>

#include "checkers/verify/replay.h"

namespace assay::checkers {

std::string refute_sequential_order(const History& history, const Certificate& certificate) {
  Value initial;
  if (!initial_value(certificate, initial)) return "Its initial value is neither an integer nor nil.";
  const auto named = certificate.options.find("model");
  const std::string model = named == certificate.options.end() ? "kv" : named->second;
  const auto replay = make_replay(model, initial);
  if (replay == nullptr) return "It is about model \"" + model + "\", which nothing here can replay.";
  if (certificate.objects.size() != 1) return "It has not one order of everything.";
  std::vector<bool> seen(history.size(), false);
  std::map<ProcessId, OpId> latest;
  for (const OpId id : certificate.objects.front().order) {
    if (id >= history.size()) return complain(id, "is not in the history");
    const Operation op = history.at(id);
    if (seen[id]) return complain(id, "occurs twice");
    seen[id] = true;
    if (op.outcome == Outcome::fail) return complain(id, "failed, yet is said to have happened");
    const auto [before, first] = latest.try_emplace(op.process, id);
    if (!first && before->second > id) return complain(id, "stands after a later one of its process");
    before->second = id;
    if (!replay->apply(op)) return complain(id, "is not legal where it stands");
  }
  for (const Operation op : history.operations()) {
    if (op.outcome == Outcome::ok && !op.mops.empty() && !seen[op.id]) return complain(op.id, "is missing");
  }
  return {};
}

}  // namespace assay::checkers
