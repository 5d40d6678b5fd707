// Mode "single-leader".
#include <memory>

#include "targets/refdb/replica/config.h"
#include "targets/refdb/single_leader/bugs.h"
#include "targets/refdb/single_leader/routed_client.h"
#include "targets/refdb/single_leader/settings.h"
#include "targets/refdb/single_leader/single_leader_replica.h"

namespace assay::refdb::protocols {

namespace {

std::unique_ptr<Replica> make(const ReplicaConfig& config, const StorageReader& storage, LocalTime now) {
  check_config(config, single_leader::known_bugs());
  return std::make_unique<single_leader::SingleLeaderReplica>(config, storage, now);
}

std::unique_ptr<ClientLogic> make_client(const ClientConfig& config) {
  return std::make_unique<single_leader::RoutedClient>(config);
}

}  // namespace

extern const ProtocolPlugin single_leader_plugin;
const ProtocolPlugin single_leader_plugin = {
    "single-leader",
    "one leader ships its log to followers; replication, failover, protection and read routing by option",
    "asynchronous replication and a failover; two leaders without protection; reads of followers without a "
    "position",
    single_leader::option_specs(),
    &single_leader::claim,
    &single_leader::refuse,
    &single_leader::known_bugs,
    &make,
    &make_client,
};

}  // namespace assay::refdb::protocols
