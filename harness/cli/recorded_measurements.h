// What a run measured that its history does not tell, read back from results.json: the noise of the host, what the nodes used, and
// how far replication was. A run that is judged again keeps it.
//
// Thread safety: pure functions. Errors: nlohmann::json::exception for a file of another form; what is absent stays as it is (a
// folder of an earlier version has less).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "harness/core/measurements.h"

namespace assay::cli {

// `measurements`: that member of the results; `node_names`: those of its history.
void take_measurements(const nlohmann::ordered_json& measurements, const std::vector<std::string>& node_names,
                       Measurements& measured);

}  // namespace assay::cli
