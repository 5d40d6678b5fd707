// Checks that every protocol makes of its configuration before it starts.
//
// Errors: std::invalid_argument with one sentence, the only exception a protocol's `make` may throw.
#pragma once

#include <string_view>
#include <vector>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

// Requires nothing; throws when `config` names an unknown bug, or numbers that can't work.
void check_config(const ReplicaConfig& config, const std::vector<ProtocolPlugin::Bug>& known_bugs);

bool has_bug(const ReplicaConfig& config, std::string_view name);

}  // namespace assay::refdb
