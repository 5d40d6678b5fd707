// Writes what a run produced into its folder. One file of reports/ each.
#pragma once

#include <string>
#include <string_view>

#include "harness/core/run_result.h"

namespace assay {

class Reporter {
 public:
  virtual ~Reporter() = default;
  // Creates its file in `directory` whole (written aside, then renamed). Throws HarnessError naming the file
  // when it can't be written.
  virtual void write(const RunResult& run, const std::string& directory) const = 0;
};

struct ReporterPlugin {
  std::string_view name;       // "html"
  std::string_view file_name;  // "report.html"
  const Reporter& (*get)();
};

}  // namespace assay
