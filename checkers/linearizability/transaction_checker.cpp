// Transactions over a few keys: the search with TransactionRules, an order from what it found, and a witness.
#include <algorithm>

#include "checkers/linearizability/object_checker.h"
#include "checkers/linearizability/transaction_object.h"
#include "checkers/linearizability/transaction_rules.h"

namespace assay::checkers {

namespace {

constexpr std::uint64_t kConfigurationsPerCheck = 50'000;
constexpr int kChecksMax = 300;
constexpr Nanos kEffortMax = 2 * kSecond;
constexpr std::size_t kStepsShown = 8;

template <std::size_t Words>
SearchResult search_with(TransactionObject& object, const Sweep& sweep, const SearchOptions& options,
                         Limits& limits) {
  TransactionRules<Words> rules(object, sweep, limits);
  return JitSearch<TransactionRules<Words>, Words>(sweep, rules, limits).run(options);
}

Sweep sweep_of(const TransactionObject& object) {
  std::vector<Interval> intervals;
  for (const Transaction& op : object.ops()) intervals.push_back({op.invoked, op.completed});
  return make_sweep(intervals);
}

// Indexes of operations: the effects, and the reads in between where they first see what they saw.
std::vector<std::uint32_t> make_order(TransactionObject& object, const Sweep& sweep,
                                      const std::vector<Effect>& effects, std::uint32_t end) {
  std::vector<std::uint32_t> order, waiting;
  std::uint32_t state = TransactionObject::kInitialState;
  const auto settle_reads = [&] {
    std::erase_if(waiting, [&](std::uint32_t op) {
      if (object.apply(state, op) == kNone) return false;
      order.push_back(op);
      return true;
    });
  };
  auto effect = effects.begin();
  for (std::uint32_t position = 0; position < sweep.events.size(); ++position) {
    for (; effect != effects.end() && effect->position == position; ++effect) {
      order.push_back(effect->first);
      state = object.apply(state, effect->first);
      settle_reads();
    }
    if (position == end) break;
    const std::uint32_t op = sweep.events[position] >> 1;
    if ((sweep.events[position] & 1) != 0 || !object.ops()[op].reads_only) continue;
    waiting.push_back(op);
    settle_reads();
  }
  return order;
}

struct Found {
  SearchResult search;
  std::vector<OpId> order;
  OpId stuck_at = kNone;
};

Found search(const History& history, std::span<const OpId> ids, const Value& initial,
             const SearchOptions& options, Limits& limits) {
  Found found;
  const std::size_t bytes = Sweep::bytes_for(ids.size()) + ids.size() * sizeof(Interval);
  if (!limits.fits(bytes + Sweep::scratch_bytes_for(ids.size()))) return found;
  Charge charge(limits, bytes);
  TransactionObject object(history, ids, initial, limits);
  const Sweep sweep = sweep_of(object);
  if (sweep.slots <= 64) {
    found.search = search_with<1>(object, sweep, options, limits);
  } else if (sweep.slots <= 4096) {
    found.search = search_with<64>(object, sweep, options, limits);
  }
  if (found.search.stuck_at != kNone) found.stuck_at = object.ops()[found.search.stuck_at].id;
  if (!options.want_effects || found.search.verdict == Verdict::unknown) return found;
  const std::uint32_t end =
      found.search.verdict == Verdict::valid ? kNone : sweep.return_of[found.search.stuck_at];
  for (const std::uint32_t op : make_order(object, sweep, found.search.effects, end)) {
    found.order.push_back(object.ops()[op].id);
  }
  return found;
}

class TransactionChecker final : public ObjectChecker {
 public:
  TransactionChecker(const History& history, const Value& initial) : history_(history), initial_(initial) {}

  ObjectVerdict check(std::span<const OpId> ids, bool want_order, Limits& limits) const override {
    Found found = search(history_, ids, initial_, {UINT64_MAX, want_order}, limits);
    ObjectVerdict verdict;
    verdict.verdict = found.search.verdict;
    verdict.configurations = found.search.configurations;
    verdict.stuck_at = found.stuck_at;
    if (found.search.verdict == Verdict::valid) verdict.order = std::move(found.order);
    return verdict;
  }

  Finding explain(std::span<const OpId> ids, const ObjectVerdict& verdict, Limits& limits) const override {
    const std::vector<OpId> witness = shrink(prefix(ids, verdict.stuck_at, limits), limits);
    const Found alone = search(history_, witness, initial_, {4 * kConfigurationsPerCheck, true}, limits);
    Finding finding;
    finding.anomaly = "non-linearizable";
    finding.model = "linearizable";
    finding.object = name_of(ids);
    finding.summary = "No order of " + std::to_string(witness.size()) + " transactions on " + finding.object +
                      " explains what they saw.";
    const std::size_t skipped = alone.order.size() > kStepsShown ? alone.order.size() - kStepsShown : 0;
    if (skipped > 0)
      finding.steps.push_back(std::to_string(skipped) + " operations took effect before these.");
    for (std::size_t i = skipped; i < alone.order.size(); ++i) {
      finding.steps.push_back(text(alone.order[i]) + " can have taken effect next.");
    }
    finding.steps.push_back(text(alone.stuck_at != kNone ? alone.stuck_at : verdict.stuck_at) +
                            " returned then, but no order of the operations before it and "
                            "in flight leads to what it saw, or lets the others follow.");
    finding.witness = witness;
    finding.details.push_back({"witness_operations", Value(static_cast<std::int64_t>(witness.size()))});
    finding.details.push_back(
        {"witness_checked_alone", Value::boolean(alone.search.verdict == Verdict::invalid)});
    return finding;
  }

 private:
  std::string text(OpId id) const {
    return "Operation " + std::to_string(id) + " (" + describe(history_.at(id)) + ")";
  }

  std::string name_of(std::span<const OpId> ids) const {
    std::vector<Key> keys;
    for (const OpId id : ids) {
      for (const Mop& mop : history_.at(id).mops) keys.push_back(mop.key);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::string name = keys.size() == 1 ? "key " : "keys ";
    for (std::size_t i = 0; i < keys.size() && i < 8; ++i)
      name += (i > 0 ? ", " : "") + history_.key_name(keys[i]);
    return keys.size() > 8 ? name + " and others" : name;
  }

  // A beginning of the object's operations that is invalid alone. Usually it ends with the return of the stuck
  // operation; where the search knew from later reads that it would not do, with one of those.
  std::vector<OpId> prefix(std::span<const OpId> ids, OpId stuck_at, Limits& limits) const {
    std::vector<Nanos> ends;
    for (const OpId id : ids) {
      const Nanos completed = history_.at(id).completed;
      if (completed != kNever && completed >= history_.at(stuck_at).completed) ends.push_back(completed);
    }
    std::sort(ends.begin(), ends.end());
    for (std::size_t last = 0; last < ends.size(); last = 2 * last + 1) {
      std::vector<OpId> kept;
      for (const OpId id : ids) {
        if (history_.at(id).invoked <= ends[last]) kept.push_back(id);
      }
      const Found found = search(history_, kept, initial_, {kConfigurationsPerCheck, false}, limits);
      if (found.search.verdict == Verdict::invalid) return kept;
    }
    return {ids.begin(), ids.end()};
  }

  // Drops operations that only read while what is left stays invalid; leaving out a read never makes a valid
  // history invalid.
  std::vector<OpId> shrink(std::vector<OpId> kept, Limits& limits) const {
    const Nanos deadline = limits.elapsed() + kEffortMax;
    int checks = 0;
    for (std::size_t chunk = std::max<std::size_t>(1, kept.size() / 2); chunk > 0; chunk /= 2) {
      for (std::size_t begin = 0; begin < kept.size(); begin += chunk) {
        if (checks++ > kChecksMax || limits.elapsed() > deadline || limits.spent()) return kept;
        std::vector<OpId> smaller;
        for (std::size_t i = 0; i < kept.size(); ++i) {
          const bool drop = i >= begin && i < begin + chunk && reads_only(kept[i]);
          if (!drop) smaller.push_back(kept[i]);
        }
        if (smaller.size() == kept.size()) continue;
        const Found found = search(history_, smaller, initial_, {kConfigurationsPerCheck, false}, limits);
        if (found.search.verdict != Verdict::invalid) continue;
        kept = std::move(smaller);
        begin -= std::min(begin, chunk);
      }
    }
    return kept;
  }

  bool reads_only(OpId id) const {
    const auto mops = history_.at(id).mops;
    return std::all_of(mops.begin(), mops.end(), [](const Mop& mop) { return mop.fn == Fn::read; });
  }

  const History& history_;
  Value initial_;
};

}  // namespace

std::unique_ptr<ObjectChecker> make_transaction_checker(const History& history, const Value& initial) {
  return std::make_unique<TransactionChecker>(history, initial);
}

}  // namespace assay::checkers
