// Mode "raft".
#include <memory>

#include "targets/refdb/client/client_core.h"
#include "targets/refdb/raft/raft_replica.h"
#include "targets/refdb/raft/settings.h"
#include "targets/refdb/replica/config.h"

namespace assay::refdb::protocols {

namespace {

std::string claim(const Options& options, int) {
  // A client whose node is gone reads from another one, which may not have heard of its writes.
  return options.text("reads") == "local" ? "eventual" : "linearizable";
}

std::unique_ptr<Replica> make(const ReplicaConfig& config, const StorageReader& storage, LocalTime now) {
  check_config(config, raft::known_bugs());
  return std::make_unique<raft::RaftReplica>(config, storage, now);
}

std::unique_ptr<ClientLogic> make_client(const ClientConfig& config) {
  return std::make_unique<ClientCore>(config, config.options.text("reads") == "local");
}

}  // namespace

extern const ProtocolPlugin raft_plugin;
const ProtocolPlugin raft_plugin = {
    "raft",
    "Raft: one leader, a replicated log, linearizable reads by ReadIndex or lease",
    "a lease under clocks that drift apart more than clock_drift_ppm; local reads are stale",
    raft::option_specs(),
    &claim,
    nullptr,
    &raft::known_bugs,
    &make,
    &make_client,
    true,
};

}  // namespace assay::refdb::protocols
