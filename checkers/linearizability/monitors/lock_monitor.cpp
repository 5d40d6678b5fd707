// Locks are chains (chain.h) of two lanes, acquires and releases in turns. Without tokens, any acquire may
// take any turn. Where every acquire got a token, their order is that of the tokens, and a release that names a
// token has its turn too.
//
// With tokens, an operation of unknown outcome that is more than a release of no token in particular is left
// out: what has an order without it has one; what has none is left to the search.
#include <algorithm>

#include "checkers/linearizability/monitors/chain.h"
#include "checkers/linearizability/monitors/monitors.h"

namespace assay::checkers {

namespace {

class LockChain {
 public:
  LockChain(const History& history, bool fenced) : history_(history), fenced_(fenced) {}

  // False if the order is not known, or the budget spent.
  bool build(std::span<const OpId> ids, const Limits& limits) {
    find_tokens(ids);
    if (mixed_) return false;
    ops_.reserve(ids.size());
    std::size_t asked = 0;
    for (const OpId id : ids) {
      if (++asked % kAskEvery == 0 && limits.spent()) return false;
      const Operation op = history_.at(id);
      const Mop& mop = op.mops.front();
      const bool acquires = mop.fn == Fn::acquire;
      ChainOp compact;
      compact.invoked = op.invoked;
      compact.completed = op.completed;
      compact.id = id;
      compact.lane = acquires ? 0 : 1;
      if (fenced_) {
        const bool named = acquires || mop.argument.is_integer();
        if (named && op.outcome == Outcome::info) {
          left_out_ = true;
          continue;
        }
        if (named) compact.step = turn_of(acquires ? mop.result : mop.argument) + compact.lane;
      }
      ops_.push_back(compact);
    }
    return true;
  }

  const std::vector<ChainOp>& ops() const { return ops_; }
  bool left_out() const { return left_out_; }

 private:
  void find_tokens(std::span<const OpId> ids) {
    if (!fenced_) return;
    bool any = false, none = false;
    for (const OpId id : ids) {
      const Operation op = history_.at(id);
      const Mop& mop = op.mops.front();
      if (mop.fn == Fn::release) {
        any = any || mop.argument.is_integer();
      } else if (op.outcome == Outcome::ok) {
        (mop.result.is_integer() ? any : none) = true;
        if (mop.result.is_integer()) tokens_.push_back(mop.result.as_integer());
      }
    }
    std::sort(tokens_.begin(), tokens_.end());
    mixed_ = any && (none || (!tokens_.empty() && tokens_.front() == INT64_MIN));
    if (!any) fenced_ = false;
  }

  // Where the acquire of a token stands; nowhere, if nobody is known to have got it.
  std::uint64_t turn_of(const Value& token) const {
    const auto found = std::lower_bound(tokens_.begin(), tokens_.end(), token.as_integer());
    if (found == tokens_.end() || *found != token.as_integer()) return UINT64_MAX - 2;
    return 2 * static_cast<std::uint64_t>(found - tokens_.begin());
  }

  const History& history_;
  bool fenced_;
  bool mixed_ = false;  // some have tokens, some not
  bool left_out_ = false;
  std::vector<std::int64_t> tokens_;  // of acquires, sorted
  std::vector<ChainOp> ops_;
};

}  // namespace

ObjectVerdict monitor_lock(const History& history, std::span<const OpId> ids, bool fenced, bool want_order,
                           Limits& limits) {
  ObjectVerdict verdict;
  const std::size_t bytes = ids.size() * (kChainBytesPerOperation + 8 + (want_order ? sizeof(OpId) : 0));
  if (limits.spent() || !limits.fits(bytes)) return verdict;
  Charge charge(limits, bytes);
  LockChain chain(history, fenced);
  if (!chain.build(ids, limits)) return verdict;
  ChainResult found = follow_chain(chain.ops(), 2, want_order, limits);
  if (found.verdict == Verdict::invalid && chain.left_out()) return verdict;
  verdict.verdict = found.verdict;
  verdict.order = std::move(found.order);
  verdict.stuck_at = found.stuck_at;
  verdict.conflict = std::move(found.conflict);
  return verdict;
}

}  // namespace assay::checkers
