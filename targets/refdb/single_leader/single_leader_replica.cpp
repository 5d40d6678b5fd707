#include "targets/refdb/single_leader/single_leader_replica.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "targets/refdb/single_leader/messages.h"

namespace assay::refdb::single_leader {

namespace {

constexpr Key kRange = 1'000'000;

std::string row_prefix(std::size_t shard) { return shard == 0 ? "" : std::to_string(shard) + ":"; }

class ShardReader final : public StorageReader {
 public:
  ShardReader(const StorageReader& storage, std::string prefix)
      : storage_(storage), prefix_(std::move(prefix)) {}
  void scan(std::string_view prefix,
            const std::function<void(std::string_view, std::string_view)>& visit) const override {
    storage_.scan(prefix_ + std::string(prefix), [&](std::string_view key, std::string_view value) {
      visit(key.substr(prefix_.size()), value);
    });
  }

 private:
  const StorageReader& storage_;
  const std::string prefix_;
};

template <typename T>
void move_to(std::vector<T>& from, std::vector<T>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

std::size_t shard_of(Key key, int shards) {
  // Keys of two ranges whose numbers are alike are in different shards.
  const Key rest = (key % kRange + key / kRange) % shards;
  return static_cast<std::size_t>(rest < 0 ? rest + shards : rest);
}

SingleLeaderReplica::SingleLeaderReplica(const ReplicaConfig& config, const StorageReader& storage,
                                         LocalTime now)
    : config_(config), settings_(settings_of(config.options)) {
  for (int shard = 0; shard < settings_.shards; ++shard) {
    const auto number = static_cast<std::size_t>(shard);
    groups_.push_back(
        std::make_unique<Group>(config_, settings_, number, ShardReader(storage, row_prefix(number)), now));
  }
}

void SingleLeaderReplica::tick(LocalTime now) {
  for (const auto& group : groups_) group->tick(now);
}

void SingleLeaderReplica::receive(PeerId from, std::string_view payload, LocalTime now) {
  std::optional<Message> message = dropped_.keep(decode_message(payload, config_.cluster_id));
  if (!message) return;
  if (message->shard >= groups_.size()) {
    ++dropped_.garbage;
    return;
  }
  message->from = from;
  message->to = config_.self;
  Group& group = *groups_[message->shard];
  group.step(std::move(*message), now);
}

void SingleLeaderReplica::client_request(ConnectionId connection, std::string_view payload, LocalTime now) {
  std::optional<wire::ClientRequest> request = wire::decode_request(payload);
  if (!request) {
    ++dropped_.garbage;
    return;
  }
  const Caller caller{connection, request->number, request->attempt};
  const std::optional<RequestContext> context = decode_request_context(request->context);
  const auto shard_of_mop = [&](const Mop& mop) { return shard_of(mop.key, settings_.shards); };
  const bool understood =
      context && !request->mops.empty() && request->number > 0 &&
      std::all_of(request->mops.begin(), request->mops.end(), [&](const Mop& mop) {
        return StateMachine::supports(mop) && shard_of_mop(mop) == shard_of_mop(request->mops[0]);
      });
  if (!understood) {
    wire::ClientAnswer answer;
    answer.number = caller.number;
    answer.attempt = caller.attempt;
    answer.status = wire::Status::bad_request;
    replies_.push_back({connection, wire::encode_answer(answer)});
    return;
  }
  Group& group = *groups_[shard_of_mop(request->mops[0])];
  group.request(caller, std::move(*request), *context, now);
}

void SingleLeaderReplica::persisted(std::uint64_t batch, LocalTime now) {
  for (const auto& group : groups_) group->persisted(batch, now);
}

Effects SingleLeaderReplica::take_effects() {
  Effects effects;
  effects.batch = batch_ + 1;
  for (std::size_t shard = 0; shard < groups_.size(); ++shard) {
    Group::Output output = groups_[shard]->take(effects.batch);
    const std::string prefix = row_prefix(shard);
    for (Write& write : output.writes) {
      effects.writes.push_back({prefix + write.key, std::move(write.value)});
    }
    for (const auto& [begin, end] : output.delete_ranges) {
      effects.delete_ranges.emplace_back(prefix + begin, prefix + end);
    }
    effects.must_sync = effects.must_sync || output.wants_sync;
    for (const Message& message : output.messages) {
      effects.messages.push_back({message.to, encode_message(message, config_.cluster_id)});
    }
    move_to(output.replies, effects.replies);
  }
  move_to(replies_, effects.replies);
  replies_.clear();
  if (effects.has_writes()) ++batch_;
  return effects;
}

std::int64_t SingleLeaderReplica::next_deadline() const {
  std::int64_t deadline = groups_[0]->next_deadline();
  for (const auto& group : groups_) deadline = std::min(deadline, group->next_deadline());
  return deadline;
}

ReplicaStatus SingleLeaderReplica::status() const {
  const Group& first = *groups_[0];
  ReplicaStatus status;
  status.role = first.is_synchronous() ? "sync-follower" : role_name(first.role());
  status.leader = first.leader();
  status.term = first.epoch();
  status.commit_index = first.commit();
  status.applied_index = first.state().applied_index();
  status.last_index = first.last_lsn();
  const auto sum = [this](std::int64_t GroupCounters::*counter) {
    std::int64_t total = 0;
    for (const auto& group : groups_) total += group->counters().*counter;
    return total;
  };
  std::size_t in_flight = 0;
  for (const auto& group : groups_) in_flight += group->in_flight();
  status.counters = {
      {"promotions", sum(&GroupCounters::promotions)},
      {"failovers", sum(&GroupCounters::failovers)},
      {"failover_detection_ns", sum(&GroupCounters::failover_detection_ns)},
      {"failover_election_ns", sum(&GroupCounters::failover_election_ns)},
      {"failover_total_ns", sum(&GroupCounters::failover_total_ns)},
      {"suspicions", sum(&GroupCounters::suspicions)},
      {"spurious_suspicions", sum(&GroupCounters::spurious_suspicions)},
      {"stepped_down", sum(&GroupCounters::stepped_down)},
      {"entries_discarded", sum(&GroupCounters::entries_discarded)},
      {"acknowledged_discarded", sum(&GroupCounters::acknowledged_discarded)},
      {"split_brain_acks", sum(&GroupCounters::split_brain_acks)},
      {"rollbacks", sum(&GroupCounters::rollbacks)},
      {"snapshots_sent", sum(&GroupCounters::snapshots_sent)},
      {"snapshots_installed", sum(&GroupCounters::snapshots_installed)},
      {"synchronous_replaced", sum(&GroupCounters::synchronous_replaced)},
      {"lower_epoch_refused", sum(&GroupCounters::lower_epoch_refused)},
      {"fenced_requests", sum(&GroupCounters::fenced_requests)},
      {"not_accepting", sum(&GroupCounters::not_accepting)},
      {"local_reads", sum(&GroupCounters::local_reads)},
      {"reads_behind", sum(&GroupCounters::reads_behind)},
      {"reads_waited", sum(&GroupCounters::reads_waited)},
      {"lag_sum_ns", sum(&GroupCounters::lag_sum_ns)},
      {"requests_in_flight", static_cast<std::int64_t>(in_flight)},
  };
  wire::Dropped dropped = dropped_;
  for (const auto& group : groups_) dropped += group->counters().dropped;
  dropped.add_to(status.counters);
  return status;
}

}  // namespace assay::refdb::single_leader
