// What a gate found, in four notations: for a terminal, for the summary of a CI job (Markdown), junit.xml, and JSON for machines
// (docs/gate.md describes it); and as annotations of a job.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "harness/core/gate.h"

namespace assay::reports {

std::string gate_text(const GateReport& report);
std::string gate_markdown(const GateReport& report);
// One case per checker and side, per gated metric, per objective; one for the quality of the measurement.
std::string gate_junit(const GateReport& report);
std::string gate_json(const GateReport& report);

// One line that CI systems show beside a job.
struct Annotation {
  enum class Level : std::uint8_t { notice, warning, error };
  Level level = Level::notice;
  std::string title;
  std::string message;
};
std::vector<Annotation> gate_annotations(const GateReport& report);

}  // namespace assay::reports
