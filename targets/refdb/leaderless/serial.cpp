// Requests that are decided by consensus on their key: see paxos.h.
//
// An operation that was proposed and then refused may have taken effect, or may do so later, when another round finds it: its
// client is told so. One that was only prepared has had no effect and is tried again.
#include <algorithm>

#include "targets/refdb/leaderless/leaderless_replica.h"

namespace assay::refdb::leaderless {

namespace {
constexpr std::int64_t kRetryMin = 1'000'000;
constexpr std::int64_t kRetryMax = 20'000'000;
}  // namespace

// What this replica accepted last, which need not have been decided.
void LeaderlessReplica::own_serial_state(const Caller& caller, const Mop& mop) {
  if (mop.fn != Fn::read) return answer(caller, wire::Status::bad_request);
  Cell cell;
  const auto found = acceptors_.find(mop.key);
  if (found != acceptors_.end()) cell.write(actor_, {}, {{}, found->second.value});
  answer(caller, wire::Status::ok, {Value()}, &cell, true);
}

void LeaderlessReplica::begin_serial(const Caller& caller, const Mop& mop) {
  if (!holds(mop.key)) return answer(caller, wire::Status::not_leader);
  const std::uint64_t id = next_id_++;
  SerialPending pending;
  pending.caller = caller;
  pending.mop = mop;
  pending.deadline = now_.monotonic + settings_.request_timeout;
  (mop.fn == Fn::read ? counters_.reads : counters_.writes) += 1;
  serial_.emplace(id, std::move(pending));
  auto& queue = serial_queues_[mop.key];
  queue.push_back(id);
  if (queue.size() == 1) start_round(id, serial_.at(id));
}

void LeaderlessReplica::start_round(std::uint64_t id, SerialPending& pending) {
  ++counters_.paxos_rounds;
  pending.retry_at = INT64_MAX;
  const Ballot ballot{highest_ballot_.round + 1, config_.self, actor_};
  highest_ballot_ = ballot;
  pending.round = Round(ballot, settings_.replicas / 2 + 1);
  Message message;
  message.kind = MessageKind::prepare;
  message.id = id;
  message.key = pending.mop.key;
  message.ballot = ballot;
  const std::vector<PeerId> preference = ring_.preference(ring_.group_of(message.key));
  for (std::size_t i = 0; i < settings_.replicas; ++i) send(preference[i], message);
}

void LeaderlessReplica::handle_acceptor(PeerId from, const Message& message) {
  if (!holds(message.key)) {
    ++counters_.dropped.nonsense;
    return;
  }
  if (claims_future(message.ballot)) {
    ++counters_.dropped.future;
    return;
  }
  Acceptor& acceptor = acceptors_[message.key];
  Message answer;
  answer.id = message.id;
  answer.key = message.key;
  const bool changed = message.kind == MessageKind::prepare
                           ? acceptor.prepare(message, answer)
                           : acceptor.accept(message, answer, bugs_.promise_forgotten);
  if (changed) dirty_acceptors_.insert(message.key);
  send_when_persisted(from, std::move(answer));
}

// Who has promised the last of all ballots could never promise another.
bool LeaderlessReplica::claims_future(const Ballot& ballot) const {
  return ballot.round > highest_ballot_.round + kNumberLeapMax;
}

void LeaderlessReplica::handle_proposer(PeerId from, const Message& message) {
  if (claims_future(message.ballot)) {
    ++counters_.dropped.future;
    return;
  }
  const auto found = serial_.find(message.id);
  if (found == serial_.end()) return;
  SerialPending& pending = found->second;
  const bool was_proposed = pending.round.state() == Round::State::accepting;
  if (message.kind == MessageKind::promise) {
    pending.round.promised(from, message);
  } else {
    pending.round.accepted(from, message);
  }
  highest_ballot_.round = std::max(highest_ballot_.round, pending.round.highest().round);
  switch (pending.round.state()) {
    case Round::State::prepared:
      return propose(message.id, pending);
    case Round::State::decided: {
      if (pending.failed) return end_serial(message.id, wire::Status::failed);
      const Value result = pending.mop.fn == Fn::read ? pending.round.found() : Value();
      return end_serial(message.id, wire::Status::ok, {result});
    }
    case Round::State::refused:
      if (pending.retry_at != INT64_MAX) return;
      ++counters_.paxos_refused;
      // A proposal that changes nothing may be made again.
      if (was_proposed && pending.mop.fn != Fn::read && !pending.failed) {
        return end_serial(message.id, wire::Status::unsure);
      }
      pending.failed = false;
      pending.retry_at = now_.monotonic + rng_.between(kRetryMin, kRetryMax);
      return;
    default:
      return;
  }
}

void LeaderlessReplica::propose(std::uint64_t id, SerialPending& pending) {
  Message message;
  message.kind = MessageKind::accept;
  message.id = id;
  message.key = pending.mop.key;
  message.ballot = pending.round.ballot();
  message.value = pending.round.found();
  if (pending.mop.fn == Fn::write) message.value = pending.mop.argument;
  if (pending.mop.fn == Fn::cas) {
    pending.failed = pending.round.found() != pending.mop.argument.first();
    if (!pending.failed) message.value = pending.mop.argument.second();
  }
  pending.round.propose();
  const std::vector<PeerId> preference = ring_.preference(ring_.group_of(message.key));
  for (std::size_t i = 0; i < settings_.replicas; ++i) send(preference[i], message);
}

void LeaderlessReplica::end_serial(std::uint64_t id, wire::Status status, std::vector<Value> results) {
  const auto found = serial_.find(id);
  const Key key = found->second.mop.key;
  answer(found->second.caller, status, std::move(results));
  serial_.erase(found);
  auto& queue = serial_queues_[key];
  const bool was_first = queue.front() == id;
  std::erase(queue, id);
  if (queue.empty()) {
    serial_queues_.erase(key);
  } else if (was_first) {
    start_round(queue.front(), serial_.at(queue.front()));
  }
}

void LeaderlessReplica::tick_serial() {
  std::vector<std::uint64_t> over, again;
  for (const auto& [id, pending] : serial_) {
    if (now_.monotonic >= pending.deadline) {
      over.push_back(id);
    } else if (now_.monotonic >= pending.retry_at) {
      again.push_back(id);
    }
  }
  for (const std::uint64_t id : again) start_round(id, serial_.at(id));
  for (const std::uint64_t id : over) {
    const auto found = serial_.find(id);
    if (found == serial_.end()) continue;
    ++counters_.timeouts;
    const SerialPending& pending = found->second;
    const bool proposed = pending.round.state() == Round::State::accepting;
    const bool changes = pending.mop.fn != Fn::read && !pending.failed;
    end_serial(id, proposed && changes ? wire::Status::unsure : wire::Status::unavailable);
  }
}

}  // namespace assay::refdb::leaderless
