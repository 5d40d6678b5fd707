// The options of mode raft.
//
// Thread safety: pure.
#pragma once

#include <span>

#include <string_view>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb::raft {

inline constexpr OptionSpec kOptionSpecs[] = {
    {"reads", OptionSpec::Kind::choice, "read-index", "read-index, lease, local", 0, 0,
     "how reads are served: after a round to a majority, under the leader's lease, or by any node as it is"},
};

constexpr std::span<const OptionSpec> option_specs() { return kOptionSpecs; }

// A configuration without options has the defaults.
inline std::string_view reads_of(const ReplicaConfig& config) {
  return config.options.facts().empty() ? kOptionSpecs[0].usual : config.options.text("reads");
}

}  // namespace assay::refdb::raft
