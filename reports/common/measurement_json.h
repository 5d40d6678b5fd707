// The measurements of a run as JSON, for results.json.
#pragma once

#include "reports/common/json_convert.h"

namespace assay::reports {

Json to_json(const OperationSummary& summary);
Json to_json(const RatePoint& point);
Json to_json(const Measurements& measured);

// Negative is null: not known.
Json rate_or_null(double per_second);

}  // namespace assay::reports
