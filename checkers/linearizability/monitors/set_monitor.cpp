// Sets.
//
// Without reads of the whole set, each element is an object of its own, in or out. One that is added once and
// removed once at most must be in from its add's return (or a sight of it before that) to its remove's
// invocation (or a sight after that), and need not be in longer; then whatever did not see it must fit
// outside. Elements with more than that are searched, each alone.
//
// With reads of the whole set, where nothing is removed: the sets that were read must grow, each containing
// the one before, and each element is added between the last set without it and the first with it. That fixes
// the order; it remains to be seen whether time allows it.
//
// O(n log n), with reads of the whole set linear in what they read.
#include <numeric>

#include "checkers/linearizability/model_search.h"
#include "checkers/linearizability/monitors/monitors.h"
#include "checkers/linearizability/monitors/sort_nearly.h"
#include "checkers/linearizability/value_numbers.h"

namespace assay::checkers {

namespace {

struct Placed {
  Nanos time;
  OpId id;
};

bool told(const Operation& op, bool flag) {
  const Value& result = op.mops.front().result;
  return op.outcome == Outcome::ok && result.kind() == Value::Kind::boolean && result.as_boolean() == flag;
}

class SetMonitor {
 public:
  SetMonitor(const ObjectModel& model, const History& history, std::span<const OpId> ids, bool want_order,
             Limits& limits)
      : model_(model), history_(history), ids_(ids), want_order_(want_order), limits_(limits) {}

  ObjectVerdict decide() {
    bool whole = false, removes = false;
    for (const OpId id : ids_) {
      const Operation op = history_.at(id);
      const Mop& mop = op.mops.front();
      whole = whole || (mop.fn == Fn::read && mop.argument.is_nil());
      removes = removes || mop.fn == Fn::remove || (mop.fn == Fn::read && !mop.argument.is_nil());
      removes = removes || (mop.fn == Fn::add && told(op, false));
    }
    if (!whole) return decide_each();
    if (!removes) return decide_growing();
    return {};
  }

 private:
  static ObjectVerdict invalid(std::vector<OpId> conflict) {
    ObjectVerdict verdict;
    verdict.verdict = Verdict::invalid;
    std::sort(conflict.begin(), conflict.end());
    verdict.conflict = std::move(conflict);
    return verdict;
  }

  ObjectVerdict valid(std::vector<Placed> placed) const {
    ObjectVerdict verdict;
    verdict.verdict = Verdict::valid;
    std::stable_sort(placed.begin(), placed.end(),
                     [](const Placed& a, const Placed& b) { return a.time < b.time; });
    verdict.order.reserve(placed.size());
    for (const Placed& each : placed) verdict.order.push_back(each.id);
    return verdict;
  }

  // Each element alone.
  ObjectVerdict decide_each() {
    ValueNumbers number(ids_.size());
    std::vector<std::uint32_t> element_of;
    element_of.reserve(ids_.size());
    for (const OpId id : ids_) element_of.push_back(number.number(history_.at(id).mops.front().argument));
    std::vector<std::uint32_t> begin(number.count() + 1, 0);
    for (const std::uint32_t element : element_of) ++begin[element + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    std::vector<OpId> grouped(ids_.size());
    std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
    for (std::size_t i = 0; i < ids_.size(); ++i) grouped[next[element_of[i]]++] = ids_[i];
    std::vector<Placed> placed;
    for (std::uint32_t element = 0; element < number.count(); ++element) {
      const std::span<const OpId> group(grouped.data() + begin[element], begin[element + 1] - begin[element]);
      const Verdict verdict = decide_one(group, placed);
      if (verdict == Verdict::invalid) return invalid({group.begin(), group.end()});
      if (verdict == Verdict::unknown) return {};
      if ((element & 255) == 0 && limits_.spent()) return {};
    }
    return valid(std::move(placed));
  }

  Verdict decide_one(std::span<const OpId> group, std::vector<Placed>& placed) {
    Operation add, remove;
    int adds = 0, removes = 0;
    Nanos seen_by = kNever,
          seen_from = INT64_MIN;  // the earliest return and the latest invocation of a sight
    bool simple = true;
    for (const OpId id : group) {
      const Operation op = history_.at(id);
      const Mop& mop = op.mops.front();
      const bool sees = mop.fn == Fn::read ? told(op, true) : mop.fn == Fn::add && told(op, false);
      if (mop.fn == Fn::add && !sees) {
        add = op;
        ++adds;
      } else if (mop.fn == Fn::remove && !told(op, false)) {
        remove = op;
        ++removes;
        // Without a result, it may have come too early and changed nothing.
        simple = simple && op.outcome == Outcome::ok && told(op, true);
      } else if (sees) {
        seen_by = std::min(seen_by, op.completed);
        seen_from = std::max(seen_from, op.invoked);
      }
    }
    simple = simple && adds <= 1 && removes <= 1 && (adds == 1 || removes == 0);
    if (!simple || adds == 0) return search(group, placed);
    const bool effective = add.outcome == Outcome::ok || removes == 1 || seen_by != kNever;
    if (!effective) return search(group, placed);
    const Nanos out_by = removes == 1 ? remove.completed : kNever;
    const Nanos in_by = std::min({add.completed, seen_by, out_by});
    const Nanos out_from = std::max({removes == 1 ? remove.invoked : kNever, seen_from, add.invoked});
    if (in_by < add.invoked || out_by < out_from) return Verdict::invalid;
    for (const OpId id : group) {
      const Operation op = history_.at(id);
      const Mop& mop = op.mops.front();
      const bool misses = mop.fn == Fn::add ? false : told(op, false);
      if (misses && in_by < op.invoked && op.completed < out_from) return Verdict::invalid;
    }
    if (want_order_) place(group, add, remove, removes == 1, in_by, out_from, placed);
    return Verdict::valid;
  }

  // In from `in` to `out`; or, where it need not be in, for a moment.
  void place(std::span<const OpId> group, const Operation& add, const Operation& remove, bool removed,
             Nanos in_by, Nanos out_from, std::vector<Placed>& placed) const {
    const Nanos in = std::min(in_by, out_from), goes = out_from;
    std::vector<Placed> before, during, after;
    for (const OpId id : group) {
      const Operation op = history_.at(id);
      const Mop& mop = op.mops.front();
      if (id == add.id || (removed && id == remove.id)) continue;
      const bool sees = mop.fn == Fn::add || (mop.fn == Fn::read && told(op, true));
      if (sees) {
        during.push_back({std::max(in, op.invoked), id});
      } else if (op.invoked <= in) {
        before.push_back({op.invoked, id});
      } else {
        after.push_back({std::max(goes, op.invoked), id});
      }
    }
    const auto by_time = [](const Placed& a, const Placed& b) { return a.time < b.time; };
    std::stable_sort(during.begin(), during.end(), by_time);
    placed.insert(placed.end(), before.begin(), before.end());
    placed.push_back({in, add.id});
    placed.insert(placed.end(), during.begin(), during.end());
    if (removed) placed.push_back({goes, remove.id});
    placed.insert(placed.end(), after.begin(), after.end());
  }

  Verdict search(std::span<const OpId> group, std::vector<Placed>& placed) {
    const ModelResult found = search_model(model_, history_, group, {UINT64_MAX, want_order_}, limits_);
    if (found.verdict != Verdict::valid || !want_order_) return found.verdict;
    Nanos time = INT64_MIN;
    for (const OpId id : found.order) {
      time = std::max(time, history_.at(id).invoked);
      placed.push_back({time, id});
    }
    return Verdict::valid;
  }

  // Reads of the whole set, and adds.
  ObjectVerdict decide_growing() {
    ValueNumbers number(ids_.size());
    std::vector<std::uint32_t> reads, adds;
    std::vector<std::uint32_t> adder;  // by element: the position of its add
    for (std::uint32_t i = 0; i < ids_.size(); ++i) {
      const Mop& mop = history_.at(ids_[i]).mops.front();
      if (mop.fn == Fn::read) {
        reads.push_back(i);
        continue;
      }
      const std::uint32_t element = number.number(mop.argument);
      if (element < adder.size()) return {};  // added twice: not for us
      adder.push_back(i);
      adds.push_back(i);
    }
    const auto size_of = [&](std::uint32_t i) {
      const Value& seen = history_.at(ids_[i]).mops.front().result;
      return seen.is_nil() ? 0 : seen.as_list().size();
    };
    std::stable_sort(reads.begin(), reads.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return size_of(a) < size_of(b); });
    // By element: the number of the first set that has it, counting different sets from 1; 0: none.
    std::vector<std::uint32_t> first_set(adder.size(), 0);
    std::vector<std::uint32_t> set_of(ids_.size(), 0);
    std::uint32_t sets = 0;
    std::size_t held = 0;
    for (std::size_t r = 0; r < reads.size(); ++r) {
      const std::size_t size = size_of(reads[r]);
      if (r == 0 || size != size_of(reads[r - 1])) ++sets;
      set_of[reads[r]] = sets;
      if (const OpId id = ids_[reads[r]]; !grows(history_.at(id), number, first_set, sets, held, size))
        return r > 0 ? invalid({ids_[reads[r - 1]], id}) : invalid({id});
    }
    for (std::size_t element = 0; element < adder.size(); ++element)
      set_of[adder[element]] = first_set[element] == 0 ? sets + 1 : first_set[element];
    return schedule(set_of, sets);
  }

  // Whether a read has what the set before it had, each element once; notes which are new.
  bool grows(const Operation& read, ValueNumbers& number, std::vector<std::uint32_t>& first_set,
             std::uint32_t set, std::size_t& held, std::size_t size) const {
    const Value& seen = read.mops.front().result;
    if (seen.is_nil()) return true;
    std::size_t known = 0;
    std::vector<std::uint32_t> elements;
    elements.reserve(size);
    for (const Value& value : seen.as_list()) {
      const std::uint32_t element = number.number(value);
      if (element >= first_set.size()) return false;  // nobody added it
      elements.push_back(element);
    }
    std::sort(elements.begin(), elements.end());
    if (std::adjacent_find(elements.begin(), elements.end()) != elements.end()) return false;
    for (const std::uint32_t element : elements) {
      if (first_set[element] != 0) ++known;
      if (first_set[element] == 0) first_set[element] = set;
    }
    if (known != held) return false;
    held = size;
    return true;
  }

  // Set by set, adds first; each operation as early as it can be.
  ObjectVerdict schedule(const std::vector<std::uint32_t>& set_of, std::uint32_t sets) const {
    std::vector<std::uint32_t> order(ids_.size());
    std::iota(order.begin(), order.end(), 0);
    const auto turn = [&](std::uint32_t i) {
      const bool reads = history_.at(ids_[i]).mops.front().fn == Fn::read;
      return 2 * set_of[i] + (reads ? 1 : 0);
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return turn(a) < turn(b); });
    Nanos time = INT64_MIN, latest = INT64_MIN;
    OpId latest_id = kNone;
    std::uint32_t current = kNone;
    std::vector<Placed> placed;
    for (const std::uint32_t i : order) {
      const Operation op = history_.at(ids_[i]);
      if (turn(i) != current) {
        current = turn(i);
        time = latest;
      }
      if (op.completed < time) return invalid({op.id, latest_id});
      if (op.outcome == Outcome::info && set_of[i] > sets) continue;
      if (want_order_) placed.push_back({std::max(time, op.invoked), op.id});
      if (op.invoked <= latest) continue;
      latest = op.invoked;
      latest_id = op.id;
    }
    return valid(std::move(placed));
  }

  const ObjectModel& model_;
  const History& history_;
  std::span<const OpId> ids_;
  bool want_order_;
  Limits& limits_;
};

}  // namespace

ObjectVerdict monitor_set(const ObjectModel& model, const History& history, std::span<const OpId> ids,
                          bool want_order, Limits& limits) {
  constexpr std::size_t kBytesPerOperation = 32;
  if (limits.spent() || !limits.fits(ids.size() * kBytesPerOperation)) return {};
  Charge charge(limits, ids.size() * kBytesPerOperation);
  return SetMonitor(model, history, ids, want_order, limits).decide();
}

}  // namespace assay::checkers
