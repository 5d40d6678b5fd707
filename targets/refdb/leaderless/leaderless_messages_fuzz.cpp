// Feeds arbitrary bytes to the decoders of the leaderless mode, and what decodes to a replica, which must survive it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "targets/refdb/leaderless/client_words.h"
#include "targets/refdb/leaderless/leaderless_replica.h"
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
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  leaderless::decode_request_context(all);
  leaderless::decode_answer_context(all);
  ReplicaConfig config;
  config.cluster_size = 3;
  config.options = Options(leaderless::option_specs());
  leaderless::LeaderlessReplica replica(config, EmptyStorage(), {});
  // Messages of one byte of length each, from peer 1 or 2.
  std::int64_t now = 0;
  for (std::size_t at = 0; at + 1 < size;) {
    const std::size_t length = std::min<std::size_t>(data[at], size - at - 1);
    std::string payload;
    wire::begin_peer_message(payload, config.cluster_id);
    payload.append(all.substr(at + 1, length));
    wire::seal(payload);
    now += 10'000'000;
    replica.receive(static_cast<PeerId>(1 + length % 2), payload, {now, now});
    if (length % 3 == 0) replica.tick({now, now});
    const Effects effects = replica.take_effects();
    if (effects.has_writes()) replica.persisted(effects.batch, {now, now});
    replica.take_effects();
    at += 1 + length;
  }
  return 0;
}
