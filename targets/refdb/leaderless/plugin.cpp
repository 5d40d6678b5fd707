// Mode "leaderless".
#include <memory>

#include "targets/refdb/leaderless/bugs.h"
#include "targets/refdb/leaderless/leaderless_client.h"
#include "targets/refdb/leaderless/leaderless_replica.h"
#include "targets/refdb/leaderless/settings.h"
#include "targets/refdb/replica/config.h"

namespace assay::refdb::protocols {

namespace {

std::unique_ptr<Replica> make(const ReplicaConfig& config, const StorageReader& storage, LocalTime now) {
  check_config(config, leaderless::known_bugs());
  return std::make_unique<leaderless::LeaderlessReplica>(config, storage, now);
}

std::unique_ptr<ClientLogic> make_client(const ClientConfig& config) {
  return std::make_unique<leaderless::LeaderlessClient>(config);
}

}  // namespace

extern const ProtocolPlugin leaderless_plugin;
const ProtocolPlugin leaderless_plugin = {
    "leaderless",
    "Dynamo's way: any replica takes requests, reads and writes wait for quorums of r and w of n replicas",
    "r + w <= n; sloppy quorums; clocks that disagree, unless timestamps=quorum; compare-and-set without "
    "cas=paxos",
    leaderless::option_specs(),
    &leaderless::claim,
    &leaderless::refuse,
    &leaderless::known_bugs,
    &make,
    &make_client,
};

}  // namespace assay::refdb::protocols
