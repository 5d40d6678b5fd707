// The protocols that refdb can run: every folder beside this one with a plugin.cpp.
//
// Thread safety: pure. Errors: see make_options().
#pragma once

#include <span>
#include <string_view>

#include "harness/core/fact.h"
#include "targets/refdb/replica/replica.h"

namespace assay::refdb {

// The one that is meant when none is named comes first.
std::span<const ProtocolPlugin* const> all_protocols();

// Null when there is none of that mode.
const ProtocolPlugin* find_protocol(std::string_view mode);

// The options of the mode: its defaults, changed by what was given. Throws std::invalid_argument with one sentence for an
// option that does not exist, a value that is not accepted, or a combination that the mode refuses.
Options make_options(const ProtocolPlugin& protocol, const Facts& given, int nodes);

}  // namespace assay::refdb
