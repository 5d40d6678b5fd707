#include "reports/page/logs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "reports/common/words.h"
#include "reports/page/log_time.h"

namespace assay::reports {

namespace {

constexpr std::size_t kLogsMax = 12;
constexpr std::size_t kLogLinesMax = 40;
constexpr std::size_t kLinesBefore = 14;  // the anomaly
constexpr std::size_t kLinesAfter = 8;    // it, at least
constexpr std::size_t kLineBytesMax = 400;
constexpr std::streamoff kLogBytesMax = std::streamoff{64} << 20;

struct Stretch {
  Nanos begin = 0, end = 0;
};

// Of the first anomaly that names operations.
std::optional<Stretch> first_anomaly(const RunResult& run) {
  for (const NamedFinding& named : all_findings(run)) {
    std::optional<Stretch> stretch;
    for (const OpId id : named.finding->witness) {
      if (id >= run.history.size()) continue;
      const Operation operation = run.history.at(id);
      const Nanos end = operation.completed == kNever ? operation.invoked : operation.completed;
      if (!stretch) stretch = Stretch{operation.invoked, end};
      stretch->begin = std::min(stretch->begin, operation.invoked);
      stretch->end = std::max(stretch->end, end);
    }
    if (stretch) return stretch;
  }
  return std::nullopt;
}

struct Line {
  std::string_view text;
  std::optional<Nanos> at;  // on the run's clock; of a line without a stamp that of the one before it
};

std::vector<Line> lines_of(std::string_view content, Nanos wall_begin, const std::vector<NodeSample>& clock) {
  std::vector<Line> lines;
  std::optional<Nanos> last;
  while (!content.empty()) {
    const std::size_t end = std::min(content.find('\n'), content.size());
    const std::string_view text = content.substr(0, end);
    content.remove_prefix(std::min(end + 1, content.size()));
    if (const std::optional<Nanos> time = log_time(text); time && wall_begin > 0)
      last = moment_of(*time, wall_begin, clock);
    lines.push_back({text, last});
  }
  return lines;
}

void add_line(std::string_view text, std::string& out) {
  out += text.substr(0, kLineBytesMax);
  out += text.size() > kLineBytesMax ? " ...\n" : "\n";
}

LogExcerpt last_lines(const std::string& name, const std::vector<Line>& lines) {
  const std::size_t from = lines.size() > kLogLinesMax ? lines.size() - kLogLinesMax : 0;
  LogExcerpt log{name, from == 0 ? "all of it" : "its last lines", ""};
  for (std::size_t i = from; i < lines.size(); ++i) add_line(lines[i].text, log.text);
  return log;
}

// Lines before the anomaly, during it, and after it, with a mark where it begins and ends.
LogExcerpt lines_around(const std::string& name, const std::vector<Line>& lines, const Stretch& anomaly) {
  const auto later_than = [&](Nanos moment) {
    const auto found = std::find_if(lines.begin(), lines.end(),
                                    [&](const Line& line) { return line.at && *line.at > moment; });
    return static_cast<std::size_t>(found - lines.begin());
  };
  const std::size_t begin = later_than(anomaly.begin);
  const std::size_t end = std::max(later_than(anomaly.end), begin);
  const std::size_t from = begin > kLinesBefore ? begin - kLinesBefore : 0;
  const std::size_t to = std::min({end + kLinesAfter, from + kLogLinesMax, lines.size()});
  LogExcerpt log{name, "around the first anomaly", ""};
  const auto mark = [&](const char* what, Nanos at) {
    log.text += std::string("--- the anomaly ") + what + ", " + people_moment(at) + " of the run ---\n";
  };
  for (std::size_t i = from; i <= to; ++i) {
    if (i == begin) mark("begins", anomaly.begin);
    if (i == end) mark("ends", anomaly.end);
    if (i == to) break;
    if (lines[i].at) log.text += people_moment(*lines[i].at) + "  ";
    add_line(lines[i].text, log.text);
  }
  if (end > to)
    log.text += "... " + with_thousands(static_cast<std::int64_t>(end - to)) +
                " more lines until it ends, at " + people_moment(anomaly.end) + "\n";
  return log;
}

std::string end_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file.tellg();
  if (size <= 0) return {};
  const std::streamoff from = std::max<std::streamoff>(0, size - kLogBytesMax);
  file.seekg(from);
  std::string content(static_cast<std::size_t>(size - from), '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  return content;
}

const std::vector<NodeSample>* clock_of(const RunResult& run, const std::string& node) {
  for (const NodeResources& resources : run.measurements.nodes) {
    if (run.history.node_name(resources.node) == node) return &resources.samples;
  }
  return nullptr;
}

}  // namespace

LogExcerpt log_excerpt(const std::string& name, const std::string& content, const RunResult& run,
                       const std::vector<NodeSample>& clock) {
  const std::vector<Line> lines = lines_of(content, run.measurements.host.wall_begin, clock);
  const bool stamped = std::any_of(lines.begin(), lines.end(), [](const Line& line) { return line.at; });
  const std::optional<Stretch> anomaly = stamped ? first_anomaly(run) : std::nullopt;
  return anomaly ? lines_around(name, lines, *anomaly) : last_lines(name, lines);
}

std::vector<LogExcerpt> log_excerpts_of(const std::string& directory, const RunResult& run) {
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
    const std::string content = end_of_file(path);
    if (content.empty()) continue;
    const std::string node = path.parent_path().filename().string();
    const std::vector<NodeSample>* clock = clock_of(run, node);
    logs.push_back(log_excerpt(node + "/" + path.filename().string(), content, run,
                               clock != nullptr ? *clock : std::vector<NodeSample>{}));
  }
  return logs;
}

}  // namespace assay::reports
