#include <memory>

#include "targets/refdb/raft/raft_replica.h"
#include "targets/refdb/replica/config.h"

namespace assay::refdb::raft {

namespace {

std::unique_ptr<Replica> make(const ReplicaConfig& config, const StorageReader& storage, LocalTime now) {
  check_config(config, known_bugs());
  return std::make_unique<RaftReplica>(config, storage, now);
}

}  // namespace

const ProtocolPlugin raft_plugin = {
    "raft",         "Raft: one leader, a replicated log, linearizable reads by ReadIndex or lease",
    "linearizable", &known_bugs,
    &make,
};

}  // namespace assay::refdb::raft
