// The last reads of a key, one for each node, found the same.
#include <algorithm>
#include <map>
#include <vector>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"
#include "checkers/verify/last_reads.h"
#include "checkers/verify/registers.h"

namespace assay::checkers {

namespace {

// How a key is used.
struct Use {
  bool as_register = false, as_list = false, as_set = false, has_lists = false;

  void note(const Mop& mop) {
    as_register = as_register || writes(mop);
    as_list = as_list || mop.fn == Fn::append;
    as_set = as_set || mop.fn == Fn::add || mop.fn == Fn::remove;
    has_lists = has_lists || (mop.fn != Fn::read && mop.argument.kind() == Value::Kind::list);
  }
};

// Sets, and siblings of a register that was never given a list, have no order.
Value without_order(const Use& use, const Value& value) {
  if (use.as_set && value.is_nil()) return Value::list({});
  const bool siblings = use.as_register && !use.has_lists && !use.as_list;
  if (value.kind() != Value::Kind::list || !(use.as_set || siblings)) return value;
  std::vector<Value> elements = elements_of(value);
  std::sort(elements.begin(), elements.end());
  return Value::list(std::move(elements));
}

}  // namespace

std::string refute_convergence(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {});
  if (!wrong.empty()) return wrong;
  std::map<Key, Use> uses;
  for (const Operation op : history.operations()) {
    for (const Mop& mop : op.mops) uses[mop.key].note(mop);
  }
  bool compared = false;
  for (const auto& [key, reads] : last_reads(history)) {
    const Value first = without_order(uses[key], reads.begin()->second);
    for (const auto& [id, value] : reads) {
      if (without_order(uses[key], value) != first) return complain(id, "found something else than another");
    }
    compared = compared || reads.size() > 1;
  }
  return compared ? "" : kNothing;
}

}  // namespace assay::checkers
