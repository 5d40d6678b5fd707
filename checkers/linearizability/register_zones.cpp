#include "checkers/linearizability/register_zones.h"

#include <algorithm>

namespace assay::checkers {

namespace {

struct Zone {
  Nanos first_return = kNever;
  Nanos last_invocation = INT64_MIN;
  std::uint32_t writer = kNone;
  std::uint32_t value = 0;

  bool forward() const { return first_return < last_invocation; }
  Nanos key() const { return forward() ? first_return : last_invocation; }
  // The order of the clusters in a linearization, where there is one.
  friend bool operator<(const Zone& a, const Zone& b) {
    if (a.key() != b.key()) return a.key() < b.key();
    return !a.forward() && b.forward();
  }
};

// False, and nothing of use, where a value is written twice, or the initial one at all.
bool make_zones(const RegisterObject& object, std::vector<Zone>& zones) {
  zones.resize(object.value_count);
  // The initial value was written before everything.
  zones[RegisterObject::kInitial].first_return = INT64_MIN;
  for (std::uint32_t value = 0; value < zones.size(); ++value) zones[value].value = value;
  for (std::uint32_t op = 0; op < object.ops.size(); ++op) {
    const RegisterOp& what = object.ops[op];
    Zone& zone = zones[what.value];
    zone.first_return = std::min(zone.first_return, what.completed);
    zone.last_invocation = std::max(zone.last_invocation, what.invoked);
    if (what.kind != RegisterOp::Kind::write) continue;
    if (zone.writer != kNone || what.value == RegisterObject::kInitial) return false;
    zone.writer = op;
  }
  return true;
}

// Zones arrive nearly in order (values are numbered in order of appearance): insertion, unless it drags.
void sort_zones(std::vector<Zone>& zones) {
  std::size_t moves = 0;
  for (std::size_t i = 1; i < zones.size(); ++i) {
    if (!(zones[i] < zones[i - 1])) continue;
    const Zone moving = zones[i];
    std::size_t j = i;
    for (; j > 0 && moving < zones[j - 1]; --j, ++moves) zones[j] = zones[j - 1];
    zones[j] = moving;
    if (moves > 16 * zones.size()) {
      std::sort(zones.begin(), zones.end());
      return;
    }
  }
}

// The operations that make a zone what it is: its write, its earliest return, its latest invocation.
void add_evidence(const RegisterObject& object, const Zone& zone, std::vector<std::uint32_t>& evidence) {
  bool returned = false, invoked = false;
  for (std::uint32_t op = 0; op < object.ops.size(); ++op) {
    const RegisterOp& what = object.ops[op];
    if (what.value != zone.value) continue;
    const bool first = !returned && what.completed == zone.first_return;
    const bool last = !invoked && what.invoked == zone.last_invocation;
    returned = returned || first;
    invoked = invoked || last;
    if (first || last || op == zone.writer) evidence.push_back(op);
  }
}

// A read that has no write, or that returned before its write was invoked; kNone if there is none.
std::uint32_t find_orphan(const RegisterObject& object, const std::vector<Zone>& zones) {
  const auto sound = [&](const Zone& zone) {
    if (zone.value == RegisterObject::kInitial) return true;
    return zone.writer != kNone && zone.first_return >= object.ops[zone.writer].invoked;
  };
  const auto odd = std::find_if_not(zones.begin(), zones.end(), sound);
  if (odd == zones.end()) return kNone;
  std::uint32_t op = 0;
  for (; op < object.ops.size(); ++op) {
    const RegisterOp& what = object.ops[op];
    if (what.changes() || what.value == RegisterObject::kInitial) continue;
    const std::uint32_t writer = zones[what.value].writer;
    if (writer == kNone || what.completed < object.ops[writer].invoked) return op;
  }
  return kNone;
}

// Two zones, sorted, each of which must come before the other; both null if there are none.
std::pair<const Zone*, const Zone*> find_conflict(const std::vector<Zone>& zones) {
  const Zone* cover = nullptr;  // the forward zone that reaches furthest so far
  for (const Zone& zone : zones) {
    if (cover != nullptr && cover->first_return < zone.last_invocation &&
        zone.first_return < cover->last_invocation) {
      return {cover, &zone};
    }
    if (zone.forward() && (cover == nullptr || zone.last_invocation > cover->last_invocation)) cover = &zone;
  }
  return {nullptr, nullptr};
}

std::vector<std::uint32_t> make_order(const RegisterObject& object, const std::vector<Zone>& zones) {
  // Counting sort of the operations by the place of their cluster, writes first.
  std::vector<std::uint32_t> place(object.value_count, 0);
  for (const RegisterOp& op : object.ops) ++place[op.value];
  std::uint32_t next = 0;
  for (const Zone& zone : zones) {
    const std::uint32_t size = place[zone.value];
    place[zone.value] = next;
    next += size;
  }
  std::vector<std::uint32_t> order(object.ops.size());
  for (const Zone& zone : zones) {
    if (zone.writer != kNone) order[place[zone.value]++] = zone.writer;
  }
  for (std::uint32_t op = 0; op < object.ops.size(); ++op) {
    if (!object.ops[op].changes()) order[place[object.ops[op].value]++] = op;
  }
  return order;
}

}  // namespace

ZoneResult check_zones(const RegisterObject& object, bool want_order, Limits& limits) {
  Charge charge(limits, object.value_count * (sizeof(Zone) + (want_order ? 4 : 0)) +
                            (want_order ? object.ops.size() * 4 : 0));
  ZoneResult result;
  std::vector<Zone> zones;
  if (object.any_cas || !make_zones(object, zones)) return result;
  result.applies = true;
  if (const std::uint32_t orphan = find_orphan(object, zones); orphan != kNone) {
    result.conflict.push_back(orphan);
    if (zones[object.ops[orphan].value].writer != kNone) {
      result.conflict.push_back(zones[object.ops[orphan].value].writer);
    }
  } else {
    sort_zones(zones);
    const auto [a, b] = find_conflict(zones);
    if (a == nullptr) {
      result.valid = true;
      if (want_order) result.order = make_order(object, zones);
      return result;
    }
    add_evidence(object, *a, result.conflict);
    add_evidence(object, *b, result.conflict);
  }
  std::sort(result.conflict.begin(), result.conflict.end());
  return result;
}

}  // namespace assay::checkers
