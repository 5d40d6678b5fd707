#include "reports/page/logs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace assay::reports {

namespace {

constexpr std::size_t kLogsMax = 12;
constexpr std::size_t kLogLinesMax = 40;
constexpr std::streamoff kLogBytesMax = 8 * 1024;

LogExcerpt end_of_log(const std::filesystem::path& path) {
  LogExcerpt log{path.parent_path().filename().string() + "/" + path.filename().string(), "", ""};
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  if (size <= 0) return log;
  const std::streamoff from = std::max<std::streamoff>(0, size - kLogBytesMax);
  file.seekg(from);
  log.text.resize(static_cast<std::size_t>(size - from));
  file.read(log.text.data(), static_cast<std::streamsize>(log.text.size()));
  std::size_t lines = 0, begin = log.text.size();
  while (begin > 0 && (log.text[begin - 1] != '\n' || begin == log.text.size() || ++lines < kLogLinesMax))
    --begin;
  log.text.erase(0, begin);
  log.what = from + static_cast<std::streamoff>(begin) == 0 ? "all of it" : "its last lines";
  return log;
}

}  // namespace

std::vector<LogExcerpt> log_excerpts_of(const std::string& directory) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::recursive_directory_iterator at(directory + "/nodes", error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_regular_file(error) && at->path().extension() == ".log") paths.push_back(at->path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<LogExcerpt> logs;
  for (const fs::path& path : paths) {
    if (logs.size() == kLogsMax) break;
    LogExcerpt log = end_of_log(path);
    if (!log.text.empty()) logs.push_back(std::move(log));
  }
  return logs;
}

}  // namespace assay::reports
