// A fault as a test asks for it, by the name of its file and a variant.
#pragma once

#include <cstdlib>
#include <memory>
#include <string_view>

#include "nemesis/registry.h"

namespace assay::nemesis::testing {

// Requires: there is such a fault.
inline const FaultPlugin& plugin_named(std::string_view name) {
  for (const FaultPlugin* candidate : all_plugins()) {
    if (candidate->name == name) return *candidate;
  }
  std::abort();
}

// Null if there is no such variant. Requires: there is such a fault.
inline std::unique_ptr<Fault> fault_named(std::string_view name, std::string_view variant) {
  return plugin_named(name).make(variant);
}

}  // namespace assay::nemesis::testing
