// What the network side of a node counts, for /status, /metrics and tests.
//
// Thread safety: none; the io_context's thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "targets/refdb/net/frame.h"

namespace assay::refdb {

struct NetCounters {
  std::int64_t connections_accepted = 0;
  std::int64_t connections_refused = 0;  // too many, or out of file descriptors
  std::int64_t connections_foreign =
      0;  // another cluster, another node was meant, or a hello that makes no sense
  std::int64_t connections_silent = 0;                   // said no hello in time
  std::int64_t connections_slow = 0;                     // did not read its answers
  std::array<std::int64_t, kFrameErrorCount> garbage{};  // by FrameError
  std::int64_t peer_connects = 0;
  std::int64_t peer_messages_sent = 0;
  std::int64_t peer_messages_dropped = 0;  // the peer was down or its queue full
  std::int64_t peer_messages_received = 0;
  std::int64_t peer_messages_shed = 0;  // received and dropped because the disk is far behind
  std::int64_t client_requests = 0;
  std::int64_t client_replies = 0;
  std::int64_t client_replies_dropped = 0;  // the client was gone
  std::int64_t http_requests = 0;
  std::int64_t http_refused = 0;
  std::int64_t turns = 0;  // times that effects were taken

  // Name and value, in a fixed order.
  std::vector<std::pair<std::string, std::int64_t>> named() const {
    std::vector<std::pair<std::string, std::int64_t>> result = {
        {"connections_accepted", connections_accepted},
        {"connections_refused", connections_refused},
        {"connections_foreign", connections_foreign},
        {"connections_silent", connections_silent},
        {"connections_slow", connections_slow},
        {"peer_connects", peer_connects},
        {"peer_messages_sent", peer_messages_sent},
        {"peer_messages_dropped", peer_messages_dropped},
        {"peer_messages_received", peer_messages_received},
        {"peer_messages_shed", peer_messages_shed},
        {"client_requests", client_requests},
        {"client_replies", client_replies},
        {"client_replies_dropped", client_replies_dropped},
        {"http_requests", http_requests},
        {"http_refused", http_refused},
        {"turns", turns},
    };
    for (std::size_t i = 1; i < kFrameErrorCount; ++i) {
      std::string name = "garbage_" + std::string(frame_error_name(static_cast<FrameError>(i)));
      for (char& c : name) c = c == '-' ? '_' : c;
      result.emplace_back(std::move(name), garbage[i]);
    }
    return result;
  }
};

}  // namespace assay::refdb
