// The pages of `assay serve`: a table of the runs of a store, the trend of each test, two runs side by side. Plain HTML with
// forms, no script.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "harness/core/stored_run.h"

namespace assay::reports {

// `all` gives the choices of the filters, `shown` are the rows.
std::string store_index_page(const std::vector<StoredRun>& all, const std::vector<StoredRun>& shown,
                             const RunFilter& filter, const std::vector<std::string>& suites);
// Throughput and latency of the runs of each test over time.
std::string store_trends_page(const std::vector<StoredRun>& runs);
std::string store_compare_page(const StoredRun& a, const StoredRun& b);
// A page that says why there is nothing.
std::string store_message_page(const std::string& title, const std::string& sentence);
// The content security policy that these pages need.
std::string store_page_policy();

}  // namespace assay::reports
