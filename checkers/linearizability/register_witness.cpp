#include "checkers/linearizability/register_witness.h"

#include <algorithm>
#include <map>

#include "checkers/linearizability/register_check.h"

namespace assay::checkers {

namespace {

constexpr int kChecksMax = 600;
constexpr std::uint64_t kConfigurationsPerCheck = 50'000;
constexpr Nanos kEffortMax = 2 * kSecond;
constexpr int kShareOfTime = 8;

bool contains(const OpSet& set, std::uint32_t op) { return std::binary_search(set.begin(), set.end(), op); }

}  // namespace

RegisterObject sub_object(const RegisterObject& object, const OpSet& set) {
  RegisterObject sub;
  std::map<std::uint32_t, std::uint32_t> numbers{{RegisterObject::kInitial, RegisterObject::kInitial}};
  const auto number = [&](std::uint32_t value) {
    return numbers.try_emplace(value, static_cast<std::uint32_t>(numbers.size())).first->second;
  };
  for (const std::uint32_t index : set) {
    RegisterOp op = object.ops[index];
    op.value = number(op.value);
    if (op.kind == RegisterOp::Kind::cas) op.expected = number(op.expected);
    sub.any_info = sub.any_info || op.is_info();
    sub.any_cas = sub.any_cas || op.kind == RegisterOp::Kind::cas;
    sub.ops.push_back(op);
  }
  sub.value_count = static_cast<std::uint32_t>(numbers.size());
  return sub;
}

WitnessSearch::WitnessSearch(const RegisterObject& object, Limits& limits)
    : object_(object),
      limits_(limits),
      writers_(object.value_count),
      deadline_(limits.elapsed() + limits.share(kShareOfTime, kEffortMax)) {
  for (std::uint32_t op = 0; op < object.ops.size(); ++op) {
    if (object.ops[op].changes()) writers_[object.ops[op].value].push_back(op);
  }
}

Nanos WitnessSearch::overwritten_before(std::uint32_t reader, const OpSet& set) const {
  Nanos latest = INT64_MIN;
  for (const std::uint32_t op : set) {
    const RegisterOp& what = object_.ops[op];
    if (op == reader || !what.changes()) continue;
    if (what.completed < object_.ops[reader].invoked) latest = std::max(latest, what.invoked);
  }
  return latest;
}

// A compare-and-set of unknown outcome matters only as long as an operation of the set that did return may
// have seen what it left.
Nanos WitnessSearch::last_look(std::uint32_t reader, const OpSet& set) const {
  if (!object_.ops[reader].is_info()) return object_.ops[reader].completed;
  Nanos last = INT64_MIN;
  for (const std::uint32_t op : set) {
    const RegisterOp& what = object_.ops[op];
    if (what.kind != RegisterOp::Kind::write && !what.is_info()) last = std::max(last, what.completed);
  }
  return last;
}

OpSet WitnessSearch::sources(std::uint32_t reader, const OpSet& set) const {
  const Nanos gone = overwritten_before(reader, set);
  const Nanos last = last_look(reader, set);
  OpSet found;
  for (const std::uint32_t op : writers_[object_.ops[reader].needs()]) {
    const RegisterOp& what = object_.ops[op];
    if (op != reader && what.invoked <= last && what.completed >= gone) found.push_back(op);
  }
  return found;
}

bool WitnessSearch::initial_possible(std::uint32_t reader, const OpSet& set) const {
  return object_.ops[reader].needs() == RegisterObject::kInitial &&
         overwritten_before(reader, set) == INT64_MIN;
}

OpSet WitnessSearch::evident() const {
  // Of what returned so far, in order of return, the operation that was invoked last.
  std::vector<std::uint32_t> returned, latest;
  for (std::uint32_t op = 0; op < object_.ops.size(); ++op) {
    if (object_.ops[op].changes() && !object_.ops[op].is_info()) returned.push_back(op);
  }
  std::stable_sort(returned.begin(), returned.end(), [&](std::uint32_t a, std::uint32_t b) {
    return object_.ops[a].completed < object_.ops[b].completed;
  });
  for (const std::uint32_t op : returned) {
    const bool later = latest.empty() || object_.ops[op].invoked > object_.ops[latest.back()].invoked;
    latest.push_back(later ? op : latest.back());
  }
  OpSet found;
  Nanos found_at = kNever;
  for (std::uint32_t reader = 0; reader < object_.ops.size(); ++reader) {
    const RegisterOp& what = object_.ops[reader];
    if (what.kind == RegisterOp::Kind::write || what.completed >= found_at) continue;
    const auto after = std::partition_point(returned.begin(), returned.end(), [&](std::uint32_t op) {
      return object_.ops[op].completed < what.invoked;
    });
    const auto before = static_cast<std::size_t>(after - returned.begin());
    const std::uint32_t over = before > 0 ? latest[before - 1] : kNone;
    if (what.needs() == RegisterObject::kInitial && over == kNone) continue;
    const Nanos gone = over == kNone ? INT64_MIN : object_.ops[over].invoked;
    const OpSet& its = writers_[what.needs()];
    const bool explained = std::any_of(its.rbegin(), its.rend(), [&](std::uint32_t op) {
      return op != reader && object_.ops[op].invoked <= what.completed && object_.ops[op].completed >= gone;
    });
    if (explained) continue;
    found = {reader};
    if (over != kNone && (!its.empty() || what.needs() == RegisterObject::kInitial)) found.push_back(over);
    found_at = what.completed;
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool WitnessSearch::is_sound(const OpSet& set) const {
  for (const std::uint32_t op : set) {
    if (object_.ops[op].kind == RegisterOp::Kind::write) continue;
    for (const std::uint32_t source : sources(op, set)) {
      if (!contains(set, source)) return false;
    }
  }
  return true;
}

OpSet WitnessSearch::closure(OpSet set) const {
  OpSet fresh = set;
  while (!fresh.empty()) {
    OpSet missing;
    for (const std::uint32_t op : fresh) {
      if (object_.ops[op].kind == RegisterOp::Kind::write) continue;
      for (const std::uint32_t source : sources(op, set)) {
        if (!contains(set, source)) missing.push_back(source);
      }
    }
    std::sort(missing.begin(), missing.end());
    missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
    OpSet both;
    std::merge(set.begin(), set.end(), missing.begin(), missing.end(), std::back_inserter(both));
    set = std::move(both);
    fresh = std::move(missing);
  }
  return set;
}

bool WitnessSearch::is_invalid(const OpSet& set) const {
  ++checks_;
  RegisterObject sub = sub_object(object_, set);
  drop_useless_infos(sub);
  return search_register(sub, {kConfigurationsPerCheck, false}, limits_).verdict == Verdict::invalid;
}

bool WitnessSearch::out_of_effort() const {
  return checks_ > kChecksMax || limits_.elapsed() > deadline_ || limits_.spent();
}

OpSet WitnessSearch::from_prefix(std::uint32_t stuck_at) {
  const Nanos end = object_.ops[stuck_at].completed;
  OpSet returned;  // latest first
  for (std::uint32_t op = 0; op < object_.ops.size(); ++op) {
    if (object_.ops[op].completed <= end && op != stuck_at) returned.push_back(op);
  }
  std::stable_sort(returned.begin(), returned.end(), [&](std::uint32_t a, std::uint32_t b) {
    return object_.ops[a].completed > object_.ops[b].completed;
  });
  OpSet set;
  for (std::size_t size = 4;; size *= 2) {
    size = std::min(size, returned.size());
    set.assign(returned.begin(), returned.begin() + static_cast<std::ptrdiff_t>(size));
    set.push_back(stuck_at);
    std::sort(set.begin(), set.end());
    set = closure(std::move(set));
    if (is_invalid(set)) return minimise(std::move(set));
    if (size == returned.size() || out_of_effort()) return set;
  }
}

OpSet WitnessSearch::from_conflict(const OpSet& conflict) {
  OpSet set = closure(conflict);
  return is_invalid(set) ? minimise(std::move(set)) : set;
}

OpSet WitnessSearch::minimise(OpSet set) {
  for (std::size_t chunk = std::max<std::size_t>(1, set.size() / 2); chunk > 0;) {
    bool shrunk = false;
    for (std::size_t begin = 0; begin < set.size() && !out_of_effort();) {
      const std::size_t end = std::min(set.size(), begin + chunk);
      OpSet smaller(set.begin(), set.begin() + static_cast<std::ptrdiff_t>(begin));
      smaller.insert(smaller.end(), set.begin() + static_cast<std::ptrdiff_t>(end), set.end());
      smaller = closure(std::move(smaller));
      if (smaller.size() < set.size() && is_sound(smaller) && is_invalid(smaller)) {
        set = std::move(smaller);
        shrunk = true;
      } else {
        begin = end;
      }
    }
    if (out_of_effort()) break;
    if (chunk == 1 && !shrunk) break;
    chunk = std::max<std::size_t>(1, chunk / 2);
  }
  return set;
}

}  // namespace assay::checkers
