// A node of mode single-leader as a Replica: what a driver runs. It has one Group per shard; what is here is what they share:
// the envelope of messages, batches of storage, and the counting of garbage.
//
// Storage: the rows of kv/rows.h and raft/log_rows.h, those of shards behind the first with the number of the shard and a colon
// in front.
//
// Thread safety: none. Errors: a client's garbage is answered bad_request where it can be, else counted.
#pragma once

#include <memory>
#include <vector>

#include "targets/refdb/replica/replica.h"
#include "targets/refdb/single_leader/group.h"
#include "targets/refdb/wire/dropped.h"

namespace assay::refdb::single_leader {

class SingleLeaderReplica final : public Replica {
 public:
  // Requires: check_config() accepted `config`.
  SingleLeaderReplica(const ReplicaConfig& config, const StorageReader& storage, LocalTime now);

  void tick(LocalTime now) override;
  void receive(PeerId from, std::string_view payload, LocalTime now) override;
  void client_request(ConnectionId connection, std::string_view payload, LocalTime now) override;
  void client_gone(ConnectionId) override {}
  void persisted(std::uint64_t batch, LocalTime now) override;
  Effects take_effects() override;
  std::int64_t next_deadline() const override;
  // Role, epoch and positions are those of the first shard; counters are sums.
  ReplicaStatus status() const override;

  // For tests.
  const Group& group(std::size_t shard) const { return *groups_[shard]; }

 private:
  const ReplicaConfig config_;
  const Settings settings_;
  std::vector<std::unique_ptr<Group>> groups_;
  std::vector<ClientReply> replies_;
  std::uint64_t batch_ = 0;
  wire::Dropped dropped_;  // before a group saw it
};

// The shard that a key belongs to.
std::size_t shard_of(Key key, int shards);

}  // namespace assay::refdb::single_leader
