// report.html: the run for people, in one file that needs no network. reports/page/ builds it. The ends of the nodes' logs come
// with it where they lie in the folder.
#include "harness/core/reporter.h"
#include "reports/common/output.h"
#include "reports/page/logs.h"
#include "reports/page/page.h"

namespace assay::reports {

namespace {

class HtmlReporter final : public Reporter {
 public:
  void write(const RunResult& run, const std::string& directory) const override {
    write_file(directory, "report.html",
               page_html(run, {nullptr, "", log_excerpts_of(directory, run), {}, {}}));
  }
};

}  // namespace

extern const ReporterPlugin html_plugin;
const ReporterPlugin html_plugin = {"html", "report.html", []() -> const Reporter& {
                                      static const HtmlReporter reporter;
                                      return reporter;
                                    }};

}  // namespace assay::reports
