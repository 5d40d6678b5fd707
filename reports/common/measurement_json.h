// The measurements of a run as JSON, for results.json.
#pragma once

#include <cstdint>
#include <optional>

#include "reports/common/json_convert.h"

namespace assay::reports {

Json to_json(const OperationSummary& summary);
Json to_json(const RatePoint& point);
// Nodes are named as the history names them.
Json to_json(const History& history, const Measurements& measured);

inline Json number_or_null(const std::optional<std::int64_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}
// Negative is null: not known.
Json rate_or_null(double per_second);

}  // namespace assay::reports
