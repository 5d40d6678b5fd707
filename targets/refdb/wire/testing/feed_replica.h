// What the fuzz programs of the modes share: a replica that is fed whatever bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "targets/refdb/replica/replica.h"
#include "targets/refdb/replica/testing/map_storage.h"
#include "targets/refdb/wire/envelope.h"

namespace assay::refdb {

// Messages of one byte of length each, in whole envelopes, from peer 1 or 2; now and then from a client. The disk keeps all that
// it is given.
inline void feed(Replica& replica, std::uint64_t cluster_id, std::string_view bytes) {
  std::int64_t now = 0;
  for (std::size_t at = 0; at + 1 < bytes.size();) {
    const std::size_t length =
        std::min<std::size_t>(static_cast<std::uint8_t>(bytes[at]), bytes.size() - at - 1);
    const bool client = length % 5 == 4;
    std::string payload;
    if (client) {
      wire::begin_client_message(payload);
    } else {
      wire::begin_peer_message(payload, cluster_id);
    }
    payload.append(bytes.substr(at + 1, length));
    wire::seal(payload);
    now += 10'000'000;
    if (client) {
      replica.client_request(length, payload, {now, now});
    } else {
      replica.receive(static_cast<PeerId>(1 + length % 2), payload, {now, now});
    }
    if (length % 3 == 0) replica.tick({now, now});
    for (Effects effects = replica.take_effects(); effects.has_writes(); effects = replica.take_effects()) {
      replica.persisted(effects.batch, {now, now});
    }
    at += 1 + length;
  }
  replica.status();
}

}  // namespace assay::refdb
