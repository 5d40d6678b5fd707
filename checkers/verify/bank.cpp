// Every ok transaction of reads finds the same accounts with the same total, and every other operation moves money.
#include <algorithm>
#include <optional>
#include <set>

#include "checkers/verify/claims.h"
#include "checkers/verify/common.h"

namespace assay::checkers {

namespace {

// Adds that wrap around, as a checker's do.
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace

std::string refute_bank(const History& history, const Certificate& certificate) {
  std::string wrong = refute_options(certificate, {"total", "negative", "absent"});
  if (!wrong.empty()) return wrong;
  const bool may_be_negative = option_of(certificate, "negative", "no") == "yes";
  const bool may_be_absent = option_of(certificate, "absent", "no") == "yes";
  std::optional<std::int64_t> total = number_of(certificate, "total");
  std::optional<std::set<Key>> accounts;
  for (const Operation op : history.operations()) {
    const bool is_read =
        std::all_of(op.mops.begin(), op.mops.end(), [](const Mop& mop) { return mop.fn == Fn::read; });
    if (op.mops.empty() || op.outcome == Outcome::fail || (is_read && op.outcome != Outcome::ok)) continue;
    std::int64_t sum = 0;
    std::set<Key> found;
    for (const Mop& mop : op.mops) {
      if (mop.fn == Fn::read && !is_read) continue;
      if (mop.fn != Fn::read && mop.fn != Fn::add) return complain(op.id, "is neither a transfer nor a read");
      const Value& value = is_read ? mop.result : mop.argument;
      const bool absent = is_read && may_be_absent && value.is_nil();
      if (!absent && !value.is_integer()) return complain(op.id, "finds or moves no money");
      const std::int64_t amount = absent ? 0 : value.as_integer();
      sum = plus(sum, amount);
      if (is_read && amount < 0 && !may_be_negative) return complain(op.id, "finds less than nothing");
      if (is_read && !found.insert(mop.key).second) return complain(op.id, "reads an account twice");
    }
    if (!is_read && sum != 0) return complain(op.id, "makes or destroys money");
    if (!is_read) continue;
    if (found != accounts.value_or(found)) return complain(op.id, "finds other accounts");
    if (sum != total.value_or(sum)) return complain(op.id, "finds another total");
    accounts = found;
    total = sum;
  }
  return accounts ? "" : kNothing;
}

}  // namespace assay::checkers
