#include "targets/refdb/simulated/sim_node.h"

#include <algorithm>
#include <utility>

#include "harness/core/assert.h"

namespace assay::refdb {

namespace {

// A replica that asks for more ticks than this without letting time pass will never stop.
constexpr int kTicksAtOnceMax = 1'000;

class DiskReader final : public StorageReader {
 public:
  explicit DiskReader(const sim::SimDisk& disk) : disk_(disk) {}
  void scan(std::string_view prefix,
            const std::function<void(std::string_view, std::string_view)>& visit) const override {
    disk_.scan(prefix, visit);
  }

 private:
  const sim::SimDisk& disk_;
};

}  // namespace

SimNode::SimNode(const SimMachines& machines, const ProtocolPlugin& plugin, const ReplicaConfig& config,
                 const sim::DiskConfig& disk, const Rng& rng)
    : machines_(machines),
      plugin_(plugin),
      config_(config),
      disk_(machines.simulator, machines.processes, static_cast<NodeId>(config.self), disk, rng) {}

std::string SimNode::boot() {
  ASSAY_ASSERT(replica_ == nullptr);
  if (std::string reason = disk_.open(); !reason.empty()) return reason;
  ReplicaConfig config = config_;
  const auto incarnation = static_cast<std::uint64_t>(machines_.processes.incarnation(id()));
  config.seed = Rng(config_.seed).fork("incarnation", incarnation).next();
  replica_ = plugin_.make(config, DiskReader(disk_), local_time());
  ASSAY_ASSERT(replica_ != nullptr);
  format_level_ = config.format_level;
  carry_out_effects();
  return {};
}

void SimNode::end() {
  ended_ = counters();
  replica_.reset();
  machines_.simulator.cancel(timer_);
  armed_for_ = kNever;
  unpersisted_.clear();
  any_batch_ = false;
  disk_.process_killed();
}

void SimNode::datagram(PeerId from, const std::string& payload) {
  if (replica_ == nullptr) return;
  replica_->receive(from, payload, local_time());
  carry_out_effects();
}

void SimNode::request(ConnectionId connection, const std::string& payload) {
  if (replica_ == nullptr) return;
  replica_->client_request(connection, payload, local_time());
  carry_out_effects();
}

void SimNode::connection_gone(ConnectionId connection) {
  if (replica_ == nullptr) return;
  replica_->client_gone(connection);
  carry_out_effects();
}

void SimNode::persisted(std::uint64_t batch) {
  // Duty 4: every batch, in the order in which it was taken.
  ASSAY_ASSERT(!unpersisted_.empty() && unpersisted_.front() == batch);
  unpersisted_.pop_front();
  replica_->persisted(batch, local_time());
  carry_out_effects();
}

std::string SimNode::order(const Order& order) {
  std::string refusal = replica_->order(order, local_time());
  carry_out_effects();
  return refusal;
}

std::optional<ReplicaStatus> SimNode::status() const {
  if (replica_ == nullptr) return std::nullopt;
  return replica_->status();
}

CounterSum SimNode::counters() const {
  CounterSum sum = ended_;
  if (replica_ != nullptr) sum.add(replica_->status().counters);
  return sum;
}

void SimNode::carry_out_effects() {
  Effects effects = replica_->take_effects();
  for (PeerMessage& message : effects.messages) {
    ASSAY_ASSERT(message.to < config_.cluster_size && message.to != config_.self);
    machines_.network.send(id(), static_cast<NodeId>(message.to), std::move(message.payload));
  }
  for (ClientReply& reply : effects.replies) {
    machines_.connections.send_to_client(id(), reply.connection, std::move(reply.payload));
  }
  if (effects.has_writes()) submit(effects);
  arm_timer();
}

void SimNode::submit(Effects& effects) {
  ASSAY_ASSERT(!any_batch_ || effects.batch > last_batch_);
  any_batch_ = true;
  last_batch_ = effects.batch;
  unpersisted_.push_back(effects.batch);
  sim::DiskBatch batch;
  batch.id = effects.batch;
  batch.sync = effects.must_sync;
  batch.writes.reserve(effects.writes.size());
  for (Write& write : effects.writes) batch.writes.push_back({std::move(write.key), std::move(write.value)});
  batch.delete_ranges = std::move(effects.delete_ranges);
  disk_.submit(std::move(batch));
}

void SimNode::arm_timer() {
  const std::int64_t deadline = replica_->next_deadline();
  if (deadline >= armed_for_) return;
  machines_.simulator.cancel(timer_);
  armed_for_ = deadline;
  const Nanos time = machines_.clocks.virtual_time(id(), deadline);
  const std::int64_t incarnation = machines_.processes.incarnation(id());
  timer_ = machines_.simulator.at(
      time, [this, incarnation] { machines_.processes.deliver(id(), incarnation, [this] { on_timer(); }); });
}

void SimNode::on_timer() {
  armed_for_ = kNever;
  const LocalTime now = local_time();
  if (replica_->next_deadline() > now.monotonic) {
    arm_timer();
    return;
  }
  ticks_at_once_ = machines_.simulator.now() == last_tick_ ? ticks_at_once_ + 1 : 0;
  ASSAY_ASSERT(ticks_at_once_ < kTicksAtOnceMax);
  last_tick_ = machines_.simulator.now();
  replica_->tick(now);
  carry_out_effects();
}

}  // namespace assay::refdb
