// A run folder in a few words, as a list of runs shows it. harness/serve finds them, reports/store draws them.
//
// Thread safety: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/time.h"

namespace assay {

struct StoredRun {
  std::string path;  // relative to the store: "refdb-raft-register/20261121T082300Z-3"
  std::string date;  // from its name: "20261121T082300Z"; empty when the name has none
  std::string
      verdict;  // "valid", "invalid", "unknown", "trouble" (of the harness), "unfinished" (it never came to a verdict)
  std::string reason;
  std::string target, mode, workload, cluster, claimed_consistency;
  std::vector<std::string> faults;     // names, without repetition
  std::vector<std::string> anomalies;  // names, without repetition
  std::uint64_t seed = 0;
  std::int64_t operations = 0, ok = 0;
  double ok_per_second = 0;
  Nanos p50 = -1, p99 = -1, service_p99 = -1;
  Nanos unavailable = -1;  // the longest of any fault window
};

// What a reader asked for; empty: anything. `text` is looked for in everything that a run says.
struct RunFilter {
  std::string text, verdict, target, fault, anomaly;
  std::string sort = "date";  // or "verdict", "target", "fault", "anomaly", "rate", "p99"
};

}  // namespace assay
