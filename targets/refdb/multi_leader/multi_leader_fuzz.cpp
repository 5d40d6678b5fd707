// Feeds arbitrary bytes to the decoder of mode multi-leader's messages, and what decodes to a replica, which must survive it.
#include "targets/refdb/multi_leader/multi_leader_replica.h"
#include "targets/refdb/wire/testing/feed_replica.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::refdb;
  ReplicaConfig config;
  config.cluster_size = 3;
  multi_leader::MultiLeaderReplica replica(config, MapStorage(), {});
  feed(replica, config.cluster_id, {reinterpret_cast<const char*>(data), size});
  return 0;
}
