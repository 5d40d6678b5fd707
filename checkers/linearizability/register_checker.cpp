#include "checkers/linearizability/object_checker.h"
#include "checkers/linearizability/partition.h"
#include "checkers/linearizability/register_check.h"
#include "checkers/linearizability/register_witness.h"

namespace assay::checkers {

namespace {

class RegisterChecker final : public ObjectChecker {
 public:
  RegisterChecker(const History& history, const Value& initial) : history_(history), initial_(initial) {}

  ObjectVerdict check(std::span<const OpId> ids, bool want_order, Limits& limits) const override {
    ObjectVerdict verdict;
    const std::size_t bytes = ids.size() * sizeof(RegisterOp);
    // Beside the operations, the table that numbers their values.
    const std::size_t scratch = ids.size() * 16;
    if (!limits.fits(bytes + scratch)) return verdict;
    Charge charge(limits, bytes + scratch);
    RegisterObject object = make_register_object(history_, ids, initial_);
    drop_useless_infos(object);
    charge.shrink(scratch);
    const ObjectResult found = check_register(object, want_order, limits);
    verdict.verdict = found.verdict;
    verdict.configurations = found.configurations;
    verdict.reason = found.reason;
    if (found.stuck_at != kNone) verdict.stuck_at = object.ops[found.stuck_at].id;
    for (const std::uint32_t op : found.conflict) verdict.conflict.push_back(object.ops[op].id);
    verdict.order.reserve(found.order.size());
    for (const std::uint32_t op : found.order) verdict.order.push_back(object.ops[op].id);
    return verdict;
  }

  Finding explain(std::span<const OpId> ids, const ObjectVerdict& verdict, Limits& limits) const override {
    return explain_register(history_, ids, initial_, verdict, limits);
  }

 private:
  const History& history_;
  Value initial_;
};

}  // namespace

std::unique_ptr<ObjectChecker> make_register_checker(const History& history, const Value& initial) {
  return std::make_unique<RegisterChecker>(history, initial);
}

}  // namespace assay::checkers
