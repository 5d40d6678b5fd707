// From anomalies to a verdict: which of the models asked about they refute, what else they say, and the words for it.
//
// Options of list-append and rw-register: `models` = names separated by commas (default strict-serializable; causal, PRAM
// and the session guarantees are decided by the checkers of these, others.h), `anomalies`
// = further anomalies to forbid, `certificate` = yes | no (the default).
//
// Thread safety: pure functions. Errors: one sentence.
#pragma once

#include <string>
#include <vector>

#include "checkers/common/options.h"
#include "checkers/elle/lattice.h"
#include "checkers/elle/others.h"
#include "harness/core/checker.h"

namespace assay::checkers::elle {

struct Settings {
  ModelSet models = 0;       // never empty once parsed
  AnomalySet anomalies = 0;  // forbidden besides
  bool certificate = false;
};

Settings read_settings(OptionReader& reader);

// An anomaly with the words for it; `model` of the finding is filled in later.
struct Anomaly {
  AnomalySet name = 0;
  Finding finding;
};

// The models asked about that none of these anomalies refutes.
ModelSet open_models(const Settings& settings, const std::vector<Anomaly>& anomalies);

// What a check saw, as far as the verdict needs it.
struct Coverage {
  bool finished = true;    // else `unfinished` says why
  std::string unfinished;  // "the time budget is spent"
  bool complete = false;  // for serializable and strict serializable: no anomaly means that there is an order
  bool versions_known =
      false;  // the order of versions of every key is known: complete for snapshot isolation, too
  std::uint64_t transactions = 0;
  Others others;  // what other checkers say of the models that they decide
};

// Sets verdict, reason, findings and the facts about models of the result.
void conclude(const Settings& settings, const Coverage& evidence, std::vector<Anomaly> anomalies,
              CheckResult& result);

}  // namespace assay::checkers::elle
