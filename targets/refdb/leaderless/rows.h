// How the replica's rows look in storage.
//
// Thread safety: pure.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/operation.h"
#include "targets/refdb/replica/replica.h"
#include "targets/refdb/wire/bytes.h"

namespace assay::refdb::leaderless {

inline constexpr std::string_view kCellPrefix = "k/";
inline constexpr std::string_view kHintPrefix = "h/";
inline constexpr std::string_view kAcceptorPrefix = "p/";

inline std::string key_row(std::string_view prefix, Key key) {
  std::string row(prefix);
  wire::append_big_endian(row, static_cast<std::uint64_t>(key));
  return row;
}

inline std::string hint_row(PeerId home, Key key) {
  std::string row = key_row(kHintPrefix, home);
  wire::append_big_endian(row, static_cast<std::uint64_t>(key));
  return row;
}

}  // namespace assay::refdb::leaderless
