// Replays a counter.
#include "checkers/verify/one_step.h"

namespace assay::checkers {

namespace {

struct Number {
  std::int64_t value = 0;

  bool step(const Mop& mop, bool result_known) {
    if (mop.fn != Fn::add && mop.fn != Fn::read) return false;
    if (mop.fn == Fn::add && !mop.argument.is_integer()) return false;
    if (mop.fn == Fn::add) value += mop.argument.as_integer();
    if (!result_known || (mop.fn == Fn::add && !mop.result.is_integer())) return true;
    return value == (mop.result.is_integer() ? mop.result.as_integer() : 0);
  }
};

}  // namespace

std::unique_ptr<Replay> make_counter(const Value& initial) {
  return std::make_unique<OneStep<Number>>(Number{initial.is_integer() ? initial.as_integer() : 0});
}

}  // namespace assay::checkers
