// What /status (JSON) and /metrics (Prometheus text format 0.0.4) say about a node.
//
// Thread safety: pure.
#pragma once

#include <string>

#include "targets/refdb/net/config.h"
#include "targets/refdb/net/net_counters.h"
#include "targets/refdb/replica/replica.h"
#include "targets/refdb/storage/group_commit.h"

namespace assay::refdb {

struct NodeStatus {
  const ServerConfig& config;
  std::string version;
  ReplicaStatus replica;
  NetCounters net;
  CommitCounters storage;
  std::size_t storage_backlog_size_bytes = 0;
  std::size_t clients = 0;
  std::size_t peers_connected = 0;
  std::int64_t uptime = 0;
};

// {"node", "cluster", "mode", "version", "pid", "role", "term", "leader", "members", "commit", "applied", "last", "bugs",
//  "counters": {...}, "net": {...}, "storage": {...}}; leader is a name or null, members are names.
std::string render_status(const NodeStatus& status);
std::string render_metrics(const NodeStatus& status);

}  // namespace assay::refdb
