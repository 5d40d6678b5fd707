// Feeds arbitrary bytes to the decoders of mode single-leader, and what decodes to a replica, which must survive it. The first byte
// chooses the options.
#include "targets/refdb/single_leader/position.h"
#include "targets/refdb/single_leader/single_leader_replica.h"
#include "targets/refdb/wire/testing/feed_replica.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  using namespace assay::refdb;
  if (size == 0) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  single_leader::decode_request_context(all);
  static constexpr const char* kReplication[] = {"quorum", "async", "sync-all", "semi-sync"};
  static constexpr const char* kProtection[] = {"quorum", "none", "fencing-token", "lease"};
  ReplicaConfig config;
  config.cluster_size = 3;
  config.options = Options(single_leader::option_specs(),
                           {{"replication", Value::text(kReplication[data[0] % 4])},
                            {"protection", Value::text(kProtection[data[0] / 4 % 4])},
                            {"log-format", Value::text(data[0] / 16 % 2 == 0 ? "logical" : "wal")},
                            {"shards", Value(1 + data[0] / 32 % 2)}});
  single_leader::SingleLeaderReplica replica(config, MapStorage(), {});
  feed(replica, config.cluster_id, all.substr(1));
  return 0;
}
