#include "checkers/datatypes/report.h"

#include <algorithm>

#include "harness/core/assert.h"

namespace assay::checkers::datatypes {

std::string naming(const Operation& operation, std::string_view what) {
  return "the " + std::string(what) + " of process " + std::to_string(operation.process) + " (operation " +
         std::to_string(operation.id) + ")";
}

Report::Report(std::string_view checker, std::string_view model, const Budget& budget,
               std::initializer_list<const char*> anomalies)
    : limits_(budget), model_(model) {
  result_.checker = checker;
  for (const char* const name : anomalies) kinds_.push_back({name, 0, 0});
}

bool Report::reserve(std::size_t bytes) {
  if (over_ || limits_.spent() || !limits_.fits(bytes)) {
    over_ = true;
    return false;
  }
  limits_.charge(bytes);
  return true;
}

bool Report::found(std::string_view anomaly, std::uint64_t times) {
  for (Kind& kind : kinds_) {
    if (kind.name != anomaly) continue;
    kind.count += times;
    return times > 0 && kind.described < kDescribedOfEach;
  }
  ASSAY_ASSERT(false);
  return false;
}

std::uint64_t Report::count(std::string_view anomaly) const {
  for (const Kind& kind : kinds_) {
    if (kind.name == anomaly) return kind.count;
  }
  return 0;
}

void Report::accuse(Accusation accusation) {
  for (Kind& kind : kinds_) {
    if (kind.name == accusation.anomaly) ++kind.described;
  }
  Finding finding;
  finding.anomaly = accusation.anomaly;
  finding.model = model_;
  finding.object = std::move(accusation.object);
  finding.summary = std::move(accusation.summary);
  finding.steps = std::move(accusation.steps);
  finding.witness = std::move(accusation.witness);
  std::sort(finding.witness.begin(), finding.witness.end());
  finding.witness.erase(std::unique(finding.witness.begin(), finding.witness.end()), finding.witness.end());
  result_.findings.push_back(std::move(finding));
}

CheckResult Report::stopped(const std::string& covered) {
  return unknown("Not decided: " + limits_.why() + " after " + covered + ".");
}

CheckResult Report::end(Verdict verdict, std::string reason) {
  std::string found;
  std::vector<Finding> sorted;
  for (const Kind& kind : kinds_) {
    for (Finding& finding : result_.findings) {
      if (finding.anomaly == kind.name) sorted.push_back(std::move(finding));
    }
    if (kind.count > 0) {
      found += (found.empty() ? "Found " : ", ") + kind.name + " (" + counted(kind.count, "time") + ")";
    }
    fact(kind.name, kind.count);
  }
  result_.findings = std::move(sorted);
  result_.verdict = result_.findings.empty() ? verdict : Verdict::invalid;
  result_.reason = result_.findings.empty() ? std::move(reason) : found + ".";
  fact("memory_peak_bytes", limits_.peak_bytes());
  fact("elapsed_microseconds", static_cast<std::uint64_t>(limits_.elapsed() / kMicrosecond));
  return std::move(result_);
}

}  // namespace assay::checkers::datatypes
