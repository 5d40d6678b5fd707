#include "reports/gate/ci_output.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string_view>

namespace assay::reports {

namespace {

std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\n') {
      out += "%0A";
    } else if (c == '\r') {
      out += "%0D";
    } else if (property && c == ':') {
      out += "%3A";
    } else if (property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string workflow_command(const Annotation& annotation) {
  const char* level = annotation.level == Annotation::Level::error     ? "error"
                      : annotation.level == Annotation::Level::warning ? "warning"
                                                                       : "notice";
  return "::" + std::string(level) + " title=" + escaped(annotation.title, true) +
         "::" + escaped(annotation.message, false);
}

void tell_ci(const std::string& markdown, const std::vector<Annotation>& annotations) {
  if (const char* path = std::getenv("GITHUB_STEP_SUMMARY"); path != nullptr && *path != '\0') {
    std::ofstream file(path, std::ios::app | std::ios::binary);
    file << markdown << "\n";
    file.close();
    if (!file) std::fprintf(stderr, "assay: the summary can't be written to %s\n", path);
  }
  const char* actions = std::getenv("GITHUB_ACTIONS");
  if (actions == nullptr || std::string_view(actions) != "true") return;
  for (const Annotation& annotation : annotations) {
    std::fprintf(stderr, "%s\n", workflow_command(annotation).c_str());
  }
}

}  // namespace assay::reports
