#include "reports/gate/gate_words.h"

#include <cstdio>

#include "reports/common/words.h"

namespace assay::reports {

std::string gate_headline(const GateReport& report) {
  std::string word(gate_word(report.exit_code));
  for (char& c : word) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return word;
}

std::string metric_figure(GatedMetric metric, double value) {
  if (value < 0) return "-";
  if (metric == GatedMetric::throughput) return with_thousands(static_cast<std::int64_t>(value)) + "/s";
  return people_time(static_cast<Nanos>(value));
}

std::string ratio_words(const RatioEstimate& estimate) {
  char text[80];
  std::snprintf(text, sizeof text, "%.3f [%.3f, %.3f]", estimate.ratio, estimate.low, estimate.high);
  return text;
}

std::string margin_words(double margin) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3g %%", margin * 100);
  return text;
}

std::string measurement_words(const GateReport& report) {
  return std::to_string(report.pairs.size()) + " pairs of blocks of " + people_time(report.block_length) +
         ", " + std::to_string(report.looks) + (report.looks == 1 ? " look" : " looks") + " of at most " +
         std::to_string(report.looks_max);
}

std::string check_words(const CheckResult& check) {
  return check.findings.empty() ? check.reason : check.findings.front().summary;
}

}  // namespace assay::reports
