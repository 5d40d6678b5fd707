// Replays a lock, with or without fencing tokens.
#include <optional>

#include "checkers/verify/one_step.h"

namespace assay::checkers {

namespace {

struct Lock {
  bool fenced = false;
  bool held = false;
  std::optional<std::int64_t> token = {};  // of the last holder, or the least it can have been
  bool exact = true;

  bool step(const Mop& mop, bool result_known) {
    if (mop.fn != Fn::acquire && mop.fn != Fn::release) return false;
    if (held == (mop.fn == Fn::acquire)) return false;
    held = !held;
    if (!fenced) return true;
    if (held) {
      exact = result_known && mop.result.is_integer();
      if (exact && token && mop.result.as_integer() <= *token) return false;
      if (exact) token = mop.result.as_integer();
      if (!exact && token) ++*token;
    } else if (mop.argument.is_integer()) {
      const std::int64_t named = mop.argument.as_integer();
      if (token && (exact ? named != *token : named < *token)) return false;
      token = named;
      exact = true;
    }
    return true;
  }
};

}  // namespace

std::unique_ptr<Replay> make_lock(bool fenced) { return std::make_unique<OneStep<Lock>>(Lock{fenced}); }

}  // namespace assay::checkers
