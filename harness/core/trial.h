// A trial: something to be measured or refuted that is no run of a cluster: an election among a thousand simulated groups, a
// worked example, gossip among a thousand nodes. One file of trials/ each, found by its name; experiments name it.
//
// A trial is a pure function of its seed and its options. Thread safety: run() is called from several threads at once.
// Errors: InputError with one sentence for options that it does not take (see OptionReader).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/checker.h"
#include "harness/core/fact.h"

namespace assay {

// A quantity with all its samples: one for a count, many for a distribution. Names of times end in "_ns".
struct Measured {
  std::string name;
  std::vector<double> samples;
};

struct TrialResult {
  Verdict verdict = Verdict::unknown;
  std::string reason;   // one sentence
  std::string anomaly;  // what was found when invalid
  std::vector<Measured> measures;
};

struct TrialPlugin {
  std::string_view name;
  std::string_view summary;
  TrialResult (*run)(std::uint64_t seed, const Facts& options);
};

}  // namespace assay
