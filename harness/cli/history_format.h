// The option --format of the commands that read a history.
//
// Thread safety: plain function.
#pragma once

#include <optional>
#include <string>

#include "harness/core/error.h"
#include "harness/formats/history_file.h"

namespace assay::cli {

inline std::string format_help() { return formats::format_names() + "; default: by content"; }

// None when the option was not given, or says "json" as elle-cli's does: one of two, which the content tells. Errors: InputError.
inline std::optional<formats::Format> history_format(const std::string& name) {
  if (name.empty() || name == "json") return std::nullopt;
  const auto format = formats::format_from_name(name);
  if (!format) {
    throw InputError("--format " + name + ": there is no such format; there are " + formats::format_names());
  }
  return format;
}

}  // namespace assay::cli
