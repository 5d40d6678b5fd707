// Builds of refdb: the one that is deployed, and a newer one that an upgrade brings. They differ in the formats that they speak
// (ReplicaConfig::format_level); where nothing else is given, both are the same program.
//
// Thread safety: pure.
#pragma once

#include <string>
#include <string_view>

namespace assay::refdb {

inline constexpr int kFirstFormatLevel = 1;
inline constexpr int kNewestFormatLevel = 2;

// What a node of that level says of itself.
inline std::string version_text(std::string_view version, int format_level) {
  return std::string(version) +
         (format_level > kFirstFormatLevel ? "+format-" + std::to_string(format_level) : "");
}

}  // namespace assay::refdb
