// Mode "multi-leader".
#include <memory>

#include "targets/refdb/multi_leader/multi_leader_client.h"
#include "targets/refdb/multi_leader/multi_leader_replica.h"
#include "targets/refdb/replica/config.h"

namespace assay::refdb::protocols {

namespace {

std::unique_ptr<Replica> make(const ReplicaConfig& config, const StorageReader& storage, LocalTime now) {
  check_config(config, multi_leader::known_bugs());
  return std::make_unique<multi_leader::MultiLeaderReplica>(config, storage, now);
}

std::unique_ptr<ClientLogic> make_client(const ClientConfig& config) {
  return std::make_unique<multi_leader::MultiLeaderClient>(config);
}

}  // namespace

extern const ProtocolPlugin multi_leader_plugin;
const ProtocolPlugin multi_leader_plugin = {
    "multi-leader",
    "several leaders that accept writes, send them to each other, and resolve conflicts",
    "never linearizable: leaders do not wait for each other; last write wins loses concurrent writes, and by "
    "wall clocks that "
    "differ also later ones; a ring breaks with one datacenter, a star with its hub",
    multi_leader::option_specs(),
    &multi_leader::claim,
    &multi_leader::refuse,
    &multi_leader::known_bugs,
    &make,
    &make_client,
};

}  // namespace assay::refdb::protocols
