#include "targets/refdb/multi_leader/datacenter.h"

#include <algorithm>

namespace assay::refdb::multi_leader {

Datacenter::Datacenter(PeerId self, const std::vector<PeerId>& members, std::int64_t failover_after,
                       std::int64_t now)
    : self_(self), failover_after_(failover_after), leads_(members.size() == 1) {
  for (const PeerId member : members) {
    if (member != self) others_[member] = {};
  }
  begin(now);
}

void Datacenter::begin(std::int64_t now) {
  seen_at_ = began_at_ = now;
  if (others_.empty()) return;
  leads_ = false;
  to_catch_up_ = {};
  for (auto& [id, member] : others_) member = {};
}

std::optional<PeerId> Datacenter::leader(std::int64_t now) const {
  for (const auto& [id, member] : others_) {
    if (leads_ && id > self_) break;
    if (lives(member, now) && member.leads) return id;
  }
  return leads_ ? std::optional(self_) : std::nullopt;
}

void Datacenter::heard(PeerId id, bool leads, const clocks::VersionVector& has, std::int64_t now) {
  const auto found = others_.find(id);
  if (found == others_.end()) return;
  Member& member = found->second;
  if (leads && !(lives(member, now) && member.leads)) to_catch_up_.merge(has);
  member = {now, leads};
}

bool Datacenter::may_lead(std::int64_t now, const clocks::VersionVector& applied) const {
  if (const std::optional<PeerId> leader = this->leader(now))
    return self_ < *leader && applied.covers(to_catch_up_);
  const bool first = std::all_of(others_.begin(), others_.end(), [&](const auto& each) {
    return each.first > self_ || !lives(each.second, now);
  });
  const bool all_live =
      std::all_of(others_.begin(), others_.end(), [&](const auto& each) { return lives(each.second, now); });
  return first && (all_live || now - began_at_ > failover_after_);
}

bool Datacenter::at(std::int64_t now, const clocks::VersionVector& applied) {
  if (others_.empty()) return false;
  // This node stood still, and others may have gone on without it.
  if (now - seen_at_ > failover_after_) begin(now);
  seen_at_ = now;
  if (leads_) {
    leads_ = leader(now) == self_;
    return false;
  }
  leads_ = may_lead(now, applied);
  return leads_;
}

}  // namespace assay::refdb::multi_leader
