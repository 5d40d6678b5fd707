// Feeds arbitrary bytes to the decoders of the leaderless mode, and what decodes to a replica, which must survive it. The first byte
// chooses the options.
#include "targets/refdb/leaderless/client_words.h"
#include "targets/refdb/leaderless/leaderless_replica.h"
#include "targets/refdb/wire/testing/feed_replica.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  using namespace assay::refdb;
  if (size == 0) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  leaderless::decode_request_context(all);
  leaderless::decode_answer_context(all);
  const bool paxos = data[0] % 4 == 1;
  ReplicaConfig config;
  config.cluster_size = 3;
  config.options = Options(leaderless::option_specs(),
                           {{"cas", Value::text(paxos ? "paxos" : "plain")},
                            {"conflicts", Value::text(data[0] % 4 == 2 ? "siblings" : "lww")},
                            {"sloppy", Value::text(!paxos && data[0] / 4 % 2 == 1 ? "yes" : "no")}});
  leaderless::LeaderlessReplica replica(config, MapStorage(), {});
  feed(replica, config.cluster_id, all.substr(1));
  return 0;
}
