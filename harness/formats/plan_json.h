// Plans as JSON files: plan.json of a run folder, and experiments (a plan with the verdict that is expected
// of it). Comments (// and /* */) are allowed when reading. Fields that are absent keep Plan's defaults;
// durations are texts with a unit ("30s"), sizes too ("4G").
//
// Errors: InputError with one sentence that names the file and the field; an unknown field is refused with
// the names that are accepted. Whether a target, workload or fault exists is for the caller to say. Thread
// safety: plain functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/core/checker.h"
#include "harness/core/plan.h"

namespace assay::formats {

struct PlanFile {
  std::string title;              // "title": one line for people
  std::optional<Verdict> expect;  // "expect": "valid", "invalid" or "unknown"; set in experiments
  Plan plan;
};

// Every field of the plan, in Plan's order, indented, with a newline at the end.
std::string plan_to_json(const Plan& plan);

// `name` stands for the file in messages.
PlanFile parse_plan(std::string_view text, const std::string& name);
PlanFile read_plan(const std::string& path);

}  // namespace assay::formats
