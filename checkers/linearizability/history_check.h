// Checks every object of a history, on up to two threads, and puts the verdicts together.
//
// Thread safety: pure function. Results do not depend on which thread was faster. Errors: none.
#pragma once

#include "checkers/linearizability/object_checker.h"
#include "checkers/linearizability/object_model.h"
#include "harness/core/checker.h"

namespace assay::checkers {

// `checker` decides objects under `model`; the certificate, if there is one, carries these options.
CheckResult check_history(const History& history, const ObjectModel& model, const ObjectChecker& checker,
                          const CheckerOptions* certificate_options, const Budget& budget);

}  // namespace assay::checkers
