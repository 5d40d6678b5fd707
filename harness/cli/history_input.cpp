#include "harness/cli/history_input.h"

#include <cstdio>
#include <filesystem>

#include "harness/core/error.h"

namespace assay::cli {

namespace {

std::string file_of(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return path;
  for (const char* const name : {"history.jsonl", "history.edn", "history.bincode"}) {
    const std::filesystem::path file = std::filesystem::path(path) / name;
    if (std::filesystem::exists(file, ignored)) return file.string();
  }
  throw InputError(path + ": the folder has neither history.jsonl nor history.edn nor history.bincode");
}

}  // namespace

std::string format_help() { return formats::format_names() + "; default: by content"; }

std::optional<formats::Format> history_format(const std::string& name) {
  if (name.empty() || name == "json") return std::nullopt;
  const auto format = formats::format_from_name(name);
  if (!format) {
    throw InputError("--format " + name + ": there is no such format; there are " + formats::format_names());
  }
  return format;
}

formats::HistoryFile read_history_input(const std::string& path, const std::string& format) {
  formats::HistoryFile file = formats::read_history(file_of(path), history_format(format));
  for (const std::string& warning : file.warnings) std::fprintf(stderr, "assay: %s\n", warning.c_str());
  return file;
}

}  // namespace assay::cli
