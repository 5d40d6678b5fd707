// The vocabulary as JSON, for results.json, trace.json, the page and `assay check --json`. Times are whole
// nanoseconds; "never" and "too few samples" are null.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "harness/core/run_result.h"

namespace assay::reports {

using Json = nlohmann::ordered_json;

Json to_json(const Value& value);
Json to_json(const Facts& facts);
Json to_json(const OutcomeCounts& counts);
Json to_json(const LatencySummary& latency);
Json to_json(const Plan& plan);  // the same form as plan.json
Json time_or_null(Nanos time);   // null for kNever and negative times
Json operation_json(const History& history, const Operation& operation);
Json to_json(const History& history, const CheckResult& check);

// Invalid UTF-8 is replaced.
std::string dump(const Json& json, int indent);

}  // namespace assay::reports
