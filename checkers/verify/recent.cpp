// Replays a register that may be behind: a read finds one of the last k values, that which it held at first included.
#include <algorithm>
#include <deque>

#include "checkers/verify/one_step.h"

namespace assay::checkers {

namespace {

struct Recent {
  std::size_t k = 1;
  std::deque<Value> values;

  bool step(const Mop& mop, bool result_known) {
    if (mop.fn == Fn::write) values.push_back(mop.argument);
    if (values.size() > k) values.pop_front();
    if (mop.fn != Fn::read) return mop.fn == Fn::write;
    return !result_known || std::find(values.begin(), values.end(), mop.result) != values.end();
  }
};

}  // namespace

std::unique_ptr<Replay> make_recent(const Value& initial, std::int64_t k) {
  return std::make_unique<OneStep<Recent>>(
      Recent{static_cast<std::size_t>(std::max<std::int64_t>(k, 1)), {initial}});
}

}  // namespace assay::checkers
