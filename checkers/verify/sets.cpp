// Sets. The last read of each key (set), or every read (set-full), has elements that somebody added, each once, and what was
// acknowledged before; with set-full also what was read before, but for elements that are back later.
#include <algorithm>
#include <map>
#include <vector>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/elements_added.h"
#include "checkers/verify/registers.h"

namespace assay::checkers {

std::string refute_set(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {});
  if (!wrong.empty()) return wrong;
  std::map<Key, OpId> last_read;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::read && op.outcome == Outcome::ok) last_read[mop.key] = op.id;
    }
  }
  std::map<Element, Added> adds = added_by(history, Fn::add);
  for (const auto& [key, id] : last_read) {
    const Operation read = history.at(id);
    for (const Mop& mop : read.mops) {
      if (mop.fn != Fn::read || mop.key != key) continue;
      for (const Value& value : elements_of(mop.result)) {
        const auto added = adds.find({key, value});
        if (added == adds.end() || added->second.first_invoked > read.completed)
          return complain(id, "found what nobody had added");
        if (++added->second.found > 1) return complain(id, "found an element twice");
      }
    }
  }
  for (const auto& [element, added] : adds) {
    const auto read = last_read.find(element.first);
    if (read == last_read.end()) return "A set was never read.";
    if (added.found == 0 && added.first_completed < history.at(read->second).invoked)
      return complain(read->second, "lacks " + element.second.to_string());
  }
  return last_read.empty() ? kNothing : "";
}

std::string refute_set_full(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"linearizable"});
  if (!wrong.empty()) return wrong;
  const bool linearizable = option_of(certificate, "linearizable", "no") == "yes";
  std::map<Element, Added> adds = added_by(history, Fn::add);
  std::map<Key, std::vector<OpId>> reads;  // in order
  std::map<Element, std::vector<std::size_t>> found_in;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) {
      if (mop.fn != Fn::read || op.outcome != Outcome::ok) continue;
      const std::size_t number = reads[mop.key].size();
      reads[mop.key].push_back(op.id);
      for (const Value& value : elements_of(mop.result)) {
        const auto added = adds.find({mop.key, value});
        if (added == adds.end() || added->second.first_invoked > op.completed)
          return complain(op.id, "found what nobody had added");
        // From the moment at which it is first told of, an element is known.
        added->second.first_completed = std::min(added->second.first_completed, op.completed);
        std::vector<std::size_t>& found = found_in[{mop.key, value}];
        if (!found.empty() && found.back() == number) return complain(op.id, "found an element twice");
        found.push_back(number);
      }
    }
  }
  for (const auto& [element, added] : adds) {
    const std::vector<std::size_t>& found = found_in[element];
    const std::vector<OpId>& all = reads[element.first];
    // The last read without it: backwards, as long as all have it.
    std::size_t with = found.size(), lacking = all.size();
    while (lacking > 0 && with > 0 && found[with - 1] == lacking - 1) --lacking, --with;
    if (lacking == 0 || added.first_completed >= history.at(all[lacking - 1]).invoked) continue;
    const bool is_back = !found.empty() && found.back() > lacking - 1;
    if (!is_back || linearizable) return complain(all[lacking - 1], "lacks " + element.second.to_string());
  }
  return found_in.empty() ? kNothing : "";
}

}  // namespace assay::checkers
