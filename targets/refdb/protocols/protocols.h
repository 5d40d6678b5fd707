// The protocols that refdb can run. A new one is a folder and a line in protocols.cpp.
#pragma once

#include <span>
#include <string_view>

#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

std::span<const ProtocolPlugin* const> all_protocols();

// Null when there is none of that mode.
const ProtocolPlugin* find_protocol(std::string_view mode);

}  // namespace assay::refdb
