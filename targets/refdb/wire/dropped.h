// What a node drops of what comes to it over the network, counted by kind. All modes count alike and under the same names.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "targets/refdb/wire/envelope.h"

namespace assay::refdb::wire {

struct Dropped {
  std::int64_t garbage = 0;          // no message at all
  std::int64_t unknown_version = 0;  // of the protocol
  std::int64_t foreign_cluster = 0;
  std::int64_t nonsense = 0;  // a message that its sender has no business to send
  std::int64_t future = 0;    // claims what can't have happened yet

  // The message, or nothing when it was dropped.
  template <typename Message>
  std::optional<Message> keep(Decoded<Message> decoded) {
    switch (decoded.trouble) {
      case Trouble::none:
        return std::move(decoded.message);
      case Trouble::garbage:
        ++garbage;
        break;
      case Trouble::unknown_version:
        ++unknown_version;
        break;
      case Trouble::foreign_cluster:
        ++foreign_cluster;
        break;
    }
    return std::nullopt;
  }

  Dropped& operator+=(const Dropped& other) {
    garbage += other.garbage;
    unknown_version += other.unknown_version;
    foreign_cluster += other.foreign_cluster;
    nonsense += other.nonsense;
    future += other.future;
    return *this;
  }

  // For ReplicaStatus.
  void add_to(std::vector<std::pair<std::string, std::int64_t>>& counters) const {
    counters.insert(counters.end(), {{"nonsense_dropped", nonsense},
                                     {"future_dropped", future},
                                     {"garbage_dropped", garbage},
                                     {"unknown_version_dropped", unknown_version},
                                     {"foreign_cluster_dropped", foreign_cluster}});
  }
};

}  // namespace assay::refdb::wire
