#include "checkers/stale/certificates.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "checkers/linearizability/history_check.h"
#include "checkers/linearizability/models/models.h"
#include "checkers/linearizability/object_checker.h"
#include "checkers/stale/key_registers.h"
#include "checkers/stale/version_order.h"
#include "checkers/verify/certificate.h"

namespace assay::checkers {

namespace {

// Versions that stand together in the order: all of a chunk, or one alone. Forward zones take up their time; what is
// concurrent with itself has a moment between them (version_order.h).
struct Unit {
  Nanos time = 0;
  bool is_zone = false;
  std::vector<std::uint32_t> writes;
};

// Where the zones of several versions begin and end.
struct Zone {
  Nanos begin = kNever, end = INT64_MIN;
};

Zone zone_of(const std::vector<Version>& versions) {
  Zone zone;
  for (const Version& version : versions) {
    if (version.first_end >= version.last_begin) continue;
    zone.begin = std::min(zone.begin, version.first_end);
    zone.end = std::max(zone.end, version.last_begin);
  }
  return zone;
}

// All writes in an order for k; empty when none was found.
std::vector<std::uint32_t> order_writes(const std::vector<Version>& versions, std::uint32_t k,
                                        Limits& limits) {
  std::vector<Unit> units;
  std::vector<Zone> zones;
  std::vector<bool> placed(versions.size(), false);
  for (const std::vector<Version>& chunk : chunks(versions)) {
    std::vector<std::uint32_t> order;
    if (!find_order(chunk, k, limits, order)) return {};
    for (const std::uint32_t write : order) placed[write] = true;
    zones.push_back(zone_of(chunk));
    units.push_back({zones.back().begin, true, std::move(order)});
  }
  for (const Version& version : versions) {
    if (placed[version.write] || version.first_end >= version.last_begin) continue;
    placed[version.write] = true;
    zones.push_back(zone_of({version}));
    units.push_back({version.first_end, true, {version.write}});
  }
  std::sort(zones.begin(), zones.end(), [](const Zone& a, const Zone& b) { return a.begin < b.begin; });
  for (const Version& version : versions) {
    if (placed[version.write]) continue;
    const auto after = std::lower_bound(zones.begin(), zones.end(), version.last_begin,
                                        [](const Zone& zone, Nanos time) { return zone.begin < time; });
    const Nanos free = after == zones.begin() ? INT64_MIN : std::prev(after)->end;
    units.push_back({std::max(free, version.last_begin), false, {version.write}});
  }
  std::stable_sort(units.begin(), units.end(), [](const Unit& a, const Unit& b) {
    return std::tie(a.time, a.is_zone) < std::tie(b.time, b.is_zone);
  });
  std::vector<std::uint32_t> all;
  for (const Unit& unit : units) all.insert(all.end(), unit.writes.begin(), unit.writes.end());
  return all;
}

// The writes in their order, each read as early as it can stand: behind its own, and behind those that something before
// it in time belongs to.
std::vector<OpId> with_reads(const KeyRegister& key, const std::vector<Version>& versions,
                             const std::vector<std::uint32_t>& writes) {
  std::vector<std::uint32_t> rank(writes.size());
  for (std::uint32_t i = 0; i < writes.size(); ++i) rank[writes[i]] = i;
  std::vector<std::pair<Nanos, std::uint32_t>> ends;  // rank of the last of those that end first until then
  for (const Version& version : versions) ends.emplace_back(version.first_end, rank[version.write]);
  std::sort(ends.begin(), ends.end());
  for (std::size_t i = 1; i < ends.size(); ++i) ends[i].second = std::max(ends[i].second, ends[i - 1].second);
  std::vector<std::tuple<std::uint32_t, std::uint32_t, OpId>> places;  // rank; a write before its reads
  for (const std::uint32_t write : writes)
    if (key.writes[write].id != kNobody) places.emplace_back(rank[write], 0, key.writes[write].id);
  for (const KeyRegister::Read& read : key.reads) {
    const auto after =
        std::lower_bound(ends.begin(), ends.end(), std::pair(read.op.invoked, std::uint32_t{0}));
    const std::uint32_t known = after == ends.begin() ? 0 : std::prev(after)->second;
    places.emplace_back(std::max(rank[read.write], known), 1, read.op.id);
  }
  std::sort(places.begin(), places.end());
  std::vector<OpId> order;
  for (const auto& place : places) order.push_back(std::get<2>(place));
  return order;
}

}  // namespace

std::optional<Certificate> certify_k(const RegisterHistory& registers, const Value& initial, std::uint32_t k,
                                     Limits& limits) {
  Certificate certificate{"k-atomic", {{"initial", initial.to_string()}, {"k", std::to_string(k)}}, {}};
  const bool done = each_key_register(
      registers, limits, [&](const KeyRegister& key, const std::vector<FutureRead>& /*none*/) {
        const Charge charge(limits, key.writes.size() * (sizeof(Version) * 2 + 96) + key.reads.size() * 24);
        const std::vector<Version> versions = versions_of(key);
        const std::vector<std::uint32_t> writes = order_writes(versions, k, limits);
        if (writes.size() != versions.size()) return false;
        certificate.objects.push_back({registers.key(key.key), with_reads(key, versions, writes)});
        return !limits.spent();
      });
  if (!done || !refute_certificate(registers.history(), certificate).empty()) return std::nullopt;
  return certificate;
}

std::optional<Certificate> certify_delta(const History& history, const Value& initial, Nanos delta,
                                         const Budget& budget) {
  const CheckerOptions options{{"initial", initial.to_string()}, {"model", "register"}};
  const auto model = make_object_model("register", initial);
  if (delta == 0) {
    const auto checker = make_register_checker(history, initial);
    return check_history(history, *model, *checker, &options, budget).certificate;
  }
  const auto begins = [&](const Operation& op) {
    return op.mops[0].fn == Fn::read ? op.invoked - delta : op.invoked;
  };
  std::vector<OpId> given;
  for (const Operation op : history.operations()) {
    if (op.outcome != Outcome::fail && !op.mops.empty()) given.push_back(op.id);
  }
  std::stable_sort(given.begin(), given.end(),
                   [&](OpId a, OpId b) { return begins(history.at(a)) < begins(history.at(b)); });
  HistoryBuilder builder;
  for (const OpId id : given) {
    Operation op = history.at(id);
    op.due = op.invoked = begins(op);
    op.process = static_cast<ProcessId>(builder.size());  // those of one process may overlap now
    builder.add(op);
  }
  const History earlier = builder.build();
  const auto checker = make_register_checker(earlier, initial);
  std::optional<Certificate> found = check_history(earlier, *model, *checker, &options, budget).certificate;
  if (!found) return std::nullopt;
  Certificate certificate{
      "delta-atomic", {{"delta", std::to_string(delta)}, {"initial", initial.to_string()}}, found->objects};
  for (Certificate::Object& object : certificate.objects) {
    for (OpId& id : object.order) id = given[id];
  }
  if (!refute_certificate(history, certificate).empty()) return std::nullopt;
  return certificate;
}

}  // namespace assay::checkers
