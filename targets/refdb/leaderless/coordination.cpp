// How a node coordinates reads and writes of keys that are not decided by consensus.
#include <algorithm>

#include "targets/refdb/leaderless/leaderless_replica.h"

namespace assay::refdb::leaderless {

namespace {
// A home that is silent for so long gets a stand-in, though nobody suspects it yet.
constexpr std::int64_t kStandInAfter = 100'000'000;
}  // namespace

void LeaderlessReplica::begin(const Caller& caller, const Mop& mop, const RequestContext& context) {
  Pending pending;
  pending.caller = caller;
  pending.mop = mop;
  pending.seen = context.seen;
  const auto level = [&](std::size_t asked, std::size_t usual) {
    return asked == 0 ? usual : std::min(asked, settings_.replicas);
  };
  pending.read_quorum = level(context.read_quorum, settings_.read_quorum);
  pending.write_quorum = level(context.write_quorum, settings_.write_quorum);
  pending.deadline = now_.monotonic + settings_.request_timeout;
  if (!choose_replicas(pending)) return;
  const std::uint64_t id = next_id_++;
  Pending& kept = pending_.emplace(id, std::move(pending)).first->second;
  (mop.fn == Fn::read ? counters_.reads : counters_.writes) += 1;
  // What only adds to a data type does not depend on what is there.
  const bool blind =
      mop.fn == Fn::write || (settings_.data_types && (mop.fn == Fn::add || mop.fn == Fn::append));
  const bool looks_first = !blind || settings_.timestamps == Settings::Timestamps::quorum;
  looks_first ? start_read(id, kept) : start_write(id, kept);
}

// The homes of the key; in a sloppy quorum the next nodes instead of those that are away. False: it was refused.
bool LeaderlessReplica::choose_replicas(Pending& pending) {
  const std::vector<PeerId> preference = ring_.preference(ring_.group_of(pending.mop.key));
  const auto homes_end = preference.begin() + static_cast<std::ptrdiff_t>(settings_.replicas);
  const std::vector<PeerId> homes(preference.begin(), homes_end);
  std::size_t next = settings_.replicas;
  std::size_t present = 0;
  for (const PeerId home : homes) {
    if (!gossip_.suspects(home, now_.monotonic)) {
      pending.replicas.push_back(home);
      ++present;
      continue;
    }
    while (next < preference.size() && gossip_.suspects(preference[next], now_.monotonic)) ++next;
    if (!settings_.sloppy || next == preference.size()) {
      pending.replicas.push_back(home);
      continue;
    }
    pending.replicas.push_back(preference[next++]);
    pending.stood_in.insert(home);
    ++present;
  }
  const bool is_home = std::find(homes.begin(), homes.end(), config_.self) != homes.end();
  if (!is_home && !settings_.sloppy) {
    answer(pending.caller, wire::Status::not_leader);
    return false;
  }
  const std::size_t needed =
      pending.mop.fn == Fn::read ? pending.read_quorum : std::max(pending.write_quorum, std::size_t{1});
  if (present >= needed) return true;
  ++counters_.unavailable;
  answer(pending.caller, wire::Status::unavailable);
  return false;
}

// ---- reads

void LeaderlessReplica::start_read(std::uint64_t id, Pending& pending) {
  pending.phase = Pending::Phase::reading;
  pending.read = QuorumRead(pending.read_quorum, !settings_.siblings);
  Message message;
  message.kind = MessageKind::get;
  message.id = id;
  message.key = pending.mop.key;
  const std::vector<PeerId> replicas = pending.replicas;
  for (const PeerId replica : replicas) send(replica, message);
}

void LeaderlessReplica::read_answered(std::uint64_t id, PeerId from, Cell cell) {
  const auto found = pending_.find(id);
  if (found == pending_.end() || found->second.phase == Pending::Phase::writing) return;
  Pending& pending = found->second;
  // What is being brought to a write quorum must not grow meanwhile: acknowledgements are for what was sent.
  if (pending.phase == Pending::Phase::repairing || pending.read.has_answered(from)) return;
  pending.read.answered(from, std::move(cell));
  if (pending.phase == Pending::Phase::reading && pending.read.enough()) return read_done(id, pending);
  if (pending.phase != Pending::Phase::answered) return;
  // Late: it is mended, too.
  if (settings_.repair != Settings::Repair::none) repair(id, pending, false);
  if (pending.read.answers() == pending.replicas.size()) pending_.erase(id);
}

void LeaderlessReplica::read_done(std::uint64_t id, Pending& pending) {
  const Mop& mop = pending.mop;
  if (mop.fn == Fn::write || (settings_.data_types && mop.fn != Fn::read)) {
    clock_.observe(pending.read.merged().latest());
    return start_write(id, pending);
  }
  if (mop.fn == Fn::cas) {
    if (pending.read.merged().result() != mop.argument.first()) {
      answer(pending.caller, wire::Status::failed);
      pending_.erase(id);
      return;
    }
    clock_.observe(pending.read.merged().latest());
    pending.seen = pending.read.merged().context();
    pending.mop.fn = Fn::write;
    pending.mop.argument = Value(mop.argument.second());
    return start_write(id, pending);
  }
  if (settings_.repair == Settings::Repair::before && pending.read.holders() < pending.write_quorum) {
    pending.phase = Pending::Phase::repairing;
    return repair(id, pending, true);
  }
  answer_read(id, pending);
}

// Gives replicas what they lack. `silent_too`: also those that have not answered yet, because a write quorum is wanted.
void LeaderlessReplica::repair(std::uint64_t id, Pending& pending, bool silent_too) {
  std::vector<PeerId> nodes = pending.read.behind();
  for (const PeerId replica : pending.replicas) {
    if (silent_too && !pending.read.has_answered(replica)) nodes.push_back(replica);
  }
  Message message;
  message.kind = MessageKind::put;
  message.id = id;
  message.key = pending.mop.key;
  message.cell = pending.read.merged();
  counters_.repairs += static_cast<std::int64_t>(nodes.size());
  for (const PeerId node : nodes) send(node, message);
}

void LeaderlessReplica::answer_read(std::uint64_t id, Pending& pending) {
  const Cell& merged = pending.read.merged();
  if (merged.versions().size() > 1) ++counters_.sibling_reads;
  answer(pending.caller, wire::Status::ok, {merged.result()}, settings_.siblings ? &merged : nullptr);
  pending.phase = Pending::Phase::answered;
  if (settings_.repair == Settings::Repair::after) repair(id, pending, false);
  const auto found = pending_.find(id);
  if (found != pending_.end() && found->second.read.answers() == found->second.replicas.size())
    pending_.erase(found);
}

// ---- writes

clocks::HybridTime LeaderlessReplica::next_time() {
  switch (settings_.timestamps) {
    case Settings::Timestamps::hybrid:
      return clock_.tick(now_.wall);
    case Settings::Timestamps::wall:
      return {now_.wall, 0};
    case Settings::Timestamps::quorum:
      break;
  }
  return clock_.tick(0);  // no clock that somebody could set wrong
}

void LeaderlessReplica::start_write(std::uint64_t id, Pending& pending) {
  pending.phase = Pending::Phase::writing;
  const Key key = pending.mop.key;
  Cell cell = cells_[key];
  cell.merge(pending.read.merged());
  const clocks::HybridTime time = next_time();
  pending.cell = {};
  if (settings_.data_types) {
    const bool met = pending.mop.fn != Fn::cas || pending.mop.argument.first() == cell.result();
    const wire::Status status =
        met ? cell.operate(pending.mop, {time, {actor_, ++operations_}}, pending.cell) : wire::Status::failed;
    if (status != wire::Status::ok) {
      answer(pending.caller, status);
      pending_.erase(id);
      return;
    }
  } else {
    // A last write wins by its time, not because its coordinator knew of another.
    cell.write(actor_, settings_.siblings ? pending.seen : clocks::VersionVector(),
               {time, pending.mop.argument});
    if (!settings_.siblings) cell.keep_latest();
    pending.cell = cell;
  }
  // Who stands in as the coordinator without holding the key remembers the write, too: a dot must not be used again.
  if (!holds(key)) store(key, cell);
  if (settings_.sloppy) pending.stand_in_at = now_.monotonic + kStandInAfter;
  Message message;
  message.kind = MessageKind::put;
  message.id = id;
  message.key = key;
  message.cell = pending.cell;
  // An acknowledgement of this node's own may end the operation while messages are still sent.
  const std::vector<PeerId> replicas = pending.replicas;
  const std::set<PeerId> stood_in = pending.stood_in;
  auto absent = stood_in.begin();
  for (const PeerId replica : replicas) {
    const bool is_home = ring_.holds(replica, ring_.group_of(key));
    message.hint_for = std::nullopt;
    if (!is_home && absent != stood_in.end()) message.hint_for = *absent++;
    send(replica, message);
  }
}

void LeaderlessReplica::write_acknowledged(std::uint64_t id, PeerId from) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  Pending& pending = found->second;
  if (pending.phase == Pending::Phase::repairing) {
    pending.read.repaired(from);
    if (pending.read.holders() >= pending.write_quorum) answer_read(id, pending);
    return;
  }
  if (pending.phase != Pending::Phase::writing) return;
  pending.acknowledged.insert(from);
  std::size_t votes = pending.acknowledged.size();
  if (bugs_.own_vote_twice && pending.acknowledged.contains(config_.self)) ++votes;
  if (votes < pending.write_quorum) return;
  answer(pending.caller, wire::Status::ok, {Value()}, settings_.siblings ? &pending.cell : nullptr);
  pending_.erase(found);
}

// Silent homes of a sloppy write get stand-ins.
void LeaderlessReplica::stand_in(std::uint64_t id, Pending& pending) {
  pending.stand_in_at = INT64_MAX;
  if (pending.phase != Pending::Phase::writing) return;
  const std::vector<PeerId> preference = ring_.preference(ring_.group_of(pending.mop.key));
  Message message;
  message.kind = MessageKind::put;
  message.id = id;
  message.key = pending.mop.key;
  message.cell = pending.cell;
  for (std::size_t i = 0; i < settings_.replicas; ++i) {
    const PeerId home = preference[i];
    if (pending.acknowledged.contains(home) || pending.stood_in.contains(home)) continue;
    for (std::size_t j = settings_.replicas; j < preference.size(); ++j) {
      const PeerId other = preference[j];
      const auto& asked = pending.replicas;
      if (std::find(asked.begin(), asked.end(), other) != asked.end()) continue;
      if (gossip_.suspects(other, now_.monotonic)) continue;
      pending.replicas.push_back(other);
      pending.stood_in.insert(home);
      message.hint_for = home;
      send(other, message);
      break;
    }
  }
}

void LeaderlessReplica::give_up(std::uint64_t id, Pending& pending) {
  if (pending.phase != Pending::Phase::answered) {
    ++counters_.timeouts;
    const bool wrote = pending.phase == Pending::Phase::writing;
    answer(pending.caller, wrote ? wire::Status::unsure : wire::Status::unavailable);
  }
  pending_.erase(id);
}

void LeaderlessReplica::tick_pending() {
  std::vector<std::uint64_t> over, silent;
  for (const auto& [id, pending] : pending_) {
    if (now_.monotonic >= pending.deadline) over.push_back(id);
    if (now_.monotonic >= pending.stand_in_at) silent.push_back(id);
  }
  for (const std::uint64_t id : silent) {
    if (const auto found = pending_.find(id); found != pending_.end()) stand_in(id, found->second);
  }
  for (const std::uint64_t id : over) {
    if (const auto found = pending_.find(id); found != pending_.end()) give_up(id, found->second);
  }
}

}  // namespace assay::refdb::leaderless
