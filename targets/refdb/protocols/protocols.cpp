#include "targets/refdb/protocols/protocols.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace assay::refdb {

namespace protocols {
std::span<const ProtocolPlugin* const> all_plugins();  // generated from the names of the folders
}

std::span<const ProtocolPlugin* const> all_protocols() {
  static const std::vector<const ProtocolPlugin*> sorted = [] {
    const auto plugins = protocols::all_plugins();
    std::vector<const ProtocolPlugin*> list(plugins.begin(), plugins.end());
    std::stable_partition(list.begin(), list.end(),
                          [](const ProtocolPlugin* plugin) { return plugin->mode == "raft"; });
    return list;
  }();
  return sorted;
}

const ProtocolPlugin* find_protocol(std::string_view mode) {
  for (const ProtocolPlugin* protocol : all_protocols()) {
    if (protocol->mode == mode) return protocol;
  }
  return nullptr;
}

Options make_options(const ProtocolPlugin& protocol, const Facts& given, int nodes) {
  Options options(protocol.options, given);
  if (protocol.refuse == nullptr) return options;
  if (const auto refusal = protocol.refuse(options, nodes)) throw std::invalid_argument(*refusal);
  return options;
}

}  // namespace assay::refdb
