// The option --format of the commands that read a history.
//
// Thread safety: plain function.
#pragma once

#include <optional>
#include <string>

#include "harness/core/error.h"
#include "harness/formats/history_file.h"

namespace assay::cli {

inline constexpr const char* kFormatHelp = "jsonl, edn, elle-json or porcupine; default: by content";

// None when the option was not given. Errors: InputError.
inline std::optional<formats::Format> history_format(const std::string& name) {
  if (name.empty()) return std::nullopt;
  const auto format = formats::format_from_name(name);
  if (!format) {
    throw InputError("--format " + name +
                     ": there is no such format; there are jsonl, edn, elle-json, porcupine");
  }
  return format;
}

}  // namespace assay::cli
