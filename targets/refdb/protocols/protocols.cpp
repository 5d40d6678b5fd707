#include "targets/refdb/protocols/protocols.h"

#include <array>

#include "targets/refdb/raft/raft_replica.h"

namespace assay::refdb {

std::span<const ProtocolPlugin* const> all_protocols() {
  static constexpr std::array<const ProtocolPlugin*, 1> kProtocols = {&raft::raft_plugin};
  return kProtocols;
}

const ProtocolPlugin* find_protocol(std::string_view mode) {
  for (const ProtocolPlugin* protocol : all_protocols()) {
    if (protocol->mode == mode) return protocol;
  }
  return nullptr;
}

}  // namespace assay::refdb
