// summary.txt: the screen that the command line prints at the end of a run.
#include "harness/core/reporter.h"
#include "reports/common/output.h"
#include "reports/text/summary.h"

namespace assay::reports {

namespace {

class TextReporter final : public Reporter {
 public:
  void write(const RunResult& run, const std::string& directory) const override {
    write_file(directory, "summary.txt", summary_text(run));
  }
};

}  // namespace

extern const ReporterPlugin text_plugin;
const ReporterPlugin text_plugin = {"text", "summary.txt", []() -> const Reporter& {
                                      static const TextReporter reporter;
                                      return reporter;
                                    }};

}  // namespace assay::reports
