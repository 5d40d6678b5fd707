// Feeds arbitrary bytes to the decoder of mode multi-leader's messages, and what decodes to a replica, which must survive it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "targets/refdb/multi_leader/multi_leader_replica.h"
#include "targets/refdb/wire/envelope.h"

namespace {

class EmptyStorage final : public assay::refdb::StorageReader {
 public:
  void scan(std::string_view, const std::function<void(std::string_view, std::string_view)>&) const override {
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::refdb;
  ReplicaConfig config;
  config.cluster_size = 3;
  multi_leader::MultiLeaderReplica replica(config, EmptyStorage(), {});
  // Messages of one byte of length each, from peer 1 or 2; now and then from a client.
  std::int64_t now = 0;
  for (std::size_t at = 0; at + 1 < size;) {
    const std::size_t length = std::min<std::size_t>(data[at], size - at - 1);
    const bool client = length % 5 == 4;
    std::string payload;
    if (client) {
      wire::begin_client_message(payload);
    } else {
      wire::begin_peer_message(payload, config.cluster_id);
    }
    for (std::size_t i = 0; i < length; ++i) payload.push_back(static_cast<char>(data[at + 1 + i]));
    wire::seal(payload);
    now += 10'000'000;
    if (client) {
      replica.client_request(length, payload, {now, now});
    } else {
      replica.receive(static_cast<PeerId>(1 + length % 2), payload, {now, now});
    }
    if (length % 3 == 0) replica.tick({now, now});
    const Effects effects = replica.take_effects();
    if (effects.has_writes()) {
      replica.persisted(effects.batch, {now, now});
      replica.take_effects();
    }
    at += 1 + length;
  }
  return 0;
}
