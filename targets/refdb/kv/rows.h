// How the state machine's rows look in storage: the keys and values of Write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/operation.h"

namespace assay::refdb::rows {

inline constexpr std::string_view kValuePrefix = "s/";
inline constexpr std::string_view kSessionPrefix = "c/";
inline constexpr std::string_view kBackupPrefix = "b/";
inline constexpr std::string_view kAppliedIndex = "a";

// In the order of keys, negative ones first.
std::string value_row(Key key);
std::string session_row(std::uint64_t client);
std::string backup_row(std::uint64_t position);

// The eight bytes after the prefix; nothing when the row has another shape.
std::optional<std::uint64_t> row_number(std::string_view row, std::string_view prefix);
Key key_of_number(std::uint64_t number);

}  // namespace assay::refdb::rows
