#include "reports/suite/suite.h"

namespace assay::reports {

std::string experiment_text(const ExperimentReport& report) {
  std::string out =
      report.experiment.claim + "  " + result_text(report) + "  " + report.experiment.file + "\n";
  for (const RunReport& run : report.runs) {
    for (const PointReport& point : run.points) {
      out += "  " + run.name + (point.label.empty() ? "" : " [" + point.label + "]") + ": " + point.evidence +
             "\n";
      for (std::size_t i = 0; i < run.titles.size(); ++i)
        out += "    " + run.titles[i] + ": " + point.measured[i] + "\n";
    }
    for (const std::string& unmet : run.unmet) out += "    NOT MET: " + unmet + "\n";
  }
  return out;
}

}  // namespace assay::reports
